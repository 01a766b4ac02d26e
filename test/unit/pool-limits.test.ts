/** What bounds a task: the queue of its owner, its time, and what its caller takes back. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Pool } from '../../src/dispatch/pool.ts';
import { ClosedError, OptionError, OwnerDiedError, QueueFullError, Store, TaskTimeoutError } from '../../src/index.ts';
import { Gate, keyOfOwner, poolFor, tasks, turnsUntil } from '../fixtures/pool-setup.ts';

interface Who {
  readonly owner: number;
  readonly threadId: number;
}

describe('maxQueue', () => {
  test('bounds the tasks that wait for an owner, and the error names owner and limit', async (t) => {
    const { pool, counts } = poolFor(t, 2, { maxQueue: 2 });
    const key = keyOfOwner(pool, 1);
    await pool.run(null, { key });
    const gate = new Gate();
    const held = pool.run(gate.words, { key, name: 'waitFor' });
    const waiting = [1, 2].map(() => pool.run(key, { key, name: 'bump' }));
    const refused = pool.run(key, { key, name: 'bump' });
    await assert.rejects(refused, (error) => {
      assert.ok(error instanceof QueueFullError);
      assert.equal(error.code, 'ERR_SHARENA_QUEUE_FULL');
      assert.match(error.message, /2 tasks wait for owner 1, maxQueue is 2/);
      return true;
    });
    const other = keyOfOwner(pool, 0);
    assert.equal(await pool.run(other, { key: other, name: 'bump' }), 1);
    gate.open();
    await held;
    assert.deepEqual(await Promise.all(waiting), [1, 2]);
    assert.equal(counts.get(key), 2);
    assert.equal(await pool.run(key, { key, name: 'bump' }), 3);
  });

  test('of 0 refuses a task that could not run at once, and does not run it', async (t) => {
    const { pool, counts } = poolFor(t, 1, { maxQueue: 0 });
    await assert.rejects(pool.run('k', { name: 'bump' }), QueueFullError);
    await turnsUntil(() => pool.stats()[0].threadId !== -1);
    const gate = new Gate();
    const held = pool.run(gate.words, { name: 'waitFor' });
    await assert.rejects(pool.run('k', { name: 'bump' }), QueueFullError);
    gate.open();
    await held;
    assert.equal(counts.has('k'), false);
    assert.equal(await pool.run('k', { name: 'bump' }), 1);
  });
});

describe('timeout', () => {
  test('drops a task that waits, and says that it was not run', async (t) => {
    const { pool, counts } = poolFor(t, 1);
    await pool.run(null);
    const gate = new Gate();
    const held = pool.run(gate.words, { name: 'waitFor' });
    await gate.entered();
    await assert.rejects(pool.run('k', { name: 'bump', timeout: 1 }), (error) => {
      assert.ok(error instanceof TaskTimeoutError);
      assert.equal(error.code, 'ERR_SHARENA_TASK_TIMEOUT');
      assert.match(error.message, /task bump .* timeout of 1 ms: it had not begun and is not run/);
      return true;
    });
    assert.equal(pool.stats()[0].waiting, 0);
    gate.open();
    await held;
    await pool.close();
    assert.equal(counts.has('k'), false);
  });

  test('of a task that runs rejects its call and aborts its signal, and the worker goes on', async (t) => {
    const { pool } = poolFor(t, 1);
    const { threadId } = await pool.run<Who>(null);
    const words = new Int32Array(new SharedArrayBuffer(8));
    const late = pool.run(words, { name: 'untilAborted', timeout: 200 });
    await assert.rejects(late, /task untilAborted .* timeout of 200 ms/);
    assert.equal((await pool.run<Who>(null)).threadId, threadId);
    // It may have been taken back before it began.
    assert.ok([0, 3].includes(Atomics.load(words, 0)), String(words[0]));
  });

  test('that is not reached changes nothing, and leaves no timer behind', async (t) => {
    const { pool } = poolFor(t, 1);
    assert.equal(await pool.run('k', { name: 'bump', timeout: 100_000 }), 1);
    const timers = process.getActiveResourcesInfo().filter((name) => name === 'Timeout');
    assert.ok(timers.length <= 1, `${timers.length} timers`);
  });
});

describe('an abort', () => {
  test('of a task that was sent ahead takes it back before its worker begins it', async (t) => {
    const { pool, counts } = poolFor(t, 1);
    await pool.run(null);
    const gate = new Gate();
    const held = pool.run(gate.words, { name: 'waitFor' });
    await gate.entered();
    const controllers = Array.from({ length: 20 }, () => new AbortController());
    const calls = controllers.map(({ signal }, n) => pool.run(`k${n}`, { name: 'bump', signal }));
    for (const [n, controller] of controllers.entries()) if (n % 2 === 0) controller.abort();
    const outcomes = await Promise.allSettled(calls.filter((_, n) => n % 2 === 0));
    for (const outcome of outcomes) {
      assert.ok(outcome.status === 'rejected' && (outcome.reason as Error).name === 'AbortError');
    }
    gate.open();
    await held;
    assert.deepEqual(
      await Promise.all(calls.filter((_, n) => n % 2 === 1)),
      Array.from({ length: 10 }, () => 1),
    );
    await pool.close();
    for (let n = 0; n < 20; n++) assert.equal(counts.has(`k${n}`), n % 2 === 1, `k${n}`);
  });

  test('is seen by a task that never awaits, in context.aborted', async (t) => {
    const { pool } = poolFor(t, 1);
    const words = new Int32Array(new SharedArrayBuffer(8));
    const controller = new AbortController();
    const spinning = pool.run(words, { name: 'spinUntilAborted', signal: controller.signal });
    await turnsUntil(() => Atomics.load(words, 0) === 1);
    controller.abort(new RangeError('enough'));
    await assert.rejects(spinning, /enough/);
    await pool.close();
    assert.equal(Atomics.load(words, 0), 2);
  });

  test('with a reason that cannot be sent reaches caller and worker all the same', async (t) => {
    const { pool } = poolFor(t, 1);
    const words = new Int32Array(new SharedArrayBuffer(8));
    const controller = new AbortController();
    const running = pool.run(words, { name: 'untilAborted', signal: controller.signal });
    await turnsUntil(() => Atomics.load(words, 0) === 1);
    const reason = (): void => {};
    controller.abort(reason);
    assert.equal(await running.catch((error: unknown) => error), reason);
    await pool.close();
    assert.equal(Atomics.load(words, 0), 3);
  });

  test('after the answer does nothing', async (t) => {
    const { pool } = poolFor(t, 1);
    const controller = new AbortController();
    assert.equal(await pool.run('k', { name: 'bump', signal: controller.signal }), 1);
    controller.abort();
    assert.equal(await pool.run('k', { name: 'bump' }), 2);
  });
});

describe('closeTimeout', () => {
  test('bounds how long close waits: what ran is of unknown outcome, what waited was not run', async (t) => {
    const { pool, counts } = poolFor(t, 1, { closeTimeout: 1 });
    const gate = new Gate();
    const held = pool.run(gate.words, { name: 'waitFor' });
    const waiting = pool.run('k', { name: 'bump' });
    await gate.entered();
    const outcomes = Promise.allSettled([held, waiting]);
    await pool.close();
    const [first, second] = await outcomes;
    assert.ok(first.status === 'rejected' && first.reason instanceof OwnerDiedError);
    assert.ok(second.status === 'rejected' && second.reason instanceof ClosedError);
    assert.match(second.reason.message, /closeTimeout of 1 ms/);
    assert.equal(counts.has('k'), false);
  });
});

describe('buffers', () => {
  test('that are moved with a task are gone when its worker dies before it begins, and the error says so', async (t) => {
    const { pool } = poolFor(t, 1);
    const buffers = Array.from({ length: 30 }, () => new Uint8Array(10));
    const calls = buffers.map((bytes) => pool.run<number>(bytes, { name: 'lengthOf', transferList: [bytes.buffer] }));
    assert.deepEqual(
      await Promise.all(calls),
      Array.from({ length: 30 }, () => 10),
    );
    const dying = pool.run(null, { name: 'exit' });
    const bytes = new Uint8Array(10);
    const behind = pool.run(bytes, { name: 'lengthOf', transferList: [bytes.buffer] });
    await assert.rejects(dying, OwnerDiedError);
    // It was not sent ahead, so it is whole.
    assert.equal(await behind, 10);
  });

  test('can be moved back with a result that is marked as piscina marks it', async (t) => {
    const { pool } = poolFor(t, 1);
    assert.deepEqual(await pool.run(null, { name: 'giveMoved' }), new Uint8Array([1, 2, 3]));
  });

  test('that cannot be moved are the mistake of their caller alone', async (t) => {
    const { pool } = poolFor(t, 1);
    const shared = new SharedArrayBuffer(8) as unknown as ArrayBuffer;
    const outcomes = await Promise.allSettled([
      pool.run('k', { name: 'bump' }),
      pool.run(1, { transferList: [shared] }),
      pool.run('k', { name: 'bump' }),
    ]);
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    );
  });
});

test('wrong options of limits are refused with an error that names the option', async (t) => {
  const { pool, counts } = poolFor(t, 1);
  const wrong: readonly [string, object][] = [
    ['maxQueue', { maxQueue: -1 }],
    ['maxQueue', { maxQueue: 'auto' }],
    ['closeTimeout', { closeTimeout: Number.NaN }],
    ['closeTimeout', { closeTimeout: Infinity }],
  ];
  for (const [name, options] of wrong) {
    assert.throws(
      () => new Pool({ stores: { counts }, filename: tasks, ...options }),
      (error) => error instanceof OptionError && error.message.startsWith(`${name}: `),
    );
  }
  for (const options of [{ timeout: -1 }, { timeout: '5' as unknown as number }, { signal: {} as AbortSignal }]) {
    await assert.rejects(pool.run(null, options), OptionError);
  }
  const store = Store.create({ memory: '1MiB' });
  const byPath = new Pool({ stores: { counts: store }, filename: tasks.pathname, threads: 1 });
  assert.equal(await byPath.run('k', { name: 'bump' }), 1);
  await byPath.close();
});
