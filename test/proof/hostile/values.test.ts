/** Values that lie about themselves, and bytes that no codec made. */
import { strict as assert } from 'node:assert';
import { describe as suite, test } from 'node:test';
import * as fc from 'fast-check';
import { bytes, type Codec, float64, int32, json, msgpack, SharenaError, Store, text } from '../../../src/index.ts';
import { toCodec } from '../../../src/codec/user.ts';
import { decodeValue, encodeValue } from '../../../src/codec/value.ts';
import { ValueError } from '../../../src/errors.ts';
import { valueScratch } from '../../../src/memory/scratch.ts';
import { announcedSeed, Random } from '../../fixtures/random.ts';
import { randomValue } from '../../model/values.ts';
import { detachedArray, LENGTH_LIES, lyingArray, lyingInstance, sharedArray } from './arrays.ts';

const seed = announcedSeed('hostile values');
const KINDS = 16;

/** Sets, and whatever comes of it, the store is in order, and what is in it can be read. */
function setAnyhow(store: Store, value: unknown): void {
  try {
    store.set('k', value);
  } catch (error) {
    assert.ok(error instanceof SharenaError, (error as Error).stack);
    assert.equal(store.get('k'), undefined);
  }
  store.set('beside', 'it');
  assert.deepEqual(store.verify().problems, []);
  store.get('k');
  assert.equal(store.get('beside'), 'it');
}

suite('values that lie', () => {
  const given = { bytes: undefined as unknown };
  const codecs: Readonly<Record<string, () => Codec<unknown>>> = {
    'msgpack()': () => msgpack(),
    'bytes()': () => bytes(),
    // Its encode returns the lying array itself.
    'a codec of a user': () => ({
      name: 'mine',
      encode: () => given.bytes as Uint8Array,
      decode: (encoded: Uint8Array) => encoded,
    }),
  };
  for (const [name, make] of Object.entries(codecs)) {
    test(`an array whose length is a lie is stored as it is by ${name}, or refused`, () => {
      for (const lie of LENGTH_LIES) {
        for (const size of [0, 5, 17_000]) {
          const all = { length: lie, byteLength: lie, buffer: lie, byteOffset: lie };
          for (const array of [lyingArray(size, { length: lie }), lyingArray(size, all), lyingInstance(size, lie)]) {
            given.bytes = array;
            const store = Store.create({ memory: '512KiB', segments: 1, value: make() });
            const wrapped = name === 'msgpack()' ? [array, { nested: [array] }, new Map([[1, array]])] : [array];
            for (const value of wrapped) {
              store.clear();
              if (name === 'msgpack()') setAnyhow(store, value);
              else setAlone(store, value, size);
            }
            store.close();
          }
        }
      }
    });
  }

  /** For codecs that take no strings: the array comes back by its bytes, or is refused. */
  function setAlone(store: Store, value: unknown, size: number): void {
    try {
      store.set('k', value);
      const found = store.get('k') as Uint8Array;
      assert.equal(Object.getPrototypeOf(found), Uint8Array.prototype);
      assert.deepEqual(found, new Uint8Array(size).fill(7));
    } catch (error) {
      assert.ok(error instanceof ValueError, (error as Error).stack);
    }
    assert.deepEqual(store.verify().problems, []);
  }

  test('memory that is shared is stored as the bytes that it has, and memory that was given away is refused', () => {
    const store = Store.create({ memory: '512KiB', segments: 1, value: bytes() });
    for (const size of [1, 5, 4_000, 17_000]) {
      store.set('shared', sharedArray(size));
      assert.deepEqual(store.get('shared'), new Uint8Array(size).fill(7));
      assert.throws(() => store.set('detached', detachedArray(size)), ValueError);
      assert.throws(() => Store.create({ memory: '256KiB' }).set('k', { nested: detachedArray(size) }), ValueError);
    }
    assert.deepEqual(store.verify().problems, []);
  });

  test('whatever is set either comes back or is refused by a typed error, and the arena stays in order', () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withObjectString: true,
      withSet: true,
      withTypedArray: true,
      withBoxedValues: true,
      withSparseArray: true,
    });
    const stores = [msgpack(), json(), text(), bytes(), float64(), int32()].map((codec) =>
      Store.create({ memory: '512KiB', segments: 1, value: codec }),
    );
    const property = fc.property(anything, (value) => {
      for (const store of stores) {
        store.clear();
        let isSet = false;
        try {
          store.set('k', value);
          isSet = true;
        } catch (error) {
          assert.ok(error instanceof SharenaError, (error as Error).stack);
        }
        assert.equal(store.has('k'), isSet);
        if (isSet) assert.deepStrictEqual(store.get('k'), value);
      }
    });
    fc.assert(property, { seed, numRuns: 500 });
    for (const store of stores) assert.deepEqual(store.verify().problems, []);
  });
});

suite('bytes that no codec made', () => {
  const codecs = [msgpack(), json(), text(), bytes(), float64(), int32()].map((codec) => toCodec(codec));

  /** Whether the bytes decode to anything; fails on any error that is none of sharena's. */
  function decodes(codec: (typeof codecs)[number], kind: number, encoded: Uint8Array, byteLength: number): boolean {
    valueScratch.bytes.set(encoded.subarray(0, valueScratch.bytes.length));
    valueScratch.kind = kind;
    valueScratch.byteLength = byteLength;
    valueScratch.large = byteLength > valueScratch.bytes.length - 8 ? encoded : null;
    try {
      decodeValue(codec, valueScratch);
      return true;
    } catch (error) {
      assert.ok(
        error instanceof SharenaError,
        `${codec.name}, kind ${kind}, ${Buffer.from(encoded).toString('hex')}: ${(error as Error).stack}`,
      );
      return false;
    }
  }

  test('bytes of every kind and of any length decode to something or are refused, by every codec', () => {
    const property = fc.property(fc.nat(KINDS - 1), fc.uint8Array({ maxLength: 80 }), (kind, encoded) => {
      for (const codec of codecs) decodes(codec, kind, encoded, encoded.length);
    });
    fc.assert(property, { seed, numRuns: 5_000 });
  });

  test('values cut off at every length decode to something or are refused', () => {
    const random = new Random(seed);
    for (let round = 0; round < 30; round++) {
      const codec = codecs[0];
      assert.ok(codec);
      encodeValue(codec, randomValue(random, 200));
      const { kind, byteLength } = valueScratch;
      const encoded = valueScratch.bytes.slice(0, byteLength);
      for (let length = 0; length < byteLength; length++) decodes(codec, kind, encoded.subarray(0, length), length);
    }
  });

  test('damaged lengths in serialized values take no more memory than there are bytes', () => {
    const random = new Random(seed + 1);
    const codec = codecs[0];
    assert.ok(codec);
    for (let round = 0; round < 2_000; round++) {
      const sample = random.pick<unknown>([
        // oxlint-disable-next-line no-sparse-arrays
        new Map([[1, [1, , 3]]]),
        [new Float64Array(3), new Set('abc')],
        [2n ** 90n, /x/u, new Date(1)],
      ]);
      encodeValue(codec, sample);
      const encoded = valueScratch.bytes.slice(0, valueScratch.byteLength);
      const { kind } = valueScratch;
      for (let change = random.below(3); change >= 0; change--) {
        const at = random.below(encoded.length);
        // Lengths are varints: 0xff bytes make long ones.
        if (random.chance(0.5)) encoded.fill(0xff, at, at + random.below(5));
        else encoded[at] = random.below(256);
      }
      const before = process.memoryUsage.rss();
      decodes(codec, kind, encoded, encoded.length);
      assert.ok(process.memoryUsage.rss() - before < 200 * 2 ** 20, Buffer.from(encoded).toString('hex'));
    }
  });
});
