/** Keys of all kinds that anybody might pass: each finds its own entry or is refused, and the arena stays in order. */
import { strict as assert } from 'node:assert';
import { describe as suite, test } from 'node:test';
import * as fc from 'fast-check';
import { KEY_BYTES_MAX } from '../../../native-layout/record.ts';
import { type Key, KeyError, Store } from '../../../src/index.ts';
import { announcedSeed } from '../../fixtures/random.ts';
import { identityOf } from '../../model/keys.ts';
import { detachedArray, LENGTH_LIES, lyingArray, lyingInstance, sharedArray } from './arrays.ts';

/** A store that holds an entry under the key, which is found under `same` as well. */
function checkEntry(key: Key, same: Key): void {
  const store = Store.create({ memory: '256KiB', segments: 1 });
  store.set('beside', 'it');
  store.set(key, 1);
  assert.equal(store.get(key), 1);
  assert.equal(store.get(same), 1);
  assert.equal(store.size, 2);
  assert.deepEqual(store.verify().problems, []);
  assert.deepEqual(new Set([...store.keys()].map(identityOf)), new Set([identityOf('beside'), identityOf(same)]));
  assert.equal(store.delete(key), true);
  assert.equal(store.get('beside'), 'it');
  assert.deepEqual(store.verify().problems, []);
  store.close();
}

suite('byte keys that lie', () => {
  const sevens = new Uint8Array(5).fill(7);

  for (const lie of LENGTH_LIES) {
    test(`a byte key whose length says ${String(lie)} is the key of its bytes`, () => {
      checkEntry(lyingArray(5, { length: lie }), sevens);
      checkEntry(lyingArray(5, { length: lie, byteLength: lie, buffer: lie, byteOffset: lie }), sevens);
      checkEntry(lyingInstance(5, lie), sevens);
    });
  }

  test('a byte key that throws when it is asked for its length is the key of its bytes', () => {
    const key = Object.defineProperty(new Uint8Array(5).fill(7), 'length', {
      get: () => {
        throw new TypeError('of the caller');
      },
    });
    checkEntry(key, sevens);
  });

  test('views, shared and growing memory are keys by the bytes they have now; memory given away is no key', () => {
    checkEntry(sharedArray(5), sevens);
    checkEntry(new Uint8Array(sharedArray(50).buffer, 10, 5).fill(7), sevens);
    assert.throws(() => Store.create({ memory: '256KiB' }).get(detachedArray(5)), KeyError);
    const growable = new SharedArrayBuffer(5, { maxByteLength: 100_000 });
    const tracking = new Uint8Array(growable).fill(7);
    checkEntry(tracking, sevens);
    (growable as unknown as { grow(byteLength: number): void }).grow(100_000);
    assert.throws(() => Store.create({ memory: '256KiB' }).set(tracking, 1), KeyError);
  });
});

suite('keys by chance', () => {
  const seed = announcedSeed('hostile keys');

  const aString = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc
      .array(fc.oneof(fc.nat(0xffff), fc.constantFrom(0, 0xff, 0x100, 0xd800, 0xdbff, 0xdc00, 0xdfff, 0xfeff)), {
        maxLength: 70,
      })
      .map((codes) => String.fromCharCode(...codes)),
    fc.tuple(fc.constantFrom('x', '\xff', '\u0100', '\ud800'), fc.nat(700)).map(([char, count]) => char.repeat(count)),
    fc
      .tuple(fc.constantFrom('x', '\u0100'), fc.integer({ min: -3, max: 3 }), fc.constantFrom(1, 2))
      .map(([char, more, part]) => char.repeat(Math.floor(KEY_BYTES_MAX / part) + more)),
    fc.constantFrom('', '__proto__', 'constructor', '\0', '-0', 'NaN', '0n'),
  );
  const aNumber = fc.oneof(
    fc.double(),
    fc.integer(),
    fc.constantFrom(0, -0, Number.NaN, 5e-324, -5e-324, 1.7e308, 2 ** 31, -(2 ** 31), 2 ** 31 - 1, 2 ** 53 + 2),
    // Any bits at all: every NaN there is, too.
    fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((bits) => new Float64Array(BigUint64Array.of(bits).buffer)[0] ?? 0),
  );
  const aBigint = fc.oneof(
    fc.bigInt(),
    fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }),
    fc
      .tuple(fc.constantFrom(7n, 8n, 31n, 32n, 63n, 64n, 65n, 1016n, 1024n), fc.constantFrom(-1n, 0n, 1n), fc.boolean())
      .map(([bits, more, negative]) => (negative ? -1n : 1n) * (2n ** bits + more)),
    fc
      .tuple(fc.constantFrom(-9n, -8n, -7n, 0n), fc.boolean())
      .map(([more, negative]) => (negative ? -1n : 1n) * (2n ** (BigInt(KEY_BYTES_MAX) * 8n + more) - 1n)),
  );
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array)),
    fc.nat(300).map(sharedArray),
    fc.constantFrom(KEY_BYTES_MAX - 1, KEY_BYTES_MAX, KEY_BYTES_MAX + 1, 100_000).map((count) => new Uint8Array(count)),
  );
  const noKey = fc.anything().filter((value) => !['string', 'number', 'bigint'].includes(typeof value));
  const key = fc.oneof(
    { weight: 4, arbitrary: aString },
    { weight: 3, arbitrary: aNumber },
    { weight: 3, arbitrary: aBigint },
    { weight: 3, arbitrary: bytes },
    { weight: 1, arbitrary: noKey.filter((value) => !(value instanceof Uint8Array)) },
  );

  test('a set of any keys is what a Map of them is; what is no key is refused by a KeyError and changes nothing', () => {
    const store = Store.create({ memory: '4MiB', segments: 2 });
    const property = fc.property(fc.array(key, { maxLength: 30 }), (keys) => {
      store.clear();
      const map = new Map<string, number>();
      for (const [index, given] of (keys as Key[]).entries()) {
        try {
          store.set(given, index);
          map.set(identityOf(given), index);
        } catch (error) {
          assert.ok(error instanceof KeyError, (error as Error).stack);
          for (const call of [store.get, store.has, store.delete, store.segmentOf]) {
            assert.throws(() => call.call(store, given), KeyError);
          }
        }
      }
      assert.deepEqual(new Map([...store].map(([found, value]) => [identityOf(found), value])), map);
      assert.deepEqual(store.verify().problems, []);
    });
    fc.assert(property, { seed, numRuns: 60 });
  });
});
