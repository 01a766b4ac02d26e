/**
 * The commonest write in one piece: a short value takes the place of one of the same kind and length, in an entry without TTL
 * in its home line. Where anything is not as it is commonly, `locate` and `publish` are asked; it is here for the calls that
 * it spares, see read-short.ts.
 */
import * as arenaLayout from '../../native-layout/arena.ts';
import * as recordLayout from '../../native-layout/record.ts';
import * as segmentLayout from '../../native-layout/segment.ts';
import { slot as slotLayout } from '../../native-layout/segment.ts';
import * as scratchModule from '../memory/scratch.ts';
import * as atomics from '#atomics';
import type { Words } from '#atomics';
import * as inPlaceModule from './in-place.ts';

// Own constants fold, imported bindings are loaded at every use: see [hot-imports] in CONTRIBUTING.md.
const { PAGE_SHIFT } = arenaLayout;
const {
  KEY_BYTES_EXTENDED,
  META_KEY_BYTES_SHIFT,
  META_VALUE_BYTES_SHIFT,
  META_VALUE_KIND_SHIFT,
  RECORD_HEADER_WORDS,
  RECORD_META,
} = recordLayout;
const { homeLine, INTENT_WORDS_MAX, LINE_WORDS, segmentHeader, slotInLine, TABLE_CLASS_SHIFT, TABLE_PAGE_MASK } =
  segmentLayout;
const { keyScratch, valueScratch } = scratchModule;
const { peek } = atomics;
const { replaceWords } = inPlaceModule;

const REF = slotLayout.word.ref;
const TABLE = segmentHeader.word.table;

const VALUE_BYTES_MAX: number = INTENT_WORDS_MAX * 4;

const keyWords = keyScratch.words;
const valueWords = valueScratch.words;

/**
 * [in-place] Replaces the value of the key in keyScratch by the one in valueScratch. The caller holds the lock. O(1).
 *
 * [lease] What is leased stays as it is: its meta is another.
 *
 * @param place bits of the hash that give the home line
 * @param tag the hash
 * @returns false when nothing was changed
 */
export function overwrite(words: Words, head: number, place: number, tag: number): boolean {
  const valueBytes = valueScratch.byteLength;
  const keyBytes = keyScratch.byteLength;
  const table = peek(words, head + TABLE);
  if (valueBytes === 0 || valueBytes > VALUE_BYTES_MAX || keyBytes >= KEY_BYTES_EXTENDED || table === 0) return false;
  const line = ((table & TABLE_PAGE_MASK) << PAGE_SHIFT) + homeLine(place, table >>> TABLE_CLASS_SHIFT) * LINE_WORDS;
  let slot = 0;
  for (let step = 0; ; step += 2) {
    if (step === LINE_WORDS) return false;
    slot = line + slotInLine(tag, step);
    if (peek(words, slot) === tag) break;
  }
  return overwriteAt(words, head, slot, keyBytes, valueBytes);
}

/** A function of its own since V8 does not inline `peek` where it is hardly ever called, as it is not while a store is filled. */
function overwriteAt(words: Words, head: number, slot: number, keyBytes: number, valueBytes: number): boolean {
  const meta =
    keyScratch.kind |
    (keyBytes << META_KEY_BYTES_SHIFT) |
    (valueScratch.kind << META_VALUE_KIND_SHIFT) |
    (valueBytes << META_VALUE_BYTES_SHIFT);
  const ref = peek(words, slot + REF);
  if (ref === 0 || peek(words, ref + RECORD_META) !== meta) return false;
  const key = ref + RECORD_HEADER_WORDS;
  const keyCount = (keyBytes + 3) >>> 2;
  for (let i = 0; i < keyCount; i++) if (peek(words, key + i) !== keyWords[i]) return false;
  replaceWords(words, head, ref, key + keyCount, valueWords, (valueBytes + 3) >>> 2);
  return true;
}
