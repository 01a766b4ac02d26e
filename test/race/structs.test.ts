import { strict as assert } from 'node:assert';
import { describe as suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Store } from '../../src/index.ts';
import { Crowd } from '../fixtures/crowd.ts';
import { announcedSeed } from '../fixtures/random.ts';
import { KEYS, markOf, problemOf, type Shared, shared } from '../fixtures/shared-struct.ts';
import type { StructData } from '../fixtures/struct-worker.ts';

const seed = announcedSeed('structs');
/** How long writers and readers meet; a soak with SHARENA_SOAK_MS. */
const MEETING_MS = Number(process.env['SHARENA_SOAK_MS'] ?? 1_500);
const WRITERS = 3;
const KILLS = 6;

function storeOfStructs(): Store<Shared> {
  const store = Store.create({ memory: '256KiB', segments: 1, value: shared });
  for (let key = 0; key < KEYS; key++) {
    store.set(key, { count: 0, total: 0n, x: markOf(0), text: '0'.repeat(16), first: 0, second: 0 });
  }
  return store;
}

/** Increments of a key's count that were begun, and that came back. */
function countsOf(journal: Int32Array, key: number): [begun: number, done: number] {
  const sums: [number, number] = [0, 0];
  for (let writer = 0; writer < WRITERS; writer++) {
    sums[0] += journal[2 * (writer * KEYS + key)];
    sums[1] += journal[2 * (writer * KEYS + key) + 1];
  }
  return sums;
}

suite('structs that several threads write in place', () => {
  test('are seen whole by readers, those that remember and those that do not, and no increment is lost', async (t) => {
    const store = storeOfStructs();
    const journal = new Int32Array(new SharedArrayBuffer(WRITERS * KEYS * 8));
    const crowd = new Crowd();
    for (const writer of [0, 1, 2, -1, -1]) {
      crowd.add('struct-worker.js', store.handle, seed + writer, { writer, journal } satisfies StructData);
    }
    await crowd.begin();
    await sleep(MEETING_MS);
    const counts = await crowd.finish<number>();
    t.diagnostic(`writes and reads: ${counts.join(', ')}`);
    for (let key = 0; key < KEYS; key++) {
      const found = store.get(key);
      const [begun, done] = countsOf(journal, key);
      assert.equal(begun, done);
      assert.equal(found?.count, done);
      assert.equal(found?.total, BigInt(done) << 31n);
    }
    assert.deepEqual(store.verify().problems, []);
    store.close();
  });

  test('are whole after writers were killed, with all that was acknowledged and nothing twice', async (t) => {
    const store = storeOfStructs();
    const journal = new Int32Array(new SharedArrayBuffer(WRITERS * KEYS * 8));
    for (let kill = 0; kill < KILLS; kill++) {
      const crowd = new Crowd();
      for (let writer = 0; writer < WRITERS; writer++) {
        crowd.add('struct-worker.js', store.handle, seed + kill * 8 + writer, { writer, journal } satisfies StructData);
      }
      await crowd.begin();
      await sleep(10 + (kill % 5) * 7);
      await crowd.terminate();
      for (let key = 0; key < KEYS; key++) {
        const found = store.get(key);
        assert.equal(found === undefined ? 'it is gone' : problemOf(found), undefined);
        const [begun, done] = countsOf(journal, key);
        const count = found?.count ?? 0;
        assert.ok(count >= done && count <= begun, `count is ${count}, ${done} to ${begun} were added`);
        assert.ok((found?.total ?? 0n) >> 31n <= BigInt(count), 'total is ahead of count');
        assert.ok(store.incrementField(key, 'count', 0) === count);
      }
      assert.deepEqual(store.verify().problems, []);
    }
    t.diagnostic(`repairs: ${store.stats().recoveries}`);
    store.close();
  });
});
