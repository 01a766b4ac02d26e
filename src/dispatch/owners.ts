/**
 * The ring as a table in the arena: one load says which owner a segment has.
 *
 * One pool at a time keeps a ring and is the only one to change it; the lock is for those who want to keep it next. The
 * members are the truth and the owners are derived from them, anew by every change and by whoever takes the lock over
 * from the dead, so a change that was cut off leaves nothing wrong behind.
 */
import { LOCK_ABANDONED, LOCK_WAITERS, ring, THREADS_MAX } from '../../native-layout/arena.ts';
import { OptionError } from '../errors.ts';
import type { Arena } from '../memory/arena.ts';
import { acquire, release } from '../memory/lock.ts';
import { tokenIsDead } from '../memory/threads.ts';
import { add, load, peek, poke, store } from '#atomics';
import { assignSegments } from './ring.ts';

/** Owner numbers run from 0 to OWNERS_MAX - 1: the thread that runs the pool needs a place in the arena too. */
export const OWNERS_MAX: number = THREADS_MAX - 1;

const WORD = ring.word;

/** The owner of a segment; NOBODY where there is none. One load. */
export function ownerOf(arena: Arena, segment: number): number {
  return load(arena.words, arena.ringWord + WORD.owners + segment) - 1;
}

/** The owners of all segments, by segment. O(segments). */
export function ownersOf(arena: Arena): Int32Array {
  return Int32Array.from({ length: arena.segmentCount }, (_, segment) => ownerOf(arena, segment));
}

/** Counts the changes of the ring, modulo 2^32. */
export function ringEpoch(arena: Arena): number {
  return load(arena.words, arena.ringWord + WORD.epoch);
}

/** Segments by owner number. O(segments). */
export function loadsOf(owners: Int32Array): number[] {
  const loads = Array.from({ length: OWNERS_MAX }, () => 0);
  for (const owner of owners) if (owner >= 0 && owner < OWNERS_MAX) loads[owner] += 1;
  return loads;
}

/**
 * Makes the ring that of a pool of the calling thread, with these weights by owner number. The ring of a pool whose thread
 * is dead is taken over. O(segments x owners).
 *
 * @throws OptionError when a pool of a living thread keeps the ring
 */
export function claimRing(arena: Arena, weights: readonly number[]): void {
  const { words, threadsWord, token } = arena;
  locked(arena, () => {
    const keeper = peek(words, arena.ringWord + WORD.keeper);
    if (keeper !== 0 && !tokenIsDead(words, threadsWord, keeper)) return false;
    poke(words, arena.ringWord + WORD.keeper, token);
    writeMembers(arena, weights);
    return true;
  });
}

/** The owners that the segments would have with these weights, by segment. Changes nothing. O(segments x owners). */
export function plannedOwners(arena: Arena, weights: readonly number[]): Int32Array {
  return assignSegments(arena.segmentCount, weights, ownersOf(arena));
}

/**
 * Sets the weights of the owners of rings that this thread keeps: owners join and leave. Moves only the segments it must.
 * O(segments x owners).
 *
 * @throws LockTimeoutError; no ring has changed then
 */
export function changeOwners([arena, ...others]: readonly Arena[], weights: readonly number[]): void {
  if (arena === undefined) return;
  locked(arena, () => {
    // All locks before the first change.
    changeOwners(others, weights);
    writeMembers(arena, weights);
    return true;
  });
}

/** Gives the ring up: no members, no owners, no keeper. */
export function releaseRing(arena: Arena): void {
  locked(arena, () => {
    writeMembers(arena, []);
    poke(arena.words, arena.ringWord + WORD.keeper, 0);
    return true;
  });
}

/** `change` returns false when it refuses to: then it has written nothing. */
function locked(arena: Arena, change: () => boolean): void {
  const { words, ringWord } = arena;
  const lock = ringWord + WORD.lock;
  // [owner-died] What the dead holder has left of members counts as its change; the owners follow from it.
  const isTakenOver = acquire(arena, words, lock);
  let isChanged = false;
  try {
    if (isTakenOver) deriveOwners(arena);
    isChanged = change();
    release(arena, words, lock);
  } catch (error) {
    // [full-stack]
    if ((words[lock] & ~LOCK_WAITERS) === arena.token) words[lock] = LOCK_ABANDONED;
    throw error;
  }
  if (!isChanged) throw new OptionError('stores: a pool that was not closed owns the segments of a store');
}

function writeMembers(arena: Arena, weights: readonly number[]): void {
  const first = arena.ringWord + WORD.members;
  for (let owner = 0; owner < OWNERS_MAX; owner++) poke(arena.words, first + owner, weights[owner] ?? 0);
  deriveOwners(arena);
}

function deriveOwners(arena: Arena): void {
  const { words, ringWord, segmentCount } = arena;
  const members = Array.from({ length: OWNERS_MAX }, (_, owner) => peek(words, ringWord + WORD.members + owner));
  const previous = ownersOf(arena);
  const owners = assignSegments(segmentCount, members, previous);
  for (const [segment, owner] of owners.entries()) {
    if (owner !== previous[segment]) store(words, ringWord + WORD.owners + segment, owner + 1);
  }
  poke(words, ringWord + WORD.memberCount, members.filter((weight) => weight > 0).length);
  add(words, ringWord + WORD.epoch, 1);
}
