import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { PAGE_EXTENT } from '../../native-layout/arena.ts';
import { Store, StoreFullError } from '../../src/index.ts';
import { pageTableOf } from '../../src/memory/page-table.ts';
import { takePages } from '../../src/memory/pages.ts';
import { tidySegment } from '../../src/segment/reclaim.ts';
import { compact } from '../../src/segment/tidy.ts';
import { arenaOf } from '../../src/store.ts';

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

test('giving back the newest extent, used to its last word, leaves the older one above it alone', () => {
  const store = Store.create({ memory: '256KiB', segments: 2 });
  const keys = keysOfSegment(store, 0, 516);
  const [first, kept, last] = [keys.slice(0, 256), keys.slice(256, 512), keys.slice(512)];
  // Two pages of records of 4 words. The one of 256 words finds the lower page free, and three more fill it up.
  for (const key of [...first, ...kept]) store.set(key, key);
  store.deleteMany(first);
  for (const key of last) store.set(key, 'x'.repeat(1012));
  store.deleteMany(last);
  const arena = arenaOf(store);
  tidySegment(arena, arena.viewOf(0), arena.headOf(0), 0);
  fill(store, keysOfSegment(store, 1, 10_000), 'x'.repeat(1000));
  assert.deepEqual(store.verify().problems, []);
  assert.deepEqual(store.getMany(kept), kept);
});

test('an extent that gives its untouched end back keeps the pages that it uses', () => {
  const store = Store.create({ memory: '4MiB', segments: 2 });
  const [key] = keysOfSegment(store, 0, 1);
  store.set(key, 'x'.repeat(5000));
  const { heapBytes } = store.stats();
  const arena = arenaOf(store);
  tidySegment(arena, arena.viewOf(0), arena.headOf(0), 0);
  assert.ok(store.stats().heapBytes < heapBytes, 'there was no untouched end');
  assert.deepEqual(store.verify().problems, []);
  assert.equal(store.get(key), 'x'.repeat(5000));
});

test('a full heap whose holes are too small for any of its records makes room all the same', () => {
  const store = Store.create({ memory: '2MiB', segments: 1 });
  // Records of 600 and 400 words take turns; then each hole has 400 words, and perhaps what is left of an extent.
  const [long, short] = ['x'.repeat(2388), 'x'.repeat(1588)];
  let count = 0;
  for (; fill(store, [count], count % 2 === 0 ? long : short) === 1; count++);
  const kept = Array.from({ length: Math.ceil(count / 2) }, (_, index) => 2 * index);
  for (let key = 1; key < count; key += 2) store.delete(key);
  const keys = Array.from({ length: count }, (_, index) => count + index);
  const fitting = fill(store, keys, 'x'.repeat(3900));
  assert.ok(fitting * 3900 > 0.75 * (count - kept.length) * 1588, `${fitting} values of 3900 bytes`);
  assert.deepEqual(
    store.getMany(kept),
    Array.from(kept, () => long),
  );
  assert.deepEqual(store.verify().problems, []);
});

test('compaction of a segment whose newest extent is empty ends, also where no page is left', () => {
  const store = Store.create({ memory: '256KiB', segments: 2 });
  const arena = arenaOf(store);
  const [words, head, pages] = [arena.viewOf(0), arena.headOf(0), pageTableOf(arena, 0)];
  const [low, high] = keysOfSegment(store, 0, 2);
  store.set(low, 'x'.repeat(4_000));
  // Four pages in one piece, above those of the other, with hardly a hole.
  store.set(high, 'x'.repeat(15_900));
  // The lower page is given back and taken again: the newest extent is below the older one.
  store.delete(low);
  tidySegment(arena, words, head, 0);
  store.set(low, 'x'.repeat(4_000));
  store.delete(low);
  while (takePages(arena, pages, 1, PAGE_EXTENT, 1, true) !== 0);
  assert.ok(compact(arena, words, head, 0, pages));
  assert.equal(store.stats().heapBytes, 4 * 4096, 'the empty extent was not given back');
  assert.equal(store.get(high), 'x'.repeat(15_900));
});
