import { strict as assert } from 'node:assert';
import { suite, test } from 'node:test';
import { PAGE_BYTES } from '../../native-layout/arena.ts';
import { GUARD_PAGES } from '../../native-layout/geometry.ts';
import { type Key, Store, StoreFullError } from '../../src/index.ts';
import { pageTableOf, runPages, useOf } from '../../src/memory/page-table.ts';
import { arenaOf } from '../../src/store.ts';
import { announcedSeed, Random } from '../fixtures/random.ts';
import { randomBytes } from '../model/values.ts';

const seed = announcedSeed('budget');

/** Sets new entries of the sizes that `bytesOf` gives until the store is full. Returns the bytes of their values. */
function fill(store: Store, prefix: string, bytesOf: (index: number) => number): { count: number; bytes: number } {
  let bytes = 0;
  // An entry takes 16 bytes at least: more of them than that are not kept.
  const most = store.stats().memoryBytes / 16;
  for (let index = 0; index <= most; index++) {
    const length = bytesOf(index);
    try {
      store.set(`${prefix}${index}`, 'v'.repeat(length));
    } catch (error) {
      if (!(error instanceof StoreFullError)) throw error;
      return { count: index, bytes };
    }
    bytes += length;
  }
  assert.fail(`the store took ${most} entries and was not full`);
}

function deleteAll(store: Store): void {
  for (const key of store.keys()) store.delete(key);
}

/** Pages of all buffers, counted run by run. */
function countPages(store: Store): { total: number; free: number } {
  const arena = arenaOf(store);
  let [total, free] = [0, 0];
  for (let buffer = 0; buffer < arena.bufferCount; buffer++) {
    const pages = pageTableOf(arena, buffer);
    let page = pages.firstPage;
    while (page < pages.pageCount) {
      const use = useOf(pages, page);
      if (use === 0) free += 1;
      page += runPages(use);
    }
    total += page + GUARD_PAGES;
  }
  return { total, free };
}

/** About what an entry takes beside its value: key, header, slot. */
const ENTRY_BYTES = 40;

const SHAPES = [
  { memory: '256KiB', segments: 1 },
  { memory: '1MiB', segments: 1 },
  { memory: '4MiB', segments: 4 },
  { memory: '4MiB', segments: 16 },
] as const;

suite('the budget is exact', () => {
  test('the buffers are as large as the budget, and stay so', () => {
    for (const shape of SHAPES) {
      const store = Store.create(shape);
      const reserved = (): number => store.handle.buffers.reduce((sum, buffer) => sum + buffer.byteLength, 0);
      const { memoryBytes } = store.stats();
      assert.equal(reserved(), memoryBytes);
      fill(store, 'k', (index) => index % 3000);
      assert.equal(reserved(), memoryBytes);
      assert.equal(countPages(store).total * PAGE_BYTES, memoryBytes);
    }
  });

  test('stats account for every byte', () => {
    for (const shape of SHAPES) {
      const store = Store.create(shape);
      const fresh = countPages(store);
      const metaBytes = store.stats().memoryBytes - fresh.free * PAGE_BYTES;
      const reserveBytes = fresh.free * PAGE_BYTES - store.stats().freeBytes;
      const check = (): void => {
        const { memoryBytes, heapBytes, largeBytes, tableBytes, freeBytes } = store.stats();
        const used = metaBytes + heapBytes + largeBytes + tableBytes;
        assert.equal(used + countPages(store).free * PAGE_BYTES, memoryBytes);
        assert.ok(used + freeBytes <= memoryBytes && used + freeBytes + reserveBytes >= memoryBytes);
      };
      check();
      fill(store, 'k', (index) => (index % 50 === 0 ? 20_000 : index % 700));
      check();
      for (let index = 0; index < 2000; index += 3) store.delete(`k${index}`);
      check();
      store.clear();
      check();
    }
  });

  test('a full store refuses with a StoreFullError that changes nothing', () => {
    for (const shape of SHAPES) {
      const store = Store.create(shape);
      const { count } = fill(store, 'k', (index) => 10 + (index % 500));
      const before = new Map(store.entries());
      const versions = new Map([...before.keys()].map((key) => [key, store.getVersioned(key)?.version]));
      const large = 'x'.repeat(100_000);
      for (let index = 0; index < count; index += Math.ceil(count / 20)) {
        const key = `k${index}`;
        for (const call of [
          () => store.set(key, large),
          () => store.update(key, () => large),
          () => store.compareAndSet(key, versions.get(key) ?? 0, large),
          () => store.replace(key, large),
          () => store.set(`new${index}`, large),
          () => store.getOrInsert(`new${index}`, large),
        ]) {
          if (store.stats().freeBytes < 120_000) {
            assert.throws(call, (error) => error instanceof StoreFullError && error.code === 'ERR_SHARENA_FULL');
          }
        }
      }
      assert.deepEqual(new Map(store.entries()), before);
      for (const [key, version] of versions) assert.equal(store.getVersioned(key)?.version, version);
      assert.deepEqual(store.verify().problems, []);
    }
  });

  test('a value larger than the store is refused, and a full store takes deletes and reads', () => {
    const store = Store.create({ memory: '256KiB', segments: 1 });
    assert.throws(() => store.set('a', 'x'.repeat(300_000)), StoreFullError);
    const { count } = fill(store, 'k', () => 100);
    assert.equal(store.get('k0'), 'v'.repeat(100));
    for (let index = 0; index < count; index++) assert.equal(store.delete(`k${index}`), true);
    assert.equal(store.size, 0);
  });

  test('a full store goes on counting', () => {
    const store = Store.create<string | number>({ memory: '256KiB', segments: 1 });
    store.set('n', 0);
    store.set('x', 0.5, { ttl: 1_000_000 });
    fill(store, 'k', () => 0);
    for (let count = 1; count <= 100; count++) {
      assert.equal(store.increment('n'), count);
      assert.equal(store.increment('x'), count + 0.5);
    }
  });

  test('a full store goes on replacing short values by ones of the same kind and length', () => {
    for (const bytes of [1, 4, 16, 36]) {
      const store = Store.create<string>({ memory: '256KiB', segments: 1 });
      const { count } = fill(store, 'k', () => bytes);
      const { freeBytes, entries } = store.stats();
      for (let round = 0; round < 3; round++) {
        for (let index = 0; index < count; index++) {
          const key = `k${index}`;
          const version = store.getVersioned(key)?.version ?? 0;
          const value = String.fromCharCode(97 + round).repeat(bytes);
          store.set(key, value);
          assert.equal(store.compareAndSet(key, version, 'z'.repeat(bytes)), false);
          assert.equal(store.get(key), value);
        }
      }
      const after = store.stats();
      assert.deepEqual([after.freeBytes, after.entries], [freeBytes, entries]);
      assert.deepEqual(store.verify().problems, []);
    }
  });

  test('a value that is replaced by one of another kind, length or TTL is that one', () => {
    const store = Store.create({ memory: '256KiB', segments: 1 });
    const values = [
      'abcd',
      'abcde',
      1,
      1.5,
      true,
      10n,
      null,
      'äöüß',
      'ab€d',
      new Uint8Array(4),
      Buffer.from('abcd'),
      '',
    ];
    for (const first of values) {
      for (const second of values) {
        for (const [before, after] of [
          [undefined, undefined],
          [undefined, { ttl: 1_000_000 }],
          [{ ttl: 1_000_000 }, undefined],
          [{ ttl: 1_000_000 }, { ttl: 2_000_000 }],
        ]) {
          store.set('key', first, before);
          store.set('key', second, after);
          assert.deepEqual(store.get('key'), second);
          assert.equal(Number.isFinite(store.getRemainingTTL('key')), after !== undefined);
          if (after !== undefined) assert.ok(store.getRemainingTTL('key') > after.ttl - 1_000_000);
        }
      }
    }
    store.delete('key');
    assert.deepEqual(store.verify().problems, []);
  });
});

suite('memory comes back', () => {
  test('after clear every page is free', () => {
    for (const shape of SHAPES) {
      const store = Store.create(shape);
      const { free } = countPages(store);
      for (const bytesOf of [() => 0, (index: number) => index % 2000, () => 30_000]) {
        fill(store, 'k', bytesOf);
        store.clear();
        assert.equal(countPages(store).free, free);
        assert.deepEqual(store.verify().problems, []);
      }
    }
  });

  const sizes = { tiny: 8, small: 100, middling: 1500, large: 12_000, huge: 60_000 };
  for (const [before, bytesBefore] of Object.entries(sizes)) {
    for (const [after, bytesAfter] of Object.entries(sizes)) {
      test(`deleting ${before} values one by one leaves the room for ${after} ones`, () => {
        for (const shape of SHAPES) {
          const fresh = fill(Store.create(shape), 'b', () => bytesAfter).count;
          if (fresh < 20) continue;
          const store = Store.create(shape);
          fill(store, 'a', () => bytesBefore);
          deleteAll(store);
          const again = fill(store, 'b', () => bytesAfter).count;
          // An index as large as its entries hangs on long runs of pages, which seldom come free in a small store.
          const least = bytesAfter < 10 ? 0.5 : 0.75;
          assert.ok(again >= fresh * least, `${again} of ${fresh} in ${JSON.stringify(shape)}`);
          assert.deepEqual(store.verify().problems, []);
        }
      });
    }
  }

  for (const shape of [...SHAPES.slice(1), { memory: '8MiB', segments: 16 }]) {
    // In a small store a few pages are some percent.
    const least = shape.memory === '8MiB' ? 0.9 : 0.8;
    const name = `a store of ${shape.memory} in ${shape.segments} segments`;
    test(`after 10 times its size of churn with shifting sizes ${name} holds ${least * 100} % of a fresh one`, () => {
      const random = new Random(seed);
      const store = Store.create<Uint8Array>(shape);
      const capacity = store.stats().freeBytes;
      const keys: Key[] = [];
      let [serial, churned, live] = [0, 0, 0];
      const sizesOf = new Map<Key, number>();
      const drop = (): number => {
        const at = random.below(keys.length);
        const key = keys[at];
        keys[at] = keys.at(-1) as Key;
        keys.pop();
        store.delete(key);
        live -= (sizesOf.get(key) ?? 0) + ENTRY_BYTES;
        sizesOf.delete(key);
        return live;
      };
      while (churned < 10 * capacity) {
        // Sizes drift: what was freed never fits quite what comes.
        const typical = 30 * (1 + Math.floor((8 * churned) / capacity)) ** 1.5;
        const bytes = Math.floor(typical * (0.5 + random.fraction()));
        const key = `key:${serial++}`;
        for (;;) {
          try {
            store.set(key, randomBytes(random, bytes));
            break;
          } catch (error) {
            if (!(error instanceof StoreFullError)) throw error;
            drop();
          }
        }
        keys.push(key);
        sizesOf.set(key, bytes);
        live += bytes + ENTRY_BYTES;
        churned += bytes;
        for (let left = live; left > 0.85 * capacity; ) left = drop();
      }
      const last = [...sizesOf.values()];
      const more = fill(store, 'm', (index) => last[index % last.length] ?? 0);
      const fresh = fill(Store.create(shape), 'm', (index) => last[index % last.length] ?? 0);
      const held = live - sizesOf.size * ENTRY_BYTES + more.bytes;
      assert.ok(held >= fresh.bytes * least, `${held} bytes, ${fresh.bytes} in a fresh store`);
      assert.deepEqual(store.verify().problems, []);
    });
  }
});

suite('large stores', () => {
  test('a store of 6 GiB spans several buffers and uses all of them', () => {
    const store = Store.create({ memory: '6GiB', segments: 64 });
    const arena = arenaOf(store);
    assert.ok(arena.bufferCount >= 2);
    assert.equal(countPages(store).total * PAGE_BYTES, 6 * 2 ** 30);
    for (let key = 0; key < 2000; key++) store.set(key, `value ${key}`);
    const large = Buffer.alloc(5_000_000, 'large');
    for (let key = 0; key < 12; key++) store.set(`large ${key}`, large);
    const second = Store.attach(store.handle);
    for (let key = 0; key < 2000; key++) assert.equal(second.get(key), `value ${key}`);
    for (let key = 0; key < 12; key++) assert.ok(large.equals(second.get(`large ${key}`) as Buffer));
    const used = arena.views.filter((_, buffer) => {
      const pages = pageTableOf(arena, buffer);
      return useOf(pages, pages.firstPage) !== 0;
    });
    assert.equal(used.length, arena.bufferCount);
    assert.equal([...second.keys()].length, 2012);
    assert.equal(second.deleteMany(Array.from({ length: 2000 }, (_, key) => key)), 2000);
    store.clear();
    assert.equal(second.size, 0);
    assert.deepEqual(store.verify().problems, []);
  });
});
