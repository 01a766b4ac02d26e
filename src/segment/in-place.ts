/**
 * Replacing words of a published record in place, whole or not at all. See [in-place] in native-layout/README.md.
 *
 * The new words are announced in the header of the segment first. From then on they can be had from there, by readers that
 * come upon the record half changed and by the repair after a death, so nobody waits for the writer.
 */
import * as recordLayout from '../../native-layout/record.ts';
import * as segmentLayout from '../../native-layout/segment.ts';
import { DamagedArenaError } from '../errors.ts';
import * as scratchModule from '../memory/scratch.ts';
import * as atomics from '#atomics';
import type { Words } from '#atomics';
import * as numberModule from './number.ts';
import * as recordModule from './record.ts';

// Own constants fold, imported bindings are loaded at every use: see [hot-imports] in CONTRIBUTING.md.
const { EXPIRY_WORDS, META_CHANGING, RECORD_META, RECORD_SEQ } = recordLayout;
const { INTENT_AT_MASK, INTENT_COUNT_SHIFT, INTENT_WORDS_MAX, segmentHeader } = segmentLayout;
const { valueScratch } = scratchModule;
const { closingLoad, openingLoad, peek, peekRun, poke, releaseStore, reuseFence } = atomics;
const { takeSeq } = numberModule;
const { bodyWord, expiryAt, recordWords } = recordModule;

const INTENT = segmentHeader.word.intent;
const INTENT_AT = segmentHeader.word.intentAt;
const INTENT_SEQ = segmentHeader.word.intentSeq;
const INTENT_WORDS = segmentHeader.word.intentWords;

/** The words of a dead writer's intent. */
const announced: Int32Array = new Int32Array(INTENT_WORDS_MAX);

/**
 * Replaces `count` words of expiry and value of the record at `ref`, from word `at` on, by the first of `source`, and gives
 * the record a new number. The caller holds the lock; `count` is at most INTENT_WORDS_MAX.
 */
export function replaceWords(
  words: Words,
  head: number,
  ref: number,
  at: number,
  source: Int32Array,
  count: number,
): void {
  const seq = takeSeq(words, head);
  // [in-place] The number of the intent before the rest of it: whoever copies words of another intent finds another number.
  releaseStore(words, head + INTENT_SEQ, seq);
  reuseFence(words, head + INTENT_SEQ);
  poke(words, head + INTENT_AT, at | (count << INTENT_COUNT_SHIFT));
  for (let i = 0; i < count; i++) poke(words, head + INTENT_WORDS + i, source[i]);
  // From this store on the replacement will take place, whoever completes it.
  releaseStore(words, head + INTENT, ref);
  carryOut(words, head, ref, seq, at, source, count);
}

/** Makes the stores that an intent announces, from `source`. To make some or all of them again changes nothing. */
function carryOut(
  words: Words,
  head: number,
  ref: number,
  seq: number,
  at: number,
  source: Int32Array,
  count: number,
): void {
  const meta = peek(words, ref + RECORD_META);
  releaseStore(words, ref + RECORD_META, meta | META_CHANGING);
  // [in-place] [remembered] With its number the value changes, for all readers at once; its words follow behind.
  releaseStore(words, ref + RECORD_SEQ, seq);
  reuseFence(words, ref + RECORD_SEQ);
  for (let i = 0; i < count; i++) poke(words, at + i, source[i]);
  releaseStore(words, ref + RECORD_META, meta & ~META_CHANGING);
  releaseStore(words, head + INTENT, 0);
}

/**
 * [in-place] Completes what a dead writer announced, with the number that it announced.
 *
 * @throws DamagedArenaError for an intent that no writer can have announced
 */
export function completeIntent(words: Words, head: number): void {
  const ref = peek(words, head + INTENT);
  if (ref === 0) return;
  const range = peek(words, head + INTENT_AT);
  const at = range & INTENT_AT_MASK;
  const count = range >>> INTENT_COUNT_SHIFT;
  const isRecord = peek(words, ref) > 0;
  const end = ref + (isRecord ? recordWords(words, ref) : 0);
  if (!isRecord || at < bodyWord(words, ref) || count > INTENT_WORDS_MAX || at + count > end) {
    throw new DamagedArenaError(`the intent to replace ${count} words from ${at} on is of ${ref}, which has none such`);
  }
  for (let i = 0; i < count; i++) announced[i] = peek(words, head + INTENT_WORDS + i);
  carryOut(words, head, ref, peek(words, head + INTENT_SEQ), at, announced, count);
}

/**
 * Copies what changes in place of a record that was seen while words of it were being replaced: those come from the intent
 * if the record has its number already. What the scratch holds may be nonsense until the caller has validated the read, as
 * always.
 *
 * @param seq the record's number, which was loaded first
 * @param at where its value begins, of `valueWords` words
 * @param hasTtl whether its expiry stands before its value
 * @param wanted false to skip the copy of the value
 * @returns false when the intent is another or none by now
 */
export function copyChanging(
  words: Words,
  head: number,
  seq: number,
  at: number,
  valueWords: number,
  hasTtl: boolean,
  wanted: boolean,
): boolean {
  // [in-place] The number of the intent before the words: whatever an intent before this one changed is complete.
  const intentSeq = openingLoad(words, head + INTENT_SEQ);
  if (hasTtl) valueScratch.expiry = expiryAt(words, at - EXPIRY_WORDS);
  if (wanted) peekRun(words, at, valueWords, valueScratch.words);
  if (seq !== intentSeq) return true;
  const range = peek(words, head + INTENT_AT);
  const first = (range & INTENT_AT_MASK) - at;
  const count = range >>> INTENT_COUNT_SHIFT;
  const isDated = hasTtl && first === -EXPIRY_WORDS;
  if ((first < 0 && !isDated) || first + count > valueWords) return false;
  if (isDated) valueScratch.expiry = expiryAt(words, head + INTENT_WORDS);
  if (wanted) {
    const skipped = isDated ? EXPIRY_WORDS : 0;
    for (let i = skipped; i < count; i++) valueScratch.words[first + i] = peek(words, head + INTENT_WORDS + i);
  }
  return closingLoad(words, head + INTENT_SEQ) === intentSeq;
}
