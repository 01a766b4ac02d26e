/**
 * The optimistic read: find the record, copy its value to private memory, then make sure that nothing moved meanwhile.
 * It writes nothing shared and waits for nobody. See [validate-read] and [miss] in native-layout/README.md.
 */
import * as arenaLayout from '../../native-layout/arena.ts';
import * as recordLayout from '../../native-layout/record.ts';
import * as segmentLayout from '../../native-layout/segment.ts';
import { DamagedArenaError } from '../errors.ts';
import type { Arena } from '../memory/arena.ts';
import * as scratchModule from '../memory/scratch.ts';
import * as atomics from '#atomics';
import type { Words } from '#atomics';
import * as inPlaceModule from './in-place.ts';
import * as recordModule from './record.ts';

// Own constants fold, imported bindings are loaded at every use: see [hot-imports] in CONTRIBUTING.md.
const { PAGE_SHIFT } = arenaLayout;
const {
  EXPIRY_WORDS,
  KEY_BYTES_EXTENDED,
  META_CHANGING,
  META_TTL,
  META_VALUE_BYTES_MASK,
  META_VALUE_BYTES_SHIFT,
  META_VALUE_KIND_MASK,
  META_VALUE_KIND_SHIFT,
  RECORD_HEADER_WORDS,
  RECORD_META,
  RECORD_SEQ,
  VALUE_BYTES_EXTENDED,
} = recordLayout;
const {
  homeLine,
  LINE_WORDS,
  PROBE_LINES_MAX,
  segmentHeader,
  slotInLine,
  TABLE_CLASS_SHIFT,
  TABLE_PAGE_MASK,
  tableLines,
} = segmentLayout;
const { keyScratch, SCRATCH_BYTES, valueScratch } = scratchModule;
const { closingLoad, closingLoadNext, openingLoad, peek, peekBytes, peekRun } = atomics;
const { copyChanging } = inPlaceModule;
const { COPY_LOOP_WORDS_MAX, expiryAt, KEY_META_MASK, keyMeta } = recordModule;

const EPOCH = segmentHeader.word.epoch;
const TABLE = segmentHeader.word.table;

/** The key is absent, or expired. */
export const MISS = -1;
const TORN = -2;
const OTHER_KEY = -3;

/** A read is torn only when a write to the same entry, or a tidying of its segment, came in between. */
const ATTEMPTS_MAX = 1 << 20;

/**
 * Reads the entry of the key in keyScratch into valueScratch: kind, byteLength, bytes, version and expiry. O(1) expected.
 *
 * @param place bits of the hash that give the home line
 * @param tag the hash
 * @param wanted false to skip the copy of the value
 * @returns the kind of the value, or MISS
 * @throws DamagedArenaError when the arena contradicts itself for as long as anybody looks
 */
export function readEntry(arena: Arena, segment: number, place: number, tag: number, wanted: boolean): number {
  const words = arena.viewOf(segment);
  const head = arena.headOf(segment);
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const kind = readOnce(words, head, place, tag, wanted);
    if (kind !== TORN) return kind;
  }
  throw new DamagedArenaError(`an entry of segment ${segment} stayed torn in ${ATTEMPTS_MAX} reads`);
}

function readOnce(words: Words, head: number, place: number, tag: number, wanted: boolean): number {
  // [publish-table] The epoch before the table: under a new epoch nobody finds an old table.
  const epoch = openingLoad(words, head + EPOCH);
  const table = openingLoad(words, head + TABLE);
  if (table === 0) return MISS;
  const sizeClass = table >>> TABLE_CLASS_SHIFT;
  const start = (table & TABLE_PAGE_MASK) << PAGE_SHIFT;
  const lines = tableLines(sizeClass);
  let line = homeLine(place, sizeClass);
  for (let probed = 0; probed < PROBE_LINES_MAX && probed < lines; probed++) {
    let ended = false;
    const lineWord = start + line * LINE_WORDS;
    for (let step = 0; step < LINE_WORDS; step += 2) {
      const at = lineWord + slotInLine(tag, step);
      const slotTag = peek(words, at);
      if (slotTag === tag) {
        // [publish-record] The ref before the record.
        const ref = openingLoad(words, at + 1);
        if (ref === 0) continue;
        const kind = readRecord(words, head, ref, wanted);
        // The clock before the validation: an entry that was replaced in time, while we looked elsewhere, has not expired.
        const nowMs = kind >= 0 && valueScratch.expiry !== 0 ? Date.now() : 0;
        // [validate-read] The slot still leads there, in the table that is still in use, and what is there is still that
        // record, with the borders it had. In this order: what is published first, what it was last. [free-mark] A word of
        // another use would not have been seen before the mark on the first one.
        if (
          kind === TORN ||
          closingLoad(words, at + 1) !== ref ||
          closingLoadNext(words, head + TABLE) !== table ||
          closingLoadNext(words, ref + RECORD_SEQ) !== valueScratch.version ||
          closingLoadNext(words, head + EPOCH) !== epoch
        ) {
          return TORN;
        }
        if (kind === OTHER_KEY) continue;
        if (nowMs !== 0 && valueScratch.expiry <= nowMs) return MISS;
        if (kind >= 0 && wanted && valueScratch.byteLength > SCRATCH_BYTES) {
          return readLarge(words, head, ref, kind, epoch);
        }
        return kind;
      }
      if (slotTag === 0) ended = true;
    }
    if (ended) break;
    line = line + 1 === lines ? 0 : line + 1;
  }
  // [miss] A key that was there all the time is in its slot of this table, if the table was one to the end.
  if (closingLoad(words, head + TABLE) !== table || closingLoadNext(words, head + EPOCH) !== epoch) return TORN;
  return MISS;
}

/** Compares the key and copies the value. Every number read here may be nonsense until the caller has validated it. */
function readRecord(words: Words, head: number, ref: number, wanted: boolean): number {
  if (ref < 0 || ref + RECORD_HEADER_WORDS > words.length) return TORN;
  // [in-place] The number before the mark that words are being replaced, and both before the words.
  const seq = openingLoad(words, ref + RECORD_SEQ);
  if (seq <= 0) return TORN;
  valueScratch.version = seq;
  const meta = openingLoad(words, ref + RECORD_META);
  if ((meta & KEY_META_MASK) !== keyMeta()) return OTHER_KEY;
  const keyBytes = keyScratch.byteLength;
  const keyWords = (keyBytes + 3) >>> 2;
  let at = ref + RECORD_HEADER_WORDS;
  if (at + 4 + keyWords > words.length) return TORN;
  if (keyBytes >= KEY_BYTES_EXTENDED && peek(words, at++) !== keyBytes) return OTHER_KEY;
  let valueBytes = (meta >>> META_VALUE_BYTES_SHIFT) & META_VALUE_BYTES_MASK;
  if (valueBytes === VALUE_BYTES_EXTENDED) valueBytes = peek(words, at++);
  const key = keyScratch.words;
  for (let i = 0; i < keyWords; i++) {
    if (peek(words, at + i) !== key[i]) return OTHER_KEY;
  }
  at += keyWords;
  valueScratch.expiry = 0;
  if ((meta & META_TTL) !== 0) {
    valueScratch.expiry = expiryAt(words, at);
    at += EXPIRY_WORDS;
  }
  const valueWords = (valueBytes + 3) >>> 2;
  if (valueBytes < 0 || valueWords > words.length - at) return TORN;
  valueScratch.byteLength = valueBytes;
  valueScratch.at = at;
  valueScratch.large = null;
  if (wanted && valueBytes <= SCRATCH_BYTES) {
    const value = valueScratch.words;
    if (valueWords <= COPY_LOOP_WORDS_MAX) for (let i = 0; i < valueWords; i++) value[i] = peek(words, at + i);
    else peekRun(words, at, valueWords, value);
  }
  if ((meta & META_CHANGING) !== 0) {
    const isCopied = wanted && valueBytes <= SCRATCH_BYTES;
    if (!copyChanging(words, head, seq, at, valueWords, (meta & META_TTL) !== 0, isCopied)) return TORN;
  }
  valueScratch.kind = (meta >>> META_VALUE_KIND_SHIFT) & META_VALUE_KIND_MASK;
  return valueScratch.kind;
}

/** Copies a value that the scratch cannot hold, whose length has been validated, and validates again. */
function readLarge(words: Words, head: number, ref: number, kind: number, epoch: number): number {
  const { byteLength, at } = valueScratch;
  const copy = new Uint8Array(byteLength);
  peekBytes(words, at, copy);
  // [validate-read] These are the bytes of the record that was validated, if it still is one.
  if (closingLoad(words, ref + RECORD_SEQ) !== valueScratch.version || closingLoadNext(words, head + EPOCH) !== epoch) {
    return TORN;
  }
  valueScratch.large = copy;
  return kind;
}
