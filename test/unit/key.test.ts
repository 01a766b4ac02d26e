/** Keys: what comes back is the key, equal keys and only these share bytes, and the hash is the reference's. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import * as fc from 'fast-check';
import { packKey, unpackKey, type Key } from '../../src/codec/key.ts';
import { NATIVE_CALL_CHARS_MIN } from '../../src/codec/text.ts';
import { KeyError } from '../../src/errors.ts';
import { hashWords } from '../../src/hash/halfsip.ts';
import { keyScratch } from '../../src/memory/scratch.ts';
import {
  KEY_BIGINT,
  KEY_BIGINT64,
  KEY_BYTES,
  KEY_BYTES_MAX,
  KEY_FLOAT64,
  KEY_INT32,
  KEY_LATIN1,
  KEY_UTF16,
} from '../../native-layout/record.ts';

const seed = Number(process.env['SEED'] ?? Date.now() & 0x7fffffff);
console.log(`seed ${seed}`);

const HASH_KEY: [number, number] = [0x12345678, -0x0fedcba9];

/** Packs a key over what an earlier one left behind, and gives the record of it that a table would compare. */
function packed(key: Key): { hash: number; record: string } {
  keyScratch.words.fill(-1, 0, 64);
  const hash = packKey(key, ...HASH_KEY);
  const { kind, byteLength, words } = keyScratch;
  const wordCount = (byteLength + 3) >> 2;
  assert.equal(hash, hashWords(words, byteLength, kind, ...HASH_KEY));
  return { hash, record: `${kind} ${byteLength} ${words.subarray(0, wordCount).join(' ')}` };
}

function assertComesBack(key: Key): void {
  packed(key);
  const back = unpackKey(keyScratch);
  if (key instanceof Uint8Array) assert.deepEqual([...(back as Uint8Array)], [...key]);
  else assert.equal(back, key === 0 ? 0 : key);
}

const STRINGS: readonly string[] = [
  '',
  'a',
  'abc',
  'abcd',
  'abcde',
  'user:000000000042',
  '\0',
  'a\0',
  'a\0\0\0',
  '\xff',
  '\u0100',
  'ab\u0100',
  'abcd\u0100',
  'abcde\u20ac',
  '\ud800',
  '\udc00\ud800',
  '\u{1f600}',
  '\ufeff',
  '__proto__',
  'constructor',
  '1',
];
const OTHERS: readonly Key[] = [
  0,
  1,
  -1,
  2 ** 31 - 1,
  -(2 ** 31),
  2 ** 31,
  0.5,
  NaN,
  Infinity,
  -Infinity,
  Number.MAX_SAFE_INTEGER,
  5e-324,
  0n,
  1n,
  -1n,
  2n ** 63n - 1n,
  -(2n ** 63n),
  2n ** 63n,
  -(2n ** 63n) - 1n,
  2n ** 64n,
  -(2n ** 200n),
  new Uint8Array(0),
  Uint8Array.of(0),
  Uint8Array.of(49),
  Uint8Array.of(0, 0, 0, 0),
];

test('a key comes back as it went in', () => {
  for (const key of [...STRINGS, ...OTHERS]) assertComesBack(key);
});

test('strings of every length around the limits of the packing loops come back', () => {
  for (const char of ['x', '\xff', '\u20ac']) {
    for (let length = 0; length <= NATIVE_CALL_CHARS_MIN + 9; length++) {
      assertComesBack(char.repeat(length));
      if (length > 0) assertComesBack(`${'x'.repeat(length - 1)}${char}`);
      assertComesBack(`${char}${'x'.repeat(length)}`);
    }
  }
});

test('all different keys have different records and hashes', () => {
  const keys = [...STRINGS, ...OTHERS];
  assert.equal(new Set(keys.map((key) => packed(key).record)).size, keys.length);
  assert.equal(new Set(keys.map((key) => packed(key).hash)).size, keys.length);
});

test('-0 is the key 0, every NaN is the same key, and a Buffer is the key of its bytes', () => {
  assert.equal(packed(-0).record, packed(0).record);
  const otherNaN = new Float64Array(Uint32Array.of(7, 0xfff00000).buffer)[0];
  assert.equal(packed(otherNaN).record, packed(NaN).record);
  assert.equal(packed(Buffer.from('abc')).record, packed(Uint8Array.of(97, 98, 99)).record);
});

test('a string of chars below 256 is stored one byte a char however the engine keeps it', () => {
  for (const length of [1, 5, 18, NATIVE_CALL_CHARS_MIN + 5]) {
    // A slice of a string with wide chars is kept with wide chars.
    const wide = `${'\xe9'.repeat(length)}\u20ac`.slice(0, length);
    assert.equal(packed(wide).record, packed('\xe9'.repeat(length)).record);
    packKey(wide, ...HASH_KEY);
    assert.equal(keyScratch.kind, KEY_LATIN1);
  }
});

test('each type of key has its kind', () => {
  const kinds: [Key, number][] = [
    ['abc', KEY_LATIN1],
    ['\u0100', KEY_UTF16],
    [7, KEY_INT32],
    [7.5, KEY_FLOAT64],
    [7n, KEY_BIGINT64],
    [2n ** 64n, KEY_BIGINT],
    [Uint8Array.of(7), KEY_BYTES],
  ];
  for (const [key, kind] of kinds) {
    packKey(key, ...HASH_KEY);
    assert.equal(keyScratch.kind, kind, String(key));
  }
});

test('two keys have the same record exactly when a Map takes them for the same', () => {
  const key = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 8 }),
    fc.string({ unit: fc.constantFrom('a', '\0', '\xff', '\u0100', '\ud800', '\udc00'), maxLength: 6 }),
    fc.integer(),
    fc.double(),
    fc.bigInt(),
    fc.constantFrom<Key>(...STRINGS, ...OTHERS.filter((other) => !(other instanceof Uint8Array)), -0),
  );
  const property = fc.property(key, key, (a, b) => {
    assertComesBack(a);
    const same = new Map([[a, 1]]).has(b);
    assert.equal(packed(a).record === packed(b).record, same);
    if (same) assert.equal(packed(a).hash, packed(b).hash);
  });
  fc.assert(property, { seed, numRuns: 5000 });
});

test('keys of the greatest length are taken and longer ones refused', () => {
  const longest: Key[] = [
    'x'.repeat(KEY_BYTES_MAX),
    '\u20ac'.repeat(KEY_BYTES_MAX >> 1),
    new Uint8Array(KEY_BYTES_MAX).fill(7),
    -(2n ** (8n * BigInt(KEY_BYTES_MAX - 1))) + 1n,
  ];
  for (const key of longest) assertComesBack(key);
  const tooLong: Key[] = [
    'x'.repeat(KEY_BYTES_MAX + 1),
    '\u20ac'.repeat((KEY_BYTES_MAX >> 1) + 1),
    new Uint8Array(KEY_BYTES_MAX + 1),
    2n ** (8n * BigInt(KEY_BYTES_MAX - 1)),
  ];
  for (const key of tooLong) {
    assert.throws(
      () => packKey(key, ...HASH_KEY),
      (error) => error instanceof KeyError && /65535/.test(error.message),
    );
  }
});

test('what is no key is refused by name', () => {
  const cases: [unknown, RegExp][] = [
    [undefined, /not undefined/],
    [null, /not null/],
    [true, /not a boolean/],
    [Symbol('s'), /not a symbol/],
    [{}, /not an object/],
    [[1], /not an object/],
    [() => 1, /not a function/],
    [new Uint16Array(2), /not an object/],
    [Object.create(Uint8Array.prototype), /not an object/],
    [new Proxy(new Uint8Array(2), {}), /not an object/],
    [new String('a'), /not an object/],
  ];
  for (const [key, message] of cases) {
    assert.throws(
      () => packKey(key as Key, ...HASH_KEY),
      (error) => error instanceof KeyError && message.test(error.message),
    );
  }
});

test('a key that comes back is in memory of its own', () => {
  packKey(Uint8Array.of(1, 2, 3), ...HASH_KEY);
  const back = unpackKey(keyScratch) as Uint8Array;
  keyScratch.bytes.fill(0, 0, 8);
  assert.deepEqual([...back], [1, 2, 3]);
});

test('the hash of shared bytes is that of the copy, also while another thread changes them', async () => {
  const shared = new Uint8Array(new SharedArrayBuffer(40));
  const code = `
    const { parentPort, workerData: { shared, stop } } = require('node:worker_threads');
    parentPort.postMessage('started');
    for (let n = 0; Atomics.load(stop, 0) === 0; n++) shared.fill(n);`;
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(code, { eval: true, workerData: { shared, stop } });
  const exited = new Promise((resolve) => worker.once('exit', resolve));
  try {
    await new Promise((resolve) => worker.once('message', resolve));
    // `packed` compares with the reference's hash of the copy.
    for (let round = 0; round < 20_000; round++) packed(shared.subarray(0, 30 + (round % 11)));
  } finally {
    stop[0] = 1;
    await exited;
  }
});
