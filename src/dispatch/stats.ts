/** What each owner of a pool has and does. */
import type { Latency } from './meter.ts';
import type { Owner } from './owner.ts';

export interface OwnerStats {
  readonly owner: number;
  /** Node.js id of its thread now; -1 while there is none. */
  readonly threadId: number;
  /** Segments owned, by store. */
  readonly segments: Readonly<Record<string, number>>;
  /** Tasks that run, 0 or 1. */
  readonly running: number;
  /** Tasks that wait for their turn. */
  readonly waiting: number;
  /** Tasks that workers of this owner have answered, with a result or an error. */
  readonly completed: number;
  /** Those of them that were answered with an error. */
  readonly failed: number;
  /** Calls of `execute` and `executeMany`, from all threads. */
  readonly calls: CallStats;
  /** Ms from the calls to the begin in the worker, and from there to the end. */
  readonly wait: Latency;
  readonly run: Latency;
  /** Share of the time since its thread started in which the event loop of the thread was busy, 0 to 1. */
  readonly utilization: number;
}

export interface CallStats {
  /** Begun so far. */
  readonly begun: number;
  /** Sent and not begun. */
  readonly waiting: number;
}

/**
 * @param loads segments by owner number, by store
 * @param callsOf told the number of an owner
 */
export function statsOf(
  owners: readonly Owner[],
  loads: ReadonlyMap<string, readonly number[]>,
  callsOf: (owner: number) => CallStats,
): OwnerStats[] {
  return owners.map(({ number, thread, running, waiting, meter }) => ({
    owner: number,
    threadId: thread?.id ?? -1,
    segments: Object.fromEntries([...loads].map(([store, counts]) => [store, counts[number] ?? 0])),
    running,
    waiting,
    completed: meter.completed,
    failed: meter.failed,
    calls: callsOf(number),
    wait: meter.wait,
    run: meter.run,
    utilization: thread?.worker.performance.eventLoopUtilization().utilization ?? 0,
  }));
}
