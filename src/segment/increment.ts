/** Counting up: the sum is made under the lock, and stored in place where it can be. */
import * as arenaLayout from '../../native-layout/arena.ts';
import * as recordLayout from '../../native-layout/record.ts';
import * as segmentLayout from '../../native-layout/segment.ts';
import { slot as slotLayout } from '../../native-layout/segment.ts';
import type { Arena } from '../memory/arena.ts';
import * as scratchModule from '../memory/scratch.ts';
import * as atomics from '#atomics';
import type { Words } from '#atomics';
import * as inPlaceModule from './in-place.ts';
import * as leaseModule from './lease.ts';
import * as recordModule from './record.ts';
import * as sectionModule from './section.ts';
import * as tableModule from './table.ts';
import * as writeModule from './write.ts';

// Own constants fold, imported bindings are loaded at every use: see [hot-imports] in CONTRIBUTING.md.
const { LOCK_ABANDONED, LOCK_WAITERS } = arenaLayout;
const { VALUE_FLOAT64, VALUE_INT32 } = recordLayout;
const { segmentHeader } = segmentLayout;
const { valueScratch } = scratchModule;
const { peek } = atomics;
const { replaceWords } = inPlaceModule;
const { reclaimForRoom } = leaseModule;
const { expiryOf, isExpired, loadSmallValue, valueKindOf, valueWord } = recordModule;
const { enterSegment, leaveSegment } = sectionModule;
const { locate } = tableModule;
const { DONE, FULL, OUT_OF_RANGE, publish } = writeModule;

const LOCK = segmentHeader.word.lock;
const REF = slotLayout.word.ref;

/** Which sums `incrementEntry` may store. */
export const ANY_NUMBER = 0;
/** All but -0, infinities and NaN. */
export const FINITE_NUMBER = 1;
export const INT32_NUMBER = 2;

/** An outcome beside those of write.ts. */
export const NOT_A_NUMBER = -2;

/**
 * Adds to the number of the key in keyScratch; an absent one counts as 0. An existing entry keeps its TTL. The sum is left
 * in valueScratch.floats[0].
 *
 * @param range ANY_NUMBER, FINITE_NUMBER or INT32_NUMBER: other sums are refused
 * @param expiry of an entry that is made new
 * @returns DONE, FULL, NOT_A_NUMBER or OUT_OF_RANGE; unless DONE, the entry is as it was
 */
export function incrementEntry(
  arena: Arena,
  segment: number,
  place: number,
  tag: number,
  by: number,
  range: number,
  expiry: number,
): number {
  const words = arena.viewOf(segment);
  const head = arena.headOf(segment);
  let status: number;
  enterSegment(arena, words, head, segment);
  try {
    status = incrementLocked(arena, words, head, segment, place, tag, by, range, expiry);
    leaveSegment(arena, words, head);
  } catch (error) {
    // [full-stack]
    if ((words[head + LOCK] & ~LOCK_WAITERS) === arena.token) words[head + LOCK] = LOCK_ABANDONED;
    throw error;
  }
  if (status === FULL && reclaimForRoom(arena, segment)) {
    return incrementEntry(arena, segment, place, tag, by, range, expiry);
  }
  return status;
}

function incrementLocked(
  arena: Arena,
  words: Words,
  head: number,
  segment: number,
  place: number,
  tag: number,
  by: number,
  range: number,
  expiry: number,
): number {
  const at = locate(words, head, place, tag);
  const ref = at > 0 ? peek(words, at + REF) : 0;
  const present = ref !== 0 && !isExpired(words, ref);
  let sum = by;
  let kind = -1;
  if (present) {
    kind = valueKindOf(words, ref);
    if (kind !== VALUE_INT32 && kind !== VALUE_FLOAT64) return NOT_A_NUMBER;
    loadSmallValue(words, ref);
    sum += kind === VALUE_INT32 ? valueScratch.words[0] : valueScratch.floats[0];
  }
  const isInt32 = sum === (sum | 0) && !Object.is(sum, -0);
  if (!isInt32 && !isInRange(sum, range)) {
    valueScratch.floats[0] = sum;
    return OUT_OF_RANGE;
  }
  setNumber(sum, isInt32);
  // [in-place] A number of the kind that it had goes where it was.
  if (kind === valueScratch.kind) {
    replaceWords(words, head, ref, valueWord(words, ref), valueScratch.words, isInt32 ? 1 : 2);
  } else {
    const status = publish(arena, words, head, segment, place, tag, at, present ? expiryOf(words, ref) : expiry);
    if (status !== DONE) return status;
  }
  valueScratch.floats[0] = sum;
  return DONE;
}

function isInRange(sum: number, range: number): boolean {
  return range === ANY_NUMBER || (range === FINITE_NUMBER && Number.isFinite(sum) && sum !== 0);
}

function setNumber(value: number, isInt32: boolean): void {
  valueScratch.kind = isInt32 ? VALUE_INT32 : VALUE_FLOAT64;
  valueScratch.byteLength = isInt32 ? 4 : 8;
  valueScratch.large = null;
  if (isInt32) valueScratch.words[0] = value;
  else valueScratch.floats[0] = value;
}
