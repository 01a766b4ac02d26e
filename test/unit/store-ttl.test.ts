import { strict as assert } from 'node:assert';
import { afterEach, beforeEach, describe as suite, mock, test } from 'node:test';
import { Store, StoreFullError } from '../../src/index.ts';

const START_MS = 1_700_000_000_000;
let nowMs = START_MS;

suite('time to live', () => {
  beforeEach(() => {
    nowMs = START_MS;
    mock.method(Date, 'now', () => nowMs);
  });
  afterEach(() => mock.restoreAll());

  test('an entry is there until its time is over, to the millisecond', () => {
    const store = Store.create({ memory: '256KiB' });
    store.set('a', 1, { ttl: 100 });
    assert.equal(store.getRemainingTTL('a'), 100);
    nowMs += 99;
    assert.equal(store.get('a'), 1);
    assert.equal(store.getRemainingTTL('a'), 1);
    nowMs += 1;
    assert.equal(store.get('a'), undefined);
    assert.equal(store.has('a'), false);
    assert.equal(store.peek('a'), undefined);
    assert.equal(store.getRemainingTTL('a'), 0);
    assert.equal(store.getVersioned('a'), undefined);
    assert.deepEqual([...store], []);
    assert.deepEqual(store.getMany(['a']), [undefined]);
    assert.equal(store.delete('a'), false);
  });

  test('an entry without a TTL has an infinite one, an absent one 0', () => {
    const store = Store.create({ memory: '256KiB' });
    store.set('a', 1);
    store.set('b', 1, { ttl: Number.POSITIVE_INFINITY });
    assert.equal(store.getRemainingTTL('a'), Number.POSITIVE_INFINITY);
    assert.equal(store.getRemainingTTL('b'), Number.POSITIVE_INFINITY);
    assert.equal(store.getRemainingTTL('c'), 0);
  });

  test('a fraction of a millisecond counts as a whole one', () => {
    const store = Store.create({ memory: '256KiB' });
    store.set('a', 1, { ttl: 0.1 });
    assert.equal(store.get('a'), 1);
    nowMs += 1;
    assert.equal(store.get('a'), undefined);
  });

  test('TTLs of any length are kept', () => {
    const store = Store.create({ memory: '256KiB' });
    for (const ttl of [1, 2 ** 31, 2 ** 32 + 5, 2 ** 40, 1e15]) {
      store.set(ttl, 1, { ttl });
      assert.equal(store.getRemainingTTL(ttl), ttl);
    }
    store.set('longest', 1, { ttl: Number.MAX_VALUE });
    assert.ok(store.getRemainingTTL('longest') > 1e15);
  });

  test('set makes the TTL anew; increment, update and hit of others keep it', () => {
    const store = Store.create<number>({ memory: '256KiB' });
    store.set('a', 1, { ttl: 100 });
    nowMs += 50;
    store.increment('a');
    store.increment('a', 0.5);
    store.update('a', (value) => (value ?? 0) + 1);
    assert.equal(store.getRemainingTTL('a'), 50);
    store.update('a', (value) => value ?? 0, { ttl: 500 });
    assert.equal(store.getRemainingTTL('a'), 500);
    store.set('a', 5);
    assert.equal(store.getRemainingTTL('a'), Number.POSITIVE_INFINITY);
    store.set('a', 5, { ttl: 10 });
    assert.equal(store.getRemainingTTL('a'), 10);
  });

  test('short values are replaced where they lie, with their TTL, in a store without room', () => {
    const store = Store.create<string>({ memory: '256KiB', segments: 1 });
    // 28 bytes are the most that are replaced together with their expiry.
    const keys = [String.fromCharCode(233), 'k'.repeat(300), 1, 2 ** 40, 7n, Uint8Array.of(1, 2, 3)];
    for (const key of keys) store.set(key, 'x'.repeat(28), { ttl: 1000 });
    assert.throws(() => {
      for (let key = 0; ; key++) store.set(`f${key}`, 'y'.repeat(200), { ttl: 5000 });
    }, StoreFullError);
    for (const [at, key] of keys.entries()) {
      for (const ttl of [1, 2 ** 33 + at, 1e15, 3000 + at]) {
        const version = store.getVersioned(key)?.version ?? 0;
        store.set(key, `${at}`.padEnd(28, '-'), { ttl });
        assert.equal(store.get(key), `${at}`.padEnd(28, '-'));
        assert.equal(store.getRemainingTTL(key), ttl);
        assert.equal(store.compareAndSet(key, version, 'z'.repeat(28), { ttl }), false);
        assert.deepEqual(store.verify().problems, []);
      }
    }
    nowMs += 3003;
    assert.deepEqual(
      keys.map((key) => store.has(key)),
      [false, false, false, false, true, true],
    );
    // What is over can be renewed, and what is renewed is there.
    store.set(1, 'x'.repeat(28), { ttl: 10 });
    assert.equal(store.getRemainingTTL(1), 10);
    assert.deepEqual(store.verify().problems, []);
  });

  test('a TTL that is shortened gives its room back when it is over', () => {
    const store = Store.create<string>({ memory: '256KiB', segments: 1 });
    const keys: number[] = [];
    assert.throws(() => {
      for (let key = 0; ; key++) {
        store.set(key, 'x'.repeat(20), { ttl: 3_600_000 });
        keys.push(key);
      }
    }, StoreFullError);
    for (const key of keys) store.set(key, 'y'.repeat(20), { ttl: 5000 });
    assert.deepEqual(store.verify().problems, []);
    nowMs += 5000;
    for (const key of keys) store.set(-1 - key, 'z'.repeat(20));
    assert.equal(store.stats().expired, keys.length);
    assert.deepEqual(store.verify().problems, []);
  });

  test('an expired entry is absent for every conditional write', () => {
    const store = Store.create<number>({ memory: '256KiB' });
    const expire = (key: string): number => {
      store.set(key, 7, { ttl: 10 });
      const version = store.getVersioned(key)?.version ?? 0;
      nowMs += 10;
      return version;
    };
    const version = expire('a');
    assert.equal(store.compareAndSet('a', version, 8), false);
    assert.equal(store.replace('a', 8), false);
    assert.equal(store.compareAndSet('a', 0, 9), true);
    expire('b');
    assert.equal(store.increment('b', 3), 3);
    assert.equal(store.getRemainingTTL('b'), Number.POSITIVE_INFINITY);
    expire('c');
    assert.equal(
      store.update('c', (value) => value ?? -1),
      -1,
    );
    expire('d');
    assert.equal(store.getOrInsert('d', 4), 4);
    expire('e');
    assert.equal(
      store.getOrInsertComputed('e', () => 5),
      5,
    );
    assert.deepEqual(store.verify().problems, []);
  });

  test('the memory of expired entries is used again, also that of other segments', () => {
    const store = Store.create<string>({ memory: '1MiB', segments: 8 });
    const value = 'x'.repeat(1000);
    let count = 0;
    for (; ; count++) {
      try {
        store.set(count, value, { ttl: 1000 });
      } catch {
        break;
      }
    }
    assert.ok(count > 700, `${count} entries`);
    nowMs += 1000;
    // All in one segment, which has to be given what the seven others hold for nothing.
    let set = 0;
    for (let key = 1e6; set < count * 0.9; key++) {
      if (store.segmentOf(key) !== 0) continue;
      store.set(key, value);
      set += 1;
    }
    assert.ok(store.stats().expired > 0);
    assert.deepEqual(store.verify().problems, []);
  });

  test('what ends first is reclaimed first, in whatever order it came', () => {
    for (const ttls of [
      [1000, 50_000, 3000, 100_000, 2000],
      [100_000, 50_000, 3000, 2000, 1000],
    ]) {
      const store = Store.create<string>({ memory: '256KiB', segments: 1 });
      const value = 'x'.repeat(3000);
      let count = 0;
      for (; ; count++) {
        try {
          store.set(count, value, { ttl: ttls[count % ttls.length] });
        } catch {
          break;
        }
      }
      assert.ok(count > 40, `${count} entries`);
      let [set, elapsedMs] = [0, 0];
      for (const ttl of [...ttls].sort((a, b) => a - b)) {
        nowMs += ttl - elapsedMs;
        elapsedMs = ttl;
        // A fifth of the room each time, but for what is lost at the borders of pages.
        for (let added = 0; added < count / 5 - 3; added++) store.set(`new ${set++}`, value);
        assert.deepEqual(store.verify().problems, []);
      }
    }
  });

  test('the memory of expired large values is used again at the first try', () => {
    const store = Store.create<Uint8Array>({ memory: '4MiB', segments: 4 });
    const keys = (segment: number): number[] =>
      Array.from({ length: 100 }, (_, key) => key).filter((key) => store.segmentOf(key) === segment);
    const large = new Uint8Array(1_000_000);
    for (const key of keys(1).slice(0, 3)) store.set(key, large, { ttl: 10 });
    nowMs += 10;
    for (const key of keys(2).slice(0, 3)) store.set(key, large);
    for (const key of keys(2).slice(0, 3)) store.delete(key);
    for (const key of keys(1).slice(0, 3)) store.set(key, large, { ttl: 10 });
    nowMs += 10;
    for (let key = 1000; key < 1300; key++) store.set(key, large.subarray(0, 8000));
    assert.deepEqual(store.verify().problems, []);
  });

  test('size counts an expired entry at most until its memory is needed, iteration never shows it', () => {
    const store = Store.create({ memory: '256KiB', segments: 1 });
    store.set('a', 1, { ttl: 10 });
    store.set('b', 1);
    nowMs += 10;
    assert.deepEqual([...store.keys()], ['b']);
    assert.ok(store.size >= 1 && store.size <= 2);
    store.set('a', 2);
    assert.equal(store.size, 2);
  });
});
