import { strict as assert } from 'node:assert';
import { describe as suite, test } from 'node:test';
import { bytes, float64, int32, json, msgpack, SharenaError, Store, text, ValueError } from '../../src/index.ts';

class Point {
  readonly x: number = 1;
}

const cyclic: Record<string, unknown> = { name: 'loop' };
cyclic['self'] = cyclic;

/** Comes back equal, or set throws a typed error and the entry is as it was. */
const CANDIDATES: readonly unknown[] = [
  undefined,
  null,
  true,
  false,
  0,
  -0,
  1.5,
  Number.NaN,
  Number.NEGATIVE_INFINITY,
  2 ** 53,
  '',
  'text',
  'é',
  'Ω\0\ud800',
  '\udc00'.repeat(9000),
  'x'.repeat(100_000),
  0n,
  -1n,
  2n ** 64n,
  -(2n ** 200n),
  new Uint8Array(0),
  new Uint8Array([1, 2, 3]),
  new Uint8Array(50_000).fill(7),
  Buffer.from('buffer'),
  new Uint16Array([1, 2]),
  new Float64Array([1.5, Number.NaN]),
  new ArrayBuffer(8),
  new DataView(new ArrayBuffer(4)),
  [],
  {},
  [1, 'two', null, [3]],
  [undefined, -0, Number.NaN],
  // oxlint-disable-next-line no-sparse-arrays
  [1, , 3],
  { a: { b: { c: 'd' } } },
  { undefined, minus: -0, big: 2n ** 70n },
  { bytes: new Uint8Array([1, 2]), nested: [new Uint8Array([3])] },
  JSON.parse('{"__proto__":{"polluted":true}}'),
  { constructor: 'c', toString: 't', hasOwnProperty: 'h' },
  { '': 1, '\ud800': 2, 'a\0': 3 },
  new Map<unknown, unknown>([
    ['a', 1],
    [{ k: 1 }, new Map([[1, 2]])],
  ]),
  new Set([1, 'a', Number.NaN]),
  new Date(1234),
  new Date(Number.NaN),
  /x/giu,
  new Error('e'),
  new TypeError('t', { cause: 'c' }),
  cyclic,
  () => 1,
  Symbol('s'),
  { f: () => 1 },
  [() => 1],
  new Map([['f', () => 1]]),
  new Point(),
  { point: new Point() },
  Object.create(null),
  Object.create({ inherited: 1 }),
  Object.defineProperty({}, 'hidden', { value: 1, enumerable: false }),
  {
    get computed(): number {
      return 1;
    },
  },
  { [Symbol('s')]: 1 },
  Object.assign([1], { extra: 2 }),
  new Proxy({}, {}),
  new WeakMap(),
  Promise.resolve(1),
  Object(1),
  Object('s'),
  Object(1n),
  new Uint8Array(new SharedArrayBuffer(4)),
  new SharedArrayBuffer(4),
  globalThis,
  new URL('http://example.test/'),
  Array.from({ length: 5000 }, (_, index) => ({ index, text: `item ${index}` })),
];

suite('values', () => {
  for (const codec of [msgpack(), json()]) {
    test(`what ${codec.name}() gives back equals what went in, or set throws a typed error and changes nothing`, () => {
      const store = Store.create({ memory: '8MiB', value: codec });
      let kept = 0;
      for (const [index, value] of CANDIDATES.entries()) {
        store.set('key', 'before');
        try {
          store.set('key', value);
        } catch (error) {
          assert.ok(error instanceof ValueError, `candidate ${index}: ${String(error)}`);
          assert.equal(store.get('key'), 'before');
          continue;
        }
        kept += 1;
        assert.deepEqual(store.get('key'), value, `candidate ${index}`);
        assert.deepEqual([...store.values()], [value]);
        assert.deepEqual(store.getVersioned('key')?.value, value);
      }
      assert.ok(kept >= 15, `only ${kept} candidates were kept`);
      assert.deepEqual(store.verify().problems, []);
    });
  }

  test('a polluting __proto__ key never reaches a prototype', () => {
    const store = Store.create({ memory: '256KiB' });
    try {
      store.set('a', JSON.parse('{"__proto__":{"polluted":true}}'));
      assert.deepEqual(store.get('a'), JSON.parse('{"__proto__":{"polluted":true}}'));
    } catch (error) {
      assert.ok(error instanceof ValueError);
    }
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
  });

  test('strings of every length around the limits of the encoders come back', () => {
    const store = Store.create({ memory: '4MiB', segments: 1 });
    for (const length of [
      0, 1, 2, 3, 4, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 16_383, 16_384, 16_385, 32_766, 32_767, 32_768,
      65_536,
    ]) {
      for (const char of ['a', 'ÿ', 'Ω', '\ud800']) {
        const value = char.repeat(length);
        store.set('s', value);
        assert.ok(store.get('s') === value, `${length} of ${JSON.stringify(char)}`);
      }
    }
  });

  test('bytes of every length around the limits of a record come back, whatever is beside them', () => {
    const store = Store.create({ memory: '4MiB', segments: 1 });
    const lengths = [0, 1, 2, 3, 4, 5, 16_360, 16_380, 16_384, 16_388, 32_766, 32_767, 32_768, 40_000, 65_536, 70_001];
    const valueOf = (length: number): Uint8Array =>
      new Uint8Array(length).map((_, index) => (index * 7 + length) & 255);
    for (const length of lengths) {
      store.set(`k${length}`, valueOf(length), { ttl: 1e9 });
      store.set(`l${length}`, valueOf(length));
      store.set('k'.repeat(300) + length, valueOf(length));
    }
    for (const length of lengths) {
      for (const key of [`k${length}`, `l${length}`, 'k'.repeat(300) + length]) {
        assert.ok(
          Buffer.from(valueOf(length)).equals(store.get(key) as Uint8Array),
          `${key.slice(-8)} of ${length} bytes`,
        );
      }
    }
    assert.deepEqual(store.verify().problems, []);
  });

  test('a codec of one type refuses every other type', () => {
    const wrong: readonly (readonly [Store<never>, readonly unknown[], unknown])[] = [
      [Store.create({ memory: '256KiB', value: text() }), [1, null, undefined, new Uint8Array(1), {}], 'x'],
      [Store.create({ memory: '256KiB', value: bytes() }), ['x', 1, [1], new Uint16Array(1)], new Uint8Array([1])],
      [Store.create({ memory: '256KiB', value: float64() }), ['1', 1n, null, {}], -0],
      [Store.create({ memory: '256KiB', value: int32() }), [1.5, -0, 2 ** 31, Number.NaN, '1'], -(2 ** 31)],
    ] as never;
    for (const [store, values, good] of wrong) {
      store.set('a', good as never);
      for (const value of values) assert.throws(() => store.set('a', value as never), ValueError);
      assert.ok(Object.is(store.get('a'), good) || assert.deepEqual(store.get('a'), good) === undefined);
    }
  });

  test('increment keeps to what the codec stores', () => {
    const ints = Store.create({ memory: '256KiB', value: int32() });
    ints.set('n', 2 ** 31 - 1);
    for (const by of [1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])
      assert.throws(() => ints.increment('n', by), ValueError);
    assert.equal(ints.get('n'), 2 ** 31 - 1);
    const jsons = Store.create<number>({ memory: '256KiB', value: json() });
    jsons.set('n', 1);
    for (const by of [Number.NaN, Number.POSITIVE_INFINITY]) assert.throws(() => jsons.increment('n', by), ValueError);
    assert.equal(jsons.increment('n', 1.25), 2.25);
    const strings = Store.create<string>({ memory: '256KiB', value: text() });
    assert.throws(() => strings.increment('n'), ValueError);
    assert.equal(strings.has('n'), false);
  });

  test('a value of 64 MiB goes in and comes back', () => {
    const store = Store.create({ memory: '200MiB' });
    const value = Buffer.alloc(64 * 2 ** 20, 'sixty-four mebibytes ');
    store.set('big', value);
    assert.ok(value.equals(store.get('big') as Buffer));
    value[value.length - 1] = 0;
    store.set('big', value);
    assert.ok(value.equals(store.get('big') as Buffer));
    store.delete('big');
    assert.equal(store.stats().largeBytes, 0);
    assert.deepEqual(store.verify().problems, []);
  });

  test('a string of 10 MB comes back, of one-byte and of two-byte chars', () => {
    const store = Store.create({ memory: '100MiB' });
    for (const unit of ['0123456789', 'Ωμέγα\ud800 0123']) {
      const value = unit.repeat(1e6);
      store.set('big', value);
      assert.ok(store.get('big') === value);
    }
  });

  test('a value above the limit of a value is refused with the limit in the message', () => {
    const store = Store.create({ memory: '1GiB' });
    const limit = 256 * 2 ** 20;
    assert.throws(
      () => store.set('big', new Uint8Array(limit + 1)),
      (error) => error instanceof ValueError && error.message.includes(String(limit)),
    );
    assert.equal(store.size, 0);
  });

  test('all errors of a store are SharenaErrors with a code', () => {
    const store = Store.create({ memory: '256KiB' });
    assert.throws(
      () => store.set('a', () => 1),
      (error) => error instanceof SharenaError && error.code === 'ERR_SHARENA_VALUE' && error.name === 'ValueError',
    );
  });
});
