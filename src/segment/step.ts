/** A step on a short value with a TTL: the engine makes the new value from the old one under the lock, so that none is lost. */
import * as arenaLayout from '../../native-layout/arena.ts';
import * as segmentLayout from '../../native-layout/segment.ts';
import { slot as slotLayout } from '../../native-layout/segment.ts';
import type { Arena } from '../memory/arena.ts';
import * as atomics from '#atomics';
import type { Words } from '#atomics';
import * as leaseModule from './lease.ts';
import * as recordModule from './record.ts';
import * as sectionModule from './section.ts';
import * as tableModule from './table.ts';
import * as writeModule from './write.ts';

// Own constants fold, imported bindings are loaded at every use: see [hot-imports] in CONTRIBUTING.md.
const { LOCK_ABANDONED, LOCK_WAITERS } = arenaLayout;
const { segmentHeader } = segmentLayout;
const { peek } = atomics;
const { reclaimForRoom } = leaseModule;
const { expiryOf, loadSmallValue, valueKindOf } = recordModule;
const { enterSegment, leaveSegment } = sectionModule;
const { locate } = tableModule;
const { FULL, publish } = writeModule;

const LOCK = segmentHeader.word.lock;
const REF = slotLayout.word.ref;

/** An outcome beside those of write.ts. */
export const OTHER_KIND = -4;

/** What is made of a value. No code of the user's: it runs under the lock. */
export interface Stepper {
  /** The only kind of value that it takes. */
  readonly kind: number;
  /**
   * Finds the old value in valueScratch, if there is one, and leaves the new one there. It must not throw, nor allocate.
   *
   * @returns the expiry of the entry, in ms since 1970
   */
  step(isPresent: boolean, nowMs: number): number;
}

/**
 * Replaces the value of the key in keyScratch, of at most SCRATCH_BYTES, by what the stepper makes of it. O(1) expected.
 *
 * @returns DONE, FULL or OTHER_KIND; unless DONE, the entry is as it was
 */
export function stepEntry(arena: Arena, segment: number, place: number, tag: number, stepper: Stepper): number {
  const words = arena.viewOf(segment);
  const head = arena.headOf(segment);
  let status: number;
  enterSegment(arena, words, head, segment);
  try {
    status = stepLocked(arena, words, head, segment, place, tag, stepper);
    leaveSegment(arena, words, head);
  } catch (error) {
    // [full-stack]
    if ((words[head + LOCK] & ~LOCK_WAITERS) === arena.token) words[head + LOCK] = LOCK_ABANDONED;
    throw error;
  }
  if (status === FULL && reclaimForRoom(arena, segment)) return stepEntry(arena, segment, place, tag, stepper);
  return status;
}

function stepLocked(
  arena: Arena,
  words: Words,
  head: number,
  segment: number,
  place: number,
  tag: number,
  stepper: Stepper,
): number {
  const at = locate(words, head, place, tag);
  const ref = at > 0 ? peek(words, at + REF) : 0;
  // Under the lock, so that no step comes after another one and has an earlier moment.
  const nowMs = Date.now();
  const oldExpiry = ref === 0 ? 0 : expiryOf(words, ref);
  const isPresent = ref !== 0 && (oldExpiry === 0 || oldExpiry > nowMs);
  if (isPresent) {
    if (valueKindOf(words, ref) !== stepper.kind) return OTHER_KIND;
    loadSmallValue(words, ref);
  }
  return publish(arena, words, head, segment, place, tag, at, stepper.step(isPresent, nowMs));
}
