import { strict as assert } from 'node:assert';
import { describe as suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Key, Store } from '../../src/index.ts';
import { Crowd } from '../fixtures/crowd.ts';
import type { ReadingData } from '../fixtures/reading-worker.ts';
import { announcedSeed } from '../fixtures/random.ts';
import { stampOf } from '../fixtures/stamped.ts';
import type { StampingData } from '../fixtures/stamping-worker.ts';

const seed = announcedSeed('readers');
/** How long writers and readers meet; a soak with SHARENA_SOAK_MS. */
const MEETING_MS = Number(process.env['SHARENA_SOAK_MS'] ?? 1_500);

interface Meeting {
  readonly memory: string;
  readonly segments: number;
  readonly keys: number;
  readonly valueBytes: number;
}

const MEETINGS: Readonly<Record<string, Meeting>> = {
  'a few keys whose blocks are used again at once': { memory: '256KiB', segments: 1, keys: 8, valueBytes: 6_000 },
  'values of up to 40 KB': { memory: '1MiB', segments: 2, keys: 40, valueBytes: 40_000 },
  'many keys in tables that grow and shrink': { memory: '1MiB', segments: 4, keys: 9_000, valueBytes: 60 },
  'a full store that tidies all the time': { memory: '512KiB', segments: 2, keys: 600, valueBytes: 2_500 },
};

suite('readers beside writers', () => {
  for (const [name, { memory, segments, keys, valueBytes }] of Object.entries(MEETINGS)) {
    test(`never see half of a value, another key's, or an older one than before: ${name}`, async (t) => {
      const store = Store.create<Uint8Array>({ memory, segments });
      const crowd = new Crowd();
      for (let writer = 0; writer < 2; writer++) {
        const own: StampingData = { writer, keys, valueBytes, deleteEvery: 5 };
        crowd.add('stamping-worker.js', store.handle, seed + writer, own);
      }
      for (let reader = 0; reader < 2; reader++) {
        crowd.add('reading-worker.js', store.handle, seed + 10 + reader, { keys } satisfies ReadingData);
      }
      await crowd.begin();
      await sleep(MEETING_MS);
      await crowd.everyone();
      const counts = await crowd.finish<number>();
      t.diagnostic(`writes and reads: ${counts.join(', ')}`);
      assert.deepEqual(store.verify().problems, []);
      store.clear();
      assert.equal(store.stats().heapBytes + store.stats().largeBytes + store.stats().tableBytes, 0);
    });
  }
});

suite('iteration beside writers', () => {
  test('sees each entry that is present throughout exactly once, no entry twice, and nothing torn', async () => {
    const store = Store.create<Uint8Array>({ memory: '4MiB', segments: 4 });
    const keys = 2_000;
    const crowd = new Crowd();
    // Numbers from 0 on are overwritten all the time, never deleted; strings come and go, so that tables grow and shrink.
    const stay: StampingData = { writer: 1, keys, valueBytes: 400, deleteEvery: 0 };
    for (let key = 0; key < keys; key++) store.set(key, stampedNothing(key));
    crowd.add('stamping-worker.js', store.handle, seed, stay);
    crowd.add('coming-worker.js', store.handle, seed + 1, {});
    await crowd.begin();
    let sawComing = 0;
    for (let round = 0; round < 150 || sawComing === 0; round++) {
      const seen = new Set<Key>();
      for (const [key, value] of store) {
        assert.ok(!seen.has(key), `round ${round}: ${String(key)} came twice`);
        seen.add(key);
        if (typeof key === 'string') {
          sawComing += 1;
          assert.equal(Buffer.from(value).toString(), `value of ${key}`);
        } else {
          const stamp = stampOf(value);
          assert.ok(typeof stamp !== 'string' && stamp.key === key, `round ${round}: ${JSON.stringify(stamp)}`);
        }
      }
      for (let key = 0; key < keys; key++) assert.ok(seen.has(key), `round ${round}: ${key} was left out`);
      crowd.check();
    }
    await crowd.finish();
    assert.ok(store.stats().growths > 8, 'no table grew meanwhile');
    assert.deepEqual(store.verify().problems, []);
  });
});

function stampedNothing(key: number): Uint8Array {
  return new Uint8Array(new Int32Array([0, key, 0, 0]).buffer);
}
