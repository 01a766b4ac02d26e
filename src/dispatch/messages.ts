/** Everything that goes between a pool and its workers. */
import type { MessagePort } from 'node:worker_threads';
import type { StoreHandle } from '../store.ts';
import type { Words } from '#atomics';

/** Name of the export of the worker's entry that makes a thread ready for tasks. */
export const JOIN = 'join';
/** And of the one that has the user's module end what it has begun besides tasks. Answered with whether it had to. */
export const LEAVE = 'leave';

/** Given to a worker when it starts. */
export interface WorkerSetup {
  readonly owner: number;
  /** URL of the user's module of tasks. */
  readonly filename: string;
  /** URL of the user's module of processors. */
  readonly processors: string;
  readonly stores: Readonly<Record<string, StoreHandle>>;
  /** Whether the worker does the upkeep of its owner's segments. */
  readonly upkeep: boolean;
  /** See upkeep-counts.ts. */
  readonly upkeepCounts: Words;
}

/** The first call: opens the line on which everything else goes. Answered with a JoinAnswer. */
export interface JoinCall {
  readonly port: MessagePort;
  /** See mail-messages.ts. */
  readonly mailPort: MessagePort;
  /** See turns.ts. */
  readonly turns: Words;
}

/** How a thread came up. */
export interface JoinAnswer {
  /** What kept the user's module or the stores from being ready. */
  readonly failure?: CarriedError;
  /** What the module's `onStart` returned. */
  readonly started?: unknown;
}

/** What a task has to do with a segment, when it is no plain task. */
export interface SegmentPart {
  readonly store: string;
  readonly segment: number;
  /** Whether the export is called once for the segment or once for each of its entries. */
  readonly each: boolean;
}

/** A task on its way to a worker. */
export interface TaskCall {
  readonly kind: 'run';
  /** Counts the tasks sent to this worker, from 1. */
  readonly turn: number;
  /** Export of the user's module. */
  readonly name: string;
  readonly task: unknown;
  readonly part?: SegmentPart;
}

/** The caller of a task that has begun gave up. */
export interface AbortCall {
  readonly kind: 'abort';
  readonly turn: number;
  readonly reason: CarriedError;
}

export type ToWorker = TaskCall | AbortCall;

/** What a task came to. Times are in ms of the clock that all threads share; 0 when it could not be read. */
export type TaskAnswer = {
  readonly turn: number;
  readonly begunMs: number;
  readonly endedMs: number;
} & ({ readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly failure: CarriedError });

/** What was thrown, and of an error what structured clone drops: its class and its code. */
export interface CarriedError {
  readonly thrown: unknown;
  readonly name?: string;
  readonly code?: string | number;
}
