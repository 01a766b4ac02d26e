/** The keyed hash: against an implementation of its own written from the paper, and for the properties tables rely on. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashWords } from '../../src/hash/halfsip.ts';
import { placeOf, segmentOf } from '../../src/hash/route.ts';

/** HalfSipHash-c-d of bytes, as the paper describes it: slow, and with nothing in common with the one under test. */
function referenceHash(
  message: readonly number[],
  keyLow: number,
  keyHigh: number,
  c: number,
  d: number,
  lastByte: number = message.length % 256,
): number {
  const add = (a: number, b: number): number => (a + b) >>> 0;
  const rotate = (x: number, by: number): number => ((x << by) | (x >>> (32 - by))) >>> 0;
  const v = [keyLow >>> 0, keyHigh >>> 0, (0x6c796765 ^ keyLow) >>> 0, (0x74656462 ^ keyHigh) >>> 0] as [
    number,
    number,
    number,
    number,
  ];
  const round = (): void => {
    v[0] = add(v[0], v[1]);
    v[2] = add(v[2], v[3]);
    v[1] = (rotate(v[1], 5) ^ v[0]) >>> 0;
    v[3] = (rotate(v[3], 8) ^ v[2]) >>> 0;
    v[0] = rotate(v[0], 16);
    v[2] = add(v[2], v[1]);
    v[0] = add(v[0], v[3]);
    v[1] = (rotate(v[1], 13) ^ v[2]) >>> 0;
    v[3] = (rotate(v[3], 7) ^ v[0]) >>> 0;
    v[2] = rotate(v[2], 16);
  };
  const padded = [...message];
  while (padded.length % 4 !== 3) padded.push(0);
  padded.push(lastByte);
  for (let at = 0; at < padded.length; at += 4) {
    const block = padded.slice(at, at + 4).reduce((sum, byte, index) => sum + byte * 2 ** (8 * index), 0);
    v[3] = (v[3] ^ block) >>> 0;
    for (let index = 0; index < c; index++) round();
    v[0] = (v[0] ^ block) >>> 0;
  }
  v[2] = (v[2] ^ 0xff) >>> 0;
  for (let index = 0; index < d; index++) round();
  return (v[1] ^ v[3]) | 0;
}

/** The bytes of a key. */
function messageOf(words: readonly number[], byteLength: number): number[] {
  return words
    .flatMap((word) => [word & 0xff, (word >> 8) & 0xff, (word >> 16) & 0xff, word >>> 24])
    .slice(0, byteLength);
}

function lastByteOf(byteLength: number, kind: number): number {
  return (byteLength % 32) * 8 + kind;
}

/** A small generator of its own, so that the hash under test is not what makes its inputs. */
function randomWords(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) | 0;
  };
}

test('the reference of these tests gives the published HalfSipHash-2-4 vectors', () => {
  // Key 00..07, messages of 0, 1, 2, ... bytes 00 01 02 ...; hashes as little-endian words.
  const published = [0x5b9f35a9, 0xb85a4727, 0x03a662fa, 0x04e7fe8a, 0x89466e2a, 0x69b6fac5];
  for (const [length, hash] of published.entries()) {
    const message = Array.from({ length }, (_, index) => index);
    assert.equal(referenceHash(message, 0x03020100, 0x07060504, 2, 4), hash | 0, `length ${length}`);
  }
});

test('hashWords is HalfSipHash-1-3 of the words, the length and the kind', () => {
  const next = randomWords(1);
  for (let round = 0; round < 2000; round++) {
    const wordCount = round % 40;
    const words = Array.from({ length: wordCount }, next);
    const byteLength = wordCount === 0 ? 0 : wordCount * 4 - (next() & 3);
    const kind = round % 7;
    const [key0, key1] = [next(), next()];
    const message = messageOf(words, byteLength);
    const expected = referenceHash(message, key0, key1, 1, 3, lastByteOf(byteLength, kind));
    const padded = Buffer.from([...message, ...Array.from({ length: wordCount * 4 - byteLength }, () => 0)]);
    const packed = Int32Array.from({ length: wordCount }, (_, index) => padded.readInt32LE(index * 4));
    assert.equal(hashWords(packed, byteLength, kind, key0, key1), expected);
  }
});

test('a hash of 0 becomes 1', () => {
  // Found by trying all words with this key, length and kind.
  for (const word of [1020248917, 1280846782]) {
    assert.equal(referenceHash(messageOf([word], 4), 1, 2, 1, 3, lastByteOf(4, 2)), 0);
    assert.equal(hashWords(Int32Array.of(word), 4, 2, 1, 2), 1);
  }
});

test('keys of the same words but another length or kind hash differently', () => {
  const words = Int32Array.of(0x31, 0);
  const seen = new Set<number>();
  for (let kind = 0; kind < 7; kind++) {
    for (let byteLength = 1; byteLength <= 4; byteLength++) seen.add(hashWords(words, byteLength, kind, 7, 8));
  }
  for (let byteLength = 5; byteLength <= 8; byteLength++) seen.add(hashWords(words, byteLength, 0, 7, 8));
  assert.equal(seen.size, 7 * 4 + 4);
});

test('every bit of the input and of the key flips each bit of the hash about half of the time', () => {
  const next = randomWords(2);
  const samples = 400;
  const bitCount = 5 * 32 + 64;
  const flips = Array.from({ length: bitCount }, () => new Uint32Array(32));
  const words = new Int32Array(5);
  for (let sample = 0; sample < samples; sample++) {
    for (let index = 0; index < 5; index++) words[index] = next();
    const key = [next(), next()] as [number, number];
    const hash = hashWords(words, 20, 0, key[0], key[1]);
    for (let bit = 0; bit < bitCount; bit++) {
      const target = bit < 160 ? words : key;
      const at = (bit < 160 ? bit : bit - 160) >> 5;
      target[at] ^= 1 << (bit & 31);
      const changed = hash ^ hashWords(words, 20, 0, key[0], key[1]);
      target[at] ^= 1 << (bit & 31);
      for (let out = 0; out < 32; out++) flips[bit][out] += (changed >>> out) & 1;
    }
  }
  // 400 fair coins lie within 200 +- 70 except once in 2 ** 41 times; there are 7,168 counts here.
  for (const [bit, counts] of flips.entries()) {
    for (const [out, count] of counts.entries()) {
      assert.ok(count > 130 && count < 270, `input bit ${bit} flips output bit ${out} ${count} times in ${samples}`);
    }
  }
});

test('consecutive keys spread evenly over segments and places', () => {
  const words = new Int32Array(1);
  const segmentBits = 4;
  const counts = new Uint32Array(16 * 16);
  for (let key = 0; key < 25_600; key++) {
    words[0] = key;
    const hash = hashWords(words, 4, 2, 11, 12);
    counts[segmentOf(hash, segmentBits) * 16 + (placeOf(hash, segmentBits) >>> 25)] += 1;
  }
  // Chi-squared with 255 degrees of freedom exceeds 400 less often than once in 10 ** 7 times.
  const chiSquared = counts.reduce((sum, count) => sum + (count - 100) ** 2 / 100, 0);
  assert.ok(chiSquared < 400, `chi-squared ${chiSquared}`);
});

test('segments are the top bits of a hash and places the 29 bits below them', () => {
  assert.equal(segmentOf(-1, 0), 0);
  assert.equal(segmentOf(-1, 6), 63);
  assert.equal(segmentOf(0x80000000 | 0, 1), 1);
  assert.equal(placeOf(-1, 0), 0x1fffffff);
  assert.equal(placeOf(0x80000000 | 0, 1), 0);
  assert.equal(placeOf(0x40000000, 1), 0x10000000);
});
