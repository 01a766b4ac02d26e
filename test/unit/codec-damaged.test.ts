/** Bytes that no encoder made: decoding them gives some value or a ValueError, in bounded time and memory. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encode } from '@msgpack/msgpack';
import * as fc from 'fast-check';
import type { Codec } from '../../src/codec/codec.ts';
import { json } from '../../src/codec/json.ts';
import { msgpack } from '../../src/codec/msgpack.ts';
import { checkMsgpack } from '../../src/codec/msgpack-check.ts';
import { toCodec } from '../../src/codec/user.ts';
import { decodeValue, encodeValue } from '../../src/codec/value.ts';
import { ValueError } from '../../src/errors.ts';
import { valueScratch } from '../../src/memory/scratch.ts';
import { VALUE_BIGINT, VALUE_ENCODED, VALUE_STRUCTURED } from '../../native-layout/record.ts';

const seed = Number(process.env['SEED'] ?? Date.now() & 0x7fffffff);
console.log(`seed ${seed}`);

/** Begins MessagePack that is decoded with care. */
const CARE = 0xc1;

const KINDS = 16;

function decodeBytes(codec: Codec<unknown>, kind: number, bytes: Uint8Array): unknown {
  valueScratch.bytes.set(bytes);
  valueScratch.kind = kind;
  valueScratch.byteLength = bytes.length;
  valueScratch.large = null;
  return decodeValue(toCodec(codec), valueScratch);
}

/** Whether the bytes decode to anything at all; fails on any error but ValueError. */
function decodes(codec: Codec<unknown>, kind: number, bytes: Uint8Array): boolean {
  try {
    decodeBytes(codec, kind, bytes);
    return true;
  } catch (error) {
    assert.ok(
      error instanceof ValueError,
      `kind ${kind}, bytes ${Buffer.from(bytes).toString('hex')}: ${String(error)}`,
    );
    return false;
  }
}

function encodedBytes(codec: Codec<unknown>, value: unknown): { kind: number; bytes: Uint8Array } {
  encodeValue(toCodec(codec), value);
  return { kind: valueScratch.kind, bytes: valueScratch.bytes.slice(0, valueScratch.byteLength) };
}

const SAMPLES: readonly unknown[] = [
  { id: 7, name: 'Ada', tags: ['a', 'b', { c: [1.5, -1, null] }], long: 'x'.repeat(300), big: 2 ** 40 },
  { bytes: Uint8Array.of(1, 2, 3), list: [new Uint8Array(300)] },
  Array.from({ length: 1500 }, (_, index) => index),
  { map: new Map([[1, { a: undefined }]]), set: new Set(['x']), date: new Date(0), pattern: /a/g, wide: '\u20ac' },
  [1n, -(2n ** 70n), Float64Array.of(1, 2), Buffer.from('abc'), new DataView(new ArrayBuffer(8)), Object(5n)],
  Object.assign([], { 100: 1, name: 'sparse' }),
];

test('random bytes of any kind decode to something or are refused', () => {
  const property = fc.property(fc.nat(KINDS - 1), fc.uint8Array({ maxLength: 64 }), (kind, bytes) => {
    for (const codec of [msgpack(), json()]) decodes(codec, kind, bytes);
  });
  fc.assert(property, { seed, numRuns: 20_000 });
});

test('values with bytes flipped, cut off, repeated or replaced decode to something or are refused', () => {
  const samples = [msgpack(), json()].flatMap((codec) =>
    SAMPLES.slice(0, codec.name === 'json' ? 1 : SAMPLES.length).map((value) => ({
      codec,
      ...encodedBytes(codec, value),
    })),
  );
  const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  const edit = fc.record({ at: place, how: fc.nat(3), byte: fc.nat(255), length: fc.nat(9) });
  let refused = 0;
  const property = fc.property(
    fc.nat(samples.length - 1),
    fc.array(edit, { minLength: 1, maxLength: 4 }),
    (which, edits) => {
      const { codec, kind, bytes: original } = samples[which];
      let bytes = original;
      for (const { at, how, byte, length } of edits) {
        const index = Math.floor(at * bytes.length);
        const [head, tail] = [bytes.subarray(0, index), bytes.subarray(index)];
        if (how === 0) bytes = Uint8Array.from([...head, byte, ...tail.subarray(1)]);
        else if (how === 1) bytes = Uint8Array.from(head);
        else if (how === 2) bytes = Uint8Array.from([...head, ...tail.subarray(length)]);
        else bytes = Uint8Array.from([...head, ...tail.subarray(0, length), ...tail]);
      }
      if (!decodes(codec, kind, bytes)) refused++;
    },
  );
  fc.assert(property, { seed, numRuns: 10_000 });
  assert.ok(refused > 1000, `only ${refused} refused`);
});

test('every truncation of a value is refused', () => {
  for (const value of SAMPLES.slice(0, 3)) {
    const { kind, bytes } = encodedBytes(msgpack(), value);
    for (let length = 0; length < bytes.length; length++) {
      assert.equal(decodes(msgpack(), kind, bytes.subarray(0, length)), false, `${length} of ${bytes.length} bytes`);
    }
  }
});

test('bytes after a value are refused', () => {
  for (const value of SAMPLES.slice(0, 3)) {
    const { kind, bytes } = encodedBytes(msgpack(), value);
    assert.equal(decodes(msgpack(), kind, Uint8Array.from([...bytes, 0])), false);
  }
});

test('arrays that announce more items than there are bytes cost no memory', () => {
  const array32 = [0xdd, 0x01, 0xff, 0xff, 0xff];
  const map32 = [0xdf, 0xff, 0xff, 0xff, 0xff, 0xa1, 0x61];
  for (const head of [array32, map32, [0xdc, 0xff, 0xff], [0xdc, 0x04, 0x00]]) {
    const bomb = Uint8Array.from({ length: 12_000 }, (_, index) => head[index % head.length]);
    const before = process.memoryUsage().rss;
    assert.equal(decodes(msgpack(), VALUE_ENCODED, bomb), false);
    assert.equal(decodes(msgpack(), VALUE_ENCODED, Uint8Array.from([CARE, ...bomb])), false);
    assert.ok(process.memoryUsage().rss - before < 200 * 1024 * 1024);
  }
});

test('large damaged values are checked too', () => {
  const bomb = Uint8Array.from({ length: 300_000 }, (_, index) => [0xdc, 0x04, 0x00][index % 3]);
  valueScratch.kind = VALUE_ENCODED;
  valueScratch.byteLength = bomb.length;
  valueScratch.large = bomb;
  const before = process.memoryUsage().rss;
  assert.throws(() => decodeValue(toCodec(msgpack()), valueScratch), ValueError);
  assert.ok(process.memoryUsage().rss - before < 200 * 1024 * 1024);
});

test('bytes inside of quickly decoded MessagePack are refused, since they would refer to the scratch', () => {
  assert.equal(decodes(msgpack(), VALUE_ENCODED, encode([Uint8Array.of(1)])), false);
  assert.equal(decodes(msgpack(), VALUE_ENCODED, encode([new Uint8Array(0)])), false);
  assert.equal(decodes(msgpack(), VALUE_ENCODED, encode([new Date(0)])), false);
});

test('a property named __proto__ in MessagePack is refused', () => {
  assert.equal(decodes(msgpack(), VALUE_ENCODED, Uint8Array.from([0x81, 0xa9, ...Buffer.from('__proto__'), 1])), false);
});

test('damaged names never turn up in later values', () => {
  // A name that is cut off in the midst of a char, with different bytes after it each time.
  const damaged = (next: number): Uint8Array => Uint8Array.from([0x81, 0xa2, 0x61, 0xe2, next]);
  const named = (): unknown => decodeBytes(msgpack(), VALUE_ENCODED, damaged(1));
  const before = named();
  for (let next = 0; next < 128; next++) decodes(msgpack(), VALUE_ENCODED, damaged(next));
  assert.deepStrictEqual(named(), before);
  assert.deepStrictEqual(decodeBytes(msgpack(), VALUE_ENCODED, encode({ 'a\u20ac': 1, ab: 2 })), {
    'a\u20ac': 1,
    ab: 2,
  });
});

test('the check passes exactly what the decoder would decode', () => {
  for (const value of SAMPLES.slice(0, 3)) checkMsgpack(encode(value));
  const heads = Array.from({ length: 256 }, (_, head) => head);
  // These begin nothing, or an extension, which our encoder never writes.
  const unknown = new Set([0xc1, 0xc7, 0xc8, 0xc9, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8]);
  for (const head of heads) {
    const check = (): void => checkMsgpack(Uint8Array.from([head, ...new Uint8Array(64)]));
    // With zeros behind it a known head makes a value that ends before the bytes do.
    assert.throws(check, unknown.has(head) ? /begins no value/ : /bytes follow the value/, `0x${head.toString(16)}`);
  }
  assert.throws(() => checkMsgpack(new Uint8Array(0)), ValueError);
  assert.throws(() => checkMsgpack(Uint8Array.of(0x92, 1)), ValueError);
  assert.throws(() => checkMsgpack(Uint8Array.of(0xd9)), ValueError);
});

test('bigints of any bytes decode to something', () => {
  for (const bytes of [[], [0], [1], [2, 3], [1, 0, 0]]) {
    assert.equal(typeof decodeBytes(msgpack(), VALUE_BIGINT, Uint8Array.from(bytes)), 'bigint');
  }
  assert.equal(decodes(msgpack(), VALUE_STRUCTURED, new Uint8Array(0)), false);
});
