/** Changing one field of a struct: in place when it fits an intent and nobody has a lease, else together with its record. */
import * as arenaLayout from '../../native-layout/arena.ts';
import * as fieldLayout from '../../native-layout/field.ts';
import type { FieldPlace } from '../../native-layout/field.ts';
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
const { FIELD_F32, FIELD_F64, FIELD_I16, FIELD_I64, FIELD_I8, FIELD_U16, FIELD_U32, FIELD_U64, FIELD_U8 } = fieldLayout;
const { VALUE_ENCODED } = recordLayout;
const { INTENT_WORDS_MAX, segmentHeader } = segmentLayout;
const { fieldScratch, valueScratch } = scratchModule;
const { peek } = atomics;
const { replaceWords } = inPlaceModule;
const { reclaimForRoom } = leaseModule;
const { expiryOf, isExpired, isLeased, loadSmallValue, valueBytesOf, valueKindOf, valueWord } = recordModule;
const { enterSegment, leaveSegment } = sectionModule;
const { locate } = tableModule;
const { DONE, FULL, OUT_OF_RANGE, publish, REFUSED } = writeModule;

const LOCK = segmentHeader.word.lock;
const REF = slotLayout.word.ref;

/** The entry's value is no struct of the store: the state of a rate limit. */
export const NOT_A_STRUCT = -4;

/** The sum that `addToField` came to. */
export const fieldSum: { value: number | bigint } = { value: 0 };

const { words: patch, floats, bytes } = fieldScratch;
const singles = new Float32Array(bytes.buffer);
const signed = new BigInt64Array(bytes.buffer);
const unsigned = new BigUint64Array(bytes.buffer);

/**
 * Replaces a field of the entry of the key in keyScratch by the first `wordCount` words of fieldScratch; for a field that is
 * smaller than a word, these have its bits in place. The entry keeps its TTL and gets a new version. O(1) expected.
 *
 * @returns DONE, REFUSED for an absent key, NOT_A_STRUCT or FULL; unless DONE, the entry is as it was
 */
export function putField(
  arena: Arena,
  segment: number,
  place: number,
  tag: number,
  field: FieldPlace,
  wordCount: number,
): number {
  return changeField(arena, segment, place, tag, field, wordCount, 0);
}

/**
 * Adds to a number field of the entry of the key in keyScratch, and leaves the sum in `fieldSum`. O(1) expected.
 *
 * @param by a bigint for 64-bit integers, else a number; it is no zero
 * @returns DONE, REFUSED for an absent key, NOT_A_STRUCT, OUT_OF_RANGE or FULL; unless DONE, the entry is as it was
 */
export function addToField(
  arena: Arena,
  segment: number,
  place: number,
  tag: number,
  field: FieldPlace,
  by: number | bigint,
): number {
  return changeField(arena, segment, place, tag, field, 0, by);
}

/** Without `wordCount` it adds. */
function changeField(
  arena: Arena,
  segment: number,
  place: number,
  tag: number,
  field: FieldPlace,
  wordCount: number,
  by: number | bigint,
): number {
  const words = arena.viewOf(segment);
  const head = arena.headOf(segment);
  let status: number;
  enterSegment(arena, words, head, segment);
  try {
    status = changeLocked(arena, words, head, segment, place, tag, field, wordCount, by);
    leaveSegment(arena, words, head);
  } catch (error) {
    // [full-stack]
    if ((words[head + LOCK] & ~LOCK_WAITERS) === arena.token) words[head + LOCK] = LOCK_ABANDONED;
    throw error;
  }
  // Not within the section: what the dead leased is in other segments, too.
  if (status === FULL && reclaimForRoom(arena, segment)) {
    return changeField(arena, segment, place, tag, field, wordCount, by);
  }
  return status;
}

function changeLocked(
  arena: Arena,
  words: Words,
  head: number,
  segment: number,
  place: number,
  tag: number,
  field: FieldPlace,
  wordCount: number,
  by: number | bigint,
): number {
  const at = locate(words, head, place, tag);
  const ref = at > 0 ? peek(words, at + REF) : 0;
  if (ref === 0 || isExpired(words, ref)) return REFUSED;
  if (valueKindOf(words, ref) !== VALUE_ENCODED || valueBytesOf(words, ref) !== field.valueBytes) return NOT_A_STRUCT;
  const first = valueWord(words, ref) + field.word;
  let count = wordCount;
  if (count === 0) {
    count = sumUp(words, first, field, by);
    if (count === 0) return OUT_OF_RANGE;
  }
  if (field.mask !== 0) patch[0] = (patch[0] & field.mask) | (peek(words, first) & ~field.mask);
  // [in-place] A few words go where the old ones were. [lease] What is leased stays as it is.
  if (count <= INTENT_WORDS_MAX && !isLeased(words, ref)) {
    replaceWords(words, head, ref, first, patch, count);
    return DONE;
  }
  loadSmallValue(words, ref);
  for (let i = 0; i < count; i++) valueScratch.words[field.word + i] = patch[i];
  return publish(arena, words, head, segment, place, tag, at, expiryOf(words, ref));
}

/** Leaves the words of the sum in fieldScratch, and returns how many they are: 0 when the field cannot hold it. */
function sumUp(words: Words, first: number, { kind, shift, mask }: FieldPlace, by: number | bigint): number {
  const wide = kind === FIELD_I64 || kind === FIELD_U64 || kind === FIELD_F64;
  patch[0] = peek(words, first);
  if (wide) patch[1] = peek(words, first + 1);
  if (kind === FIELD_I64 || kind === FIELD_U64) return sumUpBigint(kind, by as bigint);
  const old = kind === FIELD_F64 ? floats[0] : kind === FIELD_F32 ? singles[0] : integerOf(kind, patch[0] >>> shift);
  const sum = old + (by as number);
  fieldSum.value = sum;
  if (kind === FIELD_F64) {
    floats[0] = sum;
    return 2;
  }
  if (kind === FIELD_F32) {
    singles[0] = sum;
    return Object.is(singles[0], sum) ? 1 : 0;
  }
  if (sum !== integerOf(kind, sum)) return 0;
  patch[0] = mask === 0 ? sum : (sum << shift) & mask;
  return 1;
}

function sumUpBigint(kind: number, by: bigint): number {
  const view = kind === FIELD_I64 ? signed : unsigned;
  const sum = view[0] + by;
  view[0] = sum;
  fieldSum.value = sum;
  return view[0] === sum ? 2 : 0;
}

/** The number of these bits in a field of a kind; a number that the field can hold is its own. */
function integerOf(kind: number, bits: number): number {
  switch (kind) {
    case FIELD_I8:
      return (bits << 24) >> 24;
    case FIELD_U8:
      return bits & 0xff;
    case FIELD_I16:
      return (bits << 16) >> 16;
    case FIELD_U16:
      return bits & 0xffff;
    case FIELD_U32:
      return bits >>> 0;
    default:
      return bits | 0;
  }
}
