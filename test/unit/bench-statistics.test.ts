import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { freshKey, KEY_LENGTH, stringValue, VALUE_LENGTH } from '../../bench/harness/fresh-keys.ts';
import { totalOf } from '../../bench/harness/crew.ts';
import { KEY_KINDS } from '../../bench/harness/key-kinds.ts';
import { permutation, Random } from '../../bench/harness/random.ts';
import { atLeast, atMost, meets, single, type Finding } from '../../bench/harness/question.ts';
import { quantity, table, verdict } from '../../bench/harness/report.ts';
import { Histogram, median, pairRatios, quantile, spreadOf } from '../../bench/harness/statistics.ts';
import { hotIndexes, mixedIndexes, uniformIndexes, zipfIndexes } from '../../bench/harness/zipf.ts';

describe('statistics', () => {
  test('the median is the middle, or halfway between the two middles, whatever the order', () => {
    assert.equal(median([9, 1, 5]), 5);
    assert.equal(median([4, 1, 3, 2]), 2.5);
    assert.equal(median([7]), 7);
  });

  test('the median compares numbers as numbers and leaves its samples alone', () => {
    const samples = [100, 9, 20];
    assert.equal(median(samples), 20);
    assert.deepEqual(samples, [100, 9, 20]);
  });

  test('a quantile interpolates between its neighbours', () => {
    assert.equal(quantile([0, 10], 0.25), 2.5);
    assert.equal(quantile([1, 2, 3, 4, 5], 0), 1);
    assert.equal(quantile([1, 2, 3, 4, 5], 1), 5);
    assert.equal(quantile([1, 2, 3, 4, 5], 0.9), 4.6);
  });

  test('a quantile of nothing, or beyond the samples, is refused', () => {
    assert.throws(() => quantile([], 0.5), RangeError);
    assert.throws(() => quantile([1], 1.01), /from 0 to 1, got 1\.01/);
    assert.throws(() => quantile([1], Number.NaN), RangeError);
  });

  test('a spread has the median, the smallest and the largest', () => {
    assert.deepEqual(spreadOf([3, 1, 2]), { median: 2, low: 1, high: 3 });
  });

  test('ratios are formed within pairs, so that what slows both halves of a pair cancels out', () => {
    assert.deepEqual(pairRatios([200, 2000], [100, 1000]), [2, 2]);
    assert.throws(() => pairRatios([1], [1, 2]), /got 1 and 2 samples/);
  });

  test('a histogram tells a quantile to its bucket, and the largest value exactly', () => {
    const histogram = new Histogram();
    for (let value = 1; value <= 10_000; value++) histogram.record(value);
    histogram.record(5_000_000);
    assert.equal(histogram.count, 10_001);
    assert.equal(histogram.largest, 5_000_000);
    const middle = histogram.quantile(0.5);
    assert.ok(middle >= 5000 && middle < 5000 * 1.13, `${middle}`);
    assert.equal(histogram.quantile(1), 5_000_000);
    assert.throws(() => new Histogram().quantile(0.5), RangeError);
  });
});

describe('key choice', () => {
  test('fresh keys have 18 ASCII characters and differ for different entries', () => {
    const keys = new Set(Array.from({ length: 20_000 }, (_, index) => freshKey(index)));
    assert.equal(keys.size, 20_000);
    for (const key of keys) assert.match(key, /^[\x21-\x7e]{18}$/);
    assert.equal(freshKey(41).length, KEY_LENGTH);
    assert.equal(freshKey(41), freshKey(41));
  });

  test('string values have 16 characters', () => {
    for (const index of [0, 1, 99_999, 5_000_000]) assert.equal(stringValue(index).length, VALUE_LENGTH);
  });

  test('a zipf stream asks for its most popular entry about as often as the law says', () => {
    const [entries, length] = [1000, 100_000];
    const counts = new Int32Array(entries);
    for (const index of zipfIndexes(entries, length, 3)) counts[index] = (counts[index] ?? 0) + 1;
    const harmonic = Array.from({ length: entries }, (_, rank) => 1 / (rank + 1) ** 0.99).reduce((a, b) => a + b);
    const expected = length / harmonic;
    const most = Math.max(...counts);
    assert.ok(Math.abs(most - expected) < 0.05 * expected, `${most} times, the law says ${expected.toFixed(0)}`);
    assert.ok(counts.filter((count) => count > 0).length > 0.9 * entries);
  });

  test('streams of different seeds over the same entries have the same popular entry', () => {
    const favourite = (seed: number): number => {
      const counts = new Map<number, number>();
      for (const index of zipfIndexes(500, 20_000, seed)) counts.set(index, (counts.get(index) ?? 0) + 1);
      return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0] ?? -1;
    };
    assert.equal(favourite(1), favourite(2));
    assert.deepEqual(zipfIndexes(500, 100, 1), zipfIndexes(500, 100, 1));
    assert.notDeepEqual(zipfIndexes(500, 100, 1), zipfIndexes(500, 100, 2));
  });

  test('a mixed stream has the asked-for share of reads, and writes are complements of valid indexes', () => {
    const stream = mixedIndexes(100, 50_000, 5, 0.95);
    const writes = stream.filter((index) => index < 0);
    assert.ok(Math.abs(writes.length / stream.length - 0.05) < 0.01);
    assert.ok(writes.every((index) => ~index >= 0 && ~index < 100));
    assert.ok(mixedIndexes(100, 1000, 5, 1).every((index) => index >= 0));
    assert.ok(mixedIndexes(100, 1000, 5, 0).every((index) => index < 0));
  });

  test('a uniform stream asks for every entry about as often, and a hot one for a single entry', () => {
    const counts = new Int32Array(100);
    for (const index of uniformIndexes(100, 100_000, 3)) counts[index] = (counts[index] ?? 0) + 1;
    for (const count of counts) assert.ok(Math.abs(count - 1000) < 200, `${count}`);
    assert.equal(new Set(hotIndexes(100, 1000)).size, 1);
  });

  test('keys of every kind are new ones at each call, equal for an entry and different for others', () => {
    for (const { name, keyOf, mapKeyOf } of KEY_KINDS) {
      const keys = Array.from({ length: 5000 }, (_, index) => String(keyOf(index)));
      assert.equal(new Set(keys).size, 5000, name);
      assert.equal(new Set(Array.from({ length: 5000 }, (_, index) => mapKeyOf(index))).size, 5000, name);
      assert.deepEqual(keyOf(41), keyOf(41), name);
      if (typeof keyOf(41) === 'object') assert.notEqual(keyOf(41), keyOf(41), name);
    }
    assert.deepEqual(
      KEY_KINDS.slice(0, 2).map(({ keyOf }) => String(keyOf(7)).length),
      [8, 128],
    );
  });

  test('a permutation holds every number once', () => {
    const order = permutation(1000, new Random(1));
    assert.deepEqual(
      [...order].sort((a, b) => a - b),
      [...Array(1000).keys()],
    );
    assert.notDeepEqual([...order], [...Array(1000).keys()]);
  });
});

describe('the report', () => {
  const finding = (middle: number, bar?: Finding['bar']): Finding => ({
    what: 'get',
    unit: 'x',
    measured: {
      median: middle,
      low: middle - 0.3,
      high: middle + 0.3,
      confidence: { low: middle - 0.1, high: middle + 0.1, level: 0.96 },
    },
    ...(bar === undefined ? {} : { bar }),
    samples: [],
  });

  test('a bar is reached at its limit, in the sense it is meant', () => {
    assert.equal(meets(finding(0.8, atLeast('S1', 0.8))), true);
    assert.equal(meets(finding(0.79, atLeast('S1', 0.8))), false);
    assert.equal(meets(finding(24, atMost('M1', 24))), true);
    assert.equal(meets(finding(24.1, atMost('M1', 24))), false);
    assert.equal(meets(finding(0)), true);
    assert.equal(meets({ ...finding(1, atLeast('S1', 0.8)), unfinished: true }), false);
    assert.equal(
      meets(finding(null as unknown as number, atMost('M4', 0.3))),
      false,
      'JSON makes null of what is none',
    );
  });

  test('a row says the bar, what, how much, its interval, the limit and the verdict', () => {
    const lines = table([finding(0.75, atLeast('S1', 0.8)), finding(1.25)]).split('\n');
    assert.match(lines[0] ?? '', /^bar +what +measured +95 % +limit +detail$/);
    assert.match(lines[1] ?? '', /^S1 +get +0\.75x +0\.65x - 0\.85x +>= 0\.80x +SHORT$/);
    assert.match(lines[2] ?? '', /^ +get +1\.25x +1\.15x - 1\.35x$/);
  });

  test('figures that are told for comparison only are not counted as bars', () => {
    assert.equal(
      verdict([finding(1, atLeast('S1', 0.8)), finding(0.1, atLeast('S2', 0.8)), finding(5)]),
      '1 of 2 bars reached',
    );
    assert.equal(verdict([finding(5)]), '');
  });

  test('quantities have three digits that matter', () => {
    assert.equal(quantity(0.123, 'x'), '0.12x');
    assert.equal(quantity(12.34, 'bytes'), '12.3 bytes');
    assert.equal(quantity(1234.5, 'ns'), '1,235 ns');
    assert.equal(single(4).low, 4);
  });
});

test('a round of threads lasts from the first start to the last end', () => {
  const total = totalOf([
    { ops: 100, startNs: 1_000_000n, endNs: 11_000_000n, coreMs: 5 },
    { ops: 300, startNs: 2_000_000n, endNs: 21_000_000n, coreMs: 10 },
  ]);
  assert.deepEqual(total, { ops: 400, elapsedMs: 20, opsPerSecond: 20_000, opsPerCoreSecond: 50_000 });
});
