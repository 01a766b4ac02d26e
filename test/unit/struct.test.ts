import { strict as assert } from 'node:assert';
import { describe as suite, test } from 'node:test';
import { placeFields } from '../../native-layout/field.ts';
import {
  bool,
  bytes,
  type Codec,
  f32,
  f64,
  type FieldType,
  fixedBytes,
  fixedText,
  HandleError,
  i16,
  i32,
  i64,
  i8,
  OptionError,
  Store,
  struct,
  u16,
  u32,
  u64,
  u8,
  ValueError,
} from '../../src/index.ts';

const ALL = {
  a: i8,
  b: u8,
  c: i16,
  d: u16,
  e: i32,
  f: u32,
  g: i64,
  h: u64,
  i: f32,
  j: f64,
  k: bool,
  l: fixedText(16),
  m: fixedBytes(16),
} as const;

const least = {
  a: -128,
  b: 0,
  c: -32_768,
  d: 0,
  e: -(2 ** 31),
  f: 0,
  g: -(2n ** 63n),
  h: 0n,
  i: -0,
  j: Number.NEGATIVE_INFINITY,
  k: false,
  l: '',
  m: new Uint8Array(0),
};

const most = {
  a: 127,
  b: 255,
  c: 32_767,
  d: 65_535,
  e: 2 ** 31 - 1,
  f: 2 ** 32 - 1,
  g: 2n ** 63n - 1n,
  h: 2n ** 64n - 1n,
  i: Math.fround(3.4e38),
  j: Number.MAX_VALUE,
  k: true,
  l: 'ÿ'.repeat(16),
  m: new Uint8Array(16).fill(255),
};

const odd = { ...most, i: Number.NaN, j: -0, l: '\ud800\0→', m: Buffer.from('abc') };

function refusedNaming(name: string): (error: unknown) => boolean {
  return (error) => error instanceof ValueError && error.message.includes(`field ${name}`);
}

suite('struct values', () => {
  test('of every type come back equal, at both ends of their ranges', () => {
    const store = Store.create({ memory: '256KiB', value: struct(ALL) });
    for (const value of [least, most, odd, least]) {
      store.set('key', value);
      assert.deepStrictEqual(store.get('key'), value);
      assert.deepStrictEqual(store.getVersioned('key')?.value, value);
    }
    assert.ok(Buffer.isBuffer((store.set('key', odd), store.get('key')?.m)));
  });

  const wrong: Readonly<Record<string, readonly unknown[]>> = {
    a: [128, -129, 0.5, -0, Number.NaN, '1', 1n, null, undefined],
    b: [256, -1],
    c: [32_768],
    d: [65_536],
    e: [2 ** 31, -(2 ** 31) - 1],
    f: [2 ** 32, -1],
    g: [2n ** 63n, -(2n ** 63n) - 1n, 1],
    h: [2n ** 64n, -1n, 1],
    i: [0.1, 1e39, 1n],
    j: ['0', 1n, undefined],
    k: [1, 0, 'true', null],
    l: ['x'.repeat(17), 5, null],
    m: [new Uint8Array(17), 'abc', new Uint16Array(2), new (class extends Uint8Array {})(2), [1]],
  };

  for (const [name, values] of Object.entries(wrong)) {
    test(`whose field ${name} is not of its type are refused, and nothing changes`, () => {
      const store = Store.create<object>({ memory: '256KiB', value: struct(ALL) as Codec<object> });
      store.set('key', least);
      const version = store.getVersioned('key')?.version;
      for (const value of values) {
        assert.throws(() => store.set('key', { ...least, [name]: value }), refusedNaming(name), String(value));
        const fields = store as Store as Store<Record<string, unknown>>;
        assert.throws(() => fields.setField('key', name, value), refusedNaming(name), String(value));
      }
      assert.deepStrictEqual(store.get('key'), least);
      assert.equal(store.getVersioned('key')?.version, version);
    });
  }

  test('with a field missing, unknown, hidden or named by a symbol are refused', () => {
    const store = Store.create<object>({ memory: '256KiB', value: struct({ x: u8, y: u8 }) as Codec<object> });
    const hidden = Object.defineProperty({ x: 1 }, 'y', { value: 2, enumerable: false });
    assert.throws(() => store.set('key', { x: 1 }), refusedNaming('y'));
    assert.throws(() => store.set('key', { x: 1, y: 2, z: 3 }), refusedNaming('z'));
    assert.throws(() => store.set('key', { x: 1, z: 3 }), refusedNaming('y'));
    assert.throws(() => store.set('key', hidden), ValueError);
    assert.throws(() => store.set('key', { x: 1, y: 2, [Symbol('s')]: 3 }), refusedNaming('Symbol(s)'));
    assert.equal(store.size, 0);
  });

  test('that are no plain objects are refused', () => {
    const store = Store.create({ memory: '256KiB', value: struct({ x: u8 }) as Codec<unknown> });
    class Point {
      x = 1;
    }
    const others = [null, undefined, 1, 'x', [1], new Map([['x', 1]]), new Point(), Object.create(null), () => 1];
    for (const value of others) assert.throws(() => store.set('key', value), ValueError);
    assert.throws(() => store.increment('key'), ValueError);
  });

  test('are looked at once: an accessor that uses the store does no harm', () => {
    const store = Store.create({ memory: '256KiB', value: struct({ x: u8, y: u8 }) });
    let turn = 0;
    store.set('key', {
      get x() {
        store.set('other', { x: 7, y: 7 });
        turn += 1;
        return turn;
      },
      y: 9,
    });
    assert.deepEqual([...store.entries()].sort(), [
      ['key', { x: 1, y: 9 }],
      ['other', { x: 7, y: 7 }],
    ]);
  });

  test('come back with their fields in the order in which they were named, whatever these names are', () => {
    const store = Store.create({
      memory: '256KiB',
      value: struct({ toString: u8, constructor: f64, 'a b': u8, '': i64 }),
    });
    const value = { toString: 1, constructor: 2, 'a b': 3, '': 4n };
    store.set('key', value);
    assert.deepStrictEqual(store.get('key'), value);
    assert.deepEqual(Object.keys(store.get('key') ?? {}), Object.keys(value));
  });

  test('work with all other calls', () => {
    const store = Store.create({ memory: '256KiB', value: struct({ hits: u32, name: fixedText(8) }) });
    assert.deepEqual(store.getOrInsert('a', { hits: 1, name: 'A' }), { hits: 1, name: 'A' });
    store.update('a', (old) => ({ hits: (old?.hits ?? 0) + 1, name: 'B' }));
    const found = store.getVersioned('a');
    assert.ok(found !== undefined && store.compareAndSet('a', found.version, { hits: 9, name: 'C' }));
    store.setMany([['b', { hits: 2, name: '' }]]);
    assert.deepEqual(store.getMany(['a', 'b', 'c']), [{ hits: 9, name: 'C' }, { hits: 2, name: '' }, undefined]);
    assert.equal(store.hit('rate', { limit: 1, windowMs: 1000 }).allowed, true);
    assert.throws(() => store.getField('rate', 'hits'), ValueError);
    assert.throws(() => store.setField('rate', 'hits', 1), ValueError);
    assert.deepEqual(store.verify().problems, []);
  });
});

suite('the fields of a struct', () => {
  test('lie aligned, without gaps between them', () => {
    const kinds = Object.values<FieldType<unknown>>(ALL);
    const offsets = placeFields(kinds);
    for (const [index, { kind }] of kinds.entries()) {
      const alignment = [1, 1, 2, 2, 4, 4, 8, 8, 4, 8, 1, 4, 4][kind];
      assert.equal(offsets[index] % alignment, 0, `field ${index} at ${offsets[index]}`);
    }
    const packed = 1 + 1 + 2 + 2 + 4 + 4 + 8 + 8 + 4 + 8 + 1 + (4 + 32) + (4 + 16);
    assert.equal(offsets[kinds.length], Math.ceil(packed / 4) * 4);
  });

  const badStructs: readonly (readonly [string, () => unknown])[] = [
    ['no fields', () => struct({})],
    ['no object', () => struct(null as never)],
    ['an array', () => struct([u8] as never)],
    ['a field named __proto__', () => struct({ ['__proto__']: u8 })],
    ['fields that are its prototype', () => struct({ __proto__: { x: u8 } } as never)],
    ['a type that is a codec', () => struct({ x: bytes() as never })],
    ['a type that is called', () => struct({ x: fixedText as never })],
    ['a lone surrogate in a name', () => struct({ '\ud800': u8 })],
    ['more than 16 KiB', () => struct({ a: fixedBytes(10_000), b: fixedBytes(10_000) })],
    ['a text of length 0', () => fixedText(0)],
    ['a text of length 1.5', () => fixedText(1.5)],
    ['bytes of a length that no struct has', () => fixedBytes(2 ** 20)],
  ];
  for (const [what, make] of badStructs) {
    test(`are refused with ${what}`, () => assert.throws(make, OptionError));
  }

  test('whose names do not fit the arena are refused', () => {
    const names = Array.from({ length: 300 }, (_, index) => [`field number ${index}`, u8] as const);
    assert.throws(() => Store.create({ memory: '256KiB', value: struct(Object.fromEntries(names)) }), OptionError);
    const fewer = Object.fromEntries(names.slice(0, 100));
    Store.create({ memory: '256KiB', value: struct(fewer) }).close();
  });

  test('are in the arena: attach needs no repetition, and takes one in another order', () => {
    const store = Store.create({ memory: '256KiB', value: struct({ x: u8, y: f64 }) });
    store.set('key', { x: 1, y: 0.5 });
    for (const other of [
      Store.attach<{ x: number; y: number }>(store.handle),
      Store.attach(store.handle, { value: struct({ y: f64, x: u8 }) }),
    ]) {
      assert.deepStrictEqual(other.get('key'), { x: 1, y: 0.5 });
      assert.equal(other.incrementField('key', 'x', 0), 1);
      other.close();
    }
  });

  test('that differ from those in the arena are refused by name', () => {
    const store = Store.create({ memory: '256KiB', value: struct({ x: u8, name: fixedText(8) }) });
    const others: readonly (readonly [string, Codec<never>])[] = [
      ['field x', struct({ x: u16, name: fixedText(8) }) as Codec<never>],
      ['field name', struct({ x: u8, name: fixedText(9) }) as Codec<never>],
      ['field name', struct({ x: u8 }) as Codec<never>],
      ['field extra', struct({ x: u8, name: fixedText(8), extra: u8 }) as Codec<never>],
      ['codec struct', bytes() as Codec<never>],
    ];
    for (const [named, value] of others) {
      assert.throws(
        () => Store.attach(store.handle, { value }),
        (error) => error instanceof HandleError && error.message.includes(named),
      );
    }
    const plain = Store.create({ memory: '256KiB' });
    assert.throws(() => Store.attach(plain.handle, { value: struct({ x: u8 }) }), HandleError);
    assert.equal(store.stats().threads, 1);
  });

  test('of a codec of the user with the name struct are none', () => {
    const value = { name: 'struct', encode: () => new Uint8Array(1), decode: () => 1 };
    assert.throws(() => Store.create({ value }), OptionError);
  });
});
