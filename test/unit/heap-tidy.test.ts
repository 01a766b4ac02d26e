import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { Store, StoreFullError } from '../../src/index.ts';

/** Sets keys until the store is full. Returns how many there was room for. */
function fill(store: Store, keys: readonly number[], value: unknown): number {
  for (const [index, key] of keys.entries()) {
    try {
      store.set(key, value);
    } catch (error) {
      if (error instanceof StoreFullError) return index;
      throw error;
    }
  }
  return keys.length;
}

function keysOfSegment(store: Store, segment: number, count: number): number[] {
  const keys: number[] = [];
  for (let key = 0; keys.length < count; key++) if (store.segmentOf(key) === segment) keys.push(key);
  return keys;
}

test('giving back an extent that was used to its last word leaves the one behind it alone', () => {
  const store = Store.create({ memory: '256KiB', segments: 2 });
  // Records of 4 words: 256 fill a page to the last word. The table grows at 448 keys and leaves the page before that of
  // the first extent free, which is where the third extent goes.
  const keys = keysOfSegment(store, 0, 768);
  for (const key of keys) store.set(key, key);
  const kept = keys.slice(0, 256);
  store.deleteMany(keys.slice(256));
  // The other segment needs all pages that this one can do without.
  fill(store, keysOfSegment(store, 1, 10_000), 'x'.repeat(1000));
  assert.deepEqual(store.verify().problems, []);
  assert.deepEqual(store.getMany(kept), kept);
});
