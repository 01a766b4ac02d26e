/** What the guard concludes from ratios, all of them made up; and that it runs two trees, whatever it measures of them. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { OPERATIONS } from '../../bench/guard/operations.ts';
import { timePair } from '../../bench/guard/pair.ts';
import { ownTree } from '../../bench/guard/tree.ts';
import { judge, judgeFinally } from '../../bench/guard/verdict.ts';
import { medianInterval } from '../../bench/harness/confidence.ts';
import { Random } from '../../bench/harness/random.ts';
import { spreadOf } from '../../bench/harness/statistics.ts';

describe('the interval of a median', () => {
  test('leaves out as many samples at both ends as 95 % allow', () => {
    const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);
    // 1 - 2 / 2^6 = 0.969; without the ends it would be 0.781.
    assert.deepEqual(medianInterval(upTo(6)), { low: 1, high: 6, level: 1 - 2 / 64 });
    // 1 - 2 (1 + 9) / 2^9
    assert.deepEqual(medianInterval(upTo(9)), { low: 2, high: 8, level: 1 - 20 / 512 });
    // The tables say 6 to 15 for 20.
    const { low, high, level } = medianInterval(upTo(20));
    assert.deepEqual([low, high], [6, 15]);
    assert.ok(Math.abs(level - 0.9586) < 1e-4, `${level}`);
  });

  test('says what five samples are worth, and takes any order', () => {
    assert.deepEqual(medianInterval([5, 1, 4, 2, 3]), { low: 1, high: 5, level: 0.9375 });
    assert.throws(() => medianInterval([]), RangeError);
  });

  test('is given from five samples on', () => {
    assert.equal(spreadOf([1, 2, 3, 4]).confidence, undefined);
    assert.equal(spreadOf([1, 2, 3, 4, 5]).confidence?.high, 5);
  });

  test('is as narrow for many samples as the normal law says, without a gap where the laws change', () => {
    const width = (count: number): number => {
      const { low, high } = medianInterval(Array.from({ length: count }, (_, index) => index / count));
      return high - low;
    };
    assert.ok(Math.abs(width(200) - width(201)) < 0.01, `${width(200)} and ${width(201)}`);
    assert.ok(Math.abs(width(10_000) - 1.96 / 100) < 0.001, `${width(10_000)}`);
  });

  test('holds the true median as often as it says, whatever the distribution', () => {
    const seed = 20_261_124;
    const random = new Random(seed);
    const [trials, samples] = [4000, 9];
    // Far skewed, as the times of a shared machine are: the mean is twice the median and more.
    const draw = (): number => 1 / (1 - random.fraction());
    const trueMedian = 2;
    let held = 0;
    for (let trial = 0; trial < trials; trial++) {
      const { low, high } = medianInterval(Array.from({ length: samples }, draw));
      if (low <= trueMedian && trueMedian <= high) held++;
    }
    const share = held / trials;
    assert.ok(share > 0.945 && share < 0.98, `seed ${seed}: ${share} of the intervals hold the median`);
  });
});

describe('the guard', () => {
  test('calls an operation slower when the whole interval is below 0.9', () => {
    const { verdict, median, interval } = judge([0.8, 0.82, 0.79, 0.85, 0.81, 0.83]);
    assert.equal(verdict, 'slower');
    assert.ok(Math.abs(median - 0.815) < 1e-9);
    assert.deepEqual([interval.low, interval.high], [0.79, 0.85]);
  });

  test('lets pass what is as fast, faster, or a little slower for certain', () => {
    assert.equal(judge([1, 1.02, 0.98, 0.99, 1.01, 1]).verdict, 'ok');
    assert.equal(judge([1.5, 1.6, 1.4, 1.7, 1.5, 1.5]).verdict, 'ok');
    assert.equal(judge([0.92, 0.93, 0.94, 0.91, 0.95, 0.92]).verdict, 'ok');
    assert.equal(judge([0.9, 0.9, 0.9, 0.9, 0.9, 0.9]).verdict, 'ok', 'the limit itself is not below it');
  });

  test('is unsure when the interval holds the limit, and then the median decides in the end', () => {
    const below = [0.8, 0.85, 0.88, 0.89, 0.95, 1.1];
    const above = [0.8, 0.85, 0.92, 0.93, 0.95, 1.1];
    assert.deepEqual([judge(below).verdict, judge(above).verdict], ['unsure', 'unsure']);
    assert.deepEqual([judgeFinally(below).verdict, judgeFinally(above).verdict], ['slower', 'ok']);
  });

  test('is not misled by one pair out of nine that the machine disturbed', () => {
    const fine = [1.01, 0.99, 1, 1.02, 0.98, 1, 0.97, 1.03];
    assert.equal(judge([...fine, 0.2]).verdict, 'ok');
    assert.equal(judge([...fine.map((ratio) => 0.8 * ratio), 5]).verdict, 'slower');
  });

  test('takes another limit', () => {
    const ratios = [0.8, 0.82, 0.79, 0.85, 0.81, 0.83];
    assert.equal(judge(ratios, 0.7).verdict, 'ok');
    assert.equal(judge(ratios, 0.99).verdict, 'slower');
  });

  test('rarely accuses an unchanged operation whose ratios vary by a tenth', () => {
    const seed = 7;
    const random = new Random(seed);
    const trials = 2000;
    let accused = 0;
    for (let trial = 0; trial < trials; trial++) {
      const ratios = Array.from({ length: 9 }, () => 0.9 + 0.2 * random.fraction());
      if (judgeFinally(ratios).verdict === 'slower') accused++;
    }
    assert.equal(accused, 0, `seed ${seed}`);
  });
});

function runGuard(...args: string[]): { exitCode: number | null; stdout: string; stderr: string } {
  const guard = join(import.meta.dirname, '..', '..', 'bench', 'guard.js');
  const child = spawnSync(process.execPath, [guard, ...args], { encoding: 'utf8', timeout: 120_000 });
  return { exitCode: child.status, stdout: child.stdout, stderr: child.stderr };
}

describe('npm run bench:guard', () => {
  test('refuses what is no commit, no operation or no number of pairs', () => {
    for (const [args, sentence] of [
      [[], /with which commit\?/],
      [['there-is-no-such-commit'], /git knows no commit there-is-no-such-commit/],
      [['--help'], /--help/],
      [['HEAD', 'gte'], /there is no operation gte: there are get-5k, /],
      [['HEAD', '--pairs', '5'], /--pairs 5: takes a whole number from 6 up/],
    ] as const) {
      const { exitCode, stdout, stderr } = runGuard(...args);
      assert.equal(exitCode, 1);
      assert.match(stderr, sentence);
      assert.equal(stdout, '');
    }
  });

  test('-- --list names the operations', () => {
    const { exitCode, stdout } = runGuard('--list');
    assert.equal(exitCode, 0);
    assert.match(stdout, /^get-5k$/m);
  });

  test('compares two trees: every operation runs in both', async () => {
    const timings = await timePair([ownTree, ownTree], Object.keys(OPERATIONS), 1);
    assert.deepEqual([...timings.keys()], Object.keys(OPERATIONS));
    for (const [name, { ours, theirs }] of timings) assert.ok(ours > 0 && theirs > 0, name);
  });

  test('says which process ended, when one does', async () => {
    const broken = { ...ownTree, index: new URL('nowhere.js', ownTree.index).href };
    await assert.rejects(timePair([broken, broken], ['get-5k'], 1), /nowhere\.js ended with 1/);
  });
});
