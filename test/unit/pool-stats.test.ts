/** What a pool shows of itself: numbers, events, channels and a picture. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { describePool } from '../../src/dispatch/describe.ts';
import type { OwnerStats, TaskMessage } from '../../src/dispatch/pool.ts';
import { OwnerDiedError } from '../../src/index.ts';
import { Gate, keyOfOwner, poolFor, turnsUntil, watchWorkers } from '../fixtures/pool-setup.ts';

function messagesOn(t: TestContext, channel: string): unknown[] {
  const messages: unknown[] = [];
  const onMessage = (message: unknown): number => messages.push(message);
  subscribe(channel, onMessage);
  t.after(() => unsubscribe(channel, onMessage));
  return messages;
}

test('stats count the tasks of each owner, and measure how long they waited and ran', async (t) => {
  const { pool } = poolFor(t, 2);
  const key = keyOfOwner(pool, 1);
  await Promise.all(Array.from({ length: 40 }, () => pool.run(key, { key, name: 'bumpSlowly' })));
  await assert.rejects(pool.run('went wrong', { key, name: 'fail' }));
  const [idle, busy] = pool.stats();
  assert.deepEqual([idle.completed, idle.failed, idle.wait.p50, idle.run.max], [0, 0, 0, 0]);
  assert.deepEqual([busy.completed, busy.failed], [41, 1]);
  for (const { p50, p99, max } of [busy.wait, busy.run]) assert.ok(p50 > 0 && p50 <= p99 && p99 <= max * 1.01);
  assert.ok(busy.utilization > 0 && busy.utilization <= 1, String(busy.utilization));
});

test('stats show what runs and what waits', async (t) => {
  const { pool } = poolFor(t, 1);
  const gate = new Gate();
  const held = pool.run(gate.words, { name: 'waitFor' });
  await gate.entered();
  const waiting = Array.from({ length: 50 }, () => pool.run('k', { key: 'k', name: 'bump' }));
  const [stats] = pool.stats();
  assert.deepEqual([stats.running, stats.waiting, stats.segments], [1, 50, { counts: 64 }]);
  gate.open();
  await Promise.all([held, ...waiting]);
  const [after] = pool.stats();
  assert.deepEqual([after.running, after.waiting, after.completed], [0, 0, 51]);
});

test('an owner that dies is told with what it died of, then its replacement', async (t) => {
  const { pool } = poolFor(t, 2);
  const told: [string, unknown][] = [];
  for (const name of ['ownerStarted', 'ownerDied', 'ownerReplaced'] as const) {
    pool.on(name, (event: unknown) => told.push([name, event]));
  }
  await Promise.all([0, 1].map((owner) => pool.run(null, { key: keyOfOwner(pool, owner) })));
  assert.deepEqual(
    told.map(([name]) => name),
    ['ownerStarted', 'ownerStarted'],
  );
  const { threadId } = pool.stats()[1];
  const key = keyOfOwner(pool, 1);
  await assert.rejects(pool.run(null, { key, name: 'throwLater' }), OwnerDiedError);
  await pool.run(null, { key });
  const [, , [, death], [last, start]] = told;
  const { error, ...rest } = death as { error: unknown };
  assert.deepEqual(rest, { owner: 1, threadId, exitCode: 1 });
  assert.match(String(error), /thrown in a timer/);
  assert.equal(last, 'ownerReplaced');
  assert.deepEqual(start, { owner: 1, threadId: pool.stats()[1].threadId, previousThreadId: threadId });
});

test('an owner whose threads die again and again is told to be down, and comes up with its next task if it can', async (t) => {
  t.after(() => delete process.env['SHARENA_TEST_FATAL']);
  process.env['SHARENA_TEST_FATAL'] = 'exit';
  const { pool } = poolFor(t, 1, { filename: new URL('../fixtures/pool-fatal.js', import.meta.url) });
  const awake = setInterval(() => {}, 1000);
  t.after(() => clearInterval(awake));
  const [{ owner, error }] = (await once(pool, 'ownerDown')) as [{ owner: number; error: Error }];
  assert.equal(owner, 0);
  assert.match(error.message, /3 threads of owner 0 in a row ended .* exit code 6/);
  delete process.env['SHARENA_TEST_FATAL'];
  assert.equal(await pool.run(null), 'alive');
});

test('a listener that throws does not disturb the pool', () => {
  const program = join(import.meta.dirname, '..', 'fixtures', 'pool-listener.js');
  const child = spawnSync(process.execPath, [program], { encoding: 'utf8', timeout: 60_000 });
  assert.equal(child.stdout, 'RangeError: a listener threw, OwnerDiedError, 1\n', child.stderr);
});

test('tasks and events are published on channels of node:diagnostics_channel', async (t) => {
  const tasks = messagesOn(t, 'sharena:pool:task') as TaskMessage[];
  const resizes = messagesOn(t, 'sharena:pool:resize') as object[];
  const starts = messagesOn(t, 'sharena:pool:ownerStarted');
  const { pool } = poolFor(t, 1);
  await pool.run('k', { name: 'bump' });
  await pool.run('no', { name: 'fail' }).catch(() => {});
  await pool.resize(2);
  assert.deepEqual(
    tasks.map(({ owner, name, ok }) => [owner, name, ok]),
    [
      [0, 'bump', true],
      [0, 'fail', false],
    ],
  );
  for (const { pool: of, waitMs, runMs } of tasks) assert.ok(of === pool && waitMs >= 0 && runMs >= 0);
  assert.deepEqual(resizes, [{ from: 1, to: 2, movedSegments: 32, pool }]);
  assert.equal(starts.length, 2);
});

test('describe draws the ring of each store and a line for each owner', async (t) => {
  const { pool } = poolFor(t, 3);
  await pool.run('k', { key: 'k', name: 'bump' });
  const lines = pool.describe().split('\n');
  assert.match(lines[0], /^counts: the owners of 64 segments, epoch \d+$/);
  assert.match(lines[1], /^ {5}0 {2}[012]{64}$/);
  assert.equal(lines.length, 7);
  assert.match(lines[3], /owner +thread +segments +load/);
  for (const [owner, line] of lines.slice(4).entries()) assert.match(line, new RegExp(`^ +${owner} +[-\\d]+ +2[12] `));
});

test('a picture of many segments and owners stays small', () => {
  const latency = { p50: 0.012, p99: 2500, max: 3000 };
  const owners = Array.from({ length: 20 }, (_, owner): OwnerStats => {
    const segments = { counts: 205 };
    const numbers = { running: 1, waiting: owner, completed: 10, failed: 0, utilization: 0.5 };
    const calls = { begun: 0, waiting: 0 };
    const upkeep = { steps: 0, reclaimed: 0 };
    return { owner, threadId: -1, segments, ...numbers, calls, upkeep, wait: latency, run: latency };
  });
  const ring = { epoch: 3, owners: Int32Array.from({ length: 4096 }, (_, segment) => (segment % 21) - 1) };
  const lines = describePool(owners, new Map([['counts', ring]])).split('\n');
  assert.equal(lines.length, 1 + 16 + 1 + 1 + 1 + 20);
  assert.match(lines[1], /^ {5}0 {3}\. {2}0 {2}1 /);
  assert.match(lines[17], /and 3760 more/);
  assert.match(lines.at(-1) ?? '', /^ +19 +- +205 +20 +#{12} +10 +0 +12 us +2\.50 s +12 us +2\.50 s +50 %$/);
});

test('an idle owner takes over what waits without a key elsewhere', async (t) => {
  const { pool } = poolFor(t, 2);
  await Promise.all([0, 1].map((owner) => pool.run(null, { key: keyOfOwner(pool, owner) })));
  const gates = [new Gate(), new Gate()];
  const held = gates.map((gate, owner) => pool.run(gate.words, { key: keyOfOwner(pool, owner), name: 'waitFor' }));
  await Promise.all(gates.map((gate) => gate.entered()));
  const waiting = Array.from({ length: 30 }, () => pool.run<{ owner: number }>(null));
  assert.deepEqual(
    pool.stats().map((owner) => owner.waiting),
    [15, 15],
  );
  gates[1].open();
  // Half of them would wait for ever if the other owner did not give them up.
  for (const { owner } of await Promise.all(waiting)) assert.equal(owner, 1);
  gates[0].open();
  await Promise.all(held);
});

test('deaths are not told twice, and not when the pool is closed', async (t) => {
  const workers = watchWorkers(t);
  const { pool } = poolFor(t, 2);
  let deaths = 0;
  pool.on('ownerDied', () => {
    deaths += 1;
  });
  await pool.run(null);
  await workers[0].terminate();
  await turnsUntil(() => deaths > 0);
  await pool.close();
  assert.equal(deaths, 1);
});
