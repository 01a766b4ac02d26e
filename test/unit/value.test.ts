/** Native values, the plain codecs and users' codecs: what comes back equals what went in, or is refused. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Codec, ValueCodec } from '../../src/codec/codec.ts';
import { json } from '../../src/codec/json.ts';
import { msgpack } from '../../src/codec/msgpack.ts';
import { bytes, float64, int32, text } from '../../src/codec/scalars.ts';
import { SHORT_STRING_CHARS_MAX } from '../../src/codec/short-string.ts';
import { NATIVE_CALL_CHARS_MIN } from '../../src/codec/text.ts';
import { toCodec } from '../../src/codec/user.ts';
import { acceptsNumber, decodeValue, encodeValue } from '../../src/codec/value.ts';
import { OptionError, ValueError } from '../../src/errors.ts';
import { Scratch, SCRATCH_BYTES, valueScratch } from '../../src/memory/scratch.ts';
import {
  VALUE_BIGINT,
  VALUE_BIGINT64,
  VALUE_BUFFER,
  VALUE_BYTES,
  VALUE_BYTES_MAX,
  VALUE_ENCODED,
  VALUE_FALSE,
  VALUE_FLOAT64,
  VALUE_INT32,
  VALUE_LATIN1,
  VALUE_NULL,
  VALUE_STRUCTURED,
  VALUE_TRUE,
  VALUE_UNDEFINED,
  VALUE_UTF16,
} from '../../native-layout/record.ts';

const anything: ValueCodec<unknown> = toCodec(msgpack());

/** Encodes over what an earlier value left behind, checks the padding, and decodes from the scratch and from a copy. */
function roundTrip<V>(codec: Codec<V>, value: V): V {
  const valueCodec = toCodec(codec);
  valueScratch.words.fill(-1, 0, 64);
  encodeValue(valueCodec, value);
  const { byteLength, large } = valueScratch;
  if (large === null) {
    assert.ok(byteLength <= SCRATCH_BYTES);
    for (let at = byteLength; at % 4 !== 0; at++) assert.equal(valueScratch.bytes[at], 0, 'zero padding');
  } else {
    assert.ok(byteLength > SCRATCH_BYTES);
    assert.equal(large.length, byteLength);
  }
  const other = new Scratch(SCRATCH_BYTES);
  other.bytes.set(valueScratch.bytes);
  other.kind = valueScratch.kind;
  other.byteLength = byteLength;
  other.large = large?.slice() ?? null;
  const back = decodeValue(valueCodec, valueScratch);
  valueScratch.bytes.fill(0xaa);
  assert.deepStrictEqual(decodeValue(valueCodec, other), back);
  return back;
}

function assertRefused<V>(codec: Codec<V>, value: unknown, message: RegExp): void {
  assert.throws(
    () => encodeValue(toCodec(codec), value as V),
    (error) => error instanceof ValueError && message.test(error.message),
    `should be refused with ${message}`,
  );
}

test('scalars come back as they went in, each as its kind', () => {
  const kinds: [unknown, number][] = [
    [undefined, VALUE_UNDEFINED],
    [null, VALUE_NULL],
    [false, VALUE_FALSE],
    [true, VALUE_TRUE],
    [0, VALUE_INT32],
    [2 ** 31 - 1, VALUE_INT32],
    [-(2 ** 31), VALUE_INT32],
    [2 ** 31, VALUE_FLOAT64],
    [-0, VALUE_FLOAT64],
    [0.1, VALUE_FLOAT64],
    [NaN, VALUE_FLOAT64],
    [-Infinity, VALUE_FLOAT64],
    ['', VALUE_LATIN1],
    ['a\0\xff', VALUE_LATIN1],
    ['\u0100', VALUE_UTF16],
    ['\udc00\ud800', VALUE_UTF16],
    ['\ufeffabc', VALUE_UTF16],
    [0n, VALUE_BIGINT64],
    [-(2n ** 63n), VALUE_BIGINT64],
    [2n ** 63n, VALUE_BIGINT],
    [-(2n ** 999n), VALUE_BIGINT],
    [new Uint8Array(0), VALUE_BYTES],
    [Uint8Array.of(1, 2, 3), VALUE_BYTES],
    [Buffer.from('abc'), VALUE_BUFFER],
    [Buffer.alloc(0), VALUE_BUFFER],
  ];
  for (const [value, kind] of kinds) {
    encodeValue(anything, value);
    assert.equal(valueScratch.kind, kind, String(value));
    assert.deepStrictEqual(roundTrip(anything, value), value);
  }
});

test('strings of every length around the limits of the loops and of the scratch come back', () => {
  const around = (limit: number): number[] => [-1, 0, 1, 2, 3, 4].map((step) => limit + step);
  const lengths = [
    ...Array.from({ length: NATIVE_CALL_CHARS_MIN + 5 }, (_, length) => length),
    ...around(SHORT_STRING_CHARS_MAX),
    ...around(SCRATCH_BYTES / 2),
    ...around(SCRATCH_BYTES),
    100_000,
  ];
  for (const length of lengths) {
    for (const char of ['x', '\xff', '\u20ac', '\ud800']) {
      const value = 'abcdefghijklmnopqrstuvwxyz'.repeat(length / 26 + 1).slice(0, length);
      for (const string of [value, char.repeat(length), `${value.slice(1)}${length === 0 ? '' : char}`]) {
        assert.equal(roundTrip(text(), string), string);
      }
    }
  }
});

test('bytes of every length around the limit of the scratch come back in memory of their own', () => {
  for (const length of [0, 1, 3, 4, 5, 63, 64, 65, SCRATCH_BYTES - 1, SCRATCH_BYTES, SCRATCH_BYTES + 1, 100_000]) {
    const plain = Uint8Array.from({ length }, (_, index) => index * 7);
    for (const value of [plain, Buffer.from(plain), new Uint8Array(new SharedArrayBuffer(length)).fill(9)]) {
      const before = Uint8Array.from(value);
      const back = roundTrip(bytes(), value);
      value.fill(1);
      assert.deepStrictEqual(Buffer.from(back), Buffer.from(before));
      assert.equal(Buffer.isBuffer(back), Buffer.isBuffer(value));
    }
  }
});

test('a value beyond the limit is refused by size', () => {
  assertRefused(text(), 'x'.repeat(VALUE_BYTES_MAX + 1), /268435457 bytes; the limit of a value is 268435456/);
  assertRefused(bytes(), new Uint8Array(VALUE_BYTES_MAX + 1), /268435457 bytes; the limit of a value is 268435456/);
});

test('text, bytes, float64 and int32 take what they are named after', () => {
  assert.equal(roundTrip(text(), '\ud800'), '\ud800');
  assert.deepStrictEqual(roundTrip(bytes(), Uint8Array.of(1)), Uint8Array.of(1));
  for (const value of [1, -0, NaN, Infinity, 2 ** 53, 5e-324]) assert.ok(Object.is(roundTrip(float64(), value), value));
  for (const value of [0, 1, -1, 2 ** 31 - 1, -(2 ** 31)]) assert.ok(Object.is(roundTrip(int32(), value), value));
});

test('text, bytes, float64 and int32 refuse everything else and name it', () => {
  for (const value of [1, null, undefined, true, 1n, {}, [], Buffer.from('a'), Symbol('s'), new String('a')]) {
    assertRefused(text(), value, /^text\(\) takes a string, not /);
  }
  for (const value of ['a', 1, null, [1], new Uint16Array(1), new DataView(new ArrayBuffer(1))]) {
    assertRefused(bytes(), value, /^bytes\(\) takes a Uint8Array, not /);
  }
  class MyBytes extends Uint8Array {}
  assertRefused(bytes(), new MyBytes(1), /^bytes\(\) takes a Uint8Array/);
  assertRefused(bytes(), Object.create(Uint8Array.prototype), /^bytes\(\) takes a Uint8Array/);
  for (const value of ['1', 1n, null, undefined, new Number(1), true]) {
    assertRefused(float64(), value, /^float64\(\) takes a number, not /);
  }
  for (const value of [1.5, 2 ** 31, -(2 ** 31) - 1, -0, NaN, Infinity, '1', 1n, null]) {
    assertRefused(int32(), value, /^int32\(\) takes an integer from -2147483648 to 2147483647, not /);
  }
  assertRefused(int32(), -0, /not the number -0/);
});

test('a codec says which numbers it stores natively', () => {
  const numbers = [1, 1.5, -0, NaN];
  const accepted = (codec: Codec<number>): boolean[] => numbers.map((value) => acceptsNumber(toCodec(codec), value));
  assert.deepStrictEqual(accepted(msgpack()), [true, true, true, true]);
  assert.deepStrictEqual(accepted(float64()), [true, true, true, true]);
  assert.deepStrictEqual(accepted(int32()), [true, false, false, false]);
  assert.deepStrictEqual(accepted(json()), [true, true, false, false]);
  assert.deepStrictEqual(accepted(text() as Codec<never>), [false, false, false, false]);
});

test('a codec of a user is asked for every value, and its errors are the cause of ours', () => {
  const asked: unknown[] = [];
  const codec: Codec<unknown> = {
    name: 'mine',
    encode(value) {
      asked.push(value);
      if (value === 'fail') throw new TypeError('no');
      return value === 'wrong' ? ('text' as unknown as Uint8Array) : Buffer.from(JSON.stringify(value));
    },
    decode(encoded) {
      const decoded: unknown = JSON.parse(Buffer.from(encoded).toString());
      if (decoded === 'undecodable') throw new RangeError('never');
      return decoded;
    },
  };
  for (const value of [1, 'a', null, true, { a: [1] }]) assert.deepStrictEqual(roundTrip(codec, value), value);
  assert.deepStrictEqual(asked, [1, 'a', null, true, { a: [1] }]);
  assert.throws(
    () => encodeValue(toCodec(codec), 'fail'),
    (error) => error instanceof ValueError && error.cause instanceof TypeError && /mine.*no/.test(error.message),
  );
  assertRefused(codec, 'wrong', /returned a string of 4 chars instead of a Uint8Array/);
  encodeValue(toCodec(codec), 'undecodable');
  assert.throws(
    () => decodeValue(toCodec(codec), valueScratch),
    (error) => error instanceof ValueError && error.cause instanceof RangeError && /mine/.test(error.message),
  );
});

test('a codec of a user may encode and decode other values meanwhile, and keep or reuse its arrays', () => {
  const own = new Uint8Array(8);
  const kept: Uint8Array[] = [];
  const codec: Codec<number> = {
    name: 'reentrant',
    encode(value) {
      roundTrip(text(), 'something else in the scratch');
      own.fill(value);
      return own;
    },
    decode(encoded) {
      roundTrip(text(), 'something else in the scratch');
      kept.push(encoded);
      return encoded[7];
    },
  };
  encodeValue(toCodec(codec), 7);
  own.fill(9);
  assert.equal(decodeValue(toCodec(codec), valueScratch), 7);
  roundTrip(text(), 'and something else again');
  assert.deepStrictEqual(kept[0], new Uint8Array(8).fill(7));
});

test('a wrong codec option is refused by name', () => {
  const encode = (): Uint8Array => new Uint8Array(1);
  const decode = (): number => 1;
  const cases: [unknown, RegExp][] = [
    [undefined, /^value: .*not undefined/],
    [null, /^value: .*not null/],
    ['msgpack', /^value: .*not a string of 7 chars/],
    [msgpack, /^value: .*not a function/],
    [{ encode, decode }, /^value\.name: .*not undefined/],
    [{ name: '', encode, decode }, /^value\.name: .*not ""/],
    [{ name: 'with space', encode, decode }, /^value\.name: /],
    [{ name: 'x'.repeat(33), encode, decode }, /^value\.name: .*32/],
    [{ name: '\u20ac', encode, decode }, /^value\.name: /],
    [{ name: 'msgpack', encode, decode }, /^value\.name: "msgpack" is the name of a codec of sharena/],
    [{ name: 'mine', decode }, /^value\.encode: .*not undefined/],
    [{ name: 'mine', encode, decode: 1 }, /^value\.decode: .*not the number 1/],
  ];
  for (const [option, message] of cases) {
    assert.throws(
      () => toCodec(option as Codec<number>),
      (error) => error instanceof OptionError && message.test(error.message),
    );
  }
});

test('a codec of sharena is also a codec for direct use', () => {
  const value = { a: [1, 'two', null] };
  assert.deepStrictEqual(msgpack().decode(msgpack().encode(value)), value);
  assert.deepStrictEqual(json().decode(json().encode(value)), value);
  assert.throws(() => msgpack().encode(new Map()), ValueError);
});

test('a kind that no encoder makes is refused', () => {
  valueScratch.kind = 15;
  assert.throws(() => decodeValue(anything, valueScratch), ValueError);
  valueScratch.kind = VALUE_ENCODED;
  assert.throws(() => decodeValue(toCodec(text()), valueScratch), ValueError);
  assert.ok(VALUE_STRUCTURED < 15);
});
