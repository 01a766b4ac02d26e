/** The critical section of a segment: entered under its lock, repaired first when the last holder did not come out. */
import * as arenaLayout from '../../native-layout/arena.ts';
import * as segmentLayout from '../../native-layout/segment.ts';
import type { Arena } from '../memory/arena.ts';
import * as lockModule from '../memory/lock.ts';
import type { Words } from '#atomics';
import * as recoveryModule from './recovery.ts';

// Own constants fold, imported bindings are loaded at every use: see [hot-imports] in CONTRIBUTING.md.
const { LOCK_ABANDONED, LOCK_WAITERS } = arenaLayout;
const { segmentHeader } = segmentLayout;
const { acquire, release } = lockModule;
const { recoverSegment } = recoveryModule;

const LOCK = segmentHeader.word.lock;

/**
 * Enters. Nothing that a user wrote may run until `leaveSegment`.
 *
 * @throws LockTimeoutError when a living thread stays inside for longer than the lock timeout
 */
export function enterSegment(arena: Arena, words: Words, head: number, segment: number): void {
  if (!acquire(arena, words, head + LOCK)) return;
  try {
    recoverSegment(arena, words, head, segment);
  } catch (error) {
    // [full-stack]
    if ((words[head + LOCK] & ~LOCK_WAITERS) === arena.token) words[head + LOCK] = LOCK_ABANDONED;
    throw error;
  }
}

/** Leaves. It is the last call in the `try` of a section, whose `catch` gives the lock up: see [full-stack] in lock.ts. */
export function leaveSegment(arena: Arena, words: Words, head: number): void {
  release(arena, words, head + LOCK);
}
