/** Workers of a pool that die: every call is answered once, none runs twice, the order of a key's tasks holds. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test, type TestContext } from 'node:test';
import type { Worker } from 'node:worker_threads';
import { Pool, type PoolOptions } from '../../src/dispatch/pool.ts';
import { OwnerDiedError, Store } from '../../src/index.ts';
import type { Step } from '../fixtures/pool-tasks.ts';

const filename = new URL('../fixtures/pool-tasks.js', import.meta.url);

function poolFor(t: TestContext, threads: number, options: Partial<PoolOptions> = {}): { pool: Pool; counts: Store } {
  const counts = Store.create({ memory: '4MiB', segments: 64 });
  const pool = new Pool({ stores: { counts }, filename, threads, ...options });
  t.after(async () => {
    await pool.destroy();
    counts.close();
  });
  return { pool, counts };
}

/** All workers that start from now on. */
function watchWorkers(t: TestContext): Worker[] {
  const workers: Worker[] = [];
  const onWorker = (worker: Worker): number => workers.push(worker);
  process.on('worker', onWorker);
  t.after(() => process.off('worker', onWorker));
  return workers;
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}

test('a worker that is terminated amid a task fails that task alone', async (t) => {
  const workers = watchWorkers(t);
  const { pool } = poolFor(t, 1);
  const gate = new Int32Array(new SharedArrayBuffer(8));
  const running = pool.run(gate, { name: 'waitFor' });
  const waiting = [1, 2, 3].map(() => pool.run('k', { key: 'k', name: 'bump' }));
  await until(() => Atomics.load(gate, 1) === 1);
  await workers[0].terminate();
  await assert.rejects(running, OwnerDiedError);
  assert.deepEqual(await Promise.all(waiting), [1, 2, 3]);
});

test('a worker that dies while it is idle costs no task', async (t) => {
  const workers = watchWorkers(t);
  const { pool } = poolFor(t, 1);
  for (let n = 1; n <= 3; n++) {
    assert.equal(await pool.run('k', { key: 'k', name: 'bump' }), n);
    void workers.at(-1)?.terminate();
  }
});

test('a worker at its heap limit fails its task, and its successor goes on', async (t) => {
  const { pool } = poolFor(t, 1, { resourceLimits: { maxOldGenerationSizeMb: 24 } });
  const filling = pool.run(null, { name: 'fillHeap' });
  const after = pool.run('k', { key: 'k', name: 'bump' });
  await assert.rejects(filling, (error) => {
    assert.ok(error instanceof OwnerDiedError);
    assert.equal((error.cause as NodeJS.ErrnoException).code, 'ERR_WORKER_OUT_OF_MEMORY');
    return true;
  });
  assert.equal(await after, 1);
});

test('a worker that dies after its answer takes no task with it that it has not begun', async (t) => {
  const { pool, counts } = poolFor(t, 1);
  const steps = Array.from({ length: 12 }, (_, id): Step => ({ id, key: 'k', dies: id % 2 === 0 ? 'late' : 'no' }));
  const answers = await Promise.allSettled(steps.map((step) => pool.run(step, { key: 'k', name: 'step' })));
  for (const [id, answer] of answers.entries()) {
    assert.equal(counts.get(`ran ${id}`), 1);
    if (answer.status === 'fulfilled') assert.equal(answer.value, id);
    else assert.ok(answer.reason instanceof OwnerDiedError, String(answer.reason));
  }
});

test('a module that ends its thread on loading fails its tasks after a few threads, not for ever', async (t) => {
  const workers = watchWorkers(t);
  const suicidal = new URL('../fixtures/pool-suicidal.js', import.meta.url);
  const { pool } = poolFor(t, 1, { filename: suicidal });
  const tasks = [1, 2].map(() => pool.run(null));
  for (const task of tasks) {
    await assert.rejects(task, (error) => {
      assert.ok(error instanceof OwnerDiedError);
      assert.match(error.message, /had no effect.*code 5/);
      return true;
    });
  }
  assert.ok(workers.length <= 6, `${workers.length} threads were started`);
});

test('options that no thread can start with fail the pool and leave the store free for another', async (t) => {
  const counts = Store.create({ memory: '1MiB' });
  const options = { stores: { counts }, filename, threads: 2 };
  assert.throws(() => new Pool({ ...options, execArgv: ['--no-such-option'] }), {
    code: 'ERR_WORKER_INVALID_EXEC_ARGV',
  });
  const pool = new Pool(options);
  t.after(() => pool.destroy());
  assert.equal(await pool.run('k', { key: 'k', name: 'bump' }), 1);
});

test('a pool that is destroyed while its workers die leaves no thread behind', async (t) => {
  const workers = watchWorkers(t);
  for (let round = 0; round < 5; round++) {
    const counts = Store.create({ memory: '1MiB' });
    const pool = new Pool({ stores: { counts }, filename, threads: 2 });
    const dying = [0, 1].map(() => pool.run(null, { name: 'throwLater' }));
    const first = Promise.race(dying).catch((error: unknown) => error);
    if (round % 2 === 0) await first;
    const outcomes = Promise.allSettled(dying);
    await pool.destroy();
    for (const outcome of await outcomes) assert.equal(outcome.status, 'rejected');
    counts.close();
  }
  const alive = workers.filter((worker) => worker.threadId !== -1);
  await Promise.all(alive.map((worker) => once(worker, 'exit')));
  assert.deepEqual([...new Set(workers.map(({ threadId }) => threadId))], [-1]);
});

test('D2: under random deaths each call is answered once, none runs twice, and the order of each key holds', async (t) => {
  let seed = Number(process.env['SHARENA_SEED'] ?? Date.now() % 1_000_000);
  console.log(`pool deaths: SHARENA_SEED=${seed}`);
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
    return (seed >>> 8) % below;
  };
  const workers = watchWorkers(t);
  const { pool, counts } = poolFor(t, 3);
  const deaths = ['exit', 'throw', 'late'] as const;
  const steps = Array.from({ length: 1500 }, (_, id): Step => {
    return { id, key: `key ${random(20)}`, dies: random(100) === 0 ? deaths[random(3)] : 'no' };
  });
  const kills = new Set(Array.from({ length: 15 }, () => random(steps.length)));
  let answered = 0;
  const answers = steps.map(async (step) => {
    try {
      return await pool.run<number>(step, { key: step.key, name: 'step' });
    } finally {
      answered += 1;
      if (kills.has(step.id))
        for (const worker of workers) if (worker.threadId % 3 === step.id % 3) void worker.terminate();
    }
  });
  const outcomes = await Promise.allSettled(answers);
  assert.equal(answered, steps.length);
  for (const [id, outcome] of outcomes.entries()) {
    const runs = (counts.get(`ran ${id}`) as number | undefined) ?? 0;
    if (outcome.status === 'fulfilled') {
      assert.equal(outcome.value, id);
      assert.equal(runs, 1, `task ${id} was answered and ran ${runs} times`);
    } else {
      assert.ok(outcome.reason instanceof OwnerDiedError, String(outcome.reason));
      assert.ok(runs <= 1, `task ${id} ran ${runs} times`);
    }
  }
  assert.equal(counts.get('out of order'), undefined);
  assert.equal(counts.get('overlaps'), undefined);
  assert.ok(outcomes.some(({ status }) => status === 'rejected'));
  assert.deepEqual(counts.verify(), { ok: true, problems: [] });
});
