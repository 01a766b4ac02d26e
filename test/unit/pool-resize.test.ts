/** Owners that come and go: what moves, what is answered, and in which order tasks run meanwhile. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import type { Worker } from 'node:worker_threads';
import { ring } from '../../native-layout/arena.ts';
import { ownersOf, plannedOwners, ringEpoch } from '../../src/dispatch/owners.ts';
import type { Pool, RingChange } from '../../src/dispatch/pool.ts';
import { ClosedError, LockTimeoutError, OptionError, OwnerDiedError, Store } from '../../src/index.ts';
import { arenaOf } from '../../src/store.ts';
import { Gate, keyOfOwner, poolFor, tasks, turnsUntil, watchWorkers } from '../fixtures/pool-setup.ts';
import { stream } from '../fixtures/pool-stream.ts';
import { announcedSeed, Random } from '../fixtures/random.ts';

const processors = new URL('../fixtures/processors.js', import.meta.url);

interface Who {
  readonly owner: number;
  readonly threadId: number;
}

function segmentsOf(pool: Pool): (number | undefined)[] {
  return pool.stats().map(({ segments }) => segments['counts']);
}

function keyWhere(isRight: (segment: number) => boolean, store: Store): string {
  for (let i = 0; ; i++) if (isRight(store.segmentOf(`key ${i}`))) return `key ${i}`;
}

test('a pool that grows and shrinks moves the share of its segments that has to move, and counts epochs', async (t) => {
  const { pool, counts } = poolFor(t, 1);
  const changes: RingChange[] = [];
  pool.on('resize', (change) => changes.push(change));
  for (const threads of [2, 3, 4, 2, 5, 1]) {
    const from = pool.threads;
    const epoch = ringEpoch(arenaOf(counts));
    await pool.resize(threads);
    assert.equal(pool.threads, threads);
    assert.equal(ringEpoch(arenaOf(counts)), epoch + 1);
    const owned = segmentsOf(pool);
    assert.equal(owned.length, threads);
    assert.ok(Math.max(...owned.map(Number)) <= Math.ceil((1.1 * 64) / threads), String(owned));
    const change = changes.at(-1);
    assert.deepEqual([change?.from, change?.to], [from, threads]);
    const share = Math.abs(from - threads) / Math.max(from, threads);
    assert.ok(
      Number(change?.movedSegments) <= Math.ceil(64 * share * 1.05),
      `${from} to ${threads}: ${change?.movedSegments}`,
    );
    const { owner } = await pool.run<Who>(null, { key: 'k' });
    assert.equal(owner, pool.ownerOf('k'));
  }
});

test('a resize to the number that is there changes nothing, and one to a number that cannot be is refused', async (t) => {
  const { pool, counts } = poolFor(t, 2);
  const epoch = ringEpoch(arenaOf(counts));
  await pool.resize(2);
  assert.equal(ringEpoch(arenaOf(counts)), epoch);
  for (const threads of [0, 1.5, 255, '3' as unknown as number])
    await assert.rejects(pool.resize(threads), OptionError);
});

test('owners that leave run what they have begun, and their threads end', async (t) => {
  const workers = watchWorkers(t);
  const { pool } = poolFor(t, 3);
  const gate = new Gate();
  const held = pool.run(gate.words, { key: keyOfOwner(pool, 2), name: 'waitFor' });
  // Of another segment: a task behind the one that is held would wait for it.
  const beside = keyOfOwner(pool, 0);
  await gate.entered();
  const left: number[] = [];
  pool.on('ownerLeft', ({ owner }) => left.push(owner));
  const resized = pool.resize(1);
  await turnsUntil(() => pool.threads === 1);
  const answer = await pool.run<Who>(null, { key: beside });
  assert.equal(answer.owner, 0);
  gate.open();
  assert.equal(await held, 'passed');
  await resized;
  assert.deepEqual(left.sort(), [1, 2]);
  assert.equal(workers.filter(({ threadId }) => threadId !== -1).length, 1);
});

test('tasks of a segment that moves wait for the one that its former owner still runs, and the others do not', async (t) => {
  const { pool } = poolFor(t, 2);
  const key = keyOfOwner(pool, 1);
  const beside = keyOfOwner(pool, 0);
  const gate = new Gate();
  const held = pool.run(gate.words, { key, name: 'waitFor' });
  const behind = [1, 2].map(() => pool.run(key, { key, name: 'bump' }));
  await gate.entered();
  const resized = pool.resize(1);
  await turnsUntil(() => pool.threads === 1);
  assert.equal(pool.ownerOf(key), 0);
  const after = pool.run(key, { key, name: 'bump' });
  const dropped = new AbortController();
  const aborted = pool.run(key, { key, name: 'bump', signal: dropped.signal });
  // If this waited for the gate, it would wait for ever.
  assert.equal(await pool.run(beside, { key: beside, name: 'bump' }), 1);
  dropped.abort();
  await assert.rejects(aborted, { name: 'AbortError' });
  gate.open();
  assert.equal(await held, 'passed');
  assert.deepEqual(await Promise.all([...behind, after]), [1, 2, 3]);
  await resized;
});

for (const [from, to] of [
  [2, 3],
  [3, 2],
  [1, 3],
  [4, 2],
] as const) {
  test(`no call for a key begins while another thread's is running: from ${from} owners to ${to}`, async (t) => {
    const { pool, counts } = poolFor(t, from, { filename: processors });
    const arena = arenaOf(counts);
    const before = ownersOf(arena);
    const after = plannedOwners(arena, [1, 1, 1, 1].slice(0, to));
    const key = keyWhere((segment) => before[segment] !== after[segment], counts);
    const epoch = ringEpoch(arena);
    const busy = pool.ownerOf(key);
    const meeting = { key, ms: 300 };
    const first = pool.execute('counts', key, 'meet', [meeting.ms]);
    await turnsUntil(() => counts.get('meeting') === 1);
    const resized = pool.resize(to);
    // From n owners to fewer the ring is changed later, when it may be: what counts is who is asked.
    await turnsUntil(() => pool.threads === to);
    const second = pool.run(meeting, { name: 'meetVia', key: keyWhere((at) => isFree(after[at] ?? -1), counts) });
    counts.set('told', true);
    await Promise.all([first, second, resized]);
    assert.equal(counts.get('met'), undefined);
    assert.equal(ringEpoch(arena), epoch + 1);
    assert.deepEqual(ownersOf(arena), after);

    function isFree(owner: number): boolean {
      return owner !== busy && owner !== after[counts.segmentOf(key)];
    }
  });
}

test('an owner that is to leave begins no call before the ring changes, nor does who comes in its place', async (t) => {
  const workers = watchWorkers(t);
  const { pool, counts } = poolFor(t, 4, { processors });
  const key = keyOfOwner(pool, 2);
  const { threadId } = await pool.run<Who>(null, { key });
  const gate = new Gate();
  const held = pool.run(gate.words, { key: keyOfOwner(pool, 3), name: 'waitFor' });
  await gate.entered();
  const replaced = once(pool, 'ownerReplaced');
  const resized = pool.resize(2);
  await turnsUntil(() => pool.threads === 2);
  // Of a new link: the owner hears of that after it was told to pause.
  const call = pool.execute('counts', key, 'meet', [0]);
  await assertNotMet();
  await workers.find((worker) => worker.threadId === threadId)?.terminate();
  await replaced;
  await assertNotMet();
  counts.set('told', true);
  gate.open();
  await Promise.all([call, held, resized]);
  assert.equal(counts.get('meeting'), 0);

  /** Nothing says that a call that must not begin could have begun by now. */
  async function assertNotMet(): Promise<void> {
    await Promise.race([turnsUntil(() => counts.has('meeting')), new Promise((resolve) => setTimeout(resolve, 200))]);
    assert.equal(counts.has('meeting'), false);
  }
});

test('calls that an owner has got before it leaves are sent on while it still runs a task', async (t) => {
  const { pool, counts } = poolFor(t, 4, { processors });
  const [key, blocked] = [2, 3].map((owner) => keyOfOwner(pool, owner));
  const [running, gate] = [new Gate(), new Gate()];
  const over = new AbortController();
  // Its timeout is for a call that waits for it, so that this fails and does not hang.
  const options = { key, name: 'untilAborted', signal: over.signal, timeout: 30_000 };
  const task = pool.run(running.words, options).catch((error: Error) => error.name);
  const held = pool.run(gate.words, { key: blocked, name: 'waitFor' });
  await gate.entered();
  await turnsUntil(() => Atomics.load(running.words, 0) !== 0);
  const resized = pool.resize(2);
  await turnsUntil(() => pool.threads === 2);
  const call = pool.execute('counts', key, 'add', [1]);
  gate.open();
  assert.equal(await call, 1);
  assert.notEqual(pool.ownerOf(key), 2);
  over.abort();
  assert.deepEqual(await Promise.all([task, held, resized]), ['AbortError', 'passed', undefined]);
  assert.equal(counts.get(key), 1);
});

test('calls to an owner that is down and about to leave are answered by who gets their keys', async (t) => {
  const workers = watchWorkers(t);
  const { pool } = poolFor(t, 4, { processors });
  const [key, blocked] = [2, 3].map((owner) => keyOfOwner(pool, owner));
  const { threadId } = await pool.run<Who>(null, { key });
  const end = (worker: Worker): unknown => worker.terminate();
  const down = once(pool, 'ownerDown');
  process.on('worker', end);
  await workers.find((worker) => worker.threadId === threadId)?.terminate();
  await down;
  process.off('worker', end);
  const gate = new Gate();
  const held = pool.run(gate.words, { key: blocked, name: 'waitFor' });
  await gate.entered();
  const resized = pool.resize(2);
  await turnsUntil(() => pool.threads === 2);
  const call = pool.execute('counts', key, 'add', [1]);
  await Promise.race([Promise.allSettled([call]), new Promise((resolve) => setTimeout(resolve, 50))]);
  gate.open();
  await Promise.all([held, resized]);
  assert.equal(await call, 1);
});

test('a resize whose ring cannot be changed in all stores changes none, and neither the pool', async (t) => {
  const workers = watchWorkers(t);
  const sizes = { memory: '4MiB', segments: 64, lockTimeout: 20 } as const;
  const stores = { counts: Store.create(sizes), others: Store.create(sizes) };
  const { pool } = poolFor(t, 3, { stores, processors });
  const token = await pool.run<number>('others', { name: 'tokenIn' });
  const before = Object.values(stores).map((store) => ownersOf(arenaOf(store)));
  const { words, ringWord } = arenaOf(stores.others);
  const lock = ringWord + ring.word.lock;
  for (const to of [2, 5]) {
    // Of a thread that lives, and is not done.
    words[lock] = token;
    await assert.rejects(pool.resize(to), LockTimeoutError);
    words[lock] = 0;
    assert.deepEqual(
      Object.values(stores).map((store) => ownersOf(arenaOf(store))),
      before,
    );
    assert.equal(pool.threads, 3);
    const owners = pool.stats().map(({ owner }) => owner);
    assert.deepEqual(owners, [0, 1, 2]);
    assert.equal(workers.filter(({ threadId }) => threadId !== -1).length, 3);
    const calls = owners.map((owner) => pool.execute('counts', keyOfOwner(pool, owner, 'counts'), 'whoAmI'));
    assert.deepEqual(await Promise.all(calls), owners);
  }
  await pool.resize(4);
  await pool.resize(2);
  assert.equal(workers.filter(({ threadId }) => threadId !== -1).length, 2);
});

test('an owner that dies while its calls are waited for does not hold a resize up', async (t) => {
  const { pool, counts } = poolFor(t, 2, { processors });
  counts.set('told', true);
  for (const to of [4, 2, 3, 1]) {
    const key = keyOfOwner(pool, pool.threads - 1);
    counts.delete('meeting');
    const first = pool.execute('counts', key, 'meetAndDie', [50]);
    await turnsUntil(() => counts.get('meeting') === 1);
    await Promise.all([assert.rejects(first, OwnerDiedError), pool.resize(to)]);
    assert.equal(await pool.execute('counts', key, 'add', [1]), 1);
    await pool.execute('counts', key, 'remove');
  }
});

test('a new owner whose module does not load fails the resize, and the pool is as before', async (t) => {
  t.after(() => delete process.env['SHARENA_TEST_FICKLE']);
  const workers = watchWorkers(t);
  const { pool } = poolFor(t, 1, { filename: new URL('../fixtures/pool-fickle.js', import.meta.url) });
  await pool.run(null);
  process.env['SHARENA_TEST_FICKLE'] = 'fail';
  await assert.rejects(pool.resize(3), /has become fickle/);
  assert.deepEqual(segmentsOf(pool), [64]);
  assert.equal(workers.filter(({ threadId }) => threadId !== -1).length, 1);
  delete process.env['SHARENA_TEST_FICKLE'];
  await pool.resize(2);
  assert.deepEqual(segmentsOf(pool), [32, 32]);
});

test('resizes that are asked for at once are made one after the other', async (t) => {
  const { pool } = poolFor(t, 1);
  await Promise.all([3, 2, 4, 2].map((threads) => pool.resize(threads)));
  assert.deepEqual(segmentsOf(pool), [32, 32]);
});

test('an end of the pool amid a resize ends both', async (t) => {
  for (const threads of [4, 1]) {
    for (const end of ['close', 'destroy'] as const) {
      const workers = watchWorkers(t);
      const counts = Store.create({ memory: '1MiB' });
      const { pool } = poolFor(t, 2, { stores: { counts }, filename: tasks });
      await pool.run(null);
      const resized = pool.resize(threads).catch((error: unknown) => error);
      await new Promise((resolve) => setImmediate(resolve));
      await pool[end]();
      const outcome = await resized;
      assert.ok(outcome === undefined || outcome instanceof ClosedError, String(outcome));
      assert.ok(workers.every(({ threadId }) => threadId === -1));
    }
  }
});

for (let ticks = 0; ticks < 8; ticks++) {
  test(`an end of the pool ${ticks} microtasks after a growth begins does not wait for the new owners`, async (t) => {
    const { pool } = poolFor(t, 1, { filename: new URL('../fixtures/pool-never-ready.js', import.meta.url) });
    await pool.run(null);
    const refused = assert.rejects(pool.resize(2), ClosedError);
    for (let tick = 0; tick < ticks; tick++) await Promise.resolve();
    await pool.destroy();
    await refused;
  });
}

test('D2: under resizes, restarts and deaths each call is answered once, and the order of each key holds', async (t) => {
  const random = new Random(announcedSeed('pool resizes'));
  const { pool, counts } = poolFor(t, 2);
  let isOver = false;
  const plan = { keys: 30, depth: 40, callsMax: 200_000, deadlyEvery: 300 };
  const streaming = stream(pool, counts, random, plan, () => isOver);
  for (let change = 0; change < 8; change++) {
    if (change % 4 === 3) await pool.restart().catch(() => {});
    else await pool.resize(random.between(1, 4)).catch(() => {});
  }
  isOver = true;
  const { calls, results } = await streaming;
  assert.ok(results > 0 && results <= calls);
});
