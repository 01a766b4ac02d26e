/** A store of a few hundred entries of all shapes, after growth, churn and deletes, made of nothing but a seed. */
import { strict as assert } from 'node:assert';
import { arenaHeader, threadEntry } from '../../../native-layout/arena.ts';
import { type Key, type Lease, Store, StoreFullError, type StoreHandle } from '../../../src/index.ts';
import { valueScratch } from '../../../src/memory/scratch.ts';
import { arenaOf } from '../../../src/store.ts';
import type { Random } from '../../fixtures/random.ts';
import { identityOf, keyAt } from '../../model/keys.ts';
import { randomBytes, randomValue } from '../../model/values.ts';
import { type Anatomy, dissect } from './anatomy.ts';
import { copyOf } from './flips.ts';

/** The moment at which specimens are made and damaged, in ms since 1970. */
export const NOW_MS = 1_700_000_000_000;

export interface SpecimenEntry {
  readonly key: Key;
  readonly value: unknown;
  /** Buffer and word of its record. */
  readonly buffer: number;
  readonly record: number;
}

export interface Specimen {
  readonly handle: StoreHandle;
  readonly anatomy: Anatomy;
  readonly entries: readonly SpecimenEntry[];
}

const HEADER = arenaHeader.word;
/** Keys in play; some are deleted in the end. */
const KEYS = 420;
const ROUNDS = 900;

/** Makes a specimen. `Date.now` must give NOW_MS. */
export function makeSpecimen(random: Random): Specimen {
  const store = seededStore(random);
  const values = new Map<string, { key: Key; value: unknown }>();
  const first = random.below(1_000);
  for (let round = 0; round < ROUNDS; round++) {
    const key = keyAt(random.chance(0.2) ? random.below(35) : first + random.below(KEYS));
    if (random.chance(0.25)) {
      store.delete(key);
      values.delete(identityOf(key));
    } else if (setOne(store, key, random, values)) {
      values.set(identityOf(key), { key, value: store.get(key) });
    }
  }
  const leases = leaseSome(store, [...values.values()], random);
  assert.deepEqual(store.verify().problems, []);
  const arena = arenaOf(store);
  const anatomy = dissect(arena);
  const entries = [...values.values()].map(({ key, value }) => {
    assert.ok(store.has(key));
    const { at } = valueScratch;
    const buffer = store.segmentOf(key) % arena.bufferCount;
    // A read leaves behind where the value begins; the word before it is still in the record.
    return { key, value, buffer, record: anatomy.recordOf(buffer, at - 1) };
  });
  const handle = copyOf(store.handle);
  // Its leases are of this thread, which is alive; or of one that is gone, as in the copy of another process's arena.
  if (random.chance(0.5)) new Int32Array(handle.buffers[0])[arena.threadsWord + threadEntry.word.identity] = 0;
  for (const lease of leases) lease.release();
  store.close();
  return { handle, anatomy, entries };
}

function replaceIfRoom(store: Store, key: Key, value: unknown): void {
  try {
    store.replace(key, value);
  } catch (error) {
    if (!(error instanceof StoreFullError)) throw error;
  }
}

/** Leases of some values; what some of the leased keys had is replaced or deleted, so that leases alone keep it. */
function leaseSome(
  store: Store,
  entries: readonly { readonly key: Key; readonly value: unknown }[],
  random: Random,
): Lease[] {
  const leases: Lease[] = [];
  if (random.chance(0.3)) return leases;
  for (const { key, value } of entries) {
    if (!random.chance(0.05) || !(typeof value === 'string' || value instanceof Uint8Array)) continue;
    const lease = store.lease(key);
    if (lease === undefined) continue;
    leases.push(lease);
    // The same value again, in another record.
    if (random.chance(0.4) && value.length < 1_000) replaceIfRoom(store, key, value);
  }
  return leases;
}

/** A store whose random numbers, hash key and identity, come from the seed. */
function seededStore(random: Random): Store {
  const segments = random.pick([1, 1, 2, 4, 8]);
  const memory = random.pick(['256KiB', '384KiB', '512KiB']);
  const unseeded = Store.create({ memory, segments, name: 'specimen', ttl: random.pick([Infinity, 5_000_000]) });
  const { handle } = unseeded;
  unseeded.close();
  seedHeader(handle, random);
  return Store.attach(handle);
}

/** Gives an arena that nobody is attached to another identity and hash key; it must be empty. */
function seedHeader(handle: StoreHandle, random: Random): void {
  const id = Int32Array.from({ length: 4 }, () => random.bits());
  const [hashKey0, hashKey1] = [random.bits() | 0, random.bits() | 0];
  for (const buffer of handle.buffers) {
    const words = new Int32Array(buffer);
    words.set(id, HEADER.arenaId);
    words[HEADER.hashKey0] = hashKey0;
    words[HEADER.hashKey1] = hashKey1;
  }
}

function setOne(
  store: Store,
  key: Key,
  random: Random,
  values: ReadonlyMap<string, { key: Key; value: unknown }>,
): boolean {
  const ttl = random.chance(0.3) ? { ttl: 1_000_000 + random.below(1_000_000_000) } : undefined;
  try {
    const draw = random.below(100);
    const old = values.get(identityOf(key));
    if (draw < 8 && (old === undefined || typeof old.value === 'number')) store.increment(key, random.below(100));
    else if (draw < 10) store.set(key, randomBytes(random, 17_000 + random.below(20_000)), ttl);
    else if (draw < 15) store.set(key, random.bits() | 0, ttl);
    else store.set(key, randomValue(random, random.magnitude(1_500)), ttl);
    return true;
  } catch (error) {
    if (error instanceof StoreFullError) return false;
    throw error;
  }
}
