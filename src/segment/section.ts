/** The critical section of a segment: entered under its lock, repaired first when the last holder did not come out. */
import * as segmentLayout from '../../native-layout/segment.ts';
import type { Arena } from '../memory/arena.ts';
import * as lockModule from '../memory/lock.ts';
import type { Words } from '#atomics';
import * as recoveryModule from './recovery.ts';

// Own constants fold, imported bindings are loaded at every use: see [hot-imports] in CONTRIBUTING.md.
const { segmentHeader } = segmentLayout;
const { abandon, acquire, release } = lockModule;
const { recoverSegment } = recoveryModule;

const LOCK = segmentHeader.word.lock;

/**
 * Enters. Nothing that a user wrote may run until `leaveSegment`.
 *
 * @throws LockTimeoutError when a living thread stays inside for longer than the lock timeout
 */
export function enterSegment(arena: Arena, words: Words, head: number, segment: number): void {
  if (acquire(arena, words, head + LOCK)) repair(arena, words, head, segment);
}

export function leaveSegment(arena: Arena, words: Words, head: number): void {
  release(arena, words, head + LOCK);
}

/** Comes out by an exception, a full stack for example: the next one to enter repairs. */
export function failSegment(words: Words, head: number): void {
  abandon(words, head + LOCK);
}

function repair(arena: Arena, words: Words, head: number, segment: number): void {
  try {
    recoverSegment(arena, words, head, segment);
  } catch (error) {
    abandon(words, head + LOCK);
    throw error;
  }
}
