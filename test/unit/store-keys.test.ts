import { strict as assert } from 'node:assert';
import { describe as suite, test } from 'node:test';
import { KEY_BYTES_MAX } from '../../native-layout/record.ts';
import { type Key, KeyError, Store } from '../../src/index.ts';

/** Each differs from all others, as Map tells them apart; byte arrays by their bytes. */
const DISTINCT: readonly Key[] = [
  '',
  '\0',
  '\0\0',
  'a',
  'a\0',
  'a\0b',
  '\ud800',
  '\udbff',
  '\udc00',
  '\udfff',
  'x\ud800',
  '\ud800x',
  '\ud83d\ude00',
  '\ude00\ud83d',
  '\ufffd',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '1',
  1,
  1n,
  new Uint8Array([1]),
  new Uint8Array([49]),
  '1n',
  -1,
  '-1',
  -1n,
  0,
  0n,
  '0',
  new Uint8Array(0),
  new Uint8Array([0]),
  new Uint8Array([0, 0, 0, 0]),
  1.5,
  '1.5',
  Number.NaN,
  'NaN',
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  Number.MIN_VALUE,
  Number.MAX_VALUE,
  Number.MAX_SAFE_INTEGER,
  2 ** 31 - 1,
  2 ** 31,
  -(2 ** 31),
  -(2 ** 31) - 1,
  2 ** 32,
  2n ** 31n,
  2n ** 63n - 1n,
  2n ** 63n,
  -(2n ** 63n),
  -(2n ** 63n) - 1n,
  2n ** 64n,
  2n ** 70n,
  -(2n ** 70n),
  2n ** 5000n,
  'ÿ',
  'Ā',
  'é',
  'e\u0301',
  'k'.repeat(254),
  'k'.repeat(255),
  'k'.repeat(256),
  'k'.repeat(10_000),
  'Ω'.repeat(127),
  'Ω'.repeat(128),
  'Ω'.repeat(10_000),
  new Uint8Array(254).fill(107),
  new Uint8Array(255).fill(107),
  new Uint8Array(10_000).fill(107),
];

suite('keys', () => {
  test('each key of a list of look-alikes has an entry of its own, and iteration gives it back exactly', () => {
    const store = Store.create<number>({ memory: '1MiB', segments: 4 });
    for (const [index, key] of DISTINCT.entries()) {
      assert.equal(store.has(key), false, `key ${index} is taken for another one`);
      store.set(key, index);
    }
    assert.equal(store.size, DISTINCT.length);
    for (const [index, key] of DISTINCT.entries()) assert.equal(store.get(key), index);
    for (const [key, index] of store) assert.deepEqual(key, DISTINCT[index]);
    for (const [index, key] of DISTINCT.entries()) {
      assert.equal(store.delete(key), true);
      assert.equal(store.has(key), false);
      assert.equal(store.size, DISTINCT.length - index - 1);
    }
    assert.deepEqual(store.verify().problems, []);
  });

  test('NaN is one key, and -0 is 0', () => {
    const store = Store.create<string>({ memory: '256KiB' });
    store.set(Number.NaN, 'nan');
    const otherNan = new Float64Array(new BigUint64Array([0xfff8000000000123n]).buffer)[0] ?? 0;
    assert.equal(store.get(otherNan), 'nan');
    assert.equal(store.get(0 / 0), 'nan');
    store.set(-0, 'zero');
    assert.equal(store.get(0), 'zero');
    assert.deepEqual(
      [...store.keys()].filter((key) => key === 0).map((key) => Object.is(key, 0)),
      [true],
    );
  });

  test('byte keys are told apart by their bytes: a copy, a Buffer and a view find the same entry', () => {
    const store = Store.create<string>({ memory: '256KiB' });
    const key = new Uint8Array([1, 2, 3, 4, 5]);
    store.set(key, 'bytes');
    key[0] = 9;
    assert.equal(store.has(key), false, 'a key is copied');
    assert.equal(store.get(Buffer.from([1, 2, 3, 4, 5])), 'bytes');
    assert.equal(store.get(new Uint8Array([0, 1, 2, 3, 4, 5]).subarray(1)), 'bytes');
    assert.equal(store.get(new Uint8Array(new SharedArrayBuffer(5))), undefined);
  });

  test('a string key is the same however it was made', () => {
    const store = Store.create<string>({ memory: '256KiB' });
    store.set('user:12345678:profile', 'a');
    const flat = ['user:', '12345678', ':profile'].join('');
    const slice = 'xxuser:12345678:profilexx'.slice(2, -2);
    const wide = 'user:12345678:profileΩ'.slice(0, -1);
    for (const key of [flat, slice, wide, `user:12345678:profile`]) assert.equal(store.get(key), 'a');
  });

  test('the longest keys fit, one byte more is refused and changes nothing', () => {
    const store = Store.create<number>({ memory: '4MiB', segments: 1 });
    const half = Math.floor(KEY_BYTES_MAX / 2);
    const longest: Key[] = [
      'k'.repeat(KEY_BYTES_MAX),
      'Ω'.repeat(half),
      new Uint8Array(KEY_BYTES_MAX),
      2n ** BigInt(8 * (KEY_BYTES_MAX - 1)) - 1n,
    ];
    for (const [index, key] of longest.entries()) store.set(key, index);
    assert.deepEqual(store.getMany(longest), [0, 1, 2, 3]);
    assert.equal([...store.keys()].length, 4);
    const tooLong: Key[] = [
      'k'.repeat(KEY_BYTES_MAX + 1),
      'Ω'.repeat(half + 1),
      new Uint8Array(KEY_BYTES_MAX + 1),
      2n ** BigInt(8 * (KEY_BYTES_MAX - 1)),
      'k'.repeat(1e6),
      2n ** 1_000_000n,
    ];
    for (const key of tooLong) {
      for (const call of [
        () => store.set(key, 9),
        () => store.get(key),
        () => store.has(key),
        () => store.delete(key),
        () => store.increment(key),
      ]) {
        assert.throws(call, (error) => error instanceof KeyError && error.message.includes(String(KEY_BYTES_MAX)));
      }
    }
    assert.equal(store.size, 4);
    assert.deepEqual(store.verify().problems, []);
  });

  test('what is no key is refused by every call', () => {
    const store = Store.create({ memory: '256KiB' });
    const proxy: unknown = new Proxy(new Uint8Array(3), {});
    for (const bad of [undefined, null, true, {}, [], Symbol('s'), () => 1, new Date(), new Uint16Array(2), proxy]) {
      const key = bad as Key;
      for (const call of [
        () => store.get(key),
        () => store.set(key, 1),
        () => store.has(key),
        () => store.delete(key),
        () => store.peek(key),
        () => store.getRemainingTTL(key),
        () => store.getVersioned(key),
        () => store.compareAndSet(key, 0, 1),
        () => store.replace(key, 1),
        () => store.getOrInsert(key, 1),
        () => store.update(key, () => 1),
        () => store.increment(key),
        () => store.hit(key, { limit: 1, windowMs: 1 }),
        () => store.getMany([key]),
        () => store.setMany([[key, 1]]),
        () => store.deleteMany([key]),
        () => store.segmentOf(key),
      ]) {
        assert.throws(call, KeyError);
      }
    }
    assert.equal(store.size, 0);
  });

  test('segmentOf is the same for the same key, within bounds, and spreads keys', () => {
    const store = Store.create({ memory: '1MiB', segments: 8 });
    const second = Store.attach(store.handle);
    const counts = Array.from({ length: 8 }, () => 0);
    for (let key = 0; key < 8000; key++) {
      const segment = store.segmentOf(key);
      assert.equal(second.segmentOf(key), segment);
      counts[segment] = (counts[segment] ?? 0) + 1;
    }
    assert.equal(counts.length, 8);
    for (const count of counts) assert.ok(count > 700 && count < 1300, counts.join(' '));
  });

  test('two stores place the same keys differently', () => {
    const [one, two] = [Store.create({ memory: '1MiB', segments: 16 }), Store.create({ memory: '1MiB', segments: 16 })];
    let same = 0;
    for (let key = 0; key < 1000; key++) if (one.segmentOf(`key${key}`) === two.segmentOf(`key${key}`)) same += 1;
    assert.ok(same < 200, `${same} of 1000 keys are in the same segment of 16`);
  });
});
