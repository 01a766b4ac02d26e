/** Everything that goes between a pool and its workers. */
import type { StoreHandle } from '../store.ts';

/** Given to a worker when it starts. */
export interface WorkerSetup {
  readonly owner: number;
  /** URL of the user's module of tasks. */
  readonly filename: string;
  readonly stores: Readonly<Record<string, StoreHandle>>;
}

/** A task on its way to a worker. */
export interface TaskCall {
  /** Export of the user's module. */
  readonly name: string;
  readonly task: unknown;
}

/** What a task came to. An error's own properties and its class name do not survive the way between threads by themselves. */
export type TaskAnswer =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: unknown; readonly name: string | null; readonly code: unknown };
