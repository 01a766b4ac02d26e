import type { Key } from '../codec/key.ts';
import type { Store } from '../store.ts';
import type { EntryCall } from './execute.ts';

/** What the code of a worker has at hand. */
export interface WorkerContext {
  /** The stores of the pool, as this worker has them attached. */
  readonly stores: Readonly<Record<string, Store>>;
  /** Number of the owner that the worker works for. */
  readonly owner: number;
  /** `execute` of the pool, from this worker to the owner of the key, itself included. A task that awaits it holds up no other call. */
  execute<Result = unknown>(store: string, key: Key, processor: string, args?: readonly unknown[]): Promise<Result>;
  /** `executeMany` of the pool. */
  executeMany<Result = unknown>(store: string, calls: Iterable<EntryCall>): Promise<PromiseSettledResult<Result>[]>;
}

/** What every task gets as its last argument. */
export interface TaskContext extends WorkerContext {
  /**
   * Aborted when the caller gave up: its signal was aborted, or the task's time was over. The abort comes through the event
   * loop of the worker, so a task has to await to see it; `aborted` shows it at once.
   */
  readonly signal: AbortSignal;
  /** Whether the caller gave up, for tasks that do not await. One load of a word in shared memory. */
  readonly aborted: boolean;
}
