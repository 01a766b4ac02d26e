/** Work over all segments: each on its owner, seen whole, and stopped when the caller gives up. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SegmentsProgress } from '../../src/dispatch/pool.ts';
import { OptionError, OwnerDiedError, type Store, TaskTimeoutError } from '../../src/index.ts';
import { keyOfOwner, poolFor, turnsUntil } from '../fixtures/pool-setup.ts';

interface Counted {
  readonly owner: number;
  readonly count: number;
}

function fill(counts: Store, entries: number): string[] {
  const keys = Array.from({ length: entries }, (_, i) => `key ${i}`);
  for (const key of keys) counts.set(key, 1);
  return keys;
}

test('mapSegments calls the export once for each segment, on the owner of the segment', async (t) => {
  const { pool, counts } = poolFor(t, 3);
  const keys = fill(counts, 2000);
  const results = await pool.mapSegments<Counted>('counts', 'countOf');
  assert.equal(results.length, counts.segmentCount);
  const expected = Array.from({ length: counts.segmentCount }, () => ({ owner: -1, count: 0 }));
  for (const key of keys) {
    const segment = expected[counts.segmentOf(key)];
    segment.owner = pool.ownerOf(key);
    segment.count += 1;
  }
  assert.deepEqual(results, expected);
});

test('reduce puts the results together in the order of the segments', async (t) => {
  const { pool, counts } = poolFor(t, 2);
  fill(counts, 1000);
  const sum = await pool.reduce('counts', 'countOf', undefined, (total, { count }: Counted) => total + count, 0);
  assert.equal(sum, 1000);
  const order = await pool.reduce<number[], number>('counts', 'failAt', -1, (list, segment) => [...list, segment], []);
  assert.deepEqual(order, [...order.keys()]);
});

test('forEachOwned calls the export once for each entry', async (t) => {
  const { pool, counts } = poolFor(t, 3);
  const keys = fill(counts, 1500);
  assert.equal(await pool.forEachOwned('counts', 'addTo', 41), 1500);
  for (const key of keys) assert.equal(counts.get(key), 42);
});

test('progress is told for each segment, and what its listener throws fails the call', async (t) => {
  const { pool, counts } = poolFor(t, 2);
  const told: SegmentsProgress[] = [];
  await pool.mapSegments('counts', 'countOf', null, { onProgress: (progress) => told.push(progress) });
  assert.deepEqual(
    told.map(({ done }) => done),
    Array.from({ length: counts.segmentCount }, (_, n) => n + 1),
  );
  assert.ok(told.every(({ total }) => total === counts.segmentCount));
  assert.equal(new Set(told.map(({ segment }) => segment)).size, counts.segmentCount);
  const onProgress = (): never => {
    throw new RangeError('no interest');
  };
  await assert.rejects(pool.mapSegments('counts', 'countOf', null, { onProgress }), /no interest/);
});

test('an error of one segment fails the call, and the segments that have not begun are left out', async (t) => {
  const { pool } = poolFor(t, 1);
  await assert.rejects(pool.mapSegments('counts', 'failAt', 3), { name: 'RangeError', message: 'segment 3' });
  await pool.run(null);
  const [{ waiting, completed }] = pool.stats();
  assert.equal(waiting, 0);
  assert.ok(completed < 10, `${completed} tasks`);
  await assert.rejects(pool.mapSegments('counts', 'dieAt', 3), OwnerDiedError);
  assert.equal((await pool.mapSegments('counts', 'countOf')).length, 64);
  await assert.rejects(pool.mapSegments('counts', 'nothing'), /no function nothing/);
});

test('an abort stops an iteration that never awaits, and nothing more begins', async (t) => {
  const { pool, counts } = poolFor(t, 1);
  fill(counts, 1000);
  const gate = new Int32Array(new SharedArrayBuffer(8));
  const controller = new AbortController();
  const { signal } = controller;
  const iterating = pool.mapSegments('counts', 'iterateForEver', gate, { signal });
  await turnsUntil(() => Atomics.load(gate, 0) === 1);
  controller.abort();
  await assert.rejects(iterating, { name: 'AbortError' });
  // The worker is free again.
  assert.equal(await pool.run('k', { name: 'bump' }), 1);
  assert.equal(Atomics.load(gate, 0), 2);
  assert.equal(pool.stats()[0].completed, 2);
  await assert.rejects(pool.mapSegments('counts', 'countOf', null, { signal }), { name: 'AbortError' });
});

test('a timeout does the same', async (t) => {
  const { pool, counts } = poolFor(t, 1);
  fill(counts, 1000);
  await pool.run(null);
  const gate = new Int32Array(new SharedArrayBuffer(8));
  const late = pool.mapSegments('counts', 'iterateForEver', gate, { timeout: 100 });
  await assert.rejects(late, (error) => {
    assert.ok(error instanceof TaskTimeoutError);
    assert.match(error.message, /iterateForEver .* timeout of 100 ms/);
    return true;
  });
  assert.equal(await pool.run('k', { name: 'bump' }), 1);
});

test('other tasks of an owner get their turn before the segments are done', async (t) => {
  const { pool, counts } = poolFor(t, 1);
  fill(counts, 200);
  const gate = new Int32Array(new SharedArrayBuffer(8));
  let done = 0;
  const visiting = pool.forEachOwned('counts', 'waitAtEach', gate, {
    onProgress: (progress) => {
      done = progress.done;
    },
  });
  await turnsUntil(() => Atomics.load(gate, 1) === 1);
  const between = pool.run('k', { name: 'bump' }).then(() => done);
  Atomics.store(gate, 0, 1);
  assert.ok((await between) <= 3, `after ${done} segments`);
  // The task has added an entry, which may have come too late to be seen.
  assert.ok([200, 201].includes(await visiting));
});

test('an entry that is there throughout is seen exactly once, whatever others write and owners do', async (t) => {
  const { pool, counts } = poolFor(t, 2);
  const stable = fill(counts, 3000);
  let isOver = false;
  let round = 0;
  const churn = async (): Promise<void> => {
    for (; !isOver; round++) {
      for (let i = 0; i < 500; i++) counts.set(`coming ${round % 4} ${i}`, round);
      for (let i = 0; i < 500; i++) counts.delete(`coming ${(round + 2) % 4} ${i}`);
      for (const key of stable.slice(0, 500)) counts.set(key, 'x'.repeat(round % 50));
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const churning = churn();
  for (const threads of [3, 1, 2]) {
    const seen = pool.mapSegments<string[]>('counts', 'keysOf');
    const resized = pool.resize(threads);
    const keys = (await seen).flat();
    await resized;
    const times = new Map<string, number>();
    for (const key of keys) times.set(key, (times.get(key) ?? 0) + 1);
    for (const key of stable) assert.equal(times.get(key), 1, key);
    for (const [key, count] of times) assert.equal(count, 1, key);
  }
  isOver = true;
  await churning;
  assert.ok(round > 0);
});

test('close waits for a call over segments, destroy rejects it', async (t) => {
  const { pool, counts } = poolFor(t, 2);
  fill(counts, 500);
  const counting = pool.mapSegments<Counted>('counts', 'countOf');
  await pool.close();
  assert.equal(
    (await counting).reduce((sum, { count }) => sum + count, 0),
    500,
  );
  const { pool: other } = poolFor(t, 2);
  const rejected = assert.rejects(other.mapSegments('counts', 'countOf'));
  await other.destroy();
  await rejected;
});

test('a call over segments is not refused by a full queue, and wrong options are named', async (t) => {
  const { pool } = poolFor(t, 2, { maxQueue: 0 });
  assert.equal((await pool.mapSegments('counts', 'countOf')).length, 64);
  await assert.rejects(pool.mapSegments('users', 'countOf'), /store: the pool has no users, but counts/);
  await assert.rejects(pool.mapSegments(5 as unknown as string, 'countOf'), OptionError);
  await assert.rejects(pool.forEachOwned('counts', 7 as unknown as string), /name: 7 is no string/);
  const wrong = { onProgress: 5 } as object;
  await assert.rejects(pool.mapSegments('counts', 'countOf', null, wrong), /onProgress/);
  await assert.rejects(pool.mapSegments('counts', 'countOf', null, { key: 'k' } as object), /key: no such option/);
  assert.ok(keyOfOwner(pool, 1) !== '');
});
