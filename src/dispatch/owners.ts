/** The ring as a table in the arena: one load says which owner a segment has. */
import { ring, THREADS_MAX } from '../../native-layout/arena.ts';
import { OptionError } from '../errors.ts';
import type { Arena } from '../memory/arena.ts';
import { acquire, release } from '../memory/lock.ts';
import { tokenIsDead } from '../memory/threads.ts';
import { add, load, peek, poke, store } from '#atomics';
import { assignSegments, NOBODY } from './ring.ts';

const OWNERS_MAX: number = THREADS_MAX;

/** The owner of a segment; NOBODY where there is none. One load. */
export function ownerOf(arena: Arena, segment: number): number {
  return load(arena.words, arena.ringWord + ring.word.owners + segment) - 1;
}

/** Counts the changes of the ring. */
export function ringEpoch(arena: Arena): number {
  return load(arena.words, arena.ringWord + ring.word.epoch);
}

/**
 * Makes the ring that of the calling thread's pool: owner i has weight `weights[i]`, 0 for one that is not there. Segments
 * move only as far as they must. O(segments x owners).
 *
 * @throws OptionError when a pool of another living thread, or another pool of this one, keeps the ring
 */
export function setOwners(arena: Arena, weights: readonly number[], isNew: boolean): void {
  if (weights.length > OWNERS_MAX)
    throw new OptionError(`threads: ${weights.length} owners, at most ${OWNERS_MAX} fit`);
  const { words } = arena;
  const lock = arena.ringWord + ring.word.lock;
  // [owner-died] The table is computed from members and the last table alone, whatever of it a dead thread wrote.
  acquire(arena, words, lock);
  try {
    const keeper = peek(words, arena.ringWord + ring.word.keeper);
    if (isNew && keeper !== 0 && !tokenIsDead(words, arena.threadsWord, keeper)) {
      throw new OptionError('stores: a pool that was not closed owns the segments of this store');
    }
    writeRing(arena, weights);
  } finally {
    release(arena, words, lock);
  }
}

function writeRing(arena: Arena, weights: readonly number[]): void {
  const { words, ringWord } = arena;
  const present = weights.filter((weight) => weight > 0).length;
  const owners = assignSegments(arena.segmentCount, weights, currentOwners(arena));
  poke(words, ringWord + ring.word.keeper, present === 0 ? 0 : arena.token);
  for (let owner = 0; owner < OWNERS_MAX; owner++) {
    poke(words, ringWord + ring.word.members + owner, weights[owner] ?? 0);
  }
  poke(words, ringWord + ring.word.memberCount, present);
  for (let segment = 0; segment < arena.segmentCount; segment++) {
    store(words, ringWord + ring.word.owners + segment, (owners[segment] ?? NOBODY) + 1);
  }
  add(words, ringWord + ring.word.epoch, 1);
}

/** The whole table. O(segments). */
export function currentOwners(arena: Arena): Int32Array {
  return Int32Array.from({ length: arena.segmentCount }, (_, segment) => ownerOf(arena, segment));
}
