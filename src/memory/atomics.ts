/**
 * The one door to shared words: every protocol access (locks, versions, publishes, free lists) is a call from here, and
 * only this file and its scheduled twin name `Atomics`. V8 inlines these; bench/seam.ts shows it.
 *
 * On x64 plain loads and stores are ordered as the protocol needs (total store order: only a later load may pass an
 * earlier store), so `openingLoad` and `releaseStore` are plain there. Elsewhere they are sequentially consistent.
 */

/** Tries to take a lock without sleeping; the 8-thread case of bench/threads set it. */
export const SPIN_LIMIT = 40;

/** A buffer of the arena as 32-bit words. */
export type Words = Int32Array<SharedArrayBuffer>;

const TSO: boolean = process.arch === 'x64' || process.arch === 'ia32';

/** Whether a plain store is seen by nobody before the plain stores that precede it. */
export const KEEPS_STORE_ORDER: boolean = TSO;

/** A word that only this thread writes: see closingLoad. */
const privateWord: Int32Array = new Int32Array(1);

/** Shorter runs are copied by V8: where both sides lie alike in words of 8 bytes, and where they do not. See bench/README.md. */
const MEMCPY_BYTES_MIN_ALIKE = 2048;
const MEMCPY_BYTES_MIN_UNLIKE = 512;

const { fill } = Buffer.prototype;

/**
 * Plain loads and stores of all bytes of `source`, in no order, and not in whole words.
 *
 * Between private and shared memory V8 copies byte by byte where the two do not lie alike, as with half of all records. To
 * fill a Buffer with as many bytes as it has is a memcpy.
 */
function copyBytes(target: Uint8Array, source: Uint8Array): void {
  const { byteLength } = source;
  const isAlike = ((target.byteOffset ^ source.byteOffset) & 7) === 0;
  if (byteLength < (isAlike ? MEMCPY_BYTES_MIN_ALIKE : MEMCPY_BYTES_MIN_UNLIKE)) target.set(source);
  else fill.call(target, source, 0, byteLength);
}

function bytesOf(words: Int32Array, word: number, byteLength: number): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset + word * 4, byteLength);
}

export function load(words: Words, word: number): number {
  return Atomics.load(words, word);
}

export function store(words: Words, word: number, value: number): void {
  Atomics.store(words, word, value);
}

export function compareExchange(words: Words, word: number, expected: number, value: number): number {
  return Atomics.compareExchange(words, word, expected, value);
}

export function exchange(words: Words, word: number, value: number): number {
  return Atomics.exchange(words, word, value);
}

export function add(words: Words, word: number, value: number): number {
  return Atomics.add(words, word, value);
}

export function notify(words: Words, word: number, count: number): number {
  return Atomics.notify(words, word, count);
}

/** Blocks until `word` is notified or `timeoutMs` is over; returns at once when it does not hold `expected`. */
export function wait(words: Words, word: number, expected: number, timeoutMs: number): void {
  Atomics.wait(words, word, expected, timeoutMs);
}

/**
 * Waits for `word` to be notified without blocking; null when it does not hold `expected`. It keeps no process alive.
 */
export function waitAsync(words: Words, word: number, expected: number): Promise<unknown> | null {
  const waiting = Atomics.waitAsync(words, word, expected);
  return waiting.async ? waiting.value : null;
}

/** A plain load of a word that a lock protects, or whose reader validates later. */
export function peek(words: Words, word: number): number {
  return words[word];
}

/** A plain store to a word that a lock protects. */
export function poke(words: Words, word: number, value: number): void {
  words[word] = value;
}

/** Plain loads of `count` words in a row: a copy that its reader validates later. */
export function peekRun(words: Words, word: number, count: number, target: Int32Array): void {
  if (count * 4 < MEMCPY_BYTES_MIN_UNLIKE) target.set(words.subarray(word, word + count));
  else copyBytes(bytesOf(target, 0, count * 4), bytesOf(words, word, count * 4));
}

/** Plain loads of as many bytes as `target` has. */
export function peekBytes(words: Words, word: number, target: Uint8Array): void {
  copyBytes(target, bytesOf(words, word, target.byteLength));
}

/** Plain stores of the first `count` words of `source`. */
export function pokeRun(words: Words, word: number, source: Int32Array, count: number): void {
  if (count * 4 < MEMCPY_BYTES_MIN_UNLIKE) words.set(source.subarray(0, count), word);
  else copyBytes(bytesOf(words, word, count * 4), bytesOf(source, 0, count * 4));
}

/** Plain stores of bytes. */
export function pokeBytes(words: Words, word: number, source: Uint8Array): void {
  copyBytes(bytesOf(words, word, source.byteLength), source);
}

/** Plain stores of the `count` words at `from`, which do not overlap the ones at `to`. */
export function moveRun(words: Words, to: number, from: number, count: number): void {
  words.copyWithin(to, from, from + count);
}

/** Plain stores of `count` zeros. */
export function zeroRun(words: Words, word: number, count: number): void {
  words.fill(0, word, word + count);
}

/** A load that no later access may pass: opens an optimistic read. */
export function openingLoad(words: Words, word: number): number {
  return TSO ? words[word] : Atomics.load(words, word);
}

/** A store that no earlier store may pass: ends the writing of a record, before it is published. */
export function releaseStore(words: Words, word: number, value: number): void {
  if (TSO) words[word] = value;
  else Atomics.store(words, word, value);
}

/**
 * The load that no earlier load may pass: closes an optimistic read, see [validate-read].
 *
 * On arm64 an Atomics.load does not hold back *earlier plain loads*. A sequentially consistent store in between does:
 * earlier loads stay before it, and it stays before the load. It goes to a word of this thread, no shared line is written.
 */
export function closingLoad(words: Words, word: number): number {
  if (TSO) return words[word];
  Atomics.store(privateWord, 0, 0);
  return Atomics.load(words, word);
}

/** A further closing load, after `closingLoad`. */
export function closingLoadNext(words: Words, word: number): number {
  return TSO ? words[word] : Atomics.load(words, word);
}

/**
 * Keeps the stores that follow behind the releaseStores before: between marking a block free and writing over it, see
 * [free-mark], and between taking a lock and what others look at without it. A store-release holds back only what comes before
 * it; a load-acquire after it holds back the rest.
 */
export function reuseFence(words: Words, word: number): void {
  if (!TSO) Atomics.load(words, word);
}
