/** One record in a heap: its size, its key against the one being looked for, and how it is written. */
import * as recordLayout from '../../native-layout/record.ts';
import * as scratchModule from '../memory/scratch.ts';
import * as atomics from '#atomics';
import type { Words } from '#atomics';

// Own constants fold, imported bindings are loaded at every use: see [hot-imports] in CONTRIBUTING.md.
const {
  EXPIRY_WORDS,
  KEY_BYTES_EXTENDED,
  META_KEY_BYTES_MASK,
  META_KEY_BYTES_SHIFT,
  META_KEY_KIND_MASK,
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
const { keyScratch, valueScratch } = scratchModule;
const { peek, poke, pokeBytes, pokeRun, releaseStore, reuseFence } = atomics;

/** The bits of `meta` that say which keys can be equal to a record's. */
const KEY_META_BITS = META_KEY_KIND_MASK | (META_KEY_BYTES_MASK << META_KEY_BYTES_SHIFT);
export const KEY_META_MASK: number = KEY_META_BITS;
/** Above this many words a native copy beats a loop; bench/bytes.ts set it. */
export const COPY_LOOP_WORDS_MAX = 48;
const COPY_LOOP_WORDS = COPY_LOOP_WORDS_MAX;

/** The key bits of `meta` for the key in keyScratch. */
export function keyMeta(): number {
  const { byteLength } = keyScratch;
  const bits = byteLength < KEY_BYTES_EXTENDED ? byteLength : KEY_BYTES_EXTENDED;
  return keyScratch.kind | (bits << META_KEY_BYTES_SHIFT);
}

/** The `meta` of a record of the key and value in the scratches that has no TTL. */
export function scratchMeta(): number {
  const { byteLength } = valueScratch;
  const bits = byteLength < VALUE_BYTES_EXTENDED ? byteLength : VALUE_BYTES_EXTENDED;
  return keyMeta() | (valueScratch.kind << META_VALUE_KIND_SHIFT) | (bits << META_VALUE_BYTES_SHIFT);
}

/** Words that a record of the key and value in the scratches takes. */
export function scratchRecordWords(expiry: number): number {
  let size = RECORD_HEADER_WORDS + ((keyScratch.byteLength + 3) >>> 2) + ((valueScratch.byteLength + 3) >>> 2);
  if (keyScratch.byteLength >= KEY_BYTES_EXTENDED) size += 1;
  if (valueScratch.byteLength >= VALUE_BYTES_EXTENDED) size += 1;
  if (expiry !== 0) size += EXPIRY_WORDS;
  return size;
}

/** Size of a record in words. The caller holds the lock, so that its bytes can be trusted. */
export function recordWords(words: Words, ref: number): number {
  const meta = peek(words, ref + RECORD_META);
  let size = RECORD_HEADER_WORDS;
  let keyBytes = (meta >>> META_KEY_BYTES_SHIFT) & META_KEY_BYTES_MASK;
  if (keyBytes === KEY_BYTES_EXTENDED) keyBytes = peek(words, ref + size++);
  let valueBytes = (meta >>> META_VALUE_BYTES_SHIFT) & META_VALUE_BYTES_MASK;
  if (valueBytes === VALUE_BYTES_EXTENDED) valueBytes = peek(words, ref + size++);
  if ((meta & META_TTL) !== 0) size += EXPIRY_WORDS;
  return size + ((keyBytes + 3) >>> 2) + ((valueBytes + 3) >>> 2);
}

/** Bytes of a record's key. The caller holds the lock. */
export function keyBytesOf(words: Words, ref: number): number {
  const bytes = (peek(words, ref + RECORD_META) >>> META_KEY_BYTES_SHIFT) & META_KEY_BYTES_MASK;
  return bytes === KEY_BYTES_EXTENDED ? peek(words, ref + RECORD_HEADER_WORDS) : bytes;
}

/** Word index of a record's key. */
export function keyWord(words: Words, ref: number): number {
  const meta = peek(words, ref + RECORD_META);
  let at = ref + RECORD_HEADER_WORDS;
  if (((meta >>> META_KEY_BYTES_SHIFT) & META_KEY_BYTES_MASK) === KEY_BYTES_EXTENDED) at += 1;
  if (((meta >>> META_VALUE_BYTES_SHIFT) & META_VALUE_BYTES_MASK) === VALUE_BYTES_EXTENDED) at += 1;
  return at;
}

/** Word index of what a record has behind its key: its expiry, if it has one, then its value. The caller holds the lock. */
export function bodyWord(words: Words, ref: number): number {
  return keyWord(words, ref) + ((keyBytesOf(words, ref) + 3) >>> 2);
}

/** Whether a record has a TTL. */
export function hasExpiry(words: Words, ref: number): boolean {
  return (peek(words, ref + RECORD_META) & META_TTL) !== 0;
}

/** Expiry of a record in ms since 1970; 0 when it has none. */
export function expiryOf(words: Words, ref: number): number {
  return hasExpiry(words, ref) ? expiryAt(words, bodyWord(words, ref)) : 0;
}

/** The expiry in two words, in ms since 1970. */
export function expiryAt(words: Words, at: number): number {
  return (peek(words, at) >>> 0) + peek(words, at + 1) * 2 ** 32;
}

/** Whether somebody has a lease of a record: its block must not be freed, moved or written to. The caller holds the lock. */
export function isLeased(words: Words, ref: number): boolean {
  // META_LEASED is the sign.
  return peek(words, ref + RECORD_META) < 0;
}

/** Whether a record's TTL is over. The clock is read only for records that have one. */
export function isExpired(words: Words, ref: number): boolean {
  return hasExpiry(words, ref) && expiryOf(words, ref) <= Date.now();
}

/** Whether the record at `ref` has the key in keyScratch. The caller holds the lock. */
export function hasScratchKey(words: Words, ref: number): boolean {
  const meta = peek(words, ref + RECORD_META);
  if ((meta & KEY_META_BITS) !== keyMeta()) return false;
  let at = ref + RECORD_HEADER_WORDS;
  const { byteLength } = keyScratch;
  if (byteLength >= KEY_BYTES_EXTENDED && peek(words, at++) !== byteLength) return false;
  if (((meta >>> META_VALUE_BYTES_SHIFT) & META_VALUE_BYTES_MASK) === VALUE_BYTES_EXTENDED) at += 1;
  const key = keyScratch.words;
  const keyWords = (byteLength + 3) >>> 2;
  for (let i = 0; i < keyWords; i++) {
    if (peek(words, at + i) !== key[i]) return false;
  }
  return true;
}

/** Writes a record of the key and value in the scratches into a free block. It is not reachable yet. */
export function writeRecord(words: Words, ref: number, seq: number, expiry: number): void {
  // [free-mark] The block's first word says since its release that it is free; nothing below may be seen before that.
  reuseFence(words, ref);
  const keyBytes = keyScratch.byteLength;
  const valueBytes = valueScratch.byteLength;
  const longValue = valueBytes >= VALUE_BYTES_EXTENDED;
  let meta = scratchMeta();
  let at = ref + RECORD_HEADER_WORDS;
  if (keyBytes >= KEY_BYTES_EXTENDED) poke(words, at++, keyBytes);
  if (longValue) poke(words, at++, valueBytes);
  const keyWords = (keyBytes + 3) >>> 2;
  const key = keyScratch.words;
  if (keyWords <= COPY_LOOP_WORDS) for (let i = 0; i < keyWords; i++) poke(words, at + i, key[i]);
  else pokeRun(words, at, key, keyWords);
  at += keyWords;
  if (expiry !== 0) {
    meta |= META_TTL;
    poke(words, at, expiryLow(expiry));
    poke(words, at + 1, expiryHigh(expiry));
    at += EXPIRY_WORDS;
  }
  poke(words, ref + RECORD_META, meta);
  writeValue(words, at, valueBytes);
  // [publish-record] All of the record before its number, its number before the slot that leads to it.
  releaseStore(words, ref + RECORD_SEQ, seq);
}

/** The first word of an expiry in ms since 1970. */
export function expiryLow(expiry: number): number {
  return expiry | 0;
}

/** The second word. */
export function expiryHigh(expiry: number): number {
  return Math.floor(expiry / 2 ** 32);
}

function writeValue(words: Words, at: number, valueBytes: number): void {
  if (valueScratch.large !== null) {
    pokeBytes(words, at, valueScratch.large);
    return;
  }
  const value = valueScratch.words;
  const valueWords = (valueBytes + 3) >>> 2;
  if (valueWords <= COPY_LOOP_WORDS) for (let i = 0; i < valueWords; i++) poke(words, at + i, value[i]);
  else pokeRun(words, at, value, valueWords);
}

/** The kind of a record's value. */
export function valueKindOf(words: Words, ref: number): number {
  return (peek(words, ref + RECORD_META) >>> META_VALUE_KIND_SHIFT) & META_VALUE_KIND_MASK;
}

/** Bytes of a record's value. The caller holds the lock. */
export function valueBytesOf(words: Words, ref: number): number {
  const meta = peek(words, ref + RECORD_META);
  const bytes = (meta >>> META_VALUE_BYTES_SHIFT) & META_VALUE_BYTES_MASK;
  if (bytes !== VALUE_BYTES_EXTENDED) return bytes;
  const keyIsLong = ((meta >>> META_KEY_BYTES_SHIFT) & META_KEY_BYTES_MASK) === KEY_BYTES_EXTENDED;
  return peek(words, ref + RECORD_HEADER_WORDS + (keyIsLong ? 1 : 0));
}

/** Word index of a record's value. The caller holds the lock. */
export function valueWord(words: Words, ref: number): number {
  return bodyWord(words, ref) + (hasExpiry(words, ref) ? EXPIRY_WORDS : 0);
}

/** Copies the value of a record of at most SCRATCH_BYTES into valueScratch. The caller holds the lock. */
export function loadSmallValue(words: Words, ref: number): void {
  const meta = peek(words, ref + RECORD_META);
  const bytes = valueBytesOf(words, ref);
  const at = valueWord(words, ref);
  for (let i = 0; i < (bytes + 3) >>> 2; i++) valueScratch.words[i] = peek(words, at + i);
  valueScratch.kind = (meta >>> META_VALUE_KIND_SHIFT) & META_VALUE_KIND_MASK;
  valueScratch.byteLength = bytes;
  valueScratch.large = null;
}
