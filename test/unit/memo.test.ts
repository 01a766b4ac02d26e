import { strict as assert } from 'node:assert';
import { describe as suite, test } from 'node:test';
import { segmentHeader, slot } from '../../native-layout/segment.ts';
import { type Codec, type Key, OptionError, Store, struct, u32 } from '../../src/index.ts';
import { placeOf } from '../../src/hash/route.ts';
import { packKey } from '../../src/codec/key.ts';
import { locate } from '../../src/segment/table.ts';
import { arenaOf, memoOf } from '../../src/store.ts';
import { UNKNOWN } from '../../src/store/memo.ts';

interface Item {
  id: number;
  tags?: string[];
}

/** A store whose thread remembers, and a second view that does not. */
function memoAndOther(memo: boolean | { max?: number; maxBytes?: number } = true): [Store<Item>, Store<Item>] {
  const store = Store.create<Item>({ memory: '1MiB', segments: 1, memo });
  return [store, Store.attach<Item>(store.handle, { memo: false })];
}

function remembered(store: Store): number {
  return memoOf(store)?.size ?? -1;
}

suite('a store with a memo', () => {
  test('gives the same frozen object until the key is written', () => {
    const [store, other] = memoAndOther();
    store.set('key', { id: 1, tags: ['a'] });
    const first = store.get('key');
    assert.deepEqual(first, { id: 1, tags: ['a'] });
    assert.ok(Object.isFrozen(first) && Object.isFrozen(first?.tags));
    assert.equal(store.get('key'), first);
    assert.equal(store.peek('key'), first);
    assert.equal(store.getMany(['key'])[0], first);
    other.set('unrelated', { id: 9 });
    assert.equal(store.get('key'), first, 'a write to another key made it decode again');
    other.set('key', { id: 1, tags: ['a'] });
    const second = store.get('key');
    assert.notEqual(second, first);
    assert.deepEqual(second, first);
  });

  test('gives private values elsewhere, and to a thread that does not want it', () => {
    const [store, other] = memoAndOther();
    store.set('key', { id: 1 });
    const frozen = store.get('key');
    for (const value of [other.get('key'), store.getVersioned('key')?.value, [...store.values()][0]]) {
      assert.deepEqual(value, frozen);
      assert.ok(value !== frozen && !Object.isFrozen(value));
    }
    store.update('key', (old) => {
      assert.ok(old !== undefined && !Object.isFrozen(old));
      old.id += 1;
      return old;
    });
    assert.deepEqual(store.get('key'), { id: 2 });
  });

  const writes: Readonly<Record<string, readonly [(store: Store<Item>) => unknown, Item | undefined]>> = {
    set: [(store) => store.set('key', { id: 2 }), { id: 2 }],
    delete: [(store) => store.delete('key'), undefined],
    'delete and set': [(store) => (store.delete('key'), store.set('key', { id: 2 })), { id: 2 }],
    clear: [(store) => store.clear(), undefined],
    'clear and set': [(store) => (store.clear(), store.set('key', { id: 2 })), { id: 2 }],
    replace: [(store) => store.replace('key', { id: 2 }), { id: 2 }],
    update: [(store) => store.update('key', (old) => ({ id: (old?.id ?? 0) + 1 })), { id: 2 }],
    compareAndSet: [
      (store) => store.compareAndSet('key', store.getVersioned('key')?.version ?? 0, { id: 2 }),
      { id: 2 },
    ],
    setMany: [(store) => store.setMany([['key', { id: 2 }]]), { id: 2 }],
    deleteMany: [(store) => store.deleteMany(['key']), undefined],
    'getOrInsert, which writes nothing': [(store) => store.getOrInsert('key', { id: 2 }), { id: 1 }],
  };
  for (const [name, [write, expected]] of Object.entries(writes)) {
    for (const by of ['itself', 'another view']) {
      test(`sees a ${name} by ${by} at once`, () => {
        const [store, other] = memoAndOther();
        store.set('key', { id: 1 });
        assert.deepEqual(store.get('key'), { id: 1 });
        write(by === 'itself' ? store : other);
        assert.deepEqual(store.get('key'), expected);
        assert.deepEqual(store.get('key'), expected);
      });
    }
  }

  test('sees what is counted up, and fields that are written in place', () => {
    const numbers = Store.create<number>({ memory: '256KiB', memo: true });
    for (let count = 1; count < 20; count++) {
      numbers.increment('n');
      assert.equal(numbers.get('n'), count);
    }
    const structs = Store.create({ memory: '256KiB', memo: true, value: struct({ hits: u32, misses: u32 }) });
    const other = Store.attach<{ hits: number; misses: number }>(structs.handle);
    structs.set('s', { hits: 0, misses: 0 });
    for (let count = 1; count < 20; count++) {
      other.incrementField('s', 'hits');
      structs.setField('s', 'misses', count * 2);
      assert.deepEqual(structs.get('s'), { hits: count, misses: count * 2 });
      assert.equal(structs.getField('s', 'hits'), count);
    }
  });

  test('forgets what has expired at the moment of its end', (t) => {
    let nowMs = 1_700_000_000_000;
    t.mock.method(Date, 'now', () => nowMs);
    const [store] = memoAndOther();
    store.set('key', { id: 1 }, { ttl: 100 });
    const first = store.get('key');
    nowMs += 99;
    assert.equal(store.get('key'), first);
    nowMs += 1;
    assert.equal(store.get('key'), undefined);
    assert.equal(remembered(store), 0);
  });

  test('remembers across growth, tidying and moves without decoding again', () => {
    let decoded = 0;
    const value: Codec<Item> = {
      name: 'counting',
      encode: (item) => Buffer.from(JSON.stringify(item)),
      decode: (bytes) => ((decoded += 1), JSON.parse(Buffer.from(bytes).toString()) as Item),
    };
    const store = Store.create<Item>({ memory: '512KiB', segments: 1, memo: true, value });
    store.set('key', { id: 1, tags: ['x'.repeat(300)] });
    const first = store.get('key');
    const { growths, coalesces } = store.stats();
    for (let id = 0; id < 2000; id++) store.set(id, { id, tags: ['y'.repeat(id % 200)] });
    for (let id = 0; id < 2000; id += 2) store.delete(id);
    for (let id = 0; id < 150; id++) store.set(`z${id}`, { id, tags: ['z'.repeat(500)] });
    assert.ok(store.stats().growths > growths && store.stats().coalesces > coalesces);
    assert.equal(store.get('key'), first);
    assert.equal(decoded, 1);
  });

  test('tells keys of different types apart, and does not remember under bytes', () => {
    const store = Store.create<Item>({ memory: '256KiB', memo: true });
    const keys: readonly Key[] = ['1', 1, 1n, 1.5, Number.NaN, '', 'long'.repeat(100), '→', 2n ** 100n];
    for (const [id, key] of keys.entries()) store.set(key, { id });
    for (let round = 0; round < 3; round++) {
      for (const [id, key] of keys.entries()) assert.deepEqual(store.get(key), { id });
    }
    assert.equal(store.get(-0), undefined);
    store.set(0, { id: 100 });
    assert.equal(store.get(-0), store.get(0));
    const bytes = Uint8Array.of(1, 2);
    store.set(bytes, { id: 200 });
    assert.deepEqual(store.get(bytes), { id: 200 });
    assert.ok(Object.isFrozen(store.get(bytes)));
    bytes[0] = 7;
    assert.equal(store.get(bytes), undefined);
    assert.equal(remembered(store), keys.length + 1);
  });

  test('gives private copies of values with a part that cannot be frozen', () => {
    const store = Store.create({ memory: '256KiB', memo: true });
    const values = [
      Uint8Array.of(1),
      Buffer.from('x'),
      new Map([[1, 2]]),
      new Date(5),
      { at: { deep: new Set([1]) } },
      [/x/],
    ];
    for (const value of values) {
      store.set('key', value);
      const first = store.get('key');
      assert.deepStrictEqual(first, value);
      assert.notEqual(store.get('key'), first);
    }
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    store.set('key', cycle);
    const found = store.get('key') as { self: unknown };
    assert.equal(found.self, found);
    assert.equal(store.get('key'), found);
    for (const value of [undefined, null, 5, 'text', true, 7n]) {
      store.set('key', value);
      assert.equal(store.get('key'), value);
      assert.equal(store.get('key'), value);
    }
  });

  test('lets a codec use the store while it decodes', () => {
    const held: { store?: Store<Item> } = {};
    const value: Codec<Item> = {
      name: 'nosy',
      encode: (item) => Uint8Array.of(item.id),
      decode: (bytes) => {
        const id = bytes[0];
        if (id > 0 && id < 10) held.store?.get(id - 1);
        if (id === 3) held.store?.set(3, { id: 14 });
        return { id };
      },
    };
    const store = Store.create<Item>({ memory: '256KiB', memo: { max: 2 }, value });
    held.store = store;
    for (let id = 0; id < 6; id++) store.set(id, { id });
    assert.deepEqual(store.get(5), { id: 5 });
    assert.deepEqual(store.get(3), { id: 14 });
    assert.deepEqual(store.get(2), { id: 2 });
  });

  test('gives nothing that a word of the arena speaks against', () => {
    const fields = [segmentHeader.word.epoch, segmentHeader.word.table];
    for (const word of [...fields, 'slot', 'record'] as const) {
      const [store, other] = memoAndOther();
      store.set('key', { id: 1 });
      const first = store.get('key');
      other.set('unrelated', { id: 2 });
      const arena = arenaOf(store);
      const [words, head] = [arena.viewOf(0), arena.headOf(0)];
      const hash = packKey('key', arena.hashKey0, arena.hashKey1);
      const slotRef = locate(words, head, placeOf(hash, 0), hash) + slot.word.ref;
      const at = word === 'slot' ? slotRef : word === 'record' ? words[slotRef] : head + word;
      const memo = memoOf(store);
      const before = words[at];
      words[at] += 1;
      assert.equal(memo?.recall('key'), UNKNOWN, `${word} has changed`);
      words[at] = before;
      assert.equal(memo?.valueAt(memo.recall('key')), first);
    }
  });
});

suite('the bounds of a memo', () => {
  test('hold, and what is read often stays', () => {
    const [store] = memoAndOther({ max: 10 });
    for (let id = 0; id < 100; id++) store.set(id, { id });
    const often = store.get(0);
    for (let id = 1; id < 100; id++) {
      assert.deepEqual(store.get(id), { id });
      assert.equal(store.get(0), often);
      assert.ok(remembered(store) <= 10);
    }
    assert.equal(remembered(store), 10);
  });

  test('count bytes as well, and larger values are not remembered at all', () => {
    const [store] = memoAndOther({ maxBytes: 1000 });
    for (let id = 0; id < 100; id++) store.set(id, { id, tags: ['x'.repeat(80)] });
    for (let id = 0; id < 100; id++) store.get(id);
    const count = remembered(store);
    assert.ok(count >= 5 && count <= 12, `${count} values`);
    store.set('large', { id: 1, tags: ['x'.repeat(2000)] });
    assert.notEqual(store.get('large'), store.get('large'));
    assert.equal(remembered(store), count);
  });

  test('are left by what is deleted, cleared or closed', () => {
    const [store, other] = memoAndOther();
    for (let id = 0; id < 20; id++) store.set(id, { id });
    for (let id = 0; id < 20; id++) store.get(id);
    other.delete(3);
    assert.equal(store.get(3), undefined);
    assert.equal(remembered(store), 19);
    store.clear();
    assert.equal(remembered(store), 0);
    store.set('key', { id: 1 });
    store.get('key');
    store.close();
    assert.equal(remembered(store), 0);
  });

  test('are those of the store in threads that attach, unless they have their own', () => {
    const store = Store.create<Item>({ memory: '256KiB', memo: { max: 3 } });
    for (let id = 0; id < 20; id++) store.set(id, { id });
    const cases = [
      [undefined, 3],
      [{ max: 5 }, 5],
      [true, 20],
      [false, -1],
    ] as const;
    for (const [memo, expected] of cases) {
      const view = Store.attach<Item>(store.handle, memo === undefined ? {} : { memo });
      for (let id = 0; id < 20; id++) view.get(id);
      assert.equal(remembered(view), expected);
      view.close();
    }
    assert.equal(remembered(Store.create({ memory: '256KiB' })), -1);
  });

  const wrong: readonly unknown[] = [
    1,
    'yes',
    null,
    { max: 0 },
    { max: -1 },
    { max: 1.5 },
    { max: Number.POSITIVE_INFINITY },
    { max: '10' },
    { maxBytes: 0 },
    { maxBytes: 'much' },
    { size: 5 },
  ];
  for (const memo of wrong) {
    test(`are refused as ${JSON.stringify(memo)}`, () => {
      const options = { memory: '256KiB', memo: memo as boolean };
      const isGood = (error: unknown): boolean => error instanceof OptionError && error.message.startsWith('memo');
      assert.throws(() => Store.create(options), isGood);
      const store = Store.create({ memory: '256KiB' });
      assert.throws(() => Store.attach(store.handle, { memo: memo as boolean }), isGood);
    });
  }
});
