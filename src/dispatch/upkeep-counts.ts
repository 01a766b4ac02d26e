/** What the threads of an owner have done for its segments: words in shared memory, still there when the threads are not. */
import { add, load, type Words } from '#atomics';

export interface UpkeepStats {
  /** Steps of upkeep: pieces of a sweep, tables grown, heaps merged or made more compact. */
  readonly steps: number;
  /** Entries reclaimed because their TTL was over. */
  readonly reclaimed: number;
}

const STEPS_WORD = 0;
const RECLAIMED_WORD = 1;
const COUNT_WORDS = 2;

export function newUpkeepCounts(): Words {
  return new Int32Array(new SharedArrayBuffer(COUNT_WORDS * 4));
}

/** By a thread, after a step. */
export function countStep(counts: Words, reclaimed: number): void {
  add(counts, STEPS_WORD, 1);
  if (reclaimed > 0) add(counts, RECLAIMED_WORD, reclaimed);
}

/** By the pool. Modulo 2^32. */
export function upkeepIn(counts: Words): UpkeepStats {
  return { steps: load(counts, STEPS_WORD) >>> 0, reclaimed: load(counts, RECLAIMED_WORD) >>> 0 };
}
