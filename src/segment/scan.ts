/**
 * Iteration, a range of places at a time. Places are bits of the hash, fixed for a key, and lines are in their order, so
 * ranges of places cut the keys of a segment into parts that stay the same however its table grows.
 */
import {
  KEY_BYTES_EXTENDED,
  KEY_BYTES_MAX,
  META_KEY_BYTES_MASK,
  META_KEY_BYTES_SHIFT,
  META_KEY_KIND_MASK,
  META_VALUE_BYTES_MASK,
  META_VALUE_BYTES_SHIFT,
  RECORD_HEADER_WORDS,
  RECORD_META,
  RECORD_SEQ,
  VALUE_BYTES_EXTENDED,
} from '../../native-layout/record.ts';
import {
  homeLine,
  LINE_WORDS,
  PLACE_BITS,
  PROBE_LINES_MAX,
  segmentHeader,
  slot as slotLayout,
  TABLE_CLASS_SHIFT,
  tableLines,
} from '../../native-layout/segment.ts';
import { DamagedArenaError } from '../errors.ts';
import type { Arena } from '../memory/arena.ts';
import { closingLoad, closingLoadNext, openingLoad, peek, type Words } from '#atomics';
import { tableStart } from './table.ts';

const EPOCH = segmentHeader.word.epoch;
const TABLE = segmentHeader.word.table;
const REF = slotLayout.word.ref;
const PLACES = 2 ** PLACE_BITS;
/** Lines whose keys are collected at a time. */
const RANGE_LINES = 16;
/** A try fails when the segment was tidied or its table replaced during the few microseconds that it takes. */
const ATTEMPTS_MAX = 1 << 13;
/** Tries for one slot before the whole range is read again. */
const SLOT_ATTEMPTS_MAX = 32;

/** Keys copied out of a segment, one after the other: {kind, byteLength, hash, words ...}. Private to the iteration. */
export class KeyBatch {
  words: Int32Array<ArrayBuffer> = new Int32Array(4096);
  /** Words used. */
  length: number = 0;
  /** Word of each key's header, in order. */
  readonly starts: number[] = [];

  clear(): void {
    this.length = 0;
    this.starts.length = 0;
  }

  reserve(wordCount: number): void {
    if (this.length + wordCount <= this.words.length) return;
    const larger = new Int32Array(2 * (this.length + wordCount));
    larger.set(this.words.subarray(0, this.length));
    this.words = larger;
  }
}

export const BATCH_HEADER_WORDS = 3;

/**
 * Collects the keys of the places from `from` on into `batch`, each key that is there throughout exactly once. Waits for
 * nobody. O(keys collected).
 *
 * @returns the place to go on from, or -1 when the segment is done
 */
export function collectKeys(arena: Arena, segment: number, from: number, batch: KeyBatch): number {
  const words = arena.viewOf(segment);
  const head = arena.headOf(segment);
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    batch.clear();
    // [publish-table] The epoch before the table.
    const epoch = openingLoad(words, head + EPOCH);
    const table = openingLoad(words, head + TABLE);
    if (table === 0) return -1;
    const lines = tableLines(table >>> TABLE_CLASS_SHIFT);
    const to = Math.min(PLACES, from + Math.max(1, Math.floor((PLACES / lines) * RANGE_LINES)));
    const good = collectRange(words, head, table, epoch, arena.segmentBits, from, to, batch);
    if (good && closingLoad(words, head + TABLE) === table && closingLoadNext(words, head + EPOCH) === epoch) {
      return to === PLACES ? -1 : to;
    }
  }
  throw new DamagedArenaError(`segment ${segment} changed in each of ${ATTEMPTS_MAX} tries to list its keys`);
}

function collectRange(
  words: Words,
  head: number,
  table: number,
  epoch: number,
  segmentBits: number,
  from: number,
  to: number,
  batch: KeyBatch,
): boolean {
  const sizeClass = table >>> TABLE_CLASS_SHIFT;
  const lines = tableLines(sizeClass);
  const first = homeLine(from, sizeClass);
  const last = homeLine(to - 1, sizeClass);
  // [miss] Keys of the last home line may have overflowed into the lines after it, as long as those were full.
  for (let step = 0; step <= last - first + PROBE_LINES_MAX && step < lines; step++) {
    const line = (first + step) % lines;
    let full = true;
    const end = tableStart(table) + (line + 1) * LINE_WORDS;
    for (let at = end - LINE_WORDS; at < end; at += 2) {
      const tag = openingLoad(words, at);
      if (tag === 0) {
        full = false;
        continue;
      }
      const place = (tag << segmentBits) >>> 3;
      if (place < from || place >= to) continue;
      if (!collectSlot(words, head, table, epoch, at, tag, batch)) return false;
    }
    if (!full && first + step >= last) return true;
  }
  return true;
}

/** Copies the key of one slot. Returns false when the whole range has to be read again. */
function collectSlot(
  words: Words,
  head: number,
  table: number,
  epoch: number,
  at: number,
  tag: number,
  batch: KeyBatch,
): boolean {
  for (let attempt = 0; attempt < SLOT_ATTEMPTS_MAX; attempt++) {
    // [publish-record] The ref before the record.
    const ref = openingLoad(words, at + REF);
    if (ref === 0) return true;
    const start = batch.length;
    const seq = ref > 0 && ref + RECORD_HEADER_WORDS <= words.length ? openingLoad(words, ref + RECORD_SEQ) : 0;
    const copied = seq > 0 && copyKey(words, ref, tag, batch);
    // [validate-read]
    const unchanged = closingLoad(words, at + REF) === ref;
    if (closingLoadNext(words, head + TABLE) !== table || closingLoadNext(words, head + EPOCH) !== epoch) return false;
    if (copied && unchanged && closingLoadNext(words, ref + RECORD_SEQ) === seq) {
      if (closingLoadNext(words, head + EPOCH) !== epoch) return false;
      // A vacant slot that was taken by another key meanwhile: that key came during the iteration, and has a place of its own.
      if (closingLoadNext(words, at) !== tag) {
        batch.length = start;
        return true;
      }
      // A key that was deleted and set again while we went by may be met twice.
      if (isRepeated(batch, start)) batch.length = start;
      else batch.starts.push(start);
      return true;
    }
    batch.length = start;
  }
  return false;
}

function copyKey(words: Words, ref: number, tag: number, batch: KeyBatch): boolean {
  const meta = peek(words, ref + RECORD_META);
  let at = ref + RECORD_HEADER_WORDS;
  let keyBytes = (meta >>> META_KEY_BYTES_SHIFT) & META_KEY_BYTES_MASK;
  if (at + 4 > words.length) return false;
  if (keyBytes === KEY_BYTES_EXTENDED) keyBytes = peek(words, at++);
  if (((meta >>> META_VALUE_BYTES_SHIFT) & META_VALUE_BYTES_MASK) === VALUE_BYTES_EXTENDED) at += 1;
  const keyWords = (keyBytes + 3) >>> 2;
  if (keyBytes < 0 || keyBytes > KEY_BYTES_MAX || at + keyWords > words.length) return false;
  batch.reserve(BATCH_HEADER_WORDS + keyWords);
  const to = batch.length;
  batch.words[to] = meta & META_KEY_KIND_MASK;
  batch.words[to + 1] = keyBytes;
  batch.words[to + 2] = tag;
  for (let i = 0; i < keyWords; i++) batch.words[to + BATCH_HEADER_WORDS + i] = peek(words, at + i);
  batch.length = to + BATCH_HEADER_WORDS + keyWords;
  return true;
}

function isRepeated(batch: KeyBatch, start: number): boolean {
  const size = batch.length - start;
  return batch.starts.some((other) => {
    for (let i = 0; i < size; i++) if (batch.words[other + i] !== batch.words[start + i]) return false;
    return true;
  });
}
