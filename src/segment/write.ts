/** The writes of a segment: each one is a critical section in which a single store makes the change visible. */
import * as arenaLayout from '../../native-layout/arena.ts';
import * as recordLayout from '../../native-layout/record.ts';
import * as segmentLayout from '../../native-layout/segment.ts';
import { slot as slotLayout } from '../../native-layout/segment.ts';
import type { Arena } from '../memory/arena.ts';
import * as pageTableModule from '../memory/page-table.ts';
import * as pagesModule from '../memory/pages.ts';
import * as scratchModule from '../memory/scratch.ts';
import * as atomics from '#atomics';
import type { Words } from '#atomics';
import * as heapModule from './heap.ts';
import * as inPlaceModule from './in-place.ts';
import * as leaseModule from './lease.ts';
import * as numberModule from './number.ts';
import * as reclaimModule from './reclaim.ts';
import * as recordModule from './record.ts';
import * as recoveryModule from './recovery.ts';
import * as sectionModule from './section.ts';
import * as tableModule from './table.ts';

// Own constants fold, imported bindings are loaded at every use: see [hot-imports] in CONTRIBUTING.md.
const { LOCK_ABANDONED, LOCK_WAITERS, PAGE_EXTENT, PAGE_LARGE } = arenaLayout;
const { KEY_BYTES_EXTENDED, RECORD_HEADER_WORDS, RECORD_META, RECORD_SEQ, VALUE_FLOAT64, VALUE_INT32 } = recordLayout;
const { EXTENT_RECORD_WORDS_MAX, INTENT_WORDS_MAX, segmentHeader, TABLE_PAGE_MASK } = segmentLayout;
const { chainOf, pageTableOf } = pageTableModule;
const { givePages } = pagesModule;
const { keyScratch, valueScratch } = scratchModule;
const { peek, poke, releaseStore, store } = atomics;
const { allocate, bumpEpoch, clearBins } = heapModule;
const { replaceWords } = inPlaceModule;
const { reclaimForRoom } = leaseModule;
const { takeSeq } = numberModule;
const { allocateSlow, discardBlock, freeRecord, makePages } = reclaimModule;
const { expiryOf, isExpired, loadSmallValue, scratchMeta, scratchRecordWords, valueKindOf, valueWord, writeRecord } =
  recordModule;
const { rebuildSegment } = recoveryModule;
const { enterSegment, leaveSegment } = sectionModule;
const { checkTable, freeSlot, growTable, isCrowded, locate, occupy, vacate } = tableModule;

const BUMP_END = segmentHeader.word.bumpEnd;
const BUMP_WORD = segmentHeader.word.bumpWord;
const EXTENTS = segmentHeader.word.extents;
const HEAP_PAGES = segmentHeader.word.heapPages;
const LARGE_PAGES = segmentHeader.word.largePages;
const LARGE_RUNS = segmentHeader.word.largeRuns;
const LEASES = segmentHeader.word.leases;
const LIVE = segmentHeader.word.live;
const LOCK = segmentHeader.word.lock;
const TABLE = segmentHeader.word.table;
const TTL_COUNT = segmentHeader.word.ttlCount;
const USED = segmentHeader.word.used;
const REF = slotLayout.word.ref;

const VALUE_BYTES_IN_PLACE_MAX: number = INTENT_WORDS_MAX * 4;

/** Conditions of `putEntry`; a positive number is the version that the entry must have. */
export const ALWAYS = -1;
export const IF_PRESENT = -2;
export const IF_ABSENT = 0;

/** Outcomes of the writes. */
export const DONE = 1;
export const REFUSED = 0;
export const FULL = -1;
export const NOT_A_NUMBER = -2;
export const OUT_OF_RANGE = -3;

/** Which sums `incrementEntry` may store. */
export const ANY_NUMBER = 0;
/** All but -0, infinities and NaN. */
export const FINITE_NUMBER = 1;
export const INT32_NUMBER = 2;

/**
 * Writes the key and value in the scratches if the entry meets the condition. O(1) expected; a write that makes the table
 * grow or tidies the heap is bounded by the size of the segment.
 *
 * @param expiry ms since 1970, 0 for none
 * @returns DONE, REFUSED or FULL; unless DONE, the entry is as it was
 */
export function putEntry(
  arena: Arena,
  segment: number,
  place: number,
  tag: number,
  condition: number,
  expiry: number,
): number {
  const words = arena.viewOf(segment);
  const head = arena.headOf(segment);
  let status: number;
  enterSegment(arena, words, head, segment);
  try {
    const at = locate(words, head, place, tag);
    status =
      condition === ALWAYS || meets(words, at, condition)
        ? publish(arena, words, head, segment, place, tag, at, expiry)
        : REFUSED;
    leaveSegment(arena, words, head);
  } catch (error) {
    // [full-stack]
    if ((words[head + LOCK] & ~LOCK_WAITERS) === arena.token) words[head + LOCK] = LOCK_ABANDONED;
    throw error;
  }
  // Not within the section: what the dead leased is in other segments, too.
  if (status === FULL && reclaimForRoom(arena, segment)) return putEntry(arena, segment, place, tag, condition, expiry);
  return status;
}

function meets(words: Words, at: number, condition: number): boolean {
  const ref = at > 0 ? peek(words, at + REF) : 0;
  const present = ref !== 0 && !isExpired(words, ref);
  if (condition === IF_PRESENT) return present;
  // [in-place] Under the lock no words are being replaced.
  return condition === (present ? peek(words, ref + RECORD_SEQ) : IF_ABSENT);
}

/** Writes the record and makes it the one of its key: by one store to the slot. `at` is what `locate` returned. */
export function publish(
  arena: Arena,
  words: Words,
  head: number,
  segment: number,
  place: number,
  tag: number,
  found: number,
  expiry: number,
): number {
  let at = found;
  let free = 0;
  if (at > 0 && expiry === 0 && replaceValue(words, head, peek(words, at + REF))) return DONE;
  if (at === 0) {
    free = roomFor(arena, words, head, segment, place, tag);
    if (free === 0) return FULL;
  }
  const size = scratchRecordWords(expiry);
  let ref = size > EXTENT_RECORD_WORDS_MAX ? 0 : allocate(words, head, size);
  if (ref === 0) {
    ref = allocateSlow(arena, words, head, segment, size);
    if (ref === 0) return FULL;
    // Records may have moved, and expired ones are gone: this key's own may be among them.
    at = locate(words, head, place, tag);
    if (at === 0) {
      free = freeSlot(words, head, place, tag);
      if (free === 0) {
        // The table became smaller to make room, and the lines around this place are full now.
        discardBlock(arena, words, head, segment, ref, size);
        return FULL;
      }
    }
  }
  writeRecord(words, ref, takeSeq(words, head), expiry);
  if (expiry !== 0) poke(words, head + TTL_COUNT, peek(words, head + TTL_COUNT) + 1);
  if (at > 0) {
    const old = peek(words, at + REF);
    // [publish-record] [remembered] The new record takes the old one's place; only then does the old one stop being one.
    releaseStore(words, at + REF, ref);
    freeRecord(arena, words, head, segment, old);
  } else {
    occupy(words, head, free, tag, ref);
  }
  return DONE;
}

/**
 * [in-place] Replaces the value of a record by the one in the scratch where it lies: when it is short, as long as the old one
 * and of its kind, and neither has a TTL. [lease] What is leased stays as it is: its meta is another.
 */
function replaceValue(words: Words, head: number, ref: number): boolean {
  const { byteLength } = valueScratch;
  if (byteLength > VALUE_BYTES_IN_PLACE_MAX || byteLength === 0) return false;
  if (peek(words, ref + RECORD_META) !== scratchMeta()) return false;
  const keyWords = (keyScratch.byteLength + 3) >>> 2;
  const at = ref + RECORD_HEADER_WORDS + keyWords + (keyScratch.byteLength >= KEY_BYTES_EXTENDED ? 1 : 0);
  replaceWords(words, head, ref, at, valueScratch.words, (byteLength + 3) >>> 2);
  return true;
}

/** A free slot for a key at `place`, after growing the table if it is crowded and there are pages for it; 0 for none. */
function roomFor(arena: Arena, words: Words, head: number, segment: number, place: number, tag: number): number {
  const free = freeSlot(words, head, place, tag);
  if (free !== 0 && (peek(words, free) !== 0 || !isCrowded(words, head))) return free;
  if (!growTable(arena, words, head, segment) && makePages(arena, words, head, segment)) {
    growTable(arena, words, head, segment);
  }
  return freeSlot(words, head, place, tag);
}

/**
 * Removes the entry of the key in keyScratch if it meets the condition. O(1) expected.
 *
 * @param condition ALWAYS, or the version that the entry must have
 * @returns whether there was one that had not expired and met the condition
 */
export function removeEntry(
  arena: Arena,
  segment: number,
  place: number,
  tag: number,
  condition: number = ALWAYS,
): boolean {
  const words = arena.viewOf(segment);
  const head = arena.headOf(segment);
  let removed = false;
  enterSegment(arena, words, head, segment);
  try {
    const at = locate(words, head, place, tag);
    if (at > 0 && (condition === ALWAYS || meets(words, at, condition))) {
      const ref = peek(words, at + REF);
      removed = !isExpired(words, ref);
      vacate(words, head, at);
      freeRecord(arena, words, head, segment, ref);
    }
    leaveSegment(arena, words, head);
  } catch (error) {
    // [full-stack]
    if ((words[head + LOCK] & ~LOCK_WAITERS) === arena.token) words[head + LOCK] = LOCK_ABANDONED;
    throw error;
  }
  return removed;
}

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

/** Removes all entries of a segment, by one store, and gives its pages back. O(pages of the segment). */
export function clearSegment(arena: Arena, segment: number): void {
  const words = arena.viewOf(segment);
  const head = arena.headOf(segment);
  enterSegment(arena, words, head, segment);
  try {
    clearLocked(arena, words, head, segment);
    leaveSegment(arena, words, head);
  } catch (error) {
    // [full-stack]
    if ((words[head + LOCK] & ~LOCK_WAITERS) === arena.token) words[head + LOCK] = LOCK_ABANDONED;
    throw error;
  }
}

function clearLocked(arena: Arena, words: Words, head: number, segment: number): void {
  const table = peek(words, head + TABLE);
  // Without a table it is empty, but for what leases keep or have kept since the last time.
  if (table === 0 && peek(words, head + EXTENTS) === 0) return;
  const pages = pageTableOf(arena, segment);
  if (table !== 0) checkTable(pages, table, segment);
  const runs = [
    ...chainOf(pages, head + EXTENTS, segment, PAGE_EXTENT),
    ...chainOf(pages, head + LARGE_RUNS, segment, PAGE_LARGE),
  ];
  takeSeq(words, head);
  // [publish-table] From here on the segment is empty; what follows only tidies up, and recovery would do the same.
  store(words, head + TABLE, 0);
  bumpEpoch(words, head);
  if (table === 0 || peek(words, head + LEASES) !== 0) {
    // [lease] What is pinned stays where it is, as in a repair.
    rebuildSegment(arena, words, head, segment);
    return;
  }
  givePages(arena, pages, table & TABLE_PAGE_MASK, 0);
  for (const page of runs) givePages(arena, pages, page, 0);
  clearBins(words, head);
  for (const field of CLEARED) poke(words, head + field, 0);
}

const CLEARED: readonly number[] = [
  LIVE,
  USED,
  HEAP_PAGES,
  LARGE_PAGES,
  EXTENTS,
  LARGE_RUNS,
  BUMP_WORD,
  BUMP_END,
  TTL_COUNT,
];
