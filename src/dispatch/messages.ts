/** Everything that goes between a pool and its workers. */
import type { MessagePort } from 'node:worker_threads';
import type { StoreHandle } from '../store.ts';
import type { Words } from '#atomics';

/** Given to a worker when it starts. */
export interface WorkerSetup {
  readonly owner: number;
  /** URL of the user's module of tasks. */
  readonly filename: string;
  readonly stores: Readonly<Record<string, StoreHandle>>;
  /** Word 0 has the turn of the task that this worker has begun last, for whoever has to judge its death. */
  readonly begun: Words;
}

/** A task on its way to a worker. */
export interface TaskCall {
  /** Counts the tasks sent to this worker, from 1. */
  readonly turn: number;
  /** Export of the user's module. */
  readonly name: string;
  readonly task: unknown;
  /** Brings the reason when the caller aborts; only for a task that was given a signal. */
  readonly abortPort?: MessagePort;
}

/** What a task came to. */
export type TaskAnswer =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly failure: CarriedError };

/** What was thrown, and of an error what structured clone drops: its class and its code. */
export interface CarriedError {
  readonly thrown: unknown;
  readonly name?: string;
  readonly code?: string | number;
}
