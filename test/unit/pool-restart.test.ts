/** Workers that are replaced: all of them in turn by restart(), and at once whoever dies. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import type { OwnerStart, Pool } from '../../src/dispatch/pool.ts';
import { ClosedError, OwnerDiedError } from '../../src/index.ts';
import { Gate, keyOfOwner, poolFor, turnsUntil, watchWorkers } from '../fixtures/pool-setup.ts';
import { stream } from '../fixtures/pool-stream.ts';
import { announcedSeed, Random } from '../fixtures/random.ts';

const fickle = new URL('../fixtures/pool-fickle.js', import.meta.url);

interface Counted {
  readonly threadId: number;
  readonly calls: number;
}

function threadIds(pool: Pool): number[] {
  return pool.stats().map(({ threadId }) => threadId);
}

test('a restart under load replaces every worker, and no call fails', async (t) => {
  const random = new Random(announcedSeed('pool restarts'));
  const { pool, counts } = poolFor(t, 3);
  await Promise.all([0, 1, 2].map((owner) => pool.run(null, { key: keyOfOwner(pool, owner) })));
  const before = threadIds(pool);
  const segments = pool.stats().map((owner) => owner.segments);
  let isOver = false;
  const plan = { keys: 30, depth: 40, callsMax: 200_000, deadlyEvery: 0 };
  const streaming = stream(pool, counts, random, plan, () => isOver);
  await pool.restart();
  const between = threadIds(pool);
  await pool.restart();
  isOver = true;
  const { calls, results } = await streaming;
  assert.equal(results, calls);
  const after = threadIds(pool);
  assert.equal(new Set([...before, ...between, ...after]).size, 9);
  assert.deepEqual(
    pool.stats().map((owner) => owner.segments),
    segments,
  );
});

test('a restart loads the module anew, and waits for the task that runs', async (t) => {
  const { pool, counts } = poolFor(t, 1);
  const gate = new Gate();
  const held = pool.run(gate.words, { name: 'waitFor' });
  await gate.entered();
  assert.equal(counts.stats().threads, 2);
  let isDone = false;
  const restarted = pool.restart().then(() => {
    isDone = true;
  });
  const waiting = [1, 2, 3].map(() => pool.run('k', { key: 'k', name: 'bump' }));
  await turnsUntil(() => counts.stats().threads === 3);
  // Time for a fault to show; a pool that waits passes at any speed.
  for (let turn = 0; turn < 30; turn++) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(isDone, false);
  gate.open();
  assert.equal(await held, 'passed');
  await restarted;
  assert.deepEqual(await Promise.all(waiting), [1, 2, 3]);

  const { pool: counting } = poolFor(t, 1, { filename: fickle });
  await counting.run(null);
  const { calls, threadId } = await counting.run<Counted>(null);
  assert.equal(calls, 2);
  await counting.restart();
  const anew = await counting.run<Counted>(null);
  assert.equal(anew.calls, 1);
  assert.notEqual(anew.threadId, threadId);
});

test('a restart with a module that no longer loads is rejected, and the old workers go on', async (t) => {
  t.after(() => delete process.env['SHARENA_TEST_FICKLE']);
  const workers = watchWorkers(t);
  const { pool } = poolFor(t, 2, { filename: fickle });
  const { threadId } = await pool.run<Counted>(null, { key: 'k' });
  process.env['SHARENA_TEST_FICKLE'] = 'fail';
  await assert.rejects(pool.restart(), /has become fickle/);
  assert.deepEqual(await pool.run<Counted>(null, { key: 'k' }), { threadId, calls: 2 });
  assert.equal(workers.filter((worker) => worker.threadId !== -1).length, 2);
});

test('a worker that dies amid the restart of its owner is followed by the new one', async (t) => {
  const workers = watchWorkers(t);
  const { pool } = poolFor(t, 1);
  const gate = new Gate();
  const held = pool.run(gate.words, { name: 'waitFor' });
  const waiting = pool.run('k', { key: 'k', name: 'bump' });
  await gate.entered();
  const outcome = held.catch((error: unknown) => (error as Error).name);
  const restarted = pool.restart();
  while (workers.length < 2) await new Promise((resolve) => setImmediate(resolve));
  await workers[0].terminate();
  await restarted;
  assert.equal(await outcome, 'OwnerDiedError');
  assert.equal(await waiting, 1);
  assert.equal(workers.length, 2);
});

test('a new worker that dies amid the restart fails the restart, and the old one goes on', async (t) => {
  const workers = watchWorkers(t);
  const { pool } = poolFor(t, 1);
  const gate = new Gate();
  const held = pool.run(gate.words, { name: 'waitFor' });
  await gate.entered();
  const restarted = pool.restart().catch((error: unknown) => (error as Error).name);
  while (workers.length < 2) await new Promise((resolve) => setImmediate(resolve));
  await workers[1].terminate();
  gate.open();
  assert.equal(await restarted, 'OwnerDiedError');
  assert.equal(await held, 'passed');
  assert.equal(await pool.run('k', { key: 'k', name: 'bump' }), 1);
  assert.deepEqual(threadIds(pool), [workers[0].threadId]);
});

test('a new worker that dies when the old one has no mail any more leaves it to the old one', async (t) => {
  const workers = watchWorkers(t);
  const { pool, counts } = poolFor(t, 1, { processors: new URL('../fixtures/processors.js', import.meta.url) });
  let answered = 0;
  let unknown = 0;
  const addOne = async (): Promise<void> => {
    try {
      await pool.execute('counts', 'n', 'add', [1]);
      answered += 1;
    } catch (error) {
      // The new one may have become the owner's thread before it was gone.
      assert.ok(error instanceof OwnerDiedError, String(error));
      unknown += 1;
    }
  };
  await addOne();
  pool.on('ownerLeaving', () => {
    void workers.at(-1)?.terminate();
  });
  for (let round = 0; round < 10; round++) {
    await pool.restart().catch((error: unknown) => assert.ok(error instanceof OwnerDiedError, String(error)));
    await addOne();
    await addOne();
  }
  const sum = counts.get('n') as number;
  assert.ok(answered <= sum && sum <= answered + unknown, `${sum} with ${answered} answered and ${unknown} unknown`);
  assert.ok(answered > 0);
});

test('an idle worker that dies is replaced without waiting for a task, time after time', async (t) => {
  const workers = watchWorkers(t);
  const { pool } = poolFor(t, 1);
  await pool.run(null);
  pool.on('ownerDown', ({ error }) => assert.fail(error));
  const awake = setInterval(() => {}, 1000);
  t.after(() => clearInterval(awake));
  for (let death = 0; death < 5; death++) {
    const [threadId] = threadIds(pool);
    const replaced = once(pool, 'ownerReplaced') as Promise<[OwnerStart]>;
    void workers.at(-1)?.terminate();
    const [start] = await replaced;
    assert.deepEqual([start.owner, start.previousThreadId], [0, threadId]);
    assert.deepEqual(threadIds(pool), [start.threadId]);
  }
  assert.equal(await pool.run('k', { key: 'k', name: 'bump' }), 1);
});

test('close amid a restart ends both', async (t) => {
  const workers = watchWorkers(t);
  const { pool } = poolFor(t, 2);
  await pool.run(null);
  const restarted = pool.restart().catch((error: unknown) => error);
  await pool.close();
  const outcome = await restarted;
  assert.ok(outcome === undefined || outcome instanceof ClosedError, String(outcome));
  assert.ok(workers.every(({ threadId }) => threadId === -1));
});
