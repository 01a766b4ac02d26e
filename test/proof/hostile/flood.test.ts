/** Who knows the hash can choose keys that collide under one key of it: they do not under that of another arena. */
import { strict as assert } from 'node:assert';
import { describe as suite, test } from 'node:test';
import { packKey } from '../../../src/codec/key.ts';
import { Store, StoreFullError } from '../../../src/index.ts';
import { floodKeys, KNOWN_KEY, knownStore, largestShare, probesOf, SAME_HASH, unevenness } from './flood.ts';

const SEGMENTS = 4;
const MEMORY = '4MiB';
/** Two bits name the segment, ten more the home line in a table of 1024 lines. */
const FLOOD_BITS = 12;
const keys: readonly string[] = floodKeys(1_500, FLOOD_BITS);
const others: readonly string[] = Array.from(keys, (_, index) => `other:${index}`);

/** Sets all keys that there is room for, and checks each; returns how many there were. */
function fill(store: Store, wanted: readonly string[]): number {
  const set = new Set<string>();
  for (const key of wanted) {
    try {
      store.set(key, `value of ${key}`);
      set.add(key);
    } catch (error) {
      assert.ok(error instanceof StoreFullError, (error as Error).stack);
    }
  }
  for (const key of wanted) assert.equal(store.get(key), set.has(key) ? `value of ${key}` : undefined);
  assert.equal(store.size, set.size);
  assert.equal([...store.keys()].length, set.size);
  assert.deepEqual(store.verify().problems, []);
  return set.size;
}

suite('under the hash key that the keys were chosen for', () => {
  test('keys of one and the same hash are told apart', () => {
    assert.equal(new Set(SAME_HASH).size, SAME_HASH.length);
    assert.equal(new Set(SAME_HASH.map((key) => packKey(key, ...KNOWN_KEY))).size, 1);
    const store = knownStore('256KiB', SEGMENTS);
    assert.equal(fill(store, SAME_HASH), SAME_HASH.length);
    for (const key of SAME_HASH.filter((_, index) => index % 2 === 0)) assert.equal(store.delete(key), true);
    for (const [index, key] of SAME_HASH.entries()) assert.equal(store.has(key), index % 2 === 1);
    assert.equal(fill(store, SAME_HASH), SAME_HASH.length);
    for (const key of SAME_HASH) store.increment(`${key}!`);
    assert.deepEqual(store.verify().problems, []);
  });

  test('a flood makes long searches, right answers, and at last a StoreFullError', () => {
    const store = knownStore(MEMORY, SEGMENTS);
    const count = fill(store, keys);
    assert.ok(count > 1_000, `only ${count} fit`);
    const { mean, longest } = probesOf(store);
    assert.ok(mean > 20 && longest > 100, `these keys do not collide: ${mean} lines on average, ${longest} at most`);
    assert.equal(largestShare(store, keys), 1);
    for (const key of keys) store.delete(key);
    assert.equal(store.size, 0);
    assert.equal(fill(store, others), others.length);
  });
});

suite('under the hash key of an arena', () => {
  test('keys of one hash, and keys chosen to collide, are found as near their homes as any others', (t) => {
    const all: object[] = [];
    for (let round = 0; round < 20; round++) {
      const store = Store.create({ memory: MEMORY, segments: SEGMENTS });
      const control = Store.create({ memory: MEMORY, segments: SEGMENTS });
      assert.equal(fill(store, [...SAME_HASH, ...keys]), SAME_HASH.length + keys.length);
      assert.equal(fill(control, [...SAME_HASH.keys(), ...others].map(String)), SAME_HASH.length + others.length);
      const [flooded, usual] = [probesOf(store), probesOf(control)];
      all.push({ flooded: flooded.mean, usual: usual.mean });
      // Between tables that are nearly full and fresh ones it is 0 to 1; a flood that got through has tens.
      assert.ok(flooded.mean < 3, `${flooded.mean} lines on average instead of ${usual.mean}`);
      assert.ok(flooded.longest < 60, `${flooded.longest} lines at most instead of ${usual.longest}`);
      const [size, usualSize] = [store.stats().tableBytes, control.stats().tableBytes];
      assert.ok(size <= 2 * usualSize, `the tables take ${size} bytes instead of ${usualSize}`);
      // Fair dice exceed 160 with 63 degrees of freedom less than once in 10 ** 9 times.
      const chiSquared = unevenness(store, keys, 64);
      assert.ok(chiSquared < 160, `chi-squared ${chiSquared}`);
      store.close();
      control.close();
    }
    t.diagnostic(`lines from home on average: ${JSON.stringify(all)}`);
  });
});
