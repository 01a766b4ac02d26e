/**
 * The commonest read in one piece: an entry in its home line, whose key and value are short. It makes the loads of
 * `readEntry`, in their order and for the same reasons, see [validate-read] in native-layout/README.md; where anything is
 * not as it is commonly, `readEntry` is asked.
 *
 * Once more, because a call costs 10 to 15 ns here, where all of a `get` takes some 110, and V8 inlines no function of more
 * than 460 bytes of bytecode: `readEntry` is three calls, and leaves all that it finds in the scratch.
 */
import * as arenaLayout from '../../native-layout/arena.ts';
import * as recordLayout from '../../native-layout/record.ts';
import * as segmentLayout from '../../native-layout/segment.ts';
import type { Arena } from '../memory/arena.ts';
import * as scratchModule from '../memory/scratch.ts';
import * as atomics from '#atomics';
import * as recordModule from './record.ts';

// Own constants fold, imported bindings are loaded at every use: see [hot-imports] in CONTRIBUTING.md.
const { PAGE_SHIFT } = arenaLayout;
const {
  EXPIRY_WORDS,
  KEY_BYTES_EXTENDED,
  META_CHANGING,
  META_KEY_BYTES_SHIFT,
  META_TTL,
  META_VALUE_BYTES_MASK,
  META_VALUE_BYTES_SHIFT,
  META_VALUE_KIND_MASK,
  META_VALUE_KIND_SHIFT,
  RECORD_HEADER_WORDS,
  RECORD_META,
  RECORD_SEQ,
} = recordLayout;
const { homeLine, LINE_WORDS, segmentHeader, slotInLine, TABLE_CLASS_SHIFT, TABLE_PAGE_MASK } = segmentLayout;
const { keyScratch, valueScratch } = scratchModule;
const { closingLoad, closingLoadNext, openingLoad, peek } = atomics;
const { COPY_LOOP_WORDS_MAX, expiryAt, KEY_META_MASK } = recordModule;

const EPOCH = segmentHeader.word.epoch;
const SEGMENT_WORDS = segmentHeader.words;
const TABLE = segmentHeader.word.table;

const keyWords = keyScratch.words;
const valueWords = valueScratch.words;

/** What is found here must have the kind and length of the key, and no words that are being replaced. */
const META_ASKED: number = KEY_META_MASK | META_CHANGING;
const KEY_BYTES_MAX: number = KEY_BYTES_EXTENDED - 1;
const VALUE_BYTES_MAX: number = COPY_LOOP_WORDS_MAX * 4;
/** No record that is read here is longer. */
const RECORD_WORDS_MAX: number = RECORD_HEADER_WORDS + ((KEY_BYTES_MAX + 3) >>> 2) + EXPIRY_WORDS + COPY_LOOP_WORDS_MAX;

/** The entry may be there, or not: `readEntry` knows. */
export const NOT_SHORT = -1;
/** Where the length of the value begins in what `readShort` returns; its kind is below. */
export const SHORT_LENGTH_SHIFT = 4;

/**
 * Copies the value of the key in keyScratch to the words of valueScratch; of the rest only `large` is set, to null. O(1).
 *
 * @param place bits of the hash that give the home line
 * @param tag the hash
 * @returns kind and byteLength of the value, see SHORT_LENGTH_SHIFT, or NOT_SHORT
 */
export function readShort(arena: Arena, segment: number, place: number, tag: number): number {
  if (arena.bufferCount !== 1) return NOT_SHORT;
  const words = arena.words;
  const head = arena.segmentsWord + segment * SEGMENT_WORDS;
  // [publish-table] The epoch before the table.
  const epoch = openingLoad(words, head + EPOCH);
  const table = openingLoad(words, head + TABLE);
  if (table === 0) return NOT_SHORT;
  const line = ((table & TABLE_PAGE_MASK) << PAGE_SHIFT) + homeLine(place, table >>> TABLE_CLASS_SHIFT) * LINE_WORDS;
  let slot = 0;
  for (let step = 0; ; step += 2) {
    if (step === LINE_WORDS) return NOT_SHORT;
    slot = line + slotInLine(tag, step);
    if (peek(words, slot) === tag) break;
  }
  // [publish-record] The ref before the record.
  const ref = openingLoad(words, slot + 1);
  const keyBytes = keyScratch.byteLength;
  if (ref <= 0 || ref > words.length - RECORD_WORDS_MAX || keyBytes > KEY_BYTES_MAX) return NOT_SHORT;
  // [in-place] The number before the mark that words are being replaced, and both before the words.
  const seq = openingLoad(words, ref + RECORD_SEQ);
  if (seq <= 0) return NOT_SHORT;
  const meta = openingLoad(words, ref + RECORD_META);
  if ((meta & META_ASKED) !== (keyScratch.kind | (keyBytes << META_KEY_BYTES_SHIFT))) return NOT_SHORT;
  const key = ref + RECORD_HEADER_WORDS;
  const keyCount = (keyBytes + 3) >>> 2;
  for (let i = 0; i < keyCount; i++) if (peek(words, key + i) !== keyWords[i]) return NOT_SHORT;
  const valueBytes = (meta >>> META_VALUE_BYTES_SHIFT) & META_VALUE_BYTES_MASK;
  if (valueBytes > VALUE_BYTES_MAX) return NOT_SHORT;
  let value = key + keyCount;
  let expiry = 0;
  if ((meta & META_TTL) !== 0) {
    expiry = expiryAt(words, value);
    value += EXPIRY_WORDS;
  }
  const valueCount = (valueBytes + 3) >>> 2;
  for (let i = 0; i < valueCount; i++) valueWords[i] = peek(words, value + i);
  // The clock before the validation, as in readEntry, which is asked about what has expired.
  if (expiry !== 0 && expiry <= Date.now()) return NOT_SHORT;
  // [validate-read] The slot, the table, the number of the record and the epoch are what they were, in the order of readOnce.
  // [free-mark] A word of another use would not have been seen before the mark on the first one.
  if (
    closingLoad(words, slot + 1) !== ref ||
    closingLoadNext(words, head + TABLE) !== table ||
    closingLoadNext(words, ref + RECORD_SEQ) !== seq ||
    closingLoadNext(words, head + EPOCH) !== epoch
  ) {
    return NOT_SHORT;
  }
  valueScratch.large = null;
  return ((meta >>> META_VALUE_KIND_SHIFT) & META_VALUE_KIND_MASK) | (valueBytes << SHORT_LENGTH_SHIFT);
}
