/** Two keys whose hashes are the same in all bits: they share tag and path, and only their own words tell them apart. */
import assert from 'node:assert/strict';
import { before, beforeEach, describe, test } from 'node:test';
import { homeLine, LINE_SLOTS, segmentHeader, TABLE_CLASS_SHIFT } from '../../native-layout/segment.ts';
import { packKey } from '../../src/codec/key.ts';
import { placeOf } from '../../src/hash/route.ts';
import { type Key, Store } from '../../src/index.ts';
import { arenaOf } from '../../src/store.ts';

function homeOf(store: Store, key: Key): number {
  const arena = arenaOf(store);
  const hash = packKey(key, arena.hashKey0, arena.hashKey1);
  const table = arena.words[arena.headOf(0) + segmentHeader.word.table];
  return homeLine(placeOf(hash, arena.segmentBits), table >>> TABLE_CLASS_SHIFT);
}

/** About 100,000 keys do, by the birthday bound. */
function twins(store: Store, nameOf: (id: number) => Key): [Key, Key] {
  const { hashKey0, hashKey1 } = arenaOf(store);
  const seen = new Map<number, Key>();
  for (let id = 0; ; id++) {
    const key = nameOf(id);
    const hash = packKey(key, hashKey0, hashKey1);
    const other = seen.get(hash);
    if (other !== undefined) return [other, key];
    seen.set(hash, key);
  }
}

for (const [what, nameOf] of [
  ['numbers', (id: number) => id],
  ['strings', (id: number) => `key ${id.toString().padStart(8, '0')}`],
] as const) {
  describe(`two ${what} of one hash`, () => {
    let store: Store;
    let one: Key;
    let two: Key;

    before(() => {
      store = Store.create({ memory: '256KiB', segments: 1 });
      [one, two] = twins(store, nameOf);
    });

    beforeEach(() => {
      store.clear();
      store.set(one, 'first');
    });

    test('have an entry each', () => {
      assert.equal(store.get(two), undefined);
      assert.equal(store.has(two), false);
      assert.equal(store.getVersioned(two), undefined);
      // As long as the first, so that it could take its place.
      store.set(two, 'other');
      assert.deepEqual([store.get(one), store.get(two), store.size], ['first', 'other', 2]);
      assert.deepEqual(
        new Map(store),
        new Map([
          [one, 'first'],
          [two, 'other'],
        ]),
      );
      assert.deepEqual(store.verify().problems, []);
    });

    test('are found behind the vacant slot of the other', () => {
      store.set(two, 'second');
      const home = homeOf(store, one);
      // A full line keeps the tags of what was deleted from it.
      let filled = 0;
      for (let id = 0; filled < LINE_SLOTS - 2; id++) {
        if (homeOf(store, `beside ${id}`) !== home) continue;
        store.set(`beside ${id}`, id);
        filled += 1;
      }
      store.delete(one);
      assert.deepEqual([store.get(one), store.get(two)], [undefined, 'second']);
      assert.equal(store.delete(two), true);
      assert.equal(store.size, filled);
    });

    test('are written and removed apart', () => {
      assert.equal(store.delete(two), false);
      assert.equal(store.replace(two, 'x'), false);
      assert.equal(store.compareAndSet(two, store.getVersioned(one)?.version ?? 0, 'x'), false);
      assert.equal(store.increment(two), 1);
      assert.equal(store.get(one), 'first');
      assert.equal(store.delete(one), true);
      assert.deepEqual([...store], [[two, 1]]);
      assert.deepEqual(store.verify().problems, []);
    });
  });
}
