import {
  exploreAll,
  exploreRandomly,
  type Findings,
  killAmidWitness,
  killAtEveryStep,
  noFindings,
  tryPlan,
} from './explore.ts';
import {
  attachScenarios,
  chosenScenarios,
  deathScenarios,
  pairScenarios,
  readerScenarios,
  restlessScenarios,
  situationScenarios,
  witnessScenarios,
} from './scenarios.ts';
import type { Fault } from './faults.ts';
import type { Plan, Scenario, Stage } from './stage.ts';

/** How far to look. */
export interface Effort {
  readonly preemptions: number;
  readonly chosenPreemptions: number;
  /** Schedules of one scenario at most. */
  readonly schedulesMax: number;
  readonly chosenMax: number;
  readonly readersMax: number;
  readonly randomRuns: number;
  /** Every so many of the steps at which to die: when the proof comes late, for a second actor, and amid a witness. */
  readonly lateStride: number;
  readonly secondStride: number;
  readonly witnessStride: number;
  readonly seed: number;
  readonly fault: Fault;
  /** Only scenarios whose names have this. */
  readonly only: string;
}

export const FAST: Effort = {
  preemptions: 1,
  chosenPreemptions: 2,
  schedulesMax: 100,
  chosenMax: 400,
  readersMax: 3000,
  randomRuns: 150,
  lateStride: 7,
  secondStride: 29,
  witnessStride: 11,
  seed: 1,
  fault: 'none',
  only: '',
};

export const SLOW: Effort = {
  preemptions: 2,
  chosenPreemptions: 3,
  schedulesMax: 20_000,
  chosenMax: 200_000,
  readersMax: 200_000,
  randomRuns: 20_000,
  lateStride: 1,
  secondStride: 1,
  witnessStride: 1,
  seed: 1,
  fault: 'none',
  only: '',
};

/** Explores a group of scenarios and reports. Returns whether all was right. */
export type Group = (stage: Stage, effort: Effort) => boolean;

export const GROUPS: Readonly<Record<string, Group>> = {
  pairs: (stage, effort) =>
    examine(stage, effort, pairScenarios(), (_, findings) =>
      exploreAll(stage, {}, effort.preemptions, effort.schedulesMax, effort.seed, findings),
    ),
  situations: (stage, effort) =>
    examine(stage, effort, situationScenarios(), (_, findings) =>
      exploreAll(stage, {}, effort.preemptions, effort.schedulesMax, effort.seed, findings),
    ),
  chosen: (stage, effort) =>
    examine(stage, effort, [...chosenScenarios(), ...attachScenarios()], (_, findings) =>
      exploreAll(stage, {}, effort.chosenPreemptions, effort.chosenMax, effort.seed, findings),
    ),
  readers: (stage, effort) =>
    examine(stage, effort, readerScenarios(), (_, findings) =>
      exploreAll(stage, {}, 5, effort.readersMax, effort.seed, findings, [1]),
    ),
  tables: (stage, effort) =>
    examine(stage, effort, restlessScenarios(), (_, findings) =>
      exploreAll(stage, {}, 3, effort.readersMax, effort.seed, findings),
    ),
  random: (stage, effort) =>
    examine(stage, effort, [...chosenScenarios(), ...attachScenarios()], ({ actors }, findings) => {
      for (const depth of [2, 3, 4])
        exploreRandomly(stage, {}, actors.length, depth, effort.randomRuns, effort.seed * 8 + depth, findings);
    }),
  deaths: (stage, effort) =>
    examine(stage, effort, [...deathScenarios(1), ...attachScenarios()], (_, findings) => {
      killAtEveryStep(stage, {}, 0, 0, 1, findings);
      killAtEveryStep(stage, { lateProof: true }, 0, effort.seed % effort.lateStride, effort.lateStride, findings);
    }),
  witnesses: (stage, effort) =>
    examine(stage, effort, witnessScenarios(), (_, findings) => {
      for (const lateProof of [false, true])
        killAmidWitness(stage, { lateProof }, effort.witnessStride, effort.seed, findings);
    }),
  heirs: (stage, effort) =>
    examine(stage, effort, deathScenarios(2), (_, findings) => killTwice(stage, effort, findings)),
};

/** The first actor dies at each step, and then the second at each step of what it does about that. */
function killTwice(stage: Stage, effort: Effort, findings: Findings): void {
  const [mutations] = tryPlan(stage, {}, findings).mutations;
  let offset = 0;
  for (let before = 0; before < mutations && findings.failure === null; before += effort.secondStride) {
    const plan: Plan = { deaths: [[0, before]] };
    killAtEveryStep(stage, plan, 1, offset % effort.secondStride, effort.secondStride, findings);
    offset += 5;
  }
}

function examine(
  stage: Stage,
  effort: Effort,
  scenarios: readonly Scenario[],
  look: (scenario: Scenario, findings: Findings) => void,
): boolean {
  const total = noFindings(effort.fault);
  let count = 0;
  let failures = 0;
  let partial = 0;
  for (const scenario of scenarios) {
    if (!scenario.name.includes(effort.only)) continue;
    const findings = noFindings(effort.fault);
    stage.setUp(scenario);
    look(scenario, findings);
    const { schedules, steps, deaths, failure, isComplete } = findings;
    count += 1;
    total.schedules += schedules;
    total.steps += steps;
    total.deaths += deaths;
    if (!isComplete) partial += 1;
    console.log(
      `${scenario.name}: ${schedules} schedules, ${steps} steps, ${deaths} deaths${isComplete ? '' : ', not all'}`,
    );
    if (failure === null) continue;
    failures += 1;
    console.log(`FAILED ${scenario.name}\n${failure.problem}\nrepeat it with:\n  ${commandOf(scenario, failure.plan)}`);
  }
  console.log(
    `${count} scenarios: ${total.schedules} schedules, ${total.steps} steps, ${total.deaths} deaths; ` +
      `${partial} scenarios not explored to the end; ${failures} failed`,
  );
  return failures === 0;
}

/** The command that repeats a run. */
function commandOf(scenario: Scenario, plan: Plan): string {
  const deaths = (plan.deaths ?? []).map(([actor, before]) => `${actor}:${before}`).join(',');
  return [
    `node -C sharena-proof dist/test/proof/schedule/main.js --scenario '${scenario.name}'`,
    `--choices ${(plan.choices ?? []).join(',')}`,
    ...(deaths === '' ? [] : [`--deaths ${deaths}`]),
    ...(plan.lateProof === true ? ['--late'] : []),
    ...(plan.everyAccess === true ? ['--every'] : []),
    ...(plan.fault === undefined || plan.fault === 'none' ? [] : [`--fault '${plan.fault}'`]),
    '--narrate',
  ].join(' ');
}
