import { strict as assert } from 'node:assert';
import { once } from 'node:events';
import { describe as suite, test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { Store, StoreFullError } from '../../src/index.ts';
import { arenaOf } from '../../src/store.ts';
import { Crowd } from '../fixtures/crowd.ts';
import type { HolderData } from '../fixtures/lease-holder.ts';
import type { LeasingData } from '../fixtures/leasing-worker.ts';
import { announcedSeed } from '../fixtures/random.ts';
import { stamped } from '../fixtures/stamped.ts';
import type { StampingData } from '../fixtures/stamping-worker.ts';
import { until } from '../fixtures/until.ts';

const seed = announcedSeed('leases');
/** How long writers and leasing threads meet; a soak with SHARENA_SOAK_MS. */
const MEETING_MS = Number(process.env['SHARENA_SOAK_MS'] ?? 1_000);

interface Meeting {
  readonly memory: string;
  readonly segments: number;
  readonly keys: number;
  readonly valueBytes: number;
  readonly leasesMax: number;
}

const MEETINGS: Readonly<Record<string, Meeting>> = {
  'a few keys whose blocks are used again at once': {
    memory: '256KiB',
    segments: 1,
    keys: 8,
    valueBytes: 3_000,
    leasesMax: 6,
  },
  'values of up to 40 KB': { memory: '2MiB', segments: 2, keys: 40, valueBytes: 40_000, leasesMax: 8 },
  'a full store that tidies all the time': {
    memory: '512KiB',
    segments: 2,
    keys: 600,
    valueBytes: 2_500,
    leasesMax: 20,
  },
};

/** Nothing is leased any more, and the store is empty once it is cleared. */
function assertEmptied(store: Store): void {
  assert.deepEqual(store.verify().problems, []);
  store.clear();
  const { leases, detachedBytes, heapBytes, largeBytes, tableBytes } = store.stats();
  assert.deepEqual([leases, detachedBytes, heapBytes, largeBytes, tableBytes], [0, 0, 0, 0, 0]);
}

suite('leased bytes beside writers', () => {
  for (const [name, { memory, segments, keys, valueBytes, leasesMax }] of Object.entries(MEETINGS)) {
    test(`never change: ${name}`, async (t) => {
      const store = Store.create<Uint8Array>({ memory, segments });
      const crowd = new Crowd();
      for (let writer = 0; writer < 2; writer++) {
        const own: StampingData = { writer, keys, valueBytes, deleteEvery: 5 };
        crowd.add('stamping-worker.js', store.handle, seed + writer, own);
      }
      for (let thread = 0; thread < 2; thread++) {
        crowd.add('leasing-worker.js', store.handle, seed + 10 + thread, { keys, leasesMax } satisfies LeasingData);
      }
      await crowd.begin();
      const end = performance.now() + MEETING_MS;
      while (performance.now() < end) {
        await sleep(100);
        store.clear();
        crowd.check();
      }
      await crowd.everyone();
      const counts = await crowd.finish<number>();
      t.diagnostic(`writes and leases: ${counts.join(', ')}`);
      assertEmptied(store);
    });
  }

  test('never change while threads that lease are killed and others take over their places', async (t) => {
    const store = Store.create<Uint8Array>({ memory: '512KiB', segments: 2 });
    const writers = new Crowd();
    const [keys, leasesMax] = [60, 10];
    const own: StampingData = { writer: 1, keys, valueBytes: 4_000, deleteEvery: 5 };
    writers.add('stamping-worker.js', store.handle, seed, own);
    const survivors = new Crowd();
    survivors.add('leasing-worker.js', store.handle, seed + 1, { keys, leasesMax } satisfies LeasingData);
    await Promise.all([writers.begin(), survivors.begin()]);
    const end = performance.now() + MEETING_MS;
    for (let round = 0; round < 3 || performance.now() < end; round++) {
      const mortals = Array.from({ length: 2 }, () => new Crowd());
      for (const [index, mortal] of mortals.entries()) {
        mortal.add('leasing-worker.js', store.handle, seed + 10 * round + index, { keys, leasesMax });
      }
      await Promise.all(mortals.map(async (mortal) => mortal.begin()));
      await sleep(10 + (round % 20));
      await Promise.all(mortals.map(async (mortal) => mortal.kill()));
      writers.check();
      survivors.check();
    }
    await Promise.all([writers.everyone(), survivors.everyone()]);
    const [[written], [taken]] = await Promise.all([writers.finish<number>(), survivors.finish<number>()]);
    t.diagnostic(`writes and leases: ${written}, ${taken}`);
    assertEmptied(store);
  });
});

async function startHolder(t: TestContext, store: Store, keys: number, osThreads: boolean): Promise<Worker> {
  const workerData: HolderData = { handle: store.handle, keys, osThreads };
  const worker = new Worker(new URL('../fixtures/lease-holder.js', import.meta.url), { workerData });
  t.after(() => worker.terminate());
  const [count] = (await once(worker, 'message')) as [number];
  assert.equal(count, keys);
  return worker;
}

suite('leases of a dead thread', () => {
  for (const osThreads of [true, false]) {
    const proof = osThreads ? 'the OS proves it' : 'its exit event proves it';
    test(`are given back by whoever verifies, once ${proof}`, async (t) => {
      const store = Store.create({ memory: '1MiB', segments: 4 });
      for (let key = 0; key < 50; key++) store.set(key, stamped(1, key, 1, 500));
      const worker = await startHolder(t, store, 50, osThreads);
      store.clear();
      assert.equal(store.stats().leases, 50);
      assert.ok(store.stats().detachedBytes > 50 * 500);
      assert.deepEqual(store.verify().problems, []);
      assert.equal(store.stats().leases, 50);
      await worker.terminate();
      await until('its leases are given back', () => {
        assert.deepEqual(store.verify().problems, []);
        return store.stats().leases === 0;
      });
      assertEmptied(store);
    });
  }

  for (const isIncrement of [false, true]) {
    test(`are given back to ${isIncrement ? 'an increment' : 'a set'} that needs their room`, async (t) => {
      const store = Store.create<Uint8Array>({ memory: '256KiB', segments: 1 });
      let count = 0;
      try {
        for (; ; count++) store.set(count, stamped(1, count, 1, 3_000));
      } catch (error) {
        if (!(error instanceof StoreFullError)) throw error;
      }
      const worker = await startHolder(t, store, count, true);
      store.clear();
      const value = stamped(1, 1, 2, 20_000);
      assert.throws(() => store.set(1, value), StoreFullError);
      const longKey = 'n'.repeat(20_000);
      assert.throws(() => store.increment(longKey), StoreFullError);
      const exited = once(worker, 'exit');
      worker.postMessage('exit');
      await until('there is room', () => {
        try {
          // Whoever comes first gives them back.
          if (isIncrement) store.increment(longKey);
          else store.set(1, value);
          return true;
        } catch (error) {
          if (error instanceof StoreFullError) return false;
          throw error;
        }
      });
      assert.equal(store.stats().leases, 0);
      await exited;
      assertEmptied(store);
    });
  }

  test('are given back to a lease that finds no entry', async (t) => {
    const store = Store.create({ memory: '1MiB', segments: 4 });
    const [{ leaseCount }] = arenaOf(store).geometry.buffers;
    for (let key = 0; key <= leaseCount; key++) store.set(key, stamped(1, key, 1, 10));
    const worker = await startHolder(t, store, leaseCount, true);
    assert.throws(() => store.lease(0), /leased at the moment/);
    await worker.terminate();
    await until('there is an entry', () => {
      try {
        return store.lease(leaseCount) !== undefined;
      } catch {
        return false;
      }
    });
    assert.equal(store.stats().leases, 1);
    store.close();
  });
});
