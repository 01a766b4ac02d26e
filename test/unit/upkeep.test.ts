/** Upkeep as an owner does it, with a clock that the test winds on. */
import { strict as assert } from 'node:assert';
import { afterEach, beforeEach, mock, suite, test } from 'node:test';
import {
  arenaHeader,
  LOCK_ABANDONED,
  LOCK_ENTRY_SHIFT,
  LOCK_GENERATION_SHIFT,
  THREADS_MAX,
} from '../../native-layout/arena.ts';
import { segmentHeader, TABLE_CLASS_SHIFT, tableLines } from '../../native-layout/segment.ts';
import { claimRing, ownerOf, releaseRing } from '../../src/dispatch/owners.ts';
import { Upkeep } from '../../src/dispatch/upkeep.ts';
import { newUpkeepCounts, upkeepIn, type UpkeepStats } from '../../src/dispatch/upkeep-counts.ts';
import { Store, type StoreOptions } from '../../src/index.ts';
import { tidySegment } from '../../src/segment/reclaim.ts';
import { isNearlyCrowded, tableStart } from '../../src/segment/table.ts';
import { arenaOf } from '../../src/store.ts';
import { WoundClock } from '../fixtures/wound-clock.ts';

const H = segmentHeader.word;
let clock: WoundClock;

interface Owned {
  readonly store: Store;
  readonly upkeep: Upkeep;
  /** Whether the thread of the owner is busy. */
  busy: boolean;
  /** Turns that upkeep had. */
  turns: number;
  stats(): UpkeepStats;
}

/** A store of which owner 0 of `owners` is looked after. */
function owned(options: StoreOptions<unknown> = {}, owners: number = 1): Owned {
  const store = Store.create({ memory: '4MiB', ...options });
  claimRing(
    arenaOf(store),
    Array.from({ length: owners }, () => 1),
  );
  const counts = newUpkeepCounts();
  const isIdle = (): boolean => {
    all.turns += 1;
    return !all.busy;
  };
  const upkeep = new Upkeep({ owner: 0, stores: { store }, counts, isIdle });
  const all: Owned = { store, upkeep, busy: false, turns: 0, stats: () => upkeepIn(counts) };
  return all;
}

function pass(ms: number): void {
  clock.pass(ms);
}

function headsOf(store: Store): { words: Int32Array<SharedArrayBuffer>; head: number }[] {
  const arena = arenaOf(store);
  return Array.from({ length: store.segmentCount }, (_, segment) => ({
    words: arena.viewOf(segment),
    head: arena.headOf(segment),
  }));
}

suite('upkeep', () => {
  beforeEach(() => {
    clock = new WoundClock();
  });
  afterEach(() => mock.restoreAll());

  test('entries whose time is over are reclaimed though nobody touches the store, the others stay', () => {
    const { store, stats } = owned();
    for (let id = 0; id < 3000; id++) store.set(id, id, id % 3 === 0 ? undefined : { ttl: 5000 });
    pass(4900);
    assert.equal(store.size, 3000);
    assert.equal(stats().reclaimed, 0);
    pass(2000);
    assert.equal(store.size, 1000);
    assert.deepEqual([stats().reclaimed, store.stats().expired], [2000, 2000]);
    for (let id = 0; id < 3000; id++) assert.equal(store.get(id), id % 3 === 0 ? id : undefined);
    assert.deepEqual(store.verify().problems, []);
  });

  test('entries that come later and end sooner are reclaimed as well', () => {
    const { store } = owned();
    store.set('long', 1, { ttl: 3_600_000 });
    pass(60_000);
    for (let id = 0; id < 500; id++) store.set(id, id, { ttl: 100 });
    pass(10_000);
    assert.equal(store.size, 1);
  });

  test('a sweep goes on where it was when the table has been replaced meanwhile', () => {
    const { store } = owned({ segments: 1 });
    for (let id = 0; id < 30_000; id++) store.set(id, id, { ttl: 1000 });
    while (store.stats().expired === 0) pass(1);
    assert.ok(store.size > 20_000);
    for (let id = 30_000; id < 60_000; id++) store.set(id, id);
    pass(10_000);
    assert.equal(store.size, 30_000);
    assert.deepEqual(store.verify().problems, []);
  });

  test('tables grow ahead of need: writers make the first ones only', () => {
    for (const idle of [true, false]) {
      const one = owned({ segments: 8 });
      one.busy = !idle;
      let byWriters = 0;
      for (let id = 0; id < 30_000; ) {
        const before = one.store.stats().growths;
        for (const end = id + 100; id < end; id++) one.store.set(id, id);
        byWriters += one.store.stats().growths - before;
        pass(20);
      }
      if (idle) assert.equal(byWriters, 8);
      else assert.ok(byWriters > 50, String(byWriters));
      assert.equal(one.stats().steps > 50, idle);
      assert.deepEqual(one.store.verify().problems, []);
    }
  });

  test('a store with few free pages keeps them for those who need them', () => {
    const { store, stats } = owned({ segments: 1 });
    const [{ words, head }] = headsOf(store);
    // A sixteenth of 1024 pages is plenty: there would be room for a larger table.
    for (let id = 0; words[arenaHeader.word.freePages] > 60; id++) store.set(`large ${id}`, 'x'.repeat(3000));
    assert.ok(words[arenaHeader.word.freePages] > 40);
    const limit = (): number => tableLines(words[head + H.table] >>> TABLE_CLASS_SHIFT) * 7;
    for (let id = 0; words[head + H.used] < limit() - 1; id++) store.set(id, id);
    pass(1000);
    assert.equal(stats().steps, 0);
    const { growths } = store.stats();
    // No key more or less, and pages to be had. The heap of so large a segment is for its writers to tidy.
    for (let id = 0; id < 400; id++) store.set(`large ${id}`, 'x');
    tidySegment(arenaOf(store), words, head, 0);
    pass(5000);
    assert.equal(store.stats().growths, growths + 1);
  });

  test('the pieces of free memory are put together once nobody writes', () => {
    const { store, stats } = owned({ segments: 8 });
    for (let id = 0; id < 20_000; id++) store.set(id, 'x'.repeat(50 + (id % 7) * 8));
    for (let id = 0; id < 20_000; id++) if (id % 4 !== 0) store.delete(id);
    const { heapBytes } = store.stats();
    for (let id = 0; id < 30; id++) {
      for (const { words, head } of headsOf(store)) assert.equal(words[head + H.compactions], 0);
      for (let key = 0; key < 400; key += 4) store.set(key, 'x'.repeat(50 + (key % 7) * 8));
      pass(100);
    }
    pass(5000);
    const after = store.stats();
    assert.ok(after.compactions > 0 && after.heapBytes < heapBytes / 2, `${after.heapBytes} of ${heapBytes}`);
    // What is left of two or three extents a segment.
    assert.ok(after.gapBytes < after.heapBytes / 3, `${after.gapBytes} of ${after.heapBytes}`);
    assert.equal(store.size, 5000);
    const { steps } = stats();
    pass(60_000);
    assert.equal(stats().steps, steps);
    assert.deepEqual(store.verify().problems, []);
  });

  test('what compaction cannot free it does not try for again and again', () => {
    const { store, stats } = owned({ segments: 1 });
    const leases = [];
    for (let id = 0; id < 3000; id++) store.set(id, 'x'.repeat(200));
    for (let id = 0; id < 3000; id += 15) leases.push(store.lease(id));
    for (let id = 0; id < 3000; id++) if (id % 15 !== 0) store.delete(id);
    pass(5000);
    const { steps } = stats();
    const { compactions, coalesces } = store.stats();
    pass(60_000);
    assert.deepEqual(
      [stats().steps, store.stats().compactions, store.stats().coalesces],
      [steps, compactions, coalesces],
    );
    for (const lease of leases) lease?.release();
  });

  test('a busy owner does none, and makes up for it when it has the time', () => {
    const one = owned();
    one.busy = true;
    for (let id = 0; id < 500; id++) one.store.set(id, id, { ttl: 100 });
    pass(20_000);
    assert.deepEqual([one.store.size, one.stats().steps], [500, 0]);
    one.busy = false;
    pass(2000);
    assert.equal(one.store.size, 0);
  });

  test('an owner looks after its own segments alone, and after others once they are its own', () => {
    const { store } = owned({ segments: 16 }, 2);
    const arena = arenaOf(store);
    const isOwn = (id: number): boolean => ownerOf(arena, store.segmentOf(id)) === 0;
    for (let id = 0; id < 1000; id++) store.set(id, id, { ttl: 100 });
    const others = Array.from({ length: 1000 }, (_, id) => id).filter((id) => !isOwn(id)).length;
    assert.ok(others > 100 && others < 900);
    pass(20_000);
    assert.equal(store.size, others);
    releaseRing(arena);
    claimRing(arena, [1]);
    pass(20_000);
    assert.equal(store.size, 0);
  });

  test('one step is done in a turn of the event loop', () => {
    const one = owned({ segments: 1 });
    for (let id = 0; id < 4000; id++) one.store.set(id, id, { ttl: 100 });
    pass(10_000);
    assert.equal(one.store.size, 0);
    assert.ok(one.stats().steps > 5 && one.turns > one.stats().steps);
  });

  test('steps wait for a moment in which nobody writes, but not for long', () => {
    const waitsMs = [true, false].map((isWritten) => {
      const { store } = owned({ segments: 1 });
      const [{ words, head }] = headsOf(store);
      for (let id = 0; id === 0 || !isNearlyCrowded(words, head); id++) store.set(id, id);
      let waitMs = 0;
      for (; store.stats().growths === 1; waitMs++) {
        if (isWritten) store.set(0, waitMs);
        pass(1);
        assert.ok(waitMs < 1000);
      }
      return waitMs;
    });
    assert.deepEqual(waitsMs, [20, 11]);
  });

  test('an owner with nothing to do looks four times a second, and at once more often after some work', () => {
    const one = owned();
    one.store.set('a', 1);
    pass(10_000);
    one.turns = 0;
    pass(60_000);
    assert.equal(one.turns, 240);
    assert.equal(one.stats().steps, 0);
    one.turns = 0;
    one.upkeep.stir();
    pass(70);
    assert.equal(one.turns, 3);
    one.turns = 0;
    for (let id = 0; id < 100; id++) {
      one.store.set('a', id);
      pass(10);
    }
    assert.ok(one.turns > 50, String(one.turns));
  });

  test('a segment that somebody is in is passed over', () => {
    const { store } = owned({ segments: 8 });
    for (let id = 0; id < 800; id++) store.set(id, id, { ttl: 100 });
    const [{ words, head }] = headsOf(store);
    const inside = words[head + H.live];
    words[head + H.lock] = arenaOf(store).token;
    pass(20_000);
    assert.deepEqual([store.size, words[head + H.live]], [inside, inside]);
    words[head + H.lock] = 0;
    pass(20_000);
    assert.equal(store.size, 0);
  });

  test('what a dead thread has left is repaired before a writer comes upon it', () => {
    const { store, stats } = owned({ segments: 8 });
    for (let id = 0; id < 800; id++) store.set(id, id);
    const heads = headsOf(store);
    // One of the generation 5 of the last entry of the registry, which nobody has, and one that has failed.
    heads[2].words[heads[2].head + H.lock] = (5 << LOCK_GENERATION_SHIFT) | (THREADS_MAX << LOCK_ENTRY_SHIFT);
    heads[5].words[heads[5].head + H.lock] = LOCK_ABANDONED;
    pass(200);
    assert.equal(store.stats().recoveries, 0);
    pass(2000);
    assert.deepEqual([store.stats().recoveries, stats().steps], [2, 2]);
    for (const { words, head } of heads) assert.equal(words[head + H.lock], 0);
    for (let id = 0; id < 800; id++) assert.equal(store.get(id), id);
    assert.deepEqual(store.verify().problems, []);
  });

  test('a segment that is damaged is left to its writers, who are told, and the others are looked after', () => {
    const { store } = owned({ segments: 8 });
    for (let id = 0; id < 800; id++) store.set(id, id, { ttl: 100 });
    const [{ words, head }] = headsOf(store);
    const inside = words[head + H.live];
    const table = words[head + H.table];
    const start = tableStart(table);
    const at = Array.from({ length: 512 }, (_, index) => start + 2 * index + 1).find((slot) => words[slot] !== 0) ?? 0;
    words[words[at]] = -1;
    pass(20_000);
    assert.equal(words[head + H.lock], LOCK_ABANDONED);
    assert.equal(store.size - words[head + H.live], 0);
    assert.ok(words[head + H.live] >= inside - 1);
  });

  test('a store that the thread has closed is looked after no more', () => {
    const { store, stats } = owned();
    for (let id = 0; id < 100; id++) store.set(id, id, { ttl: 100 });
    store.close();
    pass(20_000);
    assert.equal(stats().steps, 0);
  });
});
