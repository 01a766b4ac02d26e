/** The writes of a segment: each one is a critical section in which a single store makes the change visible. */
import * as arenaLayout from '../../native-layout/arena.ts';
import * as recordLayout from '../../native-layout/record.ts';
import * as segmentLayout from '../../native-layout/segment.ts';
import { slot as slotLayout } from '../../native-layout/segment.ts';
import type { Arena } from '../memory/arena.ts';
import * as scratchModule from '../memory/scratch.ts';
import * as atomics from '#atomics';
import type { Words } from '#atomics';
import * as expiryModule from './expiry.ts';
import * as heapModule from './heap.ts';
import * as inPlaceModule from './in-place.ts';
import * as leaseModule from './lease.ts';
import * as numberModule from './number.ts';
import * as overwriteModule from './overwrite.ts';
import * as reclaimModule from './reclaim.ts';
import * as recordModule from './record.ts';
import * as sectionModule from './section.ts';
import * as tableModule from './table.ts';

// Own constants fold, imported bindings are loaded at every use: see [hot-imports] in CONTRIBUTING.md.
const { LOCK_ABANDONED, LOCK_WAITERS } = arenaLayout;
const { EXPIRY_WORDS, KEY_BYTES_EXTENDED, META_TTL, RECORD_HEADER_WORDS, RECORD_META, RECORD_SEQ } = recordLayout;
const { EXTENT_RECORD_WORDS_MAX, INTENT_WORDS_MAX, segmentHeader } = segmentLayout;
const { keyScratch, valueScratch } = scratchModule;
const { peek, releaseStore } = atomics;
const { noteExpiry, noteNewExpiry } = expiryModule;
const { allocate } = heapModule;
const { replaceWords } = inPlaceModule;
const { reclaimForRoom } = leaseModule;
const { takeSeq } = numberModule;
const { overwrite } = overwriteModule;
const { allocateSlow, discardBlock, freeRecord, makePages } = reclaimModule;
const { expiryHigh, expiryLow, isExpired, scratchMeta, scratchRecordWords, writeRecord } = recordModule;
const { enterSegment, leaveSegment } = sectionModule;
const { freeSlot, growTable, isCrowded, locate, occupy, vacate } = tableModule;

const LOCK = segmentHeader.word.lock;
const REF = slotLayout.word.ref;

const VALUE_BYTES_IN_PLACE_MAX: number = INTENT_WORDS_MAX * 4;
const DATED_VALUE_WORDS_MAX: number = INTENT_WORDS_MAX - EXPIRY_WORDS;

/** A new expiry and the value behind it. */
const dated: Int32Array = new Int32Array(INTENT_WORDS_MAX);

/** Conditions of `putEntry`; a positive number is the version that the entry must have. */
export const ALWAYS = -1;
export const IF_PRESENT = -2;
export const IF_ABSENT = 0;

/** Outcomes of the writes. */
export const DONE = 1;
export const REFUSED = 0;
export const FULL = -1;
export const OUT_OF_RANGE = -3;

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
    status =
      condition === ALWAYS && expiry === 0 && overwrite(words, head, place, tag)
        ? DONE
        : putLocked(arena, words, head, segment, place, tag, condition, expiry);
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

function putLocked(
  arena: Arena,
  words: Words,
  head: number,
  segment: number,
  place: number,
  tag: number,
  condition: number,
  expiry: number,
): number {
  const at = locate(words, head, place, tag);
  if (condition !== ALWAYS && !meets(words, at, condition)) return REFUSED;
  return publish(arena, words, head, segment, place, tag, at, expiry);
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
  if (at > 0 && replaceBody(words, head, peek(words, at + REF), expiry)) return DONE;
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
  if (expiry !== 0) noteExpiry(words, head, expiry);
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
 * [in-place] Replaces expiry and value of a record by the new ones where they lie: when they are short, the value is as long
 * as the old one and of its kind, and both or neither have a TTL. [lease] What is leased stays as it is: its meta is another.
 */
function replaceBody(words: Words, head: number, ref: number, expiry: number): boolean {
  const { byteLength } = valueScratch;
  if (byteLength > VALUE_BYTES_IN_PLACE_MAX || byteLength === 0) return false;
  const keyWords = (keyScratch.byteLength + 3) >>> 2;
  const at = ref + RECORD_HEADER_WORDS + keyWords + (keyScratch.byteLength >= KEY_BYTES_EXTENDED ? 1 : 0);
  const valueWords = (byteLength + 3) >>> 2;
  if (expiry === 0) {
    if (peek(words, ref + RECORD_META) !== scratchMeta()) return false;
    replaceWords(words, head, ref, at, valueScratch.words, valueWords);
    return true;
  }
  if (valueWords > DATED_VALUE_WORDS_MAX || peek(words, ref + RECORD_META) !== (scratchMeta() | META_TTL)) return false;
  dated[0] = expiryLow(expiry);
  dated[1] = expiryHigh(expiry);
  for (let i = 0; i < valueWords; i++) dated[EXPIRY_WORDS + i] = valueScratch.words[i];
  // Before the entry has it: nobody may believe that none ends so early.
  noteNewExpiry(words, head, expiry);
  replaceWords(words, head, ref, at, dated, EXPIRY_WORDS + valueWords);
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
