/** What a module does besides tasks: `onStart` before the first one, `onStop` after the last. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import type { OwnerLeave, OwnerStart } from '../../src/dispatch/pool.ts';
import type { Store } from '../../src/index.ts';
import { poolFor, turnsUntil, watchWorkers } from '../fixtures/pool-setup.ts';

const filename = new URL('../fixtures/pool-life.js', import.meta.url);

function journalOf(counts: Store): unknown {
  return counts.get('journal');
}

test('onStart is done before the first task, and the event of the worker carries what it returned', async (t) => {
  const { pool, counts } = poolFor(t, 1, { filename });
  const announced = once(pool, 'ownerStarted') as Promise<[OwnerStart]>;
  const threadId = await pool.run<number>(null);
  const [start] = await announced;
  assert.deepEqual(start, { owner: 0, threadId, previousThreadId: -1, started: { threadId, owner: 0 } });
  assert.deepEqual(journalOf(counts), ['start 0', 'task 0']);
});

test('a restart starts the new worker, then stops the old one, whose calls are answered meanwhile', async (t) => {
  const { pool, counts } = poolFor(t, 1, { filename });
  const before = await pool.run<number>(null);
  const leaving: OwnerLeave[] = [];
  pool.on('ownerLeaving', (leave) => leaving.push(leave));
  const replaced = once(pool, 'ownerReplaced') as Promise<[OwnerStart]>;
  await pool.restart();
  const after = await pool.run<number>(null);
  const [start] = await replaced;
  assert.deepEqual(leaving, [{ owner: 0, threadId: before }]);
  assert.deepEqual(start.started, { threadId: after, owner: 0 });
  assert.deepEqual(journalOf(counts), ['start 0', 'task 0', 'start 0', 'stop 0', 'task 0']);
  assert.equal(counts.get('a'), 1);
});

test('an owner that is dismissed is stopped, the others are not', async (t) => {
  const { pool, counts } = poolFor(t, 3, { filename });
  await pool.resize(2);
  assert.deepEqual(
    (journalOf(counts) as string[]).filter((word) => word.startsWith('stop')),
    ['stop 2'],
  );
  assert.equal(counts.get('d'), 1);
});

test('close stops all workers before any of them ends, destroy does not wait for that', async (t) => {
  const { pool, counts } = poolFor(t, 3, { filename });
  let started = 0;
  pool.on('ownerStarted', () => {
    started += 1;
  });
  await turnsUntil(() => started === 3);
  await pool.close();
  const words = journalOf(counts) as string[];
  assert.deepEqual(words.slice(0, 3).sort(), ['start 0', 'start 1', 'start 2']);
  assert.deepEqual(words.slice(3).sort(), ['stop 0', 'stop 1', 'stop 2']);
  assert.equal(counts.get('a'), 3);

  const { pool: other, counts: others } = poolFor(t, 2, { filename });
  await other.run(null);
  await other.destroy();
  assert.ok(!(journalOf(others) as string[]).some((word) => word.startsWith('stop')));
});

test('an onStart that throws fails tasks and keeps a restart from taking place', async (t) => {
  const workers = watchWorkers(t);
  const { pool, counts } = poolFor(t, 1, { filename });
  const before = await pool.run<number>(null);
  counts.set('start fails', true);
  await assert.rejects(pool.restart(), /not today/);
  assert.equal(await pool.run(null), before);
  assert.ok(!(journalOf(counts) as string[]).includes('stop 0'));
  await workers[0].terminate();
  await assert.rejects(pool.run(null), /not today/);
  await assert.rejects(pool.run(null), /not today/);
  await pool.close();
});

test('after a restart that failed the old worker answers each call once', async (t) => {
  const { pool, counts } = poolFor(t, 1, { filename });
  const countUp = (): Promise<number> => pool.execute('counts', 'a', 'countUp');
  assert.equal(await countUp(), 1);
  counts.set('start fails', true);
  for (let count = 2; count < 20; count++) {
    // With calls under way and with none: an owner that is called and one that sleeps have to go on alike.
    const calls = count % 2 === 0 ? [] : [countUp(), countUp()];
    await assert.rejects(pool.restart(), /not today/);
    await Promise.all(calls);
    const before = counts.get('a') as number;
    assert.deepEqual(await Promise.all([countUp(), countUp(), countUp()]), [before + 1, before + 2, before + 3]);
  }
  assert.equal(counts.get('a'), 1 + 9 * 2 + 18 * 3);
});

test('an onStop that throws ends its thread, and what was to follow does', async (t) => {
  const { pool, counts } = poolFor(t, 1, { filename });
  const before = await pool.run<number>(null);
  counts.set('stop fails', true);
  const died = once(pool, 'ownerDied');
  await pool.restart();
  const [{ threadId, error }] = await died;
  assert.equal(threadId, before);
  assert.match(String(error), /stuck/);
  assert.notEqual(await pool.run(null), before);
  await pool.close();
});

test('whatever onStart throws, and what it returns that cannot be sent, fails tasks and calls alike', async (t) => {
  for (const [how, message] of [
    ['null', null],
    ['unsightly', /throws when it is looked at/],
    ['unsendable', /could not be cloned/],
  ] as const) {
    const { pool, counts } = poolFor(t, 1, { filename });
    counts.set('start fails', how);
    const isIt = (error: unknown): boolean =>
      message === null ? error === null : error instanceof Error && message.test(error.message);
    await assert.rejects(pool.run(null), isIt, how);
    await assert.rejects(pool.execute('counts', 'a', 'countUp'), isIt, how);
    await pool.close();
  }
});
