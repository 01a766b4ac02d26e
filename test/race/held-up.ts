/**
 * Which operations the dead held up, and for how long beyond the end of their threads.
 *
 * An operation is held up by a death when it sleeps at a lock of the dead thread, and when it sleeps at a lock of a thread
 * that is itself held up: by the one which repairs, or which waits for another lock of the dead. From then on until it
 * comes back all counts but two things: the time for which the OS ran others although the thread could have run, and sleep
 * at the lock of a thread that was still to die, for that is before the end.
 */
import type { Pause } from '../fixtures/pauses.ts';

export interface Operation extends Pause {
  readonly thread: number;
}

/** By what stands for them in lock words: when threads had ended. */
export type Ends = ReadonlyMap<number, number>;

/** By what stands for them in lock words: numbers of threads. */
export type Threads = ReadonlyMap<number, number>;

export interface HeldUp {
  readonly operation: Operation;
  /** When a death began to hold it up. */
  readonly sinceMs: number;
  /** As the clock on the wall shows it. */
  readonly wallMs: number;
  /** Less the time for which the OS ran others. */
  readonly stallMs: number;
}

/** The operations that deaths held up. All long ones of all threads are given, for one can be held up by another. */
export function heldUp(operations: readonly Operation[], ends: Ends, threads: Threads): HeldUp[] {
  const since = new Map<Operation, number>();
  // Each round follows the chains of who waits for whom by one more link; what is found only ever gets earlier.
  for (let changed = true; changed; ) {
    changed = false;
    for (const operation of operations) {
      const sinceMs = sinceOf(operation, ends, threads, since);
      if (sinceMs >= (since.get(operation) ?? Number.POSITIVE_INFINITY)) continue;
      since.set(operation, sinceMs);
      changed = true;
    }
  }
  return [...since].map(([operation, sinceMs]) => measured(operation, sinceMs, ends));
}

/** The first moment at which it slept at a lock of the dead, or of somebody who was held up; infinity for none. */
function sinceOf({ sleeps }: Operation, ends: Ends, threads: Threads, since: ReadonlyMap<Operation, number>): number {
  let firstMs = Number.POSITIVE_INFINITY;
  for (const { token, fromMs, toMs } of sleeps) {
    const endMs = ends.get(token) ?? Number.POSITIVE_INFINITY;
    if (endMs < toMs) firstMs = Math.min(firstMs, Math.max(fromMs, endMs));
    for (const [holder, sinceMs] of since) {
      if (holder.thread !== threads.get(token) || holder.endMs <= fromMs || sinceMs >= toMs) continue;
      firstMs = Math.min(firstMs, Math.max(fromMs, sinceMs));
    }
  }
  return firstMs;
}

/** Goes from one awakening to the next: what the OS had others run for is known at each, and it ends with that. */
function measured(operation: Operation, sinceMs: number, ends: Ends): HeldUp {
  const { startMs, endMs, delayFromMs, delayToMs, sleeps } = operation;
  let [atMs, delayMs, wallMs, stallMs] = [startMs, delayFromMs, 0, 0];
  for (const step of [...sleeps, { token: 0, fromMs: endMs, toMs: endMs, delayMs: delayToMs }]) {
    const dyingMs = Math.max(0, Math.min(step.toMs, ends.get(step.token) ?? 0) - Math.max(step.fromMs, sinceMs));
    const countedMs = Math.max(0, step.toMs - Math.max(atMs, sinceMs)) - dyingMs;
    wallMs += countedMs;
    stallMs += Math.max(0, countedMs - (step.delayMs - delayMs));
    [atMs, delayMs] = [step.toMs, step.delayMs];
  }
  return { operation, sinceMs, wallMs, stallMs };
}
