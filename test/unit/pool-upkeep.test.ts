/** Upkeep by the owners of a pool, in their own threads. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { segmentHeader, TABLE_CLASS_SHIFT, tableLines } from '../../native-layout/segment.ts';
import { Pool } from '../../src/dispatch/pool.ts';
import { OptionError, Store } from '../../src/index.ts';
import { arenaOf } from '../../src/store.ts';
import { keyOfOwner, poolFor, tasks, turnsUntil, watchWorkers } from '../fixtures/pool-setup.ts';

const H = segmentHeader.word;

function setEnding(store: Store, count: number, ttl: number = 50): void {
  for (let id = 0; id < count; id++) store.set(`ends ${id}`, id, { ttl });
}

function reclaimedBy(pool: Pool): number[] {
  return pool.stats().map(({ upkeep }) => upkeep.reclaimed);
}

/** A store whose owners leave it alone. */
function aloneFor(t: TestContext): { pool: Pool; counts: Store } {
  return poolFor(t, 2, { upkeep: false });
}

test('idle owners reclaim entries whose time is over, each in its own segments', async (t) => {
  const { pool, counts } = poolFor(t, 2);
  const owners = [0, 0];
  for (let id = 0; id < 2000; id++) owners[pool.ownerOf(`ends ${id}`)] += 1;
  counts.set('stays', 1);
  setEnding(counts, 2000);
  await turnsUntil(() => counts.size === 1);
  assert.deepEqual(reclaimedBy(pool), owners);
  assert.ok(pool.stats().every(({ upkeep }) => upkeep.steps > 0));
  assert.equal(counts.stats().expired, 2000);
  assert.deepEqual(counts.verify().problems, []);
});

test('idle owners let tables grow that are nearly crowded', async (t) => {
  const { pool, counts } = poolFor(t, 2);
  const arena = arenaOf(counts);
  const nearest = (): number => {
    const rooms = Array.from({ length: counts.segmentCount }, (_, segment) => {
      const [words, head] = [arena.viewOf(segment), arena.headOf(segment)];
      return tableLines(words[head + H.table] >>> TABLE_CLASS_SHIFT) * 7 - words[head + H.used];
    });
    return Math.min(...rooms);
  };
  // Until one more key or two would make a writer do it, or an owner has done it meanwhile.
  let id = 0;
  while (id < 6400 || (nearest() > 2 && counts.stats().growths === counts.segmentCount)) counts.set(`key ${id++}`, id);
  await turnsUntil(() => counts.stats().growths > counts.segmentCount);
  assert.ok(pool.stats().some(({ upkeep }) => upkeep.steps > 0));
  for (let key = 0; key < id; key++) assert.equal(counts.get(`key ${key}`), key + 1);
});

test('with upkeep: false owners do none, and writers reclaim what they need', async (t) => {
  const alone = aloneFor(t);
  const { counts } = poolFor(t, 2);
  await alone.pool.run(null);
  setEnding(alone.counts, 2000);
  setEnding(counts, 2000);
  await turnsUntil(() => counts.size === 0);
  assert.equal(alone.counts.size, 2000);
  assert.deepEqual(
    alone.pool.stats().map(({ upkeep }) => upkeep),
    [0, 1].map(() => ({ steps: 0, reclaimed: 0 })),
  );
  for (let id = 0; id < 4000; id++) alone.counts.set(`new ${id}`, 'x'.repeat(500));
  assert.equal(alone.counts.stats().expired, 2000);
});

test('an owner whose task is not over does no upkeep, and makes up for it afterwards', async (t) => {
  const { pool, counts } = poolFor(t, 2);
  const gate = new Int32Array(new SharedArrayBuffer(8));
  const giveUp = new AbortController();
  const key = keyOfOwner(pool, 0);
  const running = pool.run(gate, { key, name: 'untilAborted', signal: giveUp.signal });
  await turnsUntil(() => Atomics.load(gate, 0) === 1);
  const [before] = pool.stats();
  setEnding(counts, 2000);
  await turnsUntil(() => (reclaimedBy(pool)[1] ?? 0) > 0);
  assert.deepEqual(pool.stats()[0].upkeep, before.upkeep);
  assert.ok(counts.size > 500);
  giveUp.abort();
  await assert.rejects(running, { name: 'AbortError' });
  await turnsUntil(() => counts.size === 0);
});

test('an owner with calls of processors answers them, and does its upkeep in between', async (t) => {
  const processors = new URL('../fixtures/processors.js', import.meta.url);
  const { pool, counts } = poolFor(t, 1, { processors });
  setEnding(counts, 2000);
  let calls = 0;
  while (counts.stats().expired < 2000) {
    await pool.execute('counts', 'k', 'add', [1]);
    calls += 1;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.equal(counts.get('k'), calls);
});

test('owners that are killed in the midst of upkeep leave the rest to their successors', async (t) => {
  const workers = watchWorkers(t);
  const { pool, counts } = poolFor(t, 2);
  await Promise.all([0, 1].map((owner) => pool.run(null, { key: keyOfOwner(pool, owner) })));
  for (let round = 0; round < 2; round++) {
    for (let id = 0; id < 20_000; id++) counts.set(`${round} ${id}`, id, { ttl: 50 });
    await turnsUntil(() => counts.size < 20_000);
    const killed = workers.splice(0);
    await Promise.all(killed.map((worker) => worker.terminate()));
    await turnsUntil(() => pool.stats().every(({ threadId }) => threadId !== -1));
    await turnsUntil(() => counts.size === 0);
  }
  assert.deepEqual(counts.verify().problems, []);
  const reclaimed = reclaimedBy(pool).reduce((sum, count) => sum + count, 0);
  // What a killed one has reclaimed may not have been counted yet.
  assert.ok(reclaimed > 0 && reclaimed <= counts.stats().expired, String(reclaimed));
});

test('upkeep is either on or off', () => {
  const counts = Store.create({ memory: '1MiB' });
  for (const upkeep of [1, 'yes', null, {}]) {
    const options = { stores: { counts }, filename: tasks, upkeep: upkeep as boolean };
    assert.throws(
      () => new Pool(options),
      (error) => error instanceof OptionError && /^upkeep: .* is neither true nor false$/.test(error.message),
    );
  }
  counts.close();
});
