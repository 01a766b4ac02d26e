/** Consistent hashing of segments to owners: bar D1. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assignSegments, NOBODY } from '../../src/dispatch/ring.ts';
import { announcedSeed, Random } from '../fixtures/random.ts';

const SEGMENT_COUNTS = [64, 256, 1024, 4096];

function equalWeights(owners: number): number[] {
  return Array.from({ length: owners }, () => 1);
}

function countsOf(owners: Int32Array, weights: readonly number[]): number[] {
  const counts = weights.map(() => 0);
  for (const owner of owners) if (owner !== NOBODY) counts[owner] += 1;
  return counts;
}

function movedBetween(before: Int32Array, after: Int32Array): number {
  return before.reduce((sum, owner, segment) => sum + (owner === after[segment] ? 0 : 1), 0);
}

function assertBalanced(owners: Int32Array, weights: readonly number[], what: string): void {
  const present = weights.filter((weight) => weight > 0).length;
  const heaviest = Math.max(...countsOf(owners, weights));
  assert.ok(heaviest <= Math.ceil((1.1 * owners.length) / present), `${what}: heaviest owner has ${heaviest}`);
  assert.ok(!owners.includes(NOBODY), what);
}

test("with no owner every segment is nobody's", () => {
  assert.deepEqual([...new Set(assignSegments(64, [], null))], [NOBODY]);
  assert.deepEqual([...new Set(assignSegments(64, [0, 0], null))], [NOBODY]);
});

test('the same inputs give the same ring', () => {
  const weights = equalWeights(7);
  assert.deepEqual(assignSegments(256, weights, null), assignSegments(256, weights, null));
});

test('D1: a join of one of N owners moves at most 1/N of the segments and 5 %, for N from 2 to 64', () => {
  for (const segments of SEGMENT_COUNTS) {
    let ring = assignSegments(segments, equalWeights(1), null);
    for (let owners = 2; owners <= 64; owners++) {
      const next = assignSegments(segments, equalWeights(owners), ring);
      const moved = movedBetween(ring, next);
      assert.ok(
        moved <= Math.ceil((segments / owners) * 1.05),
        `${segments} segments, ${owners} owners: ${moved} moved`,
      );
      assertBalanced(next, equalWeights(owners), `${segments} segments, ${owners} owners`);
      ring = next;
    }
  }
});

test('D1: a leave of one of N owners moves only what it had, for N from 64 to 2', () => {
  for (const segments of SEGMENT_COUNTS) {
    const weights = equalWeights(64);
    let ring = assignSegments(segments, weights, null);
    for (let owners = 64; owners >= 2; owners--) {
      weights[(owners * 37) % 64 === 0 ? 0 : weights.lastIndexOf(1)] = 0;
      const next = assignSegments(segments, weights, ring);
      const moved = movedBetween(ring, next);
      assert.ok(
        moved <= Math.ceil((segments / owners) * 1.05),
        `${segments} segments, ${owners} owners: ${moved} moved`,
      );
      assertBalanced(next, weights, `${segments} segments, ${owners - 1} owners`);
      ring = next;
    }
  }
});

test('D1 holds through random joins and leaves, for any number of segments from 64 to 4096', () => {
  let seed = Number(process.env['SHARENA_SEED'] ?? Date.now() % 1_000_000);
  console.log(`ring: SHARENA_SEED=${seed}`);
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
    return (seed >>> 8) % below;
  };
  for (let walk = 0; walk < 12; walk++) {
    const segments = 2 ** (6 + random(7));
    const weights = Array.from({ length: 64 }, () => random(2));
    let ring = assignSegments(segments, weights, null);
    for (let step = 0; step < 60; step++) {
      const before = weights.filter((weight) => weight > 0).length;
      const owner = random(64);
      weights[owner] = 1 - weights[owner];
      const after = weights.filter((weight) => weight > 0).length;
      if (after === 0) weights[owner] = 1;
      const next = assignSegments(segments, weights, ring);
      const what = `${segments} segments, ${before} owners, then ${after}`;
      const movedMax = after === 0 || before === 0 ? segments : Math.ceil((segments / Math.max(before, after)) * 1.05);
      const moved = movedBetween(ring, next);
      assert.ok(moved <= movedMax, `${what}: ${moved} moved`);
      assertBalanced(next, weights, what);
      ring = next;
    }
  }
});

test('an owner that leaves and comes back takes about as many segments as it gave, and more weight takes more', () => {
  const ring = assignSegments(1024, [1, 1, 1, 1], null);
  const without = assignSegments(1024, [1, 1, 0, 1], ring);
  const back = assignSegments(1024, [1, 1, 1, 1], without);
  assert.equal(countsOf(back, [1, 1, 1, 1])[2], 256);
  const heavier = assignSegments(1024, [1, 1, 2, 1], back);
  assert.deepEqual(movedBetween(back, heavier), countsOf(heavier, [1, 1, 2, 1])[2] - 256);
});

test('weights share the segments out in proportion', () => {
  const counts = countsOf(assignSegments(1000, [1, 3, 0, 6], null), [1, 3, 0, 6]);
  assert.deepEqual(counts, [100, 300, 0, 600]);
});

test('a share of whole segments is that, also for an owner that has had more', () => {
  const weights = [3, 1, 2];
  const ring = assignSegments(8, weights, assignSegments(8, [1, 0, 0], null));
  assert.deepEqual(countsOf(ring, weights), [4, 1, 3]);
});

test('D1: a change of size from n to m owners moves |n - m| / max(n, m) of the segments and 5 %, for n and m up to 64', () => {
  for (const segments of [256, 4096]) {
    let ring = assignSegments(segments, equalWeights(1), null);
    let from = 1;
    for (let step = 1; step <= 64; step++) {
      const to = 1 + ((from * 29 + step) % 64);
      const next = assignSegments(segments, equalWeights(to), ring);
      const movedMax = Math.ceil((segments * 1.05 * Math.abs(from - to)) / Math.max(from, to));
      const moved = movedBetween(ring, next);
      assert.ok(moved <= movedMax, `${segments} segments, ${from} to ${to} owners: ${moved} moved`);
      assertBalanced(next, equalWeights(to), `${segments} segments, ${to} owners`);
      ring = next;
      from = to;
    }
  }
});

test('with weights every owner has its share, less or more than one segment, through random changes of weights', () => {
  const random = new Random(announcedSeed('weights'));
  const segments = 1024;
  const weights = Array.from({ length: 32 }, () => random.below(5));
  weights[0] = 1;
  let ring = assignSegments(segments, weights, null);
  for (let step = 0; step < 60; step++) {
    weights[1 + random.below(31)] = random.below(5);
    const next = assignSegments(segments, weights, ring);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const before = countsOf(ring, weights);
    const after = countsOf(next, weights);
    for (const [owner, weight] of weights.entries()) {
      const share = (segments * weight) / total;
      assert.ok(Math.abs(after[owner] - share) < 1, `owner ${owner} has ${after[owner]} of a share of ${share}`);
    }
    // Only what somebody gains moves.
    const gained = after.reduce((sum, count, owner) => sum + Math.max(0, count - before[owner]), 0);
    assert.equal(movedBetween(ring, next), gained);
    ring = next;
  }
});
