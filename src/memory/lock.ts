/**
 * Locks that survive their holder: one word of {generation, registry entry, waiters}, after Drepper's three-state mutex
 * ("Futexes are tricky", 2011), with the holder's name in it so that a dead one can be found out. See [lock] and
 * [owner-died] in native-layout/README.md.
 *
 * [full-stack] An exception in a critical section, a full stack above all, leaves the protected state half-written. Its
 * `catch` marks the lock LOCK_ABANDONED, and the next one to come repairs. It does so by a plain store in place and only
 * if the lock is still its own: on a full stack every call fails, those of this file and of Atomics too. Waiters find the
 * mark when their slice is over.
 */
import * as arenaLayout from '../../native-layout/arena.ts';
import { DamagedArenaError, LockTimeoutError } from '../errors.ts';
import * as atomics from '#atomics';
import type { Words } from '#atomics';
import * as threadsModule from './threads.ts';

// Own constants fold, imported bindings are loaded at every use: see [hot-imports] in CONTRIBUTING.md.
const { LOCK_ABANDONED, LOCK_WAITERS } = arenaLayout;
const { compareExchange, exchange, KEEPS_STORE_ORDER, load, notify, peek, SPIN_LIMIT, wait } = atomics;
const { tokenIsDead } = threadsModule;

/** What a lock needs to know of the thread that takes it. */
export interface LockHolder {
  /** Stands for this thread in lock words. */
  readonly token: number;
  /** The buffer with the thread registry. */
  readonly words: Words;
  readonly threadsWord: number;
  readonly lockTimeoutMs: number;
}

/** How long a waiter sleeps before it asks whether the holder is dead. */
const SLICE_MS = 5;

/**
 * Takes the lock at `word`, sleeping while another thread has it.
 *
 * @returns true when it was taken over from a dead or failed holder: the caller must repair what the lock protects
 * @throws LockTimeoutError when a living thread kept it for longer than the holder's timeout
 */
export function acquire(holder: LockHolder, words: Words, word: number): boolean {
  // [lock] Acquire: everything the last holder wrote is visible after this.
  if (compareExchange(words, word, 0, holder.token) === 0) return false;
  return acquireSlow(holder, words, word);
}

/** Takes the lock if it is free; never waits, and leaves a dead holder's lock alone. */
export function tryAcquire(holder: LockHolder, words: Words, word: number): boolean {
  return compareExchange(words, word, 0, holder.token) === 0;
}

/** Gives the lock back and wakes one waiter. */
export function release(holder: LockHolder, words: Words, word: number): void {
  // [lock] Release: everything written under the lock is visible to the next holder.
  const old = exchange(words, word, 0);
  if (old !== holder.token) releaseContended(holder, words, word, old);
}

function releaseContended(holder: LockHolder, words: Words, word: number, old: number): void {
  notify(words, word, 1);
  if ((old & ~LOCK_WAITERS) !== holder.token) {
    throw new DamagedArenaError(`lock word ${word} held ${old} when thread token ${holder.token} gave it back`);
  }
}

function acquireSlow(holder: LockHolder, words: Words, word: number): boolean {
  for (let spin = 0; spin < SPIN_LIMIT; spin++) {
    if (peek(words, word) === 0 && compareExchange(words, word, 0, holder.token) === 0) return false;
  }
  const deadline = performance.now() + holder.lockTimeoutMs;
  for (;;) {
    const held = load(words, word);
    // A thread that slept cannot know whether others still do, so it keeps the waiters bit: one wake-up too many at most.
    if (held === 0) {
      if (compareExchange(words, word, 0, holder.token | LOCK_WAITERS) === 0) return false;
      continue;
    }
    // [full-stack] A lock of this thread's own is left from a section that failed: sections of one lock do not nest.
    if ((held & ~LOCK_WAITERS) === LOCK_ABANDONED || (held & ~LOCK_WAITERS) === holder.token) {
      awaitStores(words, word, held);
      if (takeOver(holder, words, word, held)) return true;
      continue;
    }
    if ((held & LOCK_WAITERS) === 0 && compareExchange(words, word, held, held | LOCK_WAITERS) !== held) continue;
    wait(words, word, held | LOCK_WAITERS, SLICE_MS);
    const still = load(words, word);
    if (still !== 0 && tokenIsDead(holder.words, holder.threadsWord, still) && takeOver(holder, words, word, still)) {
      return true;
    }
    if (performance.now() > deadline) {
      throw new LockTimeoutError(`the lock at word ${word} was not free within ${holder.lockTimeoutMs} ms`);
    }
  }
}

/**
 * [full-stack] The mark is a plain store: where those may pass each other, the last stores of the failed section may be
 * on their way still. No processor keeps a store to itself for as long as a slice.
 */
function awaitStores(words: Words, word: number, held: number): void {
  if (!KEEPS_STORE_ORDER) wait(words, word, held, SLICE_MS);
}

/** [owner-died] Only the exact word of the proven dead holder is replaced: of several finders, one wins. */
function takeOver(holder: LockHolder, words: Words, word: number, dead: number): boolean {
  return compareExchange(words, word, dead, holder.token | LOCK_WAITERS) === dead;
}
