import type { Store } from '../../../src/store.ts';
import type { Fault } from './faults.ts';
import type { Op, Subject } from './op.ts';

/** What a store counts of its own upkeep. */
export type Counter = 'growths' | 'coalesces' | 'compactions' | 'expired';

/** A situation and what several threads do in it at the same time. */
export interface Scenario {
  readonly name: string;
  readonly segments?: number;
  /** Bytes; a run copies all of them. */
  readonly memory?: number;
  /** Whether the values are structs. */
  readonly structs?: boolean;
  /** Whether threads remember what they have decoded. */
  readonly memo?: boolean;
  /** Brings the store into the situation. */
  prepare(store: Store): void;
  /** The operations of each actor, one after the other. */
  readonly actors: readonly (readonly Op[])[];
  /** Actors that attach by an operation of their own. */
  readonly latecomers?: readonly number[];
  /** Ms that pass between `prepare` and the actors. */
  readonly laterMs?: number;
  /** What the first actor makes the store count: proves that the situation is what it is meant to be. */
  readonly shows?: Counter;
  /** Whether an operation may find the store full. */
  readonly mayBeFull?: boolean;
}

/** What an actor is told of a scenario. */
export interface Part extends Subject {
  readonly ops: readonly Op[];
  readonly comesLater: boolean;
  readonly isNarrated: boolean;
}

/** One run of a scenario: who goes how far, who dies where, and what is broken on purpose. */
export interface Plan {
  /** Pairs of actor and steps, one after the other; then each runs until it stops. */
  readonly choices?: readonly number[];
  /** Instead of choices: the priorities of the actors, and the steps at which the running one falls to the end. */
  readonly priorities?: readonly number[];
  readonly changes?: readonly number[];
  /** Actor and the number of the change to shared memory that it dies before. */
  readonly deaths?: readonly (readonly [actor: number, before: number])[];
  /** Actor and the number of the change at which it fails, with an error that it survives. */
  readonly failures?: readonly (readonly [actor: number, before: number])[];
  readonly lateProof?: boolean;
  readonly fault?: Fault;
  readonly everyAccess?: boolean;
  /** Steps after which the run is taken for one that never ends. */
  readonly stepsMax?: number;
}

export interface Step {
  readonly actor: number;
  /** It is no access, but comes before an operation. */
  readonly isBetween: boolean;
  /** As a bit map, who could have taken it. */
  readonly ready: number;
  readonly access: number;
  readonly word: number;
  readonly count: number;
}

export interface Run {
  /** What was wrong, in words; null when all was right. */
  readonly problem: string | null;
  readonly steps: number;
  /** Each actor's changes to shared memory. */
  readonly mutations: readonly number[];
  readonly trace: number;
  readonly timeouts: number;
}

/** What runs plans of a scenario that was set up, and can tell of the last run. */
export interface Runs {
  readonly actorCount: number;
  /** Words that actors may share. */
  readonly wordCount: number;
  run(plan: Plan): Run;
  /** A step of the last run. */
  stepOf(step: number): Step;
  /** The first `count` steps of the last run as a list of choices. */
  choicesOf(count: number): number[];
}
