import { strict as assert } from 'node:assert';
import { suite, test } from 'node:test';
import {
  arenaHeader,
  LOCK_ABANDONED,
  LOCK_WAITERS,
  PAGE_EXTENT,
  PAGE_LARGE,
  PAGE_TABLE,
} from '../../native-layout/arena.ts';
import { segmentHeader } from '../../native-layout/segment.ts';
import { Store } from '../../src/index.ts';
import { acquire, release, tryAcquire } from '../../src/memory/lock.ts';
import { pageTableOf } from '../../src/memory/page-table.ts';
import { takePages } from '../../src/memory/pages.ts';
import { arenaOf } from '../../src/store.ts';
import { Crowd } from '../fixtures/crowd.ts';
import { until } from '../fixtures/until.ts';

/** A token of a registry entry that nobody has, as a thread that is gone leaves it behind. */
const DEAD_TOKEN = (5 << 10) | (200 << 2);

function keyOfSegment(store: Store, segment: number): number {
  for (let key = 0; ; key++) if (store.segmentOf(key) === segment) return key;
}

function lockOf(store: Store, segment: number): number {
  return arenaOf(store).headOf(segment) + segmentHeader.word.lock;
}

suite('the lock', () => {
  test('is taken, refused to a second one, and given back', () => {
    const store = Store.create({ memory: '1MiB', segments: 1 });
    const arena = arenaOf(store);
    const { words, threadsWord, lockTimeoutMs } = arena;
    const word = lockOf(store, 0);
    assert.equal(acquire(arena, words, word), false);
    assert.equal(words[word], arena.token);
    assert.equal(tryAcquire({ token: DEAD_TOKEN, words, threadsWord, lockTimeoutMs }, words, word), false);
    release(arena, words, word);
    assert.equal(words[word], 0);
    assert.equal(tryAcquire(arena, words, word), true);
    release(arena, words, word);
  });

  test('of a thread that is gone is taken over, and what it protects is repaired', () => {
    const store = Store.create({ memory: '1MiB', segments: 1 });
    for (let key = 0; key < 1000; key++) store.set(key, key);
    const arena = arenaOf(store);
    for (const left of [DEAD_TOKEN, DEAD_TOKEN | LOCK_WAITERS, LOCK_ABANDONED, LOCK_ABANDONED | LOCK_WAITERS]) {
      const { recoveries } = store.stats();
      arena.words[lockOf(store, 0)] = left;
      store.set(1, 1);
      assert.equal(store.stats().recoveries, recoveries + 1);
      arena.words[arenaHeader.word.pageLock] = left;
      store.set('large', 'x'.repeat(50_000));
      store.delete('large');
      assert.equal(store.stats().recoveries, recoveries + 2);
      assert.deepEqual(store.verify().problems, []);
    }
    assert.equal(store.size, 1000);
  });

  test('of a thread that died between taking pages and using them gives those pages back', () => {
    const store = Store.create({ memory: '1MiB', segments: 2 });
    for (let key = 0; key < 1000; key++) store.set(key, 'x'.repeat(key % 300));
    const arena = arenaOf(store);
    const pages = pageTableOf(arena, 0);
    for (const kind of [PAGE_EXTENT, PAGE_LARGE, PAGE_TABLE]) {
      const { freeBytes } = store.stats();
      assert.ok(takePages(arena, pages, 0, kind, 5, false) > 0);
      arena.words[lockOf(store, 0)] = DEAD_TOKEN;
      store.set(keyOfSegment(store, 0), 'y');
      assert.deepEqual(store.verify().problems, []);
      assert.ok(store.stats().freeBytes >= freeBytes, `pages of kind ${kind} are lost`);
    }
    for (let key = 0; key < 1000; key++) store.delete(key);
    store.clear();
    assert.equal(store.stats().freeBytes, Store.create({ memory: '1MiB', segments: 2 }).stats().freeBytes);
  });

  test('in the hands of a thread that is gone is nothing to readers', () => {
    const store = Store.create({ memory: '1MiB', segments: 1 });
    store.set('a', 1);
    arenaOf(store).words[lockOf(store, 0)] = DEAD_TOKEN;
    assert.equal(store.get('a'), 1);
    assert.equal(store.has('b'), false);
    assert.deepEqual([...store], [['a', 1]]);
    assert.equal(store.stats().recoveries, 0, 'a read took the lock');
  });

  test('in the hands of a living thread is waited for no longer than lockTimeout, and never taken', async () => {
    const store = Store.create({ memory: '1MiB', segments: 1 });
    const arena = arenaOf(store);
    const word = lockOf(store, 0);
    const crowd = new Crowd();
    crowd.add('timeout-worker.js', store.handle, 0, {});
    store.set('a', 1);
    acquire(arena, arena.words, word);
    await crowd.begin();
    await until('somebody waits', () => (Atomics.load(arena.words, word) & LOCK_WAITERS) !== 0);
    assert.equal(store.get('a'), 1, 'a read waited for the lock');
    const [outcomes] = await crowd.finish<string[]>();
    assert.deepEqual(outcomes, ['LockTimeoutError', 'LockTimeoutError', 'read 1']);
    release(arena, arena.words, word);
    store.set('a', 2);
    assert.equal(store.get('a'), 2);
    assert.equal(store.stats().recoveries, 0, 'a living thread was taken for dead');
    assert.deepEqual(store.verify().problems, []);
  });
});
