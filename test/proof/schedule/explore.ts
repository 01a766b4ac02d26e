import type { Plan, Run, Stage } from './stage.ts';
import { Random } from '../linearizability/random.ts';

/** How much was looked at, and what was found. */
export interface Findings {
  schedules: number;
  steps: number;
  /** Runs in which somebody died. */
  deaths: number;
  /** The first plan that went wrong, as one that can be replayed by itself. */
  failure: { readonly plan: Plan; readonly problem: string } | null;
  /** False when there were more schedules than were to be run. */
  isComplete: boolean;
}

export function noFindings(): Findings {
  return { schedules: 0, steps: 0, deaths: 0, failure: null, isComplete: true };
}

/** Runs a plan; a failure is kept with the choices that were made, so that it does not depend on how they were made. */
export function tryPlan(stage: Stage, plan: Plan, findings: Findings): Run {
  const run = stage.run(plan);
  findings.schedules += 1;
  findings.steps += run.steps;
  if ((plan.deaths?.length ?? 0) > 0) findings.deaths += 1;
  if (run.problem !== null && findings.failure === null) {
    const { priorities: _priorities, changes: _changes, ...rest } = plan;
    findings.failure = { plan: { ...rest, choices: stage.choicesOf(run.steps) }, problem: run.problem };
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
 * Runs every schedule with at most so many preemptions (Musuvathi and Qadeer, "Iterative context bounding", 2007): an
 * actor that stops by itself may be followed by any other for free.
 *
 * Depth first, and stateless: each run is repeated from the start with a prefix of choices, then goes on without
 * preemption, and each of its later steps is a place to branch off.
 *
 * @param schedulesMax after which it gives up; the schedules with the fewest preemptions come first
 */
export function exploreAll(
  stage: Stage,
  plan: Plan,
  preemptionsMax: number,
  schedulesMax: number,
  findings: Findings,
): void {
  const queue: Prefix[] = [{ choices: [], steps: -1, preemptions: 0 }];
  const end = findings.schedules + schedulesMax;
  for (let at = 0; at < queue.length; at++) {
    if (findings.failure !== null) return;
    if (findings.schedules === end) {
      findings.isComplete = false;
      return;
    }
    const prefix = queue[at];
    const run = tryPlan(stage, { ...plan, choices: prefix.choices }, findings);
    if (findings.failure === null) branchOff(stage, prefix, run.steps, preemptionsMax, queue);
  }
}

function branchOff(stage: Stage, prefix: Prefix, steps: number, preemptionsMax: number, queue: Prefix[]): void {
  for (let step = prefix.steps + 1; step < steps; step++) {
    const { actor, ready } = stage.stepOf(step);
    const wasForced = step === 0 || stage.stepOf(step - 1).actor !== actor;
    const preemptions = prefix.preemptions + (wasForced ? 0 : 1);
    if (preemptions > preemptionsMax) continue;
    for (let other = 0; 1 << other <= ready; other++) {
      if (other === actor || (ready & (1 << other)) === 0) continue;
      queue.push({ choices: [...stage.choicesOf(step), other, 0x7fffffff], steps: step, preemptions });
    }
  }
}

/** Runs of random priorities with `depth` - 1 points of change, as many as `count`; `seed` fixes them all. */
export function exploreRandomly(
  stage: Stage,
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

/**
 * Lets one actor die before each of its changes to shared memory, while the others wait and then go on.
 *
 * @param stride 1 for every step; larger ones take every so many, from `first` on
 */
export function killAtEveryStep(
  stage: Stage,
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
