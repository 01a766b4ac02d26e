import { strict as assert } from 'node:assert';
import { once } from 'node:events';
import { afterEach, beforeEach, describe as suite, mock, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { OptionError, type RateLimit, Store, ValueError } from '../../src/index.ts';
import type { HitData } from '../fixtures/hit-worker.ts';

suite('rate limits from four threads', () => {
  test('exactly 100 of thousands of hits are allowed, whatever the algorithm', async () => {
    const store = Store.create({ memory: '1MiB', segments: 2 });
    // Windows so long that none of them ends meanwhile.
    const windowMs = 2 ** 41;
    const limits: Record<string, RateLimit> = {
      fixed: { limit: 100, windowMs },
      sliding: { limit: 100, windowMs, algorithm: 'sliding' },
      bucket: { limit: 100, windowMs, algorithm: 'bucket' },
      costly: { limit: 100, windowMs, algorithm: 'bucket', cost: 5 },
    };
    const gate = new Int32Array(new SharedArrayBuffer(4));
    const workerData: HitData = { handle: store.handle, hits: 500, limits, gate };
    const workers = Array.from(
      { length: 4 },
      () => new Worker(new URL('../fixtures/hit-worker.js', import.meta.url), { workerData }),
    );
    await Promise.all(workers.map((worker) => once(worker, 'message')));
    const answers = workers.map((worker) => once(worker, 'message') as Promise<[Record<string, number>]>);
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
    const allowed = (await Promise.all(answers)).map(([counts]) => counts);
    const sum = (key: string): number => allowed.reduce((total, counts) => total + (counts[key] ?? 0), 0);
    assert.deepEqual(Object.keys(limits).map(sum), [100, 100, 100, 20]);
    assert.equal(store.get('fixed'), 2000, 'a fixed window counts refused hits too');
    await Promise.all(workers.map(async (worker) => worker.terminate()));
    assert.deepEqual(store.verify().problems, []);
  });
});

suite('rate limits', () => {
  let nowMs = 0;
  beforeEach(() => {
    nowMs = 1_700_000_000_000;
    mock.method(Date, 'now', () => nowMs);
  });
  afterEach(() => mock.restoreAll());

  const hits = (store: Store, rate: RateLimit, count: number): boolean[] =>
    Array.from({ length: count }, () => store.hit('k', rate).allowed);

  test('a fixed window begins with its first hit and ends at once', () => {
    const store = Store.create({ memory: '256KiB' });
    const rate: RateLimit = { limit: 3, windowMs: 1000 };
    assert.deepEqual(store.hit('k', rate), { count: 1, remaining: 2, resetMs: 1000, allowed: true });
    nowMs += 400;
    assert.deepEqual(store.hit('k', rate), { count: 2, remaining: 1, resetMs: 600, allowed: true });
    assert.deepEqual(hits(store, rate, 2), [true, false]);
    assert.deepEqual(store.hit('k', rate), { count: 5, remaining: 0, resetMs: 600, allowed: false });
    nowMs += 599;
    assert.deepEqual(hits(store, rate, 1), [false]);
    nowMs += 1;
    assert.deepEqual(store.hit('k', rate), { count: 1, remaining: 2, resetMs: 1000, allowed: true });
  });

  test('a sliding window lets no more than the limit through in any window', () => {
    const store = Store.create({ memory: '256KiB' });
    const rate: RateLimit = { limit: 10, windowMs: 1000, algorithm: 'sliding' };
    nowMs += 900;
    assert.equal(hits(store, rate, 20).filter(Boolean).length, 10);
    nowMs += 150;
    assert.equal(hits(store, rate, 20).filter(Boolean).length, 0, 'most of the last window is still in view');
    nowMs += 450;
    assert.equal(hits(store, rate, 20).filter(Boolean).length, 5, 'half of it is');
    nowMs += 10_000;
    assert.equal(hits(store, rate, 20).filter(Boolean).length, 10);
  });

  test('a bucket fills up evenly, and refused hits take nothing', () => {
    const store = Store.create({ memory: '256KiB' });
    const rate: RateLimit = { limit: 10, windowMs: 1000, algorithm: 'bucket' };
    assert.equal(hits(store, rate, 20).filter(Boolean).length, 10);
    assert.deepEqual(store.hit('k', rate), { count: 10, remaining: 0, resetMs: 1000, allowed: false });
    nowMs += 100;
    assert.deepEqual(hits(store, rate, 3), [true, false, false]);
    nowMs += 10_000;
    assert.equal(hits(store, rate, 20).filter(Boolean).length, 10);
    assert.equal(store.hit('other', { ...rate, cost: 11 }).allowed, false, 'more than a bucket holds');
    assert.equal(store.hit('other', { ...rate, cost: 10 }).allowed, true);
  });

  test('a limit that is over takes no memory for good', () => {
    const store = Store.create({ memory: '256KiB', segments: 1 });
    for (let user = 0; user < 100_000; user++) {
      store.hit(`user:${user}`, { limit: 5, windowMs: 100 });
      nowMs += 1;
    }
    assert.ok(store.size < 10_000);
    assert.deepEqual(store.verify().problems, []);
  });

  test('a clock that goes back lets nobody in who was refused', () => {
    const store = Store.create({ memory: '256KiB' });
    const rate: RateLimit = { limit: 2, windowMs: 1000, algorithm: 'bucket' };
    assert.deepEqual(hits(store, rate, 3), [true, true, false]);
    nowMs -= 5000;
    assert.deepEqual(hits(store, rate, 1), [false]);
  });

  test('a limit and a value do not mix', () => {
    const store = Store.create({ memory: '256KiB' });
    store.set('value', 5);
    assert.throws(() => store.hit('value', { limit: 1, windowMs: 10 }), ValueError);
    assert.equal(store.get('value'), 5);
    store.hit('limit', { limit: 3, windowMs: 1000 });
    assert.throws(() => store.increment('limit'), ValueError);
    assert.equal(store.hit('limit', { limit: 3, windowMs: 1000 }).count, 2);
    store.set('brief', 5, { ttl: 10 });
    nowMs += 10;
    assert.equal(store.hit('brief', { limit: 1, windowMs: 10 }).count, 1, 'a value that is over is no value');
  });

  test('wrong limits name the part that is wrong', () => {
    const store = Store.create({ memory: '256KiB' });
    const wrong: readonly (readonly [string, unknown])[] = [
      ['limit', { limit: 0, windowMs: 1 }],
      ['limit', { limit: Number.NaN, windowMs: 1 }],
      ['limit', { limit: '5', windowMs: 1 }],
      ['limit', { windowMs: 1 }],
      ['windowMs', { limit: 1, windowMs: 0 }],
      ['windowMs', { limit: 1, windowMs: Number.POSITIVE_INFINITY }],
      ['windowMs', { limit: 1 }],
      ['cost', { limit: 1, windowMs: 1, cost: -1 }],
      ['cost', { limit: 1, windowMs: 1, cost: Number.NaN }],
      ['algorithm', { limit: 1, windowMs: 1, algorithm: 'leaky' }],
    ];
    for (const [name, rate] of wrong) {
      assert.throws(
        () => store.hit('k', rate as RateLimit),
        (error) => error instanceof OptionError && error.message.includes(name),
        JSON.stringify(rate),
      );
    }
    assert.equal(store.size, 0);
  });
});
