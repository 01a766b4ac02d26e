/** Who has a lock right now: to kill threads in the middle of their writes. */
import type { Worker } from 'node:worker_threads';
import { LOCK_ENTRY_MASK, LOCK_ENTRY_SHIFT, threadEntry } from '../../native-layout/arena.ts';
import { segmentHeader } from '../../native-layout/segment.ts';
import type { Store } from '../../src/index.ts';
import { arenaOf } from '../../src/store.ts';

const GLANCES = 20_000;

/** The number of a worker that was seen with the lock of a segment a moment ago; undefined when none was. */
export function lockHolder(store: Store, workers: readonly (Worker | undefined)[]): number | undefined {
  const arena = arenaOf(store);
  for (let glance = 0; glance < GLANCES; glance++) {
    const segment = glance % arena.segmentCount;
    const held = Atomics.load(arena.viewOf(segment), arena.headOf(segment) + segmentHeader.word.lock);
    const entry = ((held >>> LOCK_ENTRY_SHIFT) & LOCK_ENTRY_MASK) - 1;
    if (entry < 0) continue;
    const identity = Atomics.load(
      arena.words,
      arena.threadsWord + entry * threadEntry.words + threadEntry.word.identity,
    );
    const holder = workers.findIndex((worker) => worker?.threadId === identity - 1);
    if (holder > 0) return holder;
  }
  return undefined;
}
