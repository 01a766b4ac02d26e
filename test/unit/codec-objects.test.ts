/** msgpack() and json(): a value comes back deeply equal, or is refused with the place in it that is the reason. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createContext, runInContext } from 'node:vm';
import * as fc from 'fast-check';
import type { Codec } from '../../src/codec/codec.ts';
import { json } from '../../src/codec/json.ts';
import { msgpack } from '../../src/codec/msgpack.ts';
import { toCodec } from '../../src/codec/user.ts';
import { decodeValue, encodeValue } from '../../src/codec/value.ts';
import { ValueError } from '../../src/errors.ts';
import { valueScratch } from '../../src/memory/scratch.ts';
import { VALUE_ENCODED, VALUE_STRUCTURED } from '../../native-layout/record.ts';

const seed = Number(process.env['SEED'] ?? Date.now() & 0x7fffffff);
console.log(`seed ${seed}`);

function roundTrip(codec: Codec<unknown>, value: unknown): { back: unknown; kind: number } {
  encodeValue(toCodec(codec), value);
  const back = decodeValue(toCodec(codec), valueScratch);
  const kind = valueScratch.kind;
  // Whatever refers to the scratch changes now.
  valueScratch.bytes.fill(0xc1);
  return { back, kind };
}

function assertComesBack(codec: Codec<unknown>, value: unknown, kind: number): void {
  const result = roundTrip(codec, value);
  assert.deepStrictEqual(result.back, value);
  assert.equal(result.kind, kind);
}

function assertRefused(codec: Codec<unknown>, value: unknown, message: RegExp): void {
  assert.throws(
    () => encodeValue(toCodec(codec), value),
    (error) => error instanceof ValueError && message.test(error.message),
    `should be refused with ${message}`,
  );
}

function nested(depth: number, wrap: (inner: unknown) => unknown): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level++) value = wrap(value);
  return value;
}

test('trees of plain objects, arrays, scalars and Uint8Arrays are stored as MessagePack', () => {
  const values = [
    {},
    [],
    { a: 1, b: 'two', c: [true, false, null], d: { e: 1.5 } },
    [[[]], {}, [{}]],
    { '': 1, 'a b': 2, '1': 3, '0': 4, constructor: 5, toString: 6, hasOwnProperty: 7 },
    [0.1, NaN, Infinity, -Infinity, 2 ** 53, -(2 ** 53), 2 ** 64, 1e300, -1, -33, -129, -32769, 65536, 2 ** 32],
    { long: 'x'.repeat(1000), wide: '\u20ac'.repeat(1000), emoji: '\u{1f600}'.repeat(100), nul: '\0' },
    { [`long name ${'x'.repeat(300)}`]: 1, '\u20ac': 2, '\u{1f600}': 3, '\xe9': 4 },
    { bytes: Uint8Array.of(1, 2, 3), none: new Uint8Array(0), view: new Uint8Array(new ArrayBuffer(9), 3, 4) },
    Array.from({ length: 3000 }, (_, index) => index),
    { items: Array.from({ length: 3000 }, (_, index) => ({ index })) },
    Object.fromEntries(Array.from({ length: 3000 }, (_, index) => [`name ${index}`, index])),
    nested(99, (inner) => [inner]),
    Object.freeze({ frozen: Object.freeze([1]) }),
  ];
  for (const value of values) assertComesBack(msgpack(), value, VALUE_ENCODED);
});

test('what MessagePack would change is stored as v8 serializes it', () => {
  const cyclic: { self?: unknown; list: unknown[] } = { list: [] };
  cyclic.self = cyclic;
  cyclic.list.push(cyclic, new Map([[cyclic, new Set([cyclic])]]));
  const sparse: number[] = [];
  sparse[5_000_000] = 1;
  const values = [
    { a: undefined },
    [undefined],
    [-0],
    // oxlint-disable-next-line no-sparse-arrays
    [1, , 3],
    sparse,
    Object.assign([1, 2], { index: 0, input: 'x' }),
    /b/.exec('abc'),
    [1n, -(2n ** 100n)],
    [new Date(0), new Date(8.64e15), new Date(1.5)],
    new Map<unknown, unknown>([
      [{ a: 1 }, new Set(['x', NaN, -0])],
      [undefined, new Map()],
    ]),
    [/a/gi, /[/]\n/su],
    ['\ud800'],
    ['\udc00'.repeat(300)],
    { '\ud800': 1 },
    [`\ufeff${'x'.repeat(300)}`],
    { [`\ufeff${'x'.repeat(300)}`]: 1 },
    JSON.parse('{"__proto__": 1, "b": {"__proto__": {"c": 1}}}') as unknown,
    [Buffer.from('abc'), Buffer.alloc(0)],
    [new ArrayBuffer(8), new DataView(new ArrayBuffer(8), 2, 3)],
    [Int8Array.of(-1), Float64Array.of(-0, NaN), BigInt64Array.of(-1n), new Uint8ClampedArray(3)],
    [new Uint16Array(new ArrayBuffer(10), 2, 3), new Float32Array(1000)],
    [new Number(-0), new String('boxed'), new Boolean(false), Object(5n)],
    cyclic,
    nested(101, (inner) => [inner]),
  ];
  for (const value of values) assertComesBack(msgpack(), value, VALUE_STRUCTURED);
});

test('a value of nearly a thousand levels comes back', () => {
  const levels = 990;
  for (const codec of [msgpack(), json()]) {
    let { back } = roundTrip(
      codec,
      nested(levels, (inner) => ({ inner })),
    );
    // Level by level: not every release of Node.js can compare so many at once.
    for (let level = 0; level < levels; level++) {
      assert.deepEqual(Object.keys(back as object), ['inner']);
      back = (back as { inner: unknown }).inner;
    }
    assert.equal(back, 1);
  }
});

test('what comes back shares no memory with later values', () => {
  const first = roundTrip(msgpack(), { bytes: Uint8Array.of(1, 2, 3) }).back as { bytes: Uint8Array };
  const second = roundTrip(msgpack(), [Buffer.from('abc'), Uint16Array.of(7)]).back as [Buffer, Uint16Array];
  roundTrip(msgpack(), { bytes: new Uint8Array(50).fill(9) });
  assert.deepStrictEqual(first.bytes, Uint8Array.of(1, 2, 3));
  assert.deepStrictEqual(second, [Buffer.from('abc'), Uint16Array.of(7)]);
});

test('what would not come back equal is refused with its place', () => {
  class Point {
    x = 1;
  }
  const tagged: unknown = Object.assign(Object.create({ inherited: 1 }) as object, { own: 1 });
  const context = createContext({});
  const cases: [unknown, RegExp][] = [
    [() => 1, /^value is a function/],
    [Symbol('s'), /^value is a symbol/],
    [{ user: { save() {} } }, /^value\.user\.save is a function: it would not come back equal$/],
    [{ 'a b': [1, { c: Symbol('s') }] }, /^value\["a b"\]\[1\]\.c is a symbol/],
    [new Map([[1, { f() {} }]]), /^value<value 0>\.f is a function/],
    [new Map([[() => 1, 1]]), /^value<key 0> is a function/],
    [new Set([1, () => 1]), /^value<item 1> is a function/],
    [{ p: new Point() }, /^value\.p is an instance of Point/],
    [new (class extends Array {})(), /^value is an array with another prototype/],
    [new (class extends Map {})(), /^value is an instance of a class/],
    [[new (class Mine extends Uint8Array {})(1)], /^value\[0\] is an instance of Mine/],
    [tagged, /^value is an instance of a class/],
    [[Object.create(null)], /^value\[0\] has a null prototype/],
    [runInContext('({ a: 1 })', context), /^value is an object of another realm/],
    [runInContext('[1]', context), /^value is an array with another prototype/],
    [{ get a() { return 1; } }, /^value\.a is an accessor/], // biome-ignore format: one line
    [{ set a(_value: number) {} }, /^value\.a is an accessor/],
    [{ [Symbol('s')]: 1 }, /^value has a property whose key is the symbol Symbol\(s\)/],
    [Object.assign([1], { [Symbol('s')]: 1 }), /^value has a property whose key is the symbol/],
    [Object.defineProperty({ a: 1 }, 'hidden', { value: 1 }), /^value\.hidden is not enumerable/],
    [Object.defineProperty([1], 'hidden', { value: 1 }), /^value\.hidden is not enumerable/],
    [[new Error('x')], /^value\[0\] is an Error/],
    [Object.setPrototypeOf(new TypeError('x'), Object.prototype), /^value is an Error/],
    [Object.setPrototypeOf(new Map(), Object.prototype), /^value is a built-in object with another prototype/],
    [new Date(NaN), /^value is an invalid Date/],
    [Object.assign(new Date(0), { extra: 1 }), /^value is a built-in object with properties of its own/],
    [Object.assign(new Map(), { extra: 1 }), /^value is a built-in object with properties of its own/],
    [Object.assign(/a/, { extra: 1 }), /^value is a built-in object with properties of its own/],
    [Object.assign(new String('ab'), { extra: 1 }), /^value is a built-in object with properties of its own/],
    [Object.assign(/a/g, { lastIndex: 1 }), /^value is a RegExp whose lastIndex is not 0/],
    [[Object.assign(new Uint8Array(2), { extra: 1 })], /^value\[0\] is a typed array with properties of its own/],
    [[Object.assign(new Float64Array(200), { extra: 1 })], /^value\[0\] is a typed array with properties/],
    [[new Uint8Array(new SharedArrayBuffer(4))], /^value\[0\] is a view on a SharedArrayBuffer/],
    [[new DataView(new SharedArrayBuffer(4))], /^value\[0\] is a view on a SharedArrayBuffer/],
    [[new SharedArrayBuffer(4)], /^value\[0\] is an instance of SharedArrayBuffer/],
    [new Proxy({ a: 1 }, {}), /^value is a Proxy/],
    [[new Proxy([], {})], /^value\[0\] is a Proxy/],
    [new WeakMap(), /^value is an instance of WeakMap/],
    [Promise.resolve(1), /^value is an instance of Promise/],
    [new URL('http://localhost'), /^value is an instance of URL/],
    [Object(Symbol('s')), /^value is an instance of Symbol/],
    [globalThis, /^value/],
    [(function argumentsOf(..._given: number[]) { return arguments; })(1), /^value\.length is not enumerable/], // biome-ignore format: one line
    [nested(5000, (inner) => [inner]), /^value(\[0\]){5}\(\.\.\.\)(\[0\]){6} is nested deeper than 1000 levels/],
    [nested(100_000, (inner) => ({ inner })), /is nested deeper than 1000 levels/],
  ];
  for (const [value, message] of cases) assertRefused(msgpack(), value, message);
});

test('a value that shares its branches many times over is stored once', () => {
  const value = nested(40, (inner) => [inner, inner]);
  encodeValue(toCodec(msgpack()), value);
  assert.equal(valueScratch.kind, VALUE_STRUCTURED);
  assert.ok(valueScratch.byteLength < 1000);
  assertRefused(json(), value, /parts; the limit of a value is 268435456 bytes/);
});

test('an accessor in an array may store other values meanwhile', () => {
  const value = [0, Uint8Array.of(1)];
  Object.defineProperty(value, 0, { get: () => (roundTrip(msgpack(), [1]), 7), enumerable: true });
  assert.deepStrictEqual(roundTrip(msgpack(), value).back, [7, Uint8Array.of(1)]);
});

test('json gives back what JSON keeps', () => {
  const values = [
    {},
    [],
    { a: 1, b: 'two', c: [true, false, null], d: { e: 1.5 } },
    ['\ud800', '\ufeffx', '\0', '\u2028', 'x'.repeat(20_000), '\u20ac'.repeat(20_000)],
    { '\udc00': 1, '': 2 },
    [5e-324, 1.7976931348623157e308, 2 ** 53 + 2, -1e21],
    JSON.parse('{"__proto__": 1, "b": {"__proto__": {"c": 1}}}') as unknown,
    Array.from({ length: 3000 }, (_, index) => index),
    { toJSON: 1 },
    nested(300, (inner) => [inner]),
  ];
  for (const value of values) assertComesBack(json(), value, VALUE_ENCODED);
  for (const value of [null, true, false, 1, 1.5, 'text', '\ud800']) {
    assert.deepStrictEqual(roundTrip(json(), value).back, value);
  }
});

test('json refuses what JSON would change, with its place', () => {
  const cyclic: unknown[] = [];
  cyclic.push([cyclic]);
  const cases: [unknown, RegExp][] = [
    [undefined, /^value is undefined, which JSON does not have/],
    [{ a: undefined }, /^value\.a is undefined/],
    [NaN, /^value is NaN, which JSON does not have/],
    [[Infinity], /^value\[0\] is Infinity/],
    [-0, /^value is -0/],
    [{ a: [-0] }, /^value\.a\[0\] is -0/],
    [1n, /^value is a bigint/],
    [new Date(0), /^value is an instance of Date/],
    [{ toJSON: () => 1 }, /^value\.toJSON is a function/],
    [[new Map()], /^value\[0\] is an instance of Map/],
    [Uint8Array.of(1), /^value is an instance of Uint8Array/],
    [Buffer.from('a'), /^value is an instance of Buffer/],
    [new String('a'), /^value is an instance of String/],
    // oxlint-disable-next-line no-sparse-arrays
    [[1, , 3], /^value is an array with holes/],
    [Object.assign([1], { extra: 1 }), /^value is an array with properties of its own/],
    [Object.create(null), /^value has a null prototype/],
    [cyclic, /^value\[0\]\[0\] refers back to an object that it is in/],
    [nested(5000, (inner) => [inner]), /is nested deeper than 1000 levels/],
  ];
  for (const [value, message] of cases) assertRefused(json(), value, message);
});

test('any value either comes back deeply equal or is refused', () => {
  const anything = fc.anything({
    maxDepth: 4,
    key: fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom('__proto__', 'toJSON', '\ud800', '0')),
    values: [
      fc.boolean(),
      fc.integer(),
      fc.double(),
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom('a', '\ud800', '\udc00', '\ufeff'), maxLength: 80, size: 'max' }),
      fc.constantFrom(null, undefined, -0, NaN, '', [], {}, Buffer.from('ab'), Uint8Array.of(1)),
      fc.func(fc.integer()),
    ],
    withBigInt: true,
    withBoxedValues: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withObjectString: true,
    withSet: true,
    withTypedArray: true,
    withSparseArray: true,
    withUnicodeString: true,
  });
  for (const codec of [msgpack(), json()]) {
    const counts = { back: 0, refused: 0 };
    const property = fc.property(anything, (value) => {
      try {
        encodeValue(toCodec(codec), value);
      } catch (error) {
        assert.ok(error instanceof ValueError, String(error));
        counts.refused++;
        return;
      }
      assert.deepStrictEqual(decodeValue(toCodec(codec), valueScratch), value);
      counts.back++;
    });
    fc.assert(property, { seed, numRuns: 3000 });
    assert.ok(counts.back > 300 && counts.refused > 100, `${codec.name}: ${JSON.stringify(counts)}`);
  }
});

test('every value of JSON comes back from either codec', () => {
  for (const codec of [msgpack(), json()]) {
    const property = fc.property(fc.json({ stringUnit: 'binary' }), (source) => {
      const value: unknown = JSON.parse(source, (_key, item: unknown) => (item === 0 ? 0 : item));
      assert.deepStrictEqual(roundTrip(codec, value).back, value);
    });
    fc.assert(property, { seed, numRuns: 2000 });
  }
});
