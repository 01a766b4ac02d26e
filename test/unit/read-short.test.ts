/** Reads in one piece, at the limits of what they take: they say what the other reads say. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { packKey } from '../../src/codec/key.ts';
import { placeOf } from '../../src/hash/route.ts';
import { type Key, Store } from '../../src/index.ts';
import { valueScratch } from '../../src/memory/scratch.ts';
import { locate } from '../../src/segment/table.ts';
import { arenaOf } from '../../src/store.ts';

const KEY_LENGTHS: readonly number[] = [0, 1, 3, 4, 31, 87, 88, 89, 253, 254, 255, 256, 600];
const VALUE_LENGTHS: readonly number[] = [0, 1, 4, 31, 32, 33, 191, 192, 193, 20_000];

/** One key a length: of one byte a char, of two, and of bytes. */
const kinds: readonly (readonly [what: string, keyOf: (length: number) => Key])[] = [
  ['latin1', (length) => 'k'.repeat(length)],
  ['utf16', (length) => '\u20ac'.repeat(length)],
  ['bytes', (length) => new Uint8Array(length).fill(7)],
];

describe('a read in one piece', () => {
  for (const ttl of [undefined, 60_000]) {
    test(`gives what other reads give for keys and values of every length, ${ttl === undefined ? 'without' : 'with'} a TTL`, () => {
      const store = Store.create({ memory: '4MiB', segments: 1 });
      for (const [what, keyOf] of kinds) {
        for (const keyLength of KEY_LENGTHS) {
          const key = keyOf(keyLength);
          for (const length of VALUE_LENGTHS) {
            const shown = `${what} key of ${keyLength}, value of ${length}`;
            for (const value of ['v'.repeat(length), new Uint8Array(length).fill(9)]) {
              store.set(key, value, ttl === undefined ? undefined : { ttl });
              assert.deepEqual(store.get(key), value, shown);
              assert.deepEqual(store.getVersioned(key)?.value, value, shown);
            }
          }
          store.delete(key);
          assert.equal(store.get(key), undefined);
        }
      }
      assert.deepEqual(store.verify().problems, []);
    });
  }

  test('gives each kind of value after each other one', () => {
    const store = Store.create({ memory: '4MiB', segments: 1 });
    const values = [
      1,
      1.5,
      'short',
      'x'.repeat(40),
      'x'.repeat(20_000),
      true,
      null,
      5n,
      [1, 'two'],
      { a: 1 },
      Buffer.from('b'),
    ];
    for (const [index, value] of values.entries()) store.set(index, value);
    for (const first of values.keys()) {
      for (const second of values.keys()) {
        assert.deepEqual(store.get(first), values[first]);
        assert.deepEqual(store.get(second), values[second]);
      }
    }
  });

  test('lets go of a large value that was read or written before', () => {
    const store = Store.create({ memory: '4MiB', segments: 1 });
    store.set('short', 1);
    store.set('large', new Uint8Array(100_000));
    assert.notEqual(valueScratch.large, null);
    store.get('short');
    assert.equal(valueScratch.large, null);
  });

  test('never reads behind the end of the arena', () => {
    const keyLength = 254;
    const valueLength = 192;
    const recordWords = 2 + Math.ceil(keyLength / 4) + 2 + valueLength / 4;
    for (const missing of [0, 1, 2, 3]) {
      const store = Store.create({ memory: '256KiB', segments: 1 });
      const key = 'k'.repeat(keyLength);
      const value = 'v'.repeat(valueLength);
      store.set(key, value, { ttl: 60_000 });
      const arena = arenaOf(store);
      const { words } = arena;
      const hash = packKey(key, arena.hashKey0, arena.hashKey1);
      const slot = locate(words, arena.headOf(0), placeOf(hash, arena.segmentBits), hash);
      const from = words[slot + 1];
      const to = words.length - recordWords + missing;
      words.copyWithin(to, from, from + recordWords);
      words[slot + 1] = to;
      if (missing === 0) assert.equal(store.get(key), value);
      else assert.throws(() => store.get(key), { code: 'ERR_SHARENA_DAMAGED' });
    }
  });
});
