/** Everything that a store can do, done to one whose arena is damaged: whatever it answers, it answers, or says so. */
import { strict as assert } from 'node:assert';
import { DamagedArenaError, type Key, LockTimeoutError, SharenaError, type Store } from '../../../src/index.ts';
import type { Random } from '../../fixtures/random.ts';
import { keyAt } from '../../model/keys.ts';
import { randomBytes, randomValue } from '../../model/values.ts';

/** Errors that take long to come to, as they mean that somebody looked again and again: after so many, enough is seen. */
const PATIENCE = 4;
const KEYS = 1_500;

/** Counts what calls came to, and lets no error pass that is none of sharena's. */
export class Attempts {
  readonly outcomes: Map<string, number> = new Map();
  #tired: number = 0;

  get isTired(): boolean {
    return this.#tired >= PATIENCE;
  }

  /** Returns what the call returned, or the error of sharena that it threw. */
  make<T>(call: () => T): T | SharenaError {
    if (this.isTired) return new DamagedArenaError('not tried');
    try {
      const result = call();
      this.#count('ok');
      return result;
    } catch (error) {
      if (!(error instanceof SharenaError)) throw error;
      this.#count(error.code);
      if (error instanceof DamagedArenaError || error instanceof LockTimeoutError) this.#tired += 1;
      return error;
    }
  }

  rest(): void {
    this.#tired = 0;
  }

  #count(outcome: string): void {
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
  }
}

/** Iterates to the end, which must come soon. */
export function iterate(store: Store, attempts: Attempts): void {
  const most = 100_000;
  for (const all of [() => store.keys(), () => store.entries(), () => store.values()]) {
    attempts.make(() => {
      let count = 0;
      for (const _ of all()) assert.ok(++count < most, `iteration gave more than ${most}`);
    });
  }
}

export function readAll(store: Store, keys: readonly Key[], attempts: Attempts): void {
  for (const key of keys) {
    attempts.make(() => store.get(key));
    attempts.make(() => store.has(key));
    attempts.make(() => store.getVersioned(key));
    attempts.make(() => store.getRemainingTTL(key));
  }
  attempts.make(() => store.getMany(keys));
  attempts.make(() => store.size);
  attempts.make(() => store.stats());
}

/** Random writes of small and large values, until the store has been full a few times. */
export function write(store: Store, random: Random, attempts: Attempts, operations: number): void {
  for (let operation = 0; operation < operations && !attempts.isTired; operation++) {
    const key = keyAt(random.below(KEYS));
    const value = random.chance(0.05) ? randomBytes(random, 20_000) : randomValue(random, random.magnitude(3_000));
    const options = random.chance(0.2) ? { ttl: 1 + random.below(10_000) } : undefined;
    attempts.make(() => writeOne(store, key, value, options, random));
  }
}

/** Keeps a lease for a while. */
function leaseFor(store: Store, key: Key, random: Random): void {
  const lease = store.lease(key);
  if (lease === undefined) return;
  lease.bytes.reduce((sum, byte) => sum + byte, 0);
  if (random.chance(0.5)) store.delete(key);
  lease.release();
}

function writeOne(
  store: Store,
  key: Key,
  value: unknown,
  options: { ttl: number } | undefined,
  random: Random,
): unknown {
  switch (random.below(16)) {
    case 0:
      return store.increment(key, random.pick([1, -1, 0.5, 2 ** 31]), options);
    case 1:
      return store.update(key, () => value, options);
    case 2:
      return store.getOrInsert(key, value, options);
    case 3:
      return store.replace(key, value, options);
    case 4:
      return store.compareAndSet(key, store.getVersioned(key)?.version ?? 0, value, options);
    case 5:
      return leaseFor(store, key, random);
    case 6:
      return store.hit(key, {
        limit: 3,
        windowMs: 100,
        algorithm: random.pick(['fixed', 'sliding', 'bucket'] as const),
      });
    case 7:
    case 8:
    case 9:
      return store.delete(key);
    default:
      return store.set(key, value, options);
  }
}
