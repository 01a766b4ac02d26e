import { strict as assert } from 'node:assert';
import { describe as suite, mock, test } from 'node:test';
import {
  bool,
  ClosedError,
  f32,
  f64,
  fixedBytes,
  fixedText,
  i16,
  i64,
  i8,
  Store,
  StoreFullError,
  struct,
  u16,
  u32,
  u64,
  u8,
  ValueError,
} from '../../src/index.ts';

interface Fields {
  hits: number;
  score: number;
  name: string;
  small: number;
  mid: number;
  big: bigint;
  huge: bigint;
  single: number;
  on: boolean;
  raw: Uint8Array;
  tiny: number;
}

const START: Fields = {
  hits: 1,
  score: 0.5,
  name: 'Ada',
  small: -5,
  mid: 300,
  big: -7n,
  huge: 2n ** 63n,
  single: 0.25,
  on: false,
  raw: Uint8Array.of(1, 2, 3),
  tiny: 9,
};

function storeOfFields(memory: string = '256KiB'): Store<Fields> {
  const value = struct({
    hits: u32,
    score: f64,
    name: fixedText(100),
    small: i8,
    mid: i16,
    big: i64,
    huge: u64,
    single: f32,
    on: bool,
    raw: fixedBytes(64),
    tiny: u8,
  });
  const store = Store.create({ memory, segments: 1, value });
  store.set('key', START);
  return store;
}

suite('fields of a struct in place', () => {
  const changes: readonly { [Name in keyof Fields]: [Name, Fields[Name]] }[keyof Fields][] = [
    ['hits', 2 ** 32 - 1],
    ['score', Number.NaN],
    ['name', ''],
    ['name', 'x'.repeat(32)],
    ['name', 'y'.repeat(100)],
    ['name', '→'.repeat(100)],
    ['small', -128],
    ['mid', -1],
    ['big', -(2n ** 63n)],
    ['huge', 0n],
    ['single', Number.POSITIVE_INFINITY],
    ['on', true],
    ['raw', new Uint8Array(64).fill(7)],
    ['raw', new Uint8Array(0)],
    ['tiny', 255],
  ];
  for (const [name, value] of changes) {
    test(`${name} is set to ${String(value).slice(0, 20)}, and all others stay as they are`, () => {
      const store = storeOfFields();
      const other = Store.attach<Fields>(store.handle);
      const before = store.getVersioned('key');
      assert.ok(before !== undefined);
      assert.equal(store.setField('key', name, value), true);
      assert.deepStrictEqual(other.getField('key', name), value);
      assert.deepStrictEqual(other.get('key'), { ...START, [name]: value });
      const after = other.getVersioned('key');
      assert.notEqual(after?.version, before.version);
      assert.equal(store.compareAndSet('key', before.version, START), false, 'an old version was accepted');
      assert.deepEqual(store.verify().problems, []);
    });
  }

  test('are added to, and give the sum', () => {
    const store = storeOfFields();
    assert.equal(store.incrementField('key', 'hits'), 2);
    assert.equal(store.incrementField('key', 'hits', 40), 42);
    assert.equal(store.incrementField('key', 'score', 0.25), 0.75);
    assert.equal(store.incrementField('key', 'small', -123), -128);
    assert.equal(store.incrementField('key', 'mid', -301), -1);
    assert.equal(store.incrementField('key', 'big'), -6n);
    assert.equal(store.incrementField('key', 'big', 2n ** 63n), 2n ** 63n - 6n);
    assert.equal(store.incrementField('key', 'huge', -(2n ** 63n)), 0n);
    assert.equal(store.incrementField('key', 'single', 0.5), 0.75);
    assert.equal(store.incrementField('key', 'tiny', 246), 255);
    assert.deepStrictEqual(store.get('key'), {
      ...START,
      hits: 42,
      score: 0.75,
      small: -128,
      mid: -1,
      big: 2n ** 63n - 6n,
      huge: 0n,
      single: 0.75,
      tiny: 255,
    });
  });

  test('whose sum does not fit, or is of something that cannot be added, stay as they are', () => {
    const store = storeOfFields();
    const any = store as Store as Store<Record<string, number>>;
    const { version } = store.getVersioned('key') ?? { version: 0 };
    const refused: readonly (readonly [string, unknown])[] = [
      ['hits', -2],
      ['hits', 2 ** 32],
      ['hits', 0.5],
      ['hits', 1n],
      ['hits', Number.NaN],
      ['small', -124],
      ['mid', 2 ** 15],
      ['big', 1],
      ['big', -(2n ** 63n)],
      ['huge', 2n ** 63n],
      ['huge', 2n ** 70n],
      ['single', 1e-10],
      ['tiny', 247],
      ['on', 1],
      ['name', 1],
      ['raw', 1],
      ['score', '1'],
      ['nothing', 1],
    ];
    for (const [name, by] of refused) {
      assert.throws(
        () => any.incrementField('key', name, by as number),
        (error) => error instanceof ValueError && error.message.includes(name),
        `${name} by ${String(by)}`,
      );
    }
    assert.deepStrictEqual(store.getVersioned('key'), { value: START, version });
  });

  test('of an absent key are not there', () => {
    const store = storeOfFields();
    assert.equal(store.getField('absent', 'hits'), undefined);
    assert.equal(store.setField('absent', 'hits', 1), false);
    assert.equal(store.incrementField('absent', 'hits'), undefined);
    assert.equal(store.has('absent'), false);
    store.delete('key');
    assert.equal(store.setField('key', 'name', 'x'.repeat(100)), false);
  });

  test('keep the TTL of their entry, and end with it', (t) => {
    let nowMs = 1_700_000_000_000;
    t.mock.method(Date, 'now', () => nowMs);
    const store = storeOfFields();
    store.set('key', START, { ttl: 1000 });
    nowMs += 400;
    store.setField('key', 'hits', 5);
    store.setField('key', 'name', '→'.repeat(100));
    assert.equal(store.incrementField('key', 'hits'), 6);
    assert.equal(store.getRemainingTTL('key'), 600);
    nowMs += 600;
    assert.equal(store.getField('key', 'hits'), undefined);
    assert.equal(store.setField('key', 'hits', 5), false);
    assert.equal(store.incrementField('key', 'hits'), undefined);
    mock.restoreAll();
  });

  test('are written in a store that is full, unless they need a copy of the struct', () => {
    const store = storeOfFields();
    let count = 0;
    assert.throws(() => {
      for (; ; count++) store.set(count, START);
    }, StoreFullError);
    for (let key = 0; key < count; key++) {
      assert.equal(store.incrementField(key, 'hits', key), key + 1);
      assert.equal(store.setField(key, 'name', 'a text of 32 chars fits in place'), true);
    }
    let refused = 0;
    for (let key = 0; key < count; key++) {
      try {
        store.setField(key, 'name', '→'.repeat(100));
      } catch (error) {
        if (!(error instanceof StoreFullError)) throw error;
        refused += 1;
        assert.equal(store.getField(key, 'name'), 'a text of 32 chars fits in place');
      }
    }
    assert.ok(count > 100 && refused > 0, `${refused} of ${count} were refused`);
    assert.deepEqual(store.verify().problems, []);
  });

  test('of a struct that is leased are written into a copy, and the lease stays as it is', () => {
    const store = storeOfFields();
    const lease = store.lease('key');
    assert.ok(lease !== undefined);
    const before = lease.bytes.slice();
    store.setField('key', 'tiny', 77);
    store.incrementField('key', 'hits', 3);
    store.setField('key', 'name', 'another');
    assert.deepEqual(lease.bytes.slice(), before);
    assert.deepStrictEqual(store.get('key'), { ...START, tiny: 77, hits: 4, name: 'another' });
    assert.deepEqual(store.verify().problems, []);
    lease.release();
    assert.equal(store.incrementField('key', 'tiny', -7), 70);
    assert.deepEqual(store.verify().problems, []);
  });

  test('do not exist in stores with another codec, nor after close', () => {
    const plain = Store.create<{ hits: number }>({ memory: '256KiB' });
    plain.set('key', { hits: 1 });
    assert.throws(() => plain.getField('key', 'hits'), ValueError);
    assert.throws(() => plain.setField('key', 'hits', 1), ValueError);
    assert.throws(() => plain.incrementField('key', 'hits'), ValueError);
    const store = storeOfFields();
    store.close();
    assert.throws(() => store.getField('key', 'hits'), ClosedError);
    assert.throws(() => store.setField('key', 'hits', 1), ClosedError);
    assert.throws(() => store.incrementField('key', 'hits'), ClosedError);
  });

  test('have types: names and values that a struct does not have do not compile', () => {
    const store = Store.create({ memory: '256KiB', value: struct({ n: u16, t: fixedText(4), b: i64 }) });
    store.set('key', { n: 1, t: 'a', b: 1n });
    const value: { n: number; t: string; b: bigint } | undefined = store.get('key');
    const sum: bigint | undefined = store.incrementField('key', 'b', 2n);
    assert.equal(value?.n, 1);
    assert.equal(sum, 3n);
    // @ts-expect-error -- no such field
    assert.throws(() => store.getField('key', 'nothing'), ValueError);
    // @ts-expect-error -- a string is no number
    assert.throws(() => store.setField('key', 'n', 'x'), ValueError);
    // @ts-expect-error -- a text cannot be added to
    assert.throws(() => store.incrementField('key', 't', 'x'), ValueError);
    // @ts-expect-error -- a number is no bigint
    assert.throws(() => store.incrementField('key', 'b', 1), ValueError);
    // @ts-expect-error -- a field is missing
    assert.throws(() => store.set('key', { n: 1, t: 'a' }), ValueError);
  });
});
