/** Threads that are to end: what they may still do, for how long, and what becomes of calls and of the others meanwhile. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test, type TestContext } from 'node:test';
import { OwnerDiedError } from '../../src/index.ts';
import { startThread } from '../../src/dispatch/threads.ts';
import { newUpkeepCounts } from '../../src/dispatch/upkeep-counts.ts';
import { Gate, keyOfOwner, poolFor, turnsUntil, watchWorkers } from '../fixtures/pool-setup.ts';

const filename = new URL('../fixtures/pool-leaver.js', import.meta.url);

/** An idle pool does not keep the process alive. */
function keepAwake(t: TestContext): void {
  const awake = setInterval(() => {}, 1000);
  t.after(() => clearInterval(awake));
}

test('an onStop that does not end is cut off after closeTimeout, at a restart and when its owner is dismissed', async (t) => {
  const workers = watchWorkers(t);
  const { pool, counts } = poolFor(t, 2, { filename, closeTimeout: 20 });
  const deaths: string[] = [];
  pool.on('ownerDied', ({ owner, error }) => deaths.push(`${owner}: ${(error as Error).message}`));
  const key = keyOfOwner(pool, 1);
  assert.equal(await pool.run(null, { key }), 1);
  counts.set('stop 1', 'hang');
  await pool.restart();
  assert.equal(await pool.execute('counts', key, 'add', [1]), 1);
  await pool.resize(1);
  assert.equal(await pool.execute('counts', key, 'add', [1]), 2);
  const death = '1: it was not done with onStop within the closeTimeout of 20 ms';
  assert.deepEqual(deaths, [death, death]);
  assert.equal(workers.length, 4);
});

test('a restart waits no longer than closeTimeout for a thread whose onStart does not end', async (t) => {
  const workers = watchWorkers(t);
  const { pool, counts } = poolFor(t, 1, { filename, closeTimeout: 20 });
  await pool.run(null);
  counts.set('start 0', 'hang');
  void workers[0].terminate();
  await turnsUntil(() => counts.get('start 0 is seen') === true);
  counts.delete('start 0');
  await pool.restart();
  assert.equal(await pool.run(null), 0);
  assert.equal(workers.length, 3);
});

test('when a pool is closed nobody follows a thread whose onStop throws, and calls to it are answered', async (t) => {
  const workers = watchWorkers(t);
  const { pool, counts } = poolFor(t, 2, { filename });
  for (const owner of [0, 1]) await pool.run(null, { key: keyOfOwner(pool, owner) });
  counts.set('key', keyOfOwner(pool, 0));
  counts.set('stop 0', 'throw');
  counts.set('stop 1', 'call');
  const deaths: number[] = [];
  pool.on('ownerDied', ({ owner }) => {
    deaths.push(owner);
    counts.set('go', true);
  });
  await pool.close();
  assert.deepEqual(deaths, [0]);
  assert.match(String(counts.get('outcome')), /owner 0 ended while its pool was closed.*stuck|the call had no effect/);
  assert.equal(workers.length, 2);
});

test('an answer for which there is no room is not lost when its owner is replaced or dismissed', async (t) => {
  for (const how of ['restart', 'dismiss'] as const) {
    const { pool, counts } = poolFor(t, 2, { filename });
    const answering = how === 'restart' ? 0 : 1;
    const [key, keyOfCaller] = [keyOfOwner(pool, answering), keyOfOwner(pool, 1 - answering)];
    const gate = new Gate();
    const call = { key, times: 6, bytes: 1_900_000, gate: gate.words };
    const called = pool.run<string[]>(call, { key: keyOfCaller, name: 'callBlindly' });
    // The third has run, and the ring has room for the answers of two.
    await turnsUntil(() => counts.get(key) === 3);
    let isReplaced = false;
    pool.on('ownerReplaced', () => {
      isReplaced = true;
      gate.open();
    });
    pool.on('ownerLeft', () => {
      gate.open();
    });
    await (how === 'restart' ? pool.restart() : pool.resize(1));
    assert.deepEqual(
      await called,
      Array.from({ length: 6 }, () => 'result'),
    );
    assert.equal(isReplaced, how === 'restart');
    assert.equal(counts.get(key), 6);
  }
});

test('destroy ends a close that waits for a call, and the call is answered', async (t) => {
  const { pool, counts } = poolFor(t, 1, { filename });
  await pool.run(null);
  const running = pool.execute('counts', 'k', 'waitFor', ['never']);
  const outcome = running.catch((error: unknown) => error);
  await turnsUntil(() => counts.get('never is reached') === true);
  const closed = pool.close();
  await pool.destroy();
  assert.ok((await outcome) instanceof OwnerDiedError);
  await closed;
});

test('no thread starts for a call to an owner that is down when the pool is destroyed', async (t) => {
  keepAwake(t);
  const { pool, counts } = poolFor(t, 1, { filename });
  await pool.run(null);
  counts.set('start 0', 'exit');
  const down = once(pool, 'ownerDown');
  await pool.run(null, { name: 'throwLater' });
  await down;
  const workers = watchWorkers(t);
  const calls = (function* () {
    void pool.destroy();
    yield { key: 'k', processor: 'add', args: [1] };
  })();
  const [outcome] = await pool.executeMany('counts', calls);
  assert.equal(outcome.status, 'rejected');
  await pool.destroy();
  // Node.js tells of a worker a turn later.
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(workers, []);
});

test('a thread that has thrown is not asked to leave, by which another one would start', async (t) => {
  keepAwake(t);
  const workers = watchWorkers(t);
  const { counts } = poolFor(t, 1, { filename });
  const upkeepCounts = newUpkeepCounts();
  const stores = { counts: counts.handle };
  const url = filename.href;
  counts.set('start 9', 'throw later');
  const setup = { owner: 9, filename: url, processors: url, stores, upkeep: false, upkeepCounts };
  const thread = startThread(setup, {});
  const leaving = new Promise<boolean>((resolve) => {
    thread.worker.once('error', () => resolve(thread.leave()));
  });
  assert.equal(await leaving, false);
  await thread.stop(new Error('the test is over'));
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(workers.length, 2);
});

test('what waits for an owner whose restart fails after its onStop is run by the one that follows', async (t) => {
  const workers = watchWorkers(t);
  const { pool, counts } = poolFor(t, 1, { filename });
  await pool.run(null);
  counts.set('stop 0', 'wait');
  const waiting: Promise<unknown>[] = [];
  pool.on('ownerLeaving', () => {
    for (let n = 0; n < 10; n++) waiting.push(pool.run('replaced', { key: 'k', name: 'waitForKey' }));
    workers[1].once('exit', () => counts.set('go', true));
    void workers[1].terminate();
  });
  pool.on('ownerReplaced', () => counts.set('replaced', true));
  await assert.rejects(pool.restart(), OwnerDiedError);
  assert.deepEqual(
    await Promise.all(waiting),
    Array.from({ length: 10 }, () => 0),
  );
  assert.equal(workers.length, 3);
});

test('a task without a key does not wait for an owner that leaves while another one is idle', async (t) => {
  const { pool, counts } = poolFor(t, 2, { filename });
  for (const owner of [0, 1]) await pool.run(null, { key: keyOfOwner(pool, owner) });
  counts.set('stop 0', 'wait');
  const leaving = once(pool, 'ownerLeaving');
  const restarted = pool.restart();
  await leaving;
  for (let n = 0; n < 4; n++) assert.equal(await pool.run(null), 1);
  counts.set('go', true);
  await restarted;
});

test('a resize that cannot start all of its threads ends those that it has started', async (t) => {
  const workers = watchWorkers(t);
  let readsLeft = Number.POSITIVE_INFINITY;
  const env = Object.defineProperty({ ...process.env }, 'SHARENA_TEST_FICKLE', {
    enumerable: true,
    get: () => {
      readsLeft -= 1;
      if (readsLeft < 0) throw new Error('no more threads today');
      return 'no';
    },
  });
  const { pool } = poolFor(t, 1, { filename, env });
  await pool.run(null);
  readsLeft = 1;
  await assert.rejects(pool.resize(3), /no more threads today/);
  // Node.js tells of a worker a turn later.
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(workers.filter(({ threadId }) => threadId !== -1).length, 1);
  readsLeft = Number.POSITIVE_INFINITY;
  await pool.resize(3);
  assert.equal(pool.threads, 3);
  assert.equal(await pool.run(null, { key: keyOfOwner(pool, 2) }), 2);
});
