import {
  exploreAll,
  exploreAroundEnd,
  exploreRandomly,
  failAtEveryStep,
  type Failure,
  type Findings,
  killAmidWitness,
  killAtEveryStep,
  noFindings,
  tryPlan,
} from './explore.ts';
import {
  attachScenarios,
  chosenScenarios,
  crossingScenarios,
  expiryScenarios,
  readerScenarios,
  restlessScenarios,
} from './chosen.ts';
import { datedDeathScenarios, datedScenarios, datedWitnessScenarios } from './dated.ts';
import { fieldDeathScenarios, fieldScenarios, fieldWitnessScenarios } from './fielded.ts';
import {
  crowdedLeaseScenarios,
  leaseDeathScenarios,
  leaseFailureScenarios,
  leaseRepairScenarios,
  leaseScenarios,
  leaseWitnessScenarios,
} from './leasing.ts';
import { bereavedScenarios, deathScenarios, failureScenarios, finderScenarios, witnessScenarios } from './mortal.ts';
import { memoScenarios, memoWitnessScenarios } from './remembering.ts';
import { allScenarios } from './scenarios.ts';
import { pairScenarios, situationScenarios } from './situated.ts';
import { UNTIL_IT_STOPS } from './control.ts';
import type { Fault } from './faults.ts';
import type { Plan, Scenario } from './plan.ts';
import { fewEntries, restlessTable } from './situations.ts';
import type { Stage } from './stage.ts';
import { upkeepDeathScenarios, upkeepExpiryScenarios, upkeepScenarios } from './upkeeping.ts';

/** How far to look. */
export interface Effort {
  readonly preemptions: number;
  readonly chosenPreemptions: number;
  /** Schedules of one scenario at most. */
  readonly schedulesMax: number;
  readonly pairMax: number;
  readonly chosenMax: number;
  readonly readersMax: number;
  readonly leasesMax: number;
  readonly upkeepMax: number;
  readonly randomRuns: number;
  /** Every so many of the steps at which to die, but for short operations: when the proof comes late, when it is a failure, for a second actor, amid a witness, for two who find it, and with leases. */
  readonly lateStride: number;
  readonly failStride: number;
  readonly secondStride: number;
  readonly witnessStride: number;
  readonly finderStride: number;
  readonly leaseStride: number;
  readonly seed: number;
  readonly fault: Fault;
  /** Only scenarios whose names have this. */
  readonly only: string;
}

export const FAST: Effort = {
  preemptions: 1,
  chosenPreemptions: 2,
  schedulesMax: 100,
  pairMax: 1000,
  chosenMax: 400,
  readersMax: 600,
  leasesMax: 20,
  upkeepMax: 40,
  randomRuns: 100,
  lateStride: 7,
  failStride: 11,
  secondStride: 53,
  witnessStride: 17,
  finderStride: 3,
  leaseStride: 17,
  seed: 1,
  fault: 'none',
  only: '',
};

export const SLOW: Effort = {
  preemptions: 2,
  chosenPreemptions: 3,
  schedulesMax: 1000,
  pairMax: 5000,
  chosenMax: 20_000,
  readersMax: 20_000,
  leasesMax: 3000,
  upkeepMax: 1000,
  randomRuns: 3000,
  lateStride: 1,
  failStride: 1,
  secondStride: 5,
  witnessStride: 2,
  finderStride: 1,
  leaseStride: 1,
  seed: 1,
  fault: 'none',
  only: '',
};

/** A run in which a table moves there and back is longer than others by about so much. */
const TABLE_SHARE = 20;

/** Changes of an operation, from its end, at which it dies while two come who find that out. */
const LAST_CHANGES = 40;
const CHANGES_OF_DELETE = 10;

/** Explores a group of scenarios and reports. Returns whether all was right. */
export type Group = (stage: Stage, effort: Effort) => boolean;

export const GROUPS: Readonly<Record<string, Group>> = {
  pairs: (stage, effort) =>
    examine(stage, effort, pairScenarios(), (_, findings) =>
      exploreAll(stage, {}, effort.chosenPreemptions, effort.pairMax, effort.seed, findings),
    ),
  situations: (stage, effort) =>
    examine(stage, effort, situationScenarios(), (scenario, findings) => {
      checkWhatShows(stage, scenario, findings);
      exploreAll(stage, {}, effort.preemptions, effort.schedulesMax, effort.seed, findings);
    }),
  chosen: (stage, effort) =>
    examine(stage, effort, [...chosenScenarios(), ...attachScenarios()], (_, findings) =>
      exploreAll(stage, {}, effort.chosenPreemptions, effort.chosenMax, effort.seed, findings),
    ),
  readers: (stage, effort) =>
    examine(stage, effort, [...readerScenarios(), ...crossingScenarios()], (_, findings) =>
      exploreAll(stage, {}, 5, effort.readersMax, effort.seed, findings, [1]),
    ),
  tables: (stage, effort) =>
    examine(stage, effort, restlessScenarios(), (_, findings) => {
      for (const whole of [[1], []])
        exploreAll(stage, {}, 3, Math.ceil(effort.readersMax / TABLE_SHARE), effort.seed, findings, whole);
    }),
  expiry: (stage, effort) =>
    examine(stage, effort, [...expiryScenarios(), ...datedScenarios()], (_, findings) =>
      exploreAll(stage, {}, effort.chosenPreemptions, effort.chosenMax, effort.seed, findings),
    ),
  random: (stage, effort) =>
    examine(stage, effort, [...chosenScenarios(), ...attachScenarios()], ({ actors }, findings) => {
      for (const depth of [2, 3, 4])
        exploreRandomly(stage, {}, actors.length, depth, effort.randomRuns, effort.seed * 8 + depth, findings);
    }),
  fields: (stage, effort) =>
    examine(stage, effort, fieldScenarios(), (_, findings) =>
      exploreAll(stage, {}, effort.chosenPreemptions, effort.chosenMax, effort.seed, findings),
    ),
  memories: (stage, effort) =>
    examine(stage, effort, memoScenarios(), ({ prepare }, findings) => {
      const schedules = prepare === restlessTable ? Math.ceil(effort.readersMax / TABLE_SHARE) : effort.readersMax;
      exploreAll(stage, {}, effort.chosenPreemptions, schedules, effort.seed, findings);
      exploreAll(stage, {}, 5, schedules, effort.seed, findings, [1, 2]);
    }),
  canaries: lookForFaults,
  deaths: (stage, effort) => {
    const scenarios = [
      ...deathScenarios(1),
      ...fieldDeathScenarios(1),
      ...datedDeathScenarios(1),
      ...attachScenarios(),
    ];
    return examine(stage, effort, scenarios, (_, findings) => {
      killAtEveryStep(stage, {}, 0, 0, 1, findings);
      killAtEveryStep(stage, { lateProof: true }, 0, effort.seed % effort.lateStride, effort.lateStride, findings);
    });
  },
  failures: (stage, effort) =>
    examine(stage, effort, [...failureScenarios(), ...fieldDeathScenarios(1)], (_, findings) => {
      failAtEveryStep(stage, { choices: [0, UNTIL_IT_STOPS] }, effort.failStride, findings);
      failAtEveryStep(stage, { choices: [0, 3, 1, UNTIL_IT_STOPS] }, effort.failStride, findings);
    }),
  witnesses: (stage, effort) =>
    examine(
      stage,
      effort,
      [...witnessScenarios(), ...fieldWitnessScenarios(), ...datedWitnessScenarios(), ...memoWitnessScenarios()],
      (_, findings) => {
        for (const lateProof of [false, true])
          killAmidWitness(stage, { lateProof }, effort.witnessStride, effort.seed, findings);
      },
    ),
  finders: (stage, effort) =>
    examine(stage, effort, finderScenarios(), (_, findings) => {
      const { finderStride, chosenPreemptions, schedulesMax, seed } = effort;
      exploreAroundEnd(
        stage,
        {},
        'deaths',
        LAST_CHANGES,
        finderStride,
        chosenPreemptions,
        schedulesMax,
        seed,
        findings,
      );
    }),
  bereaved: (stage, effort) =>
    examine(stage, effort, bereavedScenarios(), (_, findings) => {
      const { readersMax, seed } = effort;
      exploreAroundEnd(stage, {}, 'failures', CHANGES_OF_DELETE, 1, 3, readersMax, seed, findings, [0, 2]);
    }),
  heirs: (stage, effort) =>
    examine(
      stage,
      effort,
      [...deathScenarios(2), ...fieldDeathScenarios(2), ...datedDeathScenarios(2)],
      (_, findings) => killTwice(stage, effort, findings),
    ),
  leases: (stage, effort) =>
    examine(stage, effort, [...leaseScenarios(), ...crowdedLeaseScenarios()], (_, findings) =>
      exploreAll(stage, {}, effort.chosenPreemptions, effort.leasesMax, effort.seed, findings),
    ),
  'lease deaths': (stage, effort) =>
    examine(stage, effort, leaseDeathScenarios(1), ({ prepare }, findings) => {
      const stride = prepare === fewEntries ? 1 : effort.leaseStride;
      killAtEveryStep(stage, {}, 0, effort.seed % stride, stride, findings);
      killAtEveryStep(stage, { lateProof: true }, 0, 0, stride * effort.lateStride, findings);
    }),
  'lease failures': (stage, effort) =>
    examine(stage, effort, leaseFailureScenarios(), (_, findings) => {
      failAtEveryStep(stage, { choices: [0, UNTIL_IT_STOPS] }, effort.failStride, findings);
      failAtEveryStep(stage, { choices: [0, 9, 1, UNTIL_IT_STOPS] }, effort.failStride, findings);
    }),
  'lease witnesses': (stage, effort) =>
    examine(stage, effort, [...leaseWitnessScenarios(), ...leaseRepairScenarios()], (_, findings) => {
      const { witnessStride, leasesMax, seed } = effort;
      for (const lateProof of [false, true]) killAmidWitness(stage, { lateProof }, witnessStride, seed, findings);
      exploreAroundEnd(stage, {}, 'deaths', LAST_CHANGES, witnessStride, 1, leasesMax, seed, findings, [1]);
    }),
  'lease heirs': (stage, effort) =>
    examine(stage, effort, leaseDeathScenarios(2), (_, findings) =>
      killTwice(stage, { ...effort, secondStride: effort.secondStride * effort.leaseStride }, findings),
    ),
  upkeep: (stage, effort) =>
    examine(stage, effort, [...upkeepScenarios(), ...upkeepExpiryScenarios()], (scenario, findings) => {
      checkWhatShows(stage, scenario, findings);
      exploreAll(stage, {}, effort.preemptions, effort.upkeepMax, effort.seed, findings);
    }),
  'upkeep deaths': (stage, effort) =>
    examine(stage, effort, upkeepDeathScenarios(1), (_, findings) => {
      killAtEveryStep(stage, {}, 0, 0, 1, findings);
      killAtEveryStep(stage, { lateProof: true }, 0, effort.seed % effort.lateStride, effort.lateStride, findings);
    }),
  'upkeep heirs': (stage, effort) =>
    examine(stage, effort, upkeepDeathScenarios(2), (_, findings) =>
      killTwice(stage, { ...effort, secondStride: 3 * effort.secondStride }, findings),
    ),
};

/** Proves that a situation is what it is meant to be. */
function checkWhatShows(stage: Stage, { name, shows }: Scenario, findings: Findings): void {
  tryPlan(stage, { choices: [0, UNTIL_IT_STOPS] }, findings);
  if (shows === undefined || stage.counted(shows) > 0) return;
  throw new Error(`${name}: the first actor makes the store count no ${shows}`);
}

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

/** Each fault, and the end of the name of a scenario in which it shows. */
const SHOWS: Readonly<Record<Exclude<Fault, 'none'>, string>> = {
  'reads are not validated': 'two writers and a reader',
  'reads do not look at the epoch again': 'get a while a block is used again and merged',
  'reads do not look at the record again': 'two writers and a reader',
  'waiters are not woken': 'three writers of one key',
  'waiters do not say that they wait': 'three writers of one key',
  'sleepers forget each other': 'three writers of one key',
  'the epoch stands still': 'get a while a block is used again and merged',
  'free blocks are not marked': 'two writers and a reader',
  'locks are taken whoever has them': 'three writers of one key',
  'locks are not given back': 'three writers of one key',
  'the living are taken for dead': 'three writers of one key',
  'intents are not announced': 'compareAndSetSeen n 60 after another look sees one die in increment n 3',
  'words change before their number': 'structs: setField s x 2 meets get s, get s',
  'changing records are not marked': 'two wide fields and a reader',
  'numbers stay when words change': 'increments and a compareAndSet',
  'intents are not looked at again': 'many changes under a reader',
  'memories are not looked after': 'memo: three gets meet set a q1:40',
  'locks look free': 'memo: three gets meet set a q1:40',
  'pages are taken without saying so': 'crowded table: set x p20:40 meets get a',
  'numbers are given twice': 'two writers and a reader',
  'leases leave no mark': 'two leases and a writer',
  'leases are not written down': 'two leases and a writer',
};

/** Some faults make threads run in circles. */
const FAULTY_STEPS_MAX = 5000;

/** Breaks the engine in each way that there is. Returns whether each was found out; the other groups look at the same scenarios without. */
function lookForFaults(stage: Stage, effort: Effort): boolean {
  const scenarios = allScenarios();
  let isGood = true;
  for (const [fault, end] of Object.entries(SHOWS) as [Fault, string][]) {
    if (!fault.includes(effort.only)) continue;
    const scenario = scenarios.find(({ name }) => name.endsWith(end));
    if (scenario === undefined) throw new Error(`there is no scenario ${end}`);
    const findings = noFindings(fault);
    stage.setUp(scenario);
    const plan = { stepsMax: FAULTY_STEPS_MAX };
    exploreAll(stage, plan, 2, effort.chosenMax, effort.seed, findings);
    if (findings.failure === null) exploreAll(stage, plan, 5, effort.chosenMax, effort.seed, findings, [1]);
    if (findings.failure === null) exploreAll(stage, plan, 3, 10 * effort.chosenMax, effort.seed, findings);
    if (findings.failure === null) killAmidWitness(stage, plan, 1, effort.seed, findings);
    isGood &&= findings.failure !== null;
    console.log(`with "${fault}": ${findings.schedules} schedules of ${scenario.name}`);
    if (findings.failure !== null) console.log(describeFailure(stage, scenario, findings.failure));
  }
  return isGood;
}

/** Tells of a failure, after making sure that it can be repeated. */
function describeFailure(stage: Stage, scenario: Scenario, { plan, problem }: Failure): string {
  const again = stage.run(plan).problem;
  if (again !== problem) throw new Error(`this run cannot be repeated: ${problem}, then ${String(again)}`);
  return `FAILED ${scenario.name}\n${problem}\nrepeat it with:\n  ${commandOf(scenario, plan)}`;
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
    console.log(describeFailure(stage, scenario, failure));
  }
  console.log(
    `${count} scenarios: ${total.schedules} schedules, ${total.steps} steps, ${total.deaths} deaths; ` +
      `${partial} scenarios not explored to the end; ${failures} failed`,
  );
  return failures === 0;
}

/** The command that repeats a run. */
function commandOf(scenario: Scenario, plan: Plan): string {
  const failures = (plan.failures ?? []).map(([actor, before]) => `${actor}:${before}`).join(',');
  const deaths = (plan.deaths ?? []).map(([actor, before]) => `${actor}:${before}`).join(',');
  return [
    `node -C sharena-proof dist/test/proof/schedule/main.js --scenario '${scenario.name}'`,
    `--choices ${(plan.choices ?? []).join(',')}`,
    ...(deaths === '' ? [] : [`--deaths ${deaths}`]),
    ...(plan.lateProof === true ? ['--late'] : []),
    ...(plan.stepsMax === undefined ? [] : [`--steps ${plan.stepsMax}`]),
    ...(plan.everyAccess === true ? ['--every'] : []),
    ...(plan.fault === undefined || plan.fault === 'none' ? [] : [`--fault '${plan.fault}'`]),
    ...(failures === '' ? [] : [`--failures ${failures}`]),
    '--narrate',
  ].join(' ');
}
