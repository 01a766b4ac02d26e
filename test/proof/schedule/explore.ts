import { Random } from '../linearizability/random.ts';
import { UNTIL_IT_STOPS } from './control.ts';
import type { Fault } from './faults.ts';
import { Footprints } from './footprints.ts';
import type { Plan, Run, Runs, Step } from './plan.ts';

export interface Failure {
  readonly plan: Plan;
  readonly problem: string;
}

/** How much was looked at, and what was found. */
export interface Findings {
  /** What is broken on purpose. */
  readonly fault: Fault;
  schedules: number;
  steps: number;
  /** Runs in which somebody died. */
  deaths: number;
  /** The first plan that went wrong, as one that can be replayed by itself. */
  failure: Failure | null;
  /** False when there were more schedules than were to be run. */
  isComplete: boolean;
}

export function noFindings(fault: Fault): Findings {
  return { fault, schedules: 0, steps: 0, deaths: 0, failure: null, isComplete: true };
}

/** Runs a plan; a failure is kept with the choices that were made, so that it does not depend on how they were made. */
export function tryPlan(stage: Runs, plan: Plan, findings: Findings): Run {
  const run = stage.run({ ...plan, fault: findings.fault });
  findings.schedules += 1;
  findings.steps += run.steps;
  if ((plan.deaths?.length ?? 0) > 0) findings.deaths += 1;
  if (run.problem !== null && findings.failure === null) {
    const { priorities: _priorities, changes: _changes, ...rest } = plan;
    findings.failure = {
      plan: { ...rest, fault: findings.fault, choices: stage.choicesOf(run.steps) },
      problem: run.problem,
    };
  }
  return run;
}

/** Choices to begin with, and how many of them took the baton from an actor that could have gone on. */
interface Prefix {
  readonly choices: readonly number[];
  readonly steps: number;
  readonly preemptions: number;
}

/**
 * Runs the schedules with at most so many preemptions (Musuvathi and Qadeer, "Iterative context bounding", 2007): an
 * actor that stops by itself may be followed by any other for free.
 *
 * Breadth first, and stateless: each run is repeated from the start with a prefix of choices, then goes on without
 * preemption, and each of its later steps is a place to branch off. Where there are more schedules than `schedulesMax`,
 * a random sample is taken that favours no part of a run: `isComplete` is false then.
 *
 * @param whole actors that are preempted only between their operations
 * @param everywhere also before accesses whose order nobody can notice: see Footprints
 */
export function exploreAll(
  stage: Runs,
  plan: Plan,
  preemptionsMax: number,
  schedulesMax: number,
  seed: number,
  findings: Findings,
  whole: readonly number[] = [],
  everywhere: boolean = false,
): void {
  const random = new Random(seed);
  const footprints = new Footprints(stage.wordCount);
  for (let first = 0; first < stage.actorCount; first++) {
    footprints.add(stage, tryPlan(stage, { ...plan, choices: [first, UNTIL_IT_STOPS] }, findings).steps);
  }
  let left = schedulesMax;
  let level: Prefix[] = [{ choices: [], steps: -1, preemptions: 0 }];
  while (level.length > 0 && findings.failure === null) {
    const branches: Prefix[] = [];
    for (const prefix of level) {
      if (findings.failure !== null) return;
      const run = tryPlan(stage, { ...plan, choices: prefix.choices }, findings);
      left -= 1;
      footprints.add(stage, run.steps);
      const mayBranch = (step: Step): boolean =>
        (step.isBetween || !whole.includes(step.actor)) && (everywhere || footprints.matters(step));
      branchOff(stage, prefix, run.steps, preemptionsMax, mayBranch, branches);
    }
    // The first levels, of the fewest preemptions, get no more than half of what is left, so that others have a share.
    const share = branches.some(({ preemptions }) => preemptions < preemptionsMax) ? Math.ceil(left / 2) : left;
    if (branches.length > share) findings.isComplete = false;
    level = sample(branches, share, random);
  }
}

function branchOff(
  stage: Runs,
  prefix: Prefix,
  steps: number,
  preemptionsMax: number,
  mayBranch: (step: Step) => boolean,
  branches: Prefix[],
): void {
  for (let step = prefix.steps + 1; step < steps; step++) {
    const { actor, ready } = stage.stepOf(step);
    const wasForced = step === 0 || stage.stepOf(step - 1).actor !== actor;
    if (!wasForced && !mayBranch(stage.stepOf(step))) continue;
    const preemptions = prefix.preemptions + (wasForced ? 0 : 1);
    if (preemptions > preemptionsMax) continue;
    for (let other = 0; 1 << other <= ready; other++) {
      if (other === actor || (ready & (1 << other)) === 0) continue;
      branches.push({ choices: [...stage.choicesOf(step), other, UNTIL_IT_STOPS], steps: step, preemptions });
    }
  }
}

function sample<T>(items: T[], count: number, random: Random): T[] {
  if (items.length <= count) return items;
  for (let index = 0; index < count; index++) {
    const other = index + random.below(items.length - index);
    [items[index], items[other]] = [items[other], items[index]];
  }
  return items.slice(0, count);
}

/** Runs of random priorities with `depth` - 1 points of change, as many as `count`; `seed` fixes them all. */
export function exploreRandomly(
  stage: Runs,
  plan: Plan,
  actorCount: number,
  depth: number,
  count: number,
  seed: number,
  findings: Findings,
): void {
  const random = new Random(seed);
  let stepsMax = tryPlan(stage, plan, findings).steps;
  for (let run = 0; run < count && findings.failure === null; run++) {
    const priorities = shuffled(actorCount, random);
    const changes = Array.from({ length: depth - 1 }, () => 1 + random.below(stepsMax)).sort((a, b) => a - b);
    stepsMax = Math.max(stepsMax, tryPlan(stage, { ...plan, priorities, changes }, findings).steps);
  }
}

function shuffled(count: number, random: Random): number[] {
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  for (let last = count - 1; last > 0; last--) {
    const other = random.below(last + 1);
    [numbers[last], numbers[other]] = [numbers[other], numbers[last]];
  }
  return numbers;
}

/** Changes of a short operation: all of them are tried, whatever the stride. */
const FEW = 40;
/** Changes of an increment in place, and steps of what looks at one number: all are tried with each other. */
const VERY_FEW = 10;
const SHORT = 60;

/**
 * Lets one actor die before each of its changes to shared memory, while the others wait and then go on.
 *
 * @param stride 1 for every step; larger ones take every so many, from `first` on
 */
export function killAtEveryStep(
  stage: Runs,
  plan: Plan,
  actor: number,
  first: number,
  stride: number,
  findings: Findings,
): void {
  const mutations = tryPlan(stage, plan, findings).mutations[actor];
  for (let before = first; before < mutations && findings.failure === null; before += stride) {
    tryPlan(stage, { ...plan, deaths: [...(plan.deaths ?? []), [actor, before]] }, findings);
  }
}

/**
 * Runs the schedules of others around the end of the first actor, by death or failure, at each of the last changes that it
 * makes to shared memory.
 *
 * @param stride takes every so many of them, but for short operations
 * @param whole actors that are preempted only between their operations
 */
export function exploreAroundEnd(
  stage: Runs,
  plan: Plan,
  how: 'deaths' | 'failures',
  changes: number,
  stride: number,
  preemptionsMax: number,
  schedulesMax: number,
  seed: number,
  findings: Findings,
  whole: readonly number[] = [],
): void {
  const [mutations] = tryPlan(stage, { ...plan, choices: [0, UNTIL_IT_STOPS] }, findings).mutations;
  const first = Math.max(0, mutations - changes);
  const step = Math.min(changes, mutations) <= VERY_FEW ? 1 : stride;
  for (let before = mutations - 1; before >= first && findings.failure === null; before -= step) {
    const ends = [...(plan[how] ?? []), [0, before]] as const;
    exploreAll(stage, { ...plan, [how]: ends }, preemptionsMax, schedulesMax, seed, findings, whole);
  }
}

/** Lets the first actor fail at each of its changes to shared memory, and go on with what it has to do after that. */
export function failAtEveryStep(stage: Runs, plan: Plan, stride: number, findings: Findings): void {
  const [mutations] = tryPlan(stage, plan, findings).mutations;
  for (let before = 0; before < mutations && findings.failure === null; before += before < FEW ? 1 : stride) {
    tryPlan(stage, { ...plan, failures: [[0, before]] }, findings);
  }
}

/**
 * Lets the first actor die before each of its changes to shared memory while a second one is in the midst of something:
 * the second goes so many steps first, or comes while the first has gone so many.
 *
 * @param stride takes a sample of the product: every so many of the deaths and of the steps
 */
export function killAmidWitness(stage: Runs, plan: Plan, stride: number, seed: number, findings: Findings): void {
  const random = new Random(seed);
  const alone = tryPlan(stage, { ...plan, choices: [1, UNTIL_IT_STOPS] }, findings);
  let ownSteps = 0;
  while (ownSteps < alone.steps && stage.stepOf(ownSteps).actor === 1) ownSteps++;
  const { mutations, steps } = tryPlan(stage, { ...plan, choices: [0, UNTIL_IT_STOPS] }, findings);
  const isShort = mutations[0] <= VERY_FEW && ownSteps <= SHORT;
  const every = isShort ? 1 : stride;
  for (let before = random.below(every); before < mutations[0]; before += every) {
    const deaths = [[0, before]] as const;
    for (let step = 1 + random.below(every); step < ownSteps; step += every) {
      tryPlan(stage, { ...plan, deaths, choices: [1, step, 0, UNTIL_IT_STOPS] }, findings);
      if (findings.failure !== null) return;
    }
    for (let step = 1 + random.below(every); step < steps; step += every) {
      tryPlan(stage, { ...plan, deaths, choices: [0, step, 1, UNTIL_IT_STOPS] }, findings);
      if (findings.failure !== null) return;
    }
  }
}
