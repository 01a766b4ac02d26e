/** Leases where there is little room: full stores, full lease tables, leases that nobody gives back. */
import { strict as assert } from 'node:assert';
import { describe as suite, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { LOCK_ENTRY_SHIFT, LOCK_GENERATION_SHIFT } from '../../native-layout/arena.ts';
import { leaseEntry } from '../../native-layout/lease.ts';
import { type Lease, LeaseLimitError, Store, StoreFullError } from '../../src/index.ts';
import { arenaOf } from '../../src/store.ts';
import { announcedSeed, Random } from '../fixtures/random.ts';
import { stamped, stampOf } from '../fixtures/stamped.ts';
import { until } from '../fixtures/until.ts';

const seed = announcedSeed('leases');
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function leaseOf(store: Store, key: number): Lease {
  const lease = store.lease(key);
  assert.ok(lease !== undefined, `${key} is there`);
  return lease;
}

function assertNoLeases(store: Store): void {
  assert.deepEqual(store.verify().problems, []);
  const { leases, detachedBytes } = store.stats();
  assert.deepEqual({ leases, detachedBytes }, { leases: 0, detachedBytes: 0 });
}

/** Returns whether there was room. */
function trySet(store: Store, key: number, value: Uint8Array): boolean {
  try {
    store.set(key, value);
    return true;
  } catch (error) {
    if (error instanceof StoreFullError) return false;
    throw error;
  }
}

/** Sets entries from `first` on until the store is full. Returns how many. */
function fill(store: Store, first: number, bytes: number): number {
  let count = 0;
  while (trySet(store, first + count, stamped(1, first + count, 1, bytes))) count += 1;
  return count;
}

interface Leased {
  readonly lease: Lease;
  readonly key: number;
  readonly sequence: number;
}

function assertUnchanged({ lease, key, sequence }: Leased): void {
  const stamp = stampOf(lease.bytes);
  assert.ok(typeof stamp !== 'string' && stamp.key === key && stamp.sequence === sequence, JSON.stringify(stamp));
}

suite('leases in a full store', () => {
  test('keep their bytes through compaction, and everything else comes free once they are released', () => {
    for (const segments of [1, 4]) {
      const store = Store.create({ memory: '2MiB', segments });
      const count = fill(store, 0, 700);
      const leased: Leased[] = [];
      for (let key = 0; key < count; key += 97) leased.push({ lease: leaseOf(store, key), key, sequence: 1 });
      for (let key = 0; key < count; key++) if (key % 4 !== 0) store.delete(key);
      const { compactions } = store.stats();
      // Larger than any hole: there is room for them only where records were moved together.
      fill(store, 10_000, 2900);
      assert.ok(store.stats().compactions > compactions, 'nothing was moved');
      assert.deepEqual(store.verify().problems, []);
      for (const one of leased) assertUnchanged(one);
      store.clear();
      for (const one of leased) assertUnchanged(one);
      assert.deepEqual(store.verify().problems, []);
      for (const { lease } of leased) lease.release();
      assertNoLeases(store);
      const again = fill(store, 0, 700);
      assert.ok(again >= count * 0.95, `${again} entries instead of ${count}`);
    }
  });

  test('stand in the way of tidying, which is tried again once they are released', () => {
    const store = Store.create({ memory: '512KiB', segments: 1 });
    const count = fill(store, 0, 700);
    const leases: Lease[] = [];
    // A few in each extent, wherever that is.
    for (let key = 0; key < count; key += 8) leases.push(leaseOf(store, key));
    for (let key = 0; key < count; key++) if (key % 4 !== 0) store.delete(key);
    // All holes, and then there is nothing to be had in one piece.
    fill(store, 10_000, 2900);
    const value = stamped(1, 20_000, 1, 12_000);
    assert.equal(trySet(store, 20_000, value), false);
    const { compactions } = store.stats();
    assert.equal(trySet(store, 20_000, value), false);
    assert.equal(store.stats().compactions, compactions);
    for (const lease of leases) lease.release();
    assert.equal(trySet(store, 20_000, value), true);
    assertNoLeases(store);
  });

  test('that are all pinned refuse what does not fit, and take it after the release', () => {
    const store = Store.create({ memory: '256KiB', segments: 1 });
    const count = fill(store, 0, 3500);
    const leased: Leased[] = [];
    for (let key = 0; key < count; key++) leased.push({ lease: leaseOf(store, key), key, sequence: 1 });
    store.clear();
    assert.equal(store.size, 0);
    const value = stamped(1, 0, 2, 20_000);
    assert.equal(trySet(store, 0, value), false);
    assert.ok(store.stats().detachedBytes >= count * 3500);
    for (const one of leased) assertUnchanged(one);
    assert.deepEqual(store.verify().problems, []);
    for (const { lease } of leased) lease.release();
    assert.equal(trySet(store, 0, value), true);
    assertNoLeases(store);
  });

  test('survive random writes of all sizes, one by one and in any order of their release', () => {
    const random = new Random(seed);
    for (const [memory, segments, bytesMax] of [
      ['256KiB', 1, 8000],
      ['1MiB', 2, 30_000],
      ['256KiB', 4, 4000],
    ] as const) {
      const store = Store.create<Uint8Array>({ memory, segments });
      const leased: Leased[] = [];
      const keys = 400;
      let refused = 0;
      for (let step = 1; step <= 12_000; step++) {
        const key = random.below(keys);
        const draw = random.below(100);
        if (draw < 60) refused += trySet(store, key, stamped(1, key, step, random.magnitude(bytesMax))) ? 0 : 1;
        else if (draw < 75) store.delete(key);
        else if (draw < 88 && leased.length < 60) {
          const lease = store.lease(key);
          if (lease !== undefined) {
            const stamp = stampOf(lease.bytes);
            assert.ok(typeof stamp !== 'string' && stamp.key === key, JSON.stringify(stamp));
            leased.push({ lease, key, sequence: stamp.sequence });
          }
        } else if (leased.length > 0) {
          const [one] = leased.splice(random.below(leased.length), 1);
          assertUnchanged(one);
          one.lease.release();
        }
        if (step % 2000 === 0) {
          if (random.chance(0.5)) store.clear();
          assert.deepEqual(store.verify().problems, [], `step ${step}`);
          for (const one of leased) assertUnchanged(one);
        }
      }
      assert.ok(refused > 0, `${memory} was never full`);
      for (const { lease } of leased) lease.release();
      store.clear();
      assertNoLeases(store);
    }
  });
});

/** Entries of the lease table that are some thread's. */
function takenEntries(store: Store): number {
  const { words, geometry } = arenaOf(store);
  const [{ leasesWord, leaseCount }] = geometry.buffers;
  const holders = Array.from({ length: leaseCount }, (_, entry) => words[leasesWord + entry * leaseEntry.words]);
  return holders.filter((holder) => holder !== 0).length;
}

/** Leases the keys below a number, and keeps no lease and the bytes of every fourth one. */
function leaseCarelessly(store: Store, keys: number): Uint8Array[] {
  return Array.from({ length: keys }, (_, key) => leaseOf(store, key).bytes).filter((_, key) => key % 4 === 0);
}

function assertKept(kept: readonly Uint8Array[]): void {
  for (const [index, bytes] of kept.entries()) {
    const stamp = stampOf(bytes);
    assert.ok(typeof stamp !== 'string' && stamp.key === index * 4, JSON.stringify(stamp));
  }
}

suite('the lease table', () => {
  test('that is full refuses one more with a LeaseLimitError that says how many there are, and changes nothing', () => {
    const store = Store.create({ memory: '1MiB', segments: 2 });
    const [{ leaseCount }] = arenaOf(store).geometry.buffers;
    for (let key = 0; key <= leaseCount; key++) store.set(key, stamped(1, key, 1, 10));
    const leases = Array.from({ length: leaseCount }, (_, key) => leaseOf(store, key));
    for (let round = 0; round < 3; round++) {
      assert.throws(
        () => store.lease(leaseCount),
        (error) =>
          error instanceof LeaseLimitError &&
          error.code === 'ERR_SHARENA_LEASES' &&
          error.message.includes(String(leaseCount)),
      );
    }
    // One more of the same record needs no entry.
    leaseOf(store, 0).release();
    assert.equal(store.stats().leases, leaseCount);
    leases[7].release();
    const last = leaseOf(store, leaseCount);
    assert.equal(store.stats().leases, leaseCount);
    for (const lease of [...leases, last]) lease.release();
    assertNoLeases(store);
    assert.equal(takenEntries(store), 0);
  });

  test('gets back entries of threads that died between taking one and pinning anything', () => {
    const store = Store.create({ memory: '1MiB' });
    const { words, geometry } = arenaOf(store);
    const [{ leasesWord, leaseCount }] = geometry.buffers;
    // A place in the registry that nobody has had so far.
    const deadToken = (1 << LOCK_GENERATION_SHIFT) | (200 << LOCK_ENTRY_SHIFT);
    for (let entry = 0; entry < leaseCount; entry++) words[leasesWord + entry * leaseEntry.words] = deadToken;
    assert.equal(store.stats().leases, 0);
    store.set(1, stamped(1, 1, 1, 10));
    leaseOf(store, 1).release();
    assert.equal(takenEntries(store), 0);
    assertNoLeases(store);
  });

  test('gets back what was forgotten, lease and bytes, once that is collected', async () => {
    const store = Store.create({ memory: '1MiB' });
    for (let key = 0; key < 40; key++) store.set(key, stamped(1, key, 1, 100));
    const kept = leaseCarelessly(store, 40);
    store.clear();
    await until('the forgotten leases are given back', () => {
      collectGarbage();
      return store.stats().leases === kept.length;
    });
    // The leases themselves are gone, these bytes are not. In a function of its own: a frame that goes on may keep the last.
    assertKept(kept);
    kept.length = 0;
    await until('the rest is given back as well', () => {
      collectGarbage();
      return store.stats().leases === 0;
    });
    assertNoLeases(store);
  });
});
