/** The pool: tasks land on the owner of their key, every call is answered once, and a dead worker is replaced. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { Pool, type PoolOptions } from '../../src/dispatch/pool.ts';
import { ClosedError, HandleError, KeyError, OptionError, OwnerDiedError, Store } from '../../src/index.ts';
import { dates } from '../fixtures/pool-codecs.ts';
import { until } from '../fixtures/until.ts';

const filename = new URL('../fixtures/pool-tasks.js', import.meta.url);

interface Who {
  readonly owner: number;
  readonly threadId: number;
}

function poolFor(t: TestContext, threads: number, options: Partial<PoolOptions> = {}): { pool: Pool; counts: Store } {
  const counts = Store.create({ memory: '2MiB', segments: 64 });
  const pool = new Pool({ stores: { counts }, filename, threads, ...options });
  t.after(async () => {
    await pool.destroy();
    counts.close();
  });
  return { pool, counts };
}

function keyOfOwner(pool: Pool, owner: number): string {
  for (let i = 0; ; i++) if (pool.ownerOf(`key ${i}`) === owner) return `key ${i}`;
}

describe('routing', () => {
  test('a task runs on the worker that owns its key, every time', async (t) => {
    const { pool } = poolFor(t, 4);
    const keys = Array.from({ length: 2000 }, (_, i) => `user:${i}`);
    const ran = await Promise.all(keys.map((key) => pool.run<Who>(null, { key })));
    const threadOf = new Map<number, number>();
    for (const [i, { owner, threadId }] of ran.entries()) {
      assert.equal(owner, pool.ownerOf(keys[i]));
      assert.equal(threadOf.get(owner) ?? threadId, threadId);
      threadOf.set(owner, threadId);
    }
    assert.equal(new Set(threadOf.values()).size, 4);
  });

  test('the owners share all segments, each its part', (t) => {
    const { pool, counts } = poolFor(t, 4);
    const owned = pool.stats().map(({ segments }) => segments['counts']);
    assert.deepEqual(owned, [16, 16, 16, 16]);
    assert.equal(counts.segmentCount, 64);
  });

  test('tasks of a key never overlap and keep their order', async (t) => {
    const { pool, counts } = poolFor(t, 3);
    const results = await Promise.all(
      Array.from({ length: 300 }, (_, i) => pool.run(`k${i % 10}`, { key: `k${i % 10}`, name: 'bumpSlowly' })),
    );
    for (let i = 0; i < 300; i++) assert.equal(results[i], Math.floor(i / 10) + 1);
    for (let k = 0; k < 10; k++) assert.equal(counts.get(`k${k}`), 30);
  });

  test('a task without a key goes past a busy worker', async (t) => {
    const { pool } = poolFor(t, 2);
    const gate = new Int32Array(new SharedArrayBuffer(8));
    const blocked = pool.run(gate, { key: keyOfOwner(pool, 0), name: 'waitFor' });
    for (let i = 0; i < 20; i++) assert.equal((await pool.run<Who>(null)).owner, 1);
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
    assert.equal(await blocked, 'passed');
  });

  test('a long task of one owner does not hold up the tasks of another', async (t) => {
    const { pool } = poolFor(t, 2);
    const gate = new Int32Array(new SharedArrayBuffer(8));
    const blocked = pool.run(gate, { key: keyOfOwner(pool, 0), name: 'waitFor' });
    const waiting = pool.run('w', { key: keyOfOwner(pool, 0), name: 'bump' });
    assert.equal(await pool.run('x', { key: keyOfOwner(pool, 1), name: 'bump' }), 1);
    // The other thread may have been up first.
    await until('the long task runs', () => Atomics.load(gate, 1) === 1);
    assert.equal(pool.stats()[0].waiting, 1);
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
    assert.equal(await blocked, 'passed');
    assert.equal(await waiting, 1);
  });

  test('with several stores the store of the key is named', async (t) => {
    const [a, b] = [Store.create({ memory: '1MiB' }), Store.create({ memory: '1MiB' })];
    const pool = new Pool({ stores: { a, b }, filename, threads: 2 });
    t.after(() => pool.destroy());
    await assert.rejects(pool.run(null, { key: 'k' }), OptionError);
    await assert.rejects(pool.run(null, { key: 'k', store: 'c' }), /store: the pool has no c/);
    assert.equal((await pool.run<Who>(null, { key: 'k', store: 'b' })).owner, pool.ownerOf('k', 'b'));
  });
});

describe('workers', () => {
  test('stores with values of any type go into a pool', async (t) => {
    const users = Store.create<{ name: string }>({ memory: '1MiB' });
    const pool = new Pool({ stores: { counts: users }, filename, threads: 1 });
    t.after(() => pool.destroy());
    assert.equal(await pool.run<number>('a', { key: 'a', name: 'bump' }), 1);
  });

  test('a store with a codec of its own finds it among the exports of the module', async (t) => {
    const birthdays = Store.create<Date>({ memory: '1MiB', value: dates });
    birthdays.set('ada', new Date('1815-12-10'));
    const codecs = new URL('../fixtures/pool-codecs.js', import.meta.url);
    const pool = new Pool({ stores: { birthdays }, filename: codecs, threads: 1 });
    assert.equal(await pool.run('ada', { key: 'ada' }), 1815);
    await pool.close();
    const without = new Pool({ stores: { birthdays }, filename, threads: 1 });
    t.after(() => without.destroy());
    await assert.rejects(without.run(null), HandleError);
  });

  test('a worker requires no ES module: a termination while it does would end the whole process', async (t) => {
    const { pool } = poolFor(t, 1);
    const files = await pool.run<string[]>(null, { name: 'requiredFiles' });
    assert.ok(files.some((file) => file.endsWith('entry.cjs')));
    const ours = files.filter((file) => !file.includes('node_modules'));
    assert.deepEqual(
      ours.filter((file) => !file.endsWith('.cjs')),
      [],
    );
  });

  test('timers of an idle worker go on', async (t) => {
    const { pool } = poolFor(t, 1);
    const counter = new Int32Array(new SharedArrayBuffer(4));
    await pool.run(counter, { name: 'countOn' });
    while (Atomics.load(counter, 0) < 5) await new Promise((resolve) => setImmediate(resolve));
  });

  test('what is in the transfer list is moved to the worker', async (t) => {
    const { pool } = poolFor(t, 1);
    const bytes = new Uint8Array(1000);
    assert.equal(await pool.run(bytes, { name: 'lengthOf', transferList: [bytes.buffer] }), 1000);
    assert.equal(bytes.length, 0);
  });
});

describe('errors', () => {
  test("sharena's own errors are of their classes again", async (t) => {
    const { pool } = poolFor(t, 1);
    await assert.rejects(pool.run(null, { name: 'setTooLong' }), KeyError);
  });

  test('what a task throws comes back with class name, code, stack and cause', async (t) => {
    const { pool } = poolFor(t, 1);
    const error: unknown = await pool.run('went wrong', { name: 'fail' }).catch((reason: unknown) => reason);
    assert.ok(error instanceof Error);
    assert.equal(error.name, 'TaskError');
    assert.equal(error.message, 'went wrong');
    assert.equal((error as NodeJS.ErrnoException).code, 'E_TASK');
    assert.match(error.stack ?? '', /pool-tasks/);
    assert.equal((error.cause as Error).message, 'the cause');
    await assert.rejects(pool.run(null, { name: 'failStrangely' }), (reason) => {
      assert.deepEqual(reason, { reason: 'no error' });
      return true;
    });
  });

  test('results and errors that cannot be sent are errors to the caller, and the worker lives', async (t) => {
    const { pool } = poolFor(t, 1);
    const { threadId } = await pool.run<Who>(null);
    await assert.rejects(pool.run(null, { name: 'giveFunction' }), { name: 'DataCloneError' });
    await assert.rejects(pool.run(null, { name: 'failWithFunction' }), /carries a function/);
    await assert.rejects(pool.run(null, { name: 'failWithGetter' }), { message: 'its message is a getter' });
    await assert.rejects(
      pool.run(() => 1),
      { name: 'DataCloneError' },
    );
    assert.equal((await pool.run<Who>(null)).threadId, threadId);
  });

  test('a task that does not exist and a module that does not load fail their tasks, again and again', async (t) => {
    const { pool } = poolFor(t, 1);
    await assert.rejects(pool.run(null, { name: 'nothing' }), /no function nothing/);
    const broken = new Pool({
      stores: { counts: Store.create({ memory: '1MiB' }) },
      filename: new URL('../fixtures/pool-broken.js', import.meta.url),
      threads: 1,
    });
    t.after(() => broken.destroy());
    for (let i = 0; i < 3; i++) await assert.rejects(broken.run(null), /does not load/);
  });

  test('wrong options and keys are named', async (t) => {
    const { pool, counts } = poolFor(t, 1);
    const make =
      (options: object): (() => Pool) =>
      () =>
        new Pool(options as PoolOptions);
    assert.throws(make({ stores: {}, filename }), /^OptionError: stores/);
    assert.throws(make({ stores: { counts: {} }, filename }), /stores: counts is no Store/);
    assert.throws(make({ stores: { counts }, filename: './tasks.js' }), /^OptionError: filename/);
    assert.throws(make({ stores: { counts }, filename, threads: 0 }), /^OptionError: threads/);
    assert.throws(make({ stores: { counts }, filename, thread: 1 }), /thread: no such option/);
    assert.throws(make({ stores: { counts }, filename }), /a pool that was not closed owns/);
    await assert.rejects(pool.run(null, { key: {} as string }), KeyError);
    await assert.rejects(pool.run(null, { nmae: 'x' } as object), /nmae: no such option/);
  });
});

describe('aborting', () => {
  test('a waiting task is taken out, a running one rejects its caller and its worker lives', async (t) => {
    const { pool, counts } = poolFor(t, 1);
    const { threadId } = await pool.run<Who>(null);
    const gate = new Int32Array(new SharedArrayBuffer(8));
    const [running, waiting] = [new AbortController(), new AbortController()];
    const first = pool.run(gate, { name: 'waitFor', signal: running.signal });
    const second = pool.run('never', { name: 'bump', signal: waiting.signal });
    while (Atomics.load(gate, 1) === 0) await new Promise((resolve) => setImmediate(resolve));
    waiting.abort();
    running.abort();
    await assert.rejects(second, { name: 'AbortError' });
    await assert.rejects(first, { name: 'AbortError' });
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
    assert.equal((await pool.run<Who>(null)).threadId, threadId);
    assert.equal(counts.has('never'), false);
    await assert.rejects(pool.run(null, { signal: AbortSignal.abort() }), { name: 'AbortError' });
  });

  test('a task that runs sees the abort in context.signal', async (t) => {
    const { pool } = poolFor(t, 1);
    const gate = new Int32Array(new SharedArrayBuffer(4));
    const controller = new AbortController();
    const running = pool.run(gate, { name: 'untilAborted', signal: controller.signal });
    while (Atomics.load(gate, 0) === 0) await new Promise((resolve) => setImmediate(resolve));
    controller.abort();
    await assert.rejects(running, { name: 'AbortError' });
    await pool.close();
    assert.equal(Atomics.load(gate, 0), 2);
  });

  test('a thousand tasks may share a signal, and an abort takes out all that wait', async (t) => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error): number => warnings.push(warning);
    process.on('warning', onWarning);
    t.after(() => process.off('warning', onWarning));
    const { pool, counts } = poolFor(t, 1);
    await pool.run(null);
    const gate = new Int32Array(new SharedArrayBuffer(8));
    const blocked = pool.run(gate, { name: 'waitFor' });
    const controller = new AbortController();
    const tasks = Array.from({ length: 1000 }, () => pool.run('k', { name: 'bump', signal: controller.signal }));
    const last = pool.run('last', { name: 'bump' });
    assert.equal(pool.stats()[0].waiting, 1001);
    controller.abort(new Error('enough'));
    assert.equal(pool.stats()[0].waiting, 1);
    for (const task of tasks) await assert.rejects(task, /enough/);
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
    await blocked;
    assert.equal(await last, 1);
    assert.equal(counts.has('k'), false);
    assert.deepEqual(warnings, []);
  });
});

describe('death', () => {
  test('a worker that dies gives OwnerDiedError once, and its successor has the same number and runs what waited', async (t) => {
    const { pool, counts } = poolFor(t, 2);
    const key = keyOfOwner(pool, 1);
    const before = await pool.run<Who>(null, { key });
    for (const [round, name] of ['exit', 'throwLater', 'exit'].entries()) {
      const dying = pool.run(null, { key, name });
      const after = [1, 2, 3].map(() => pool.run('after', { key, name: 'bump' }));
      await assert.rejects(dying, OwnerDiedError);
      assert.deepEqual(
        await Promise.all(after),
        [1, 2, 3].map((n) => n + 3 * round),
      );
    }
    const now = await pool.run<Who>(null, { key });
    assert.equal(now.owner, before.owner);
    assert.notEqual(now.threadId, before.threadId);
    assert.deepEqual(counts.verify(), { ok: true, problems: [] });
  });

  test('an owner that dies moves no segment', async (t) => {
    const { pool } = poolFor(t, 3);
    const before = pool.stats().map(({ segments }) => segments['counts']);
    await assert.rejects(pool.run(null, { name: 'exit' }), OwnerDiedError);
    assert.deepEqual(
      pool.stats().map(({ segments }) => segments['counts']),
      before,
    );
  });
});

describe('the end', () => {
  test('close waits for the tasks it has, and refuses new ones', async (t) => {
    const { pool, counts } = poolFor(t, 2);
    const tasks = Array.from({ length: 50 }, (_, i) => pool.run(`k${i}`, { key: `k${i}`, name: 'bumpSlowly' }));
    const closed = pool.close();
    await assert.rejects(pool.run(null), ClosedError);
    await closed;
    assert.deepEqual(new Set(await Promise.all(tasks)), new Set([1]));
    assert.equal(counts.size, 50);
    const again = new Pool({ stores: { counts }, filename, threads: 1 });
    await again.close();
  });

  test('destroy answers everything that was given', async (t) => {
    const { pool } = poolFor(t, 1);
    const gate = new Int32Array(new SharedArrayBuffer(8));
    const running = pool.run(gate, { name: 'waitFor' });
    const waiting = pool.run(null);
    const outcomes = Promise.allSettled([running, waiting]);
    while (Atomics.load(gate, 1) === 0) await new Promise((resolve) => setImmediate(resolve));
    await pool.destroy();
    const [first, second] = await outcomes;
    assert.ok(first.status === 'rejected' && first.reason instanceof OwnerDiedError);
    assert.ok(second.status === 'rejected' && second.reason instanceof ClosedError);
  });

  test('a second end of a pool leaves the next pool of its store alone', async (t) => {
    const { pool, counts } = poolFor(t, 2);
    await pool.close();
    const next = new Pool({ stores: { counts }, filename, threads: 3 });
    t.after(() => next.destroy());
    await pool.destroy();
    assert.equal(await next.run('k', { key: 'k', name: 'bump' }), 1);
    assert.throws(() => pool.ownerOf('k'), ClosedError);
  });

  test('destroy during close ends it', async (t) => {
    const { pool } = poolFor(t, 1);
    const gate = new Int32Array(new SharedArrayBuffer(8));
    const outcomes = Promise.allSettled([pool.run(gate, { name: 'waitFor' }), pool.run(null)]);
    const closed = pool.close();
    while (Atomics.load(gate, 1) === 0) await new Promise((resolve) => setImmediate(resolve));
    await pool.destroy();
    await closed;
    assert.deepEqual(
      (await outcomes).map((outcome) => outcome.status === 'rejected' && (outcome.reason as Error).name),
      ['OwnerDiedError', 'ClosedError'],
    );
  });

  for (const [program, says] of [
    ['pool-exits.js', 'answers 1 1\n'],
    ['pool-left-open.js', 'answers OwnerDiedError 1\n'],
  ]) {
    test(`the program ${program} ends by itself`, () => {
      const path = join(import.meta.dirname, '..', 'fixtures', program);
      const child = spawnSync(process.execPath, [path], { encoding: 'utf8', timeout: 60_000 });
      assert.equal(child.status, 0, child.stderr);
      assert.equal(child.stdout, says);
    });
  }
});
