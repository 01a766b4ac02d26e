/** One random operation at a time on a store and on its mirror, compared at once. */
import { strict as assert } from 'node:assert';
import { type Key, StoreFullError, type Store, ValueError } from '../../src/index.ts';
import type { Random } from '../fixtures/random.ts';
import { identityOf, keyAt } from './keys.ts';
import { Mirror, type MirrorEntry } from './mirror.ts';
import { glimpse, isSame, randomValue } from './values.ts';

export interface Shape {
  readonly memory: string;
  readonly segments: number;
  /** Keys in play. */
  readonly keys: number;
  /** Largest value in bytes, but for a few. */
  readonly valueBytes: number;
  /** Size in bytes of the few large ones; 0 for none. */
  readonly hugeBytes: number;
}

/** Operations for which sizes and the share of deletes stay as they are. */
const PHASE_STEPS = 1_500;

type Operation = (key: Key) => void;

/** Drives several Store objects on one arena, in turns, against one mirror. */
export class ModelRun {
  readonly #stores: readonly Store[];
  readonly #shape: Shape;
  readonly #random: Random;
  readonly #mirror: Mirror;
  readonly #operations: readonly (readonly [number, Operation])[];
  readonly #weightSum: number;
  #store: Store;
  #steps: number = 0;
  /** Part of the deletes that are left out: phases of growth and of shrinking follow each other. */
  #sparing: number = 0;
  #valueBytesMax: number;
  /** Whether all sizes are as likely, or small ones more so. */
  #even: boolean = false;
  /** Operations that found the store full. */
  fullCount: number = 0;

  /** `clock` is moved by the run; the stores must see it as Date.now. */
  constructor(stores: readonly Store[], shape: Shape, random: Random, clock: { nowMs: number }) {
    this.#stores = stores;
    this.#store = stores[0];
    this.#shape = shape;
    this.#random = random;
    this.#mirror = new Mirror(clock.nowMs);
    this.#valueBytesMax = shape.valueBytes;
    this.#operations = [
      [20, (key) => this.#get(key)],
      [4, (key) => this.#has(key)],
      [3, (key) => this.#remainingTtl(key)],
      [4, (key) => this.#versioned(key)],
      [30, (key) => this.#set(key)],
      [10, (key) => this.#delete(key)],
      [6, (key) => this.#increment(key)],
      [5, (key) => this.#compareAndSet(key)],
      [4, (key) => this.#update(key)],
      [3, (key) => this.#getOrInsert(key)],
      [3, (key) => this.#replace(key)],
      [1, () => this.#getMany()],
      [1, () => this.#setMany()],
      [1, () => this.#deleteMany()],
      [2, (key) => this.#refused(key)],
      [4, () => this.#advance(clock)],
      [0.03, () => this.compareAll()],
      [0.01, () => this.#clear()],
    ];
    this.#weightSum = this.#operations.reduce((sum, [weight]) => sum + weight, 0);
  }

  step(): void {
    if (this.#steps++ % PHASE_STEPS === 0) this.#startPhase();
    this.#store = this.#random.pick(this.#stores);
    let draw = this.#random.fraction() * this.#weightSum;
    const chosen = this.#operations.find(([weight]) => (draw -= weight) < 0) ?? this.#operations[0];
    chosen?.[1](this.#key());
  }

  /** Everything at once: iteration, size, verify. */
  compareAll(): void {
    const expected = new Map(this.#mirror.liveEntries().map((entry) => [identityOf(entry.key), entry]));
    const seen = new Set<string>();
    for (const [key, value] of this.#store) {
      const id = identityOf(key);
      assert.ok(!seen.has(id), `iteration gave ${glimpse(key)} twice`);
      seen.add(id);
      this.#expectValue(key, value, expected.get(id));
    }
    assert.equal(seen.size, expected.size, 'iteration left out entries');
    const { size } = this.#store;
    assert.ok(size >= expected.size && size <= this.#mirror.all.size, `size ${size} of ${expected.size} entries`);
    this.verify();
  }

  verify(): void {
    assert.deepEqual(this.#store.verify().problems, []);
  }

  #startPhase(): void {
    this.#sparing = this.#random.pick([1, 1, 0.9, 0.5, 0]);
    this.#valueBytesMax = 16 + this.#random.magnitude(this.#shape.valueBytes);
    this.#even = this.#random.chance(0.7);
    if (this.#even) this.#valueBytesMax = 16 + this.#random.below(this.#shape.valueBytes);
  }

  #key(): Key {
    return keyAt(this.#random.below(this.#shape.keys));
  }

  #value(): unknown {
    const { hugeBytes } = this.#shape;
    const huge = hugeBytes > 0 && this.#random.chance(0.0005);
    return randomValue(
      this.#random,
      huge ? this.#random.between(hugeBytes >> 3, hugeBytes) : this.#random.magnitude(this.#valueBytesMax),
    );
  }

  #ttl(): { ttl: number } | undefined {
    return this.#random.chance(0.15) ? { ttl: 1 + this.#random.magnitude(20_000) } : undefined;
  }

  #expiry(options: { ttl: number } | undefined): number {
    return options === undefined ? 0 : this.#mirror.nowMs + options.ttl;
  }

  #expectValue(key: Key, value: unknown, entry: MirrorEntry | undefined): void {
    if (isSame(value, entry?.value)) return;
    const expected = entry === undefined ? 'nothing' : glimpse(entry.value);
    assert.fail(`key ${glimpse(key)} gave ${glimpse(value)} instead of ${expected}`);
  }

  /** Runs a write. Returns false when the store was full; then the entry must be as it was. */
  #tryWrite(key: Key, write: () => void): boolean {
    try {
      write();
      return true;
    } catch (error) {
      if (!(error instanceof StoreFullError)) throw error;
      this.fullCount += 1;
      this.#versioned(key);
      return false;
    }
  }

  #get(key: Key): void {
    const peeked = this.#random.chance(0.1);
    this.#expectValue(key, peeked ? this.#store.peek(key) : this.#store.get(key), this.#mirror.live(key));
  }

  #has(key: Key): void {
    assert.equal(this.#store.has(key), this.#mirror.live(key) !== undefined, `has ${glimpse(key)}`);
  }

  #remainingTtl(key: Key): void {
    const entry = this.#mirror.live(key);
    const expected =
      entry === undefined ? 0 : entry.expiry === 0 ? Number.POSITIVE_INFINITY : entry.expiry - this.#mirror.nowMs;
    assert.equal(this.#store.getRemainingTTL(key), expected, `TTL of ${glimpse(key)}`);
  }

  #versioned(key: Key): void {
    const entry = this.#mirror.live(key);
    const found = this.#store.getVersioned(key);
    assert.equal(found === undefined, entry === undefined, `presence of ${glimpse(key)}`);
    if (found === undefined || entry === undefined) return;
    this.#expectValue(key, found.value, entry);
    assert.ok(Number.isInteger(found.version) && found.version > 0, `version ${found.version}`);
    if (entry.version === 0) assert.notEqual(found.version, entry.formerVersion, 'a write kept the version');
    else assert.equal(found.version, entry.version, `version of ${glimpse(key)} changed without a write`);
    entry.version = found.version;
  }

  #set(key: Key): void {
    const value = this.#value();
    const options = this.#ttl();
    if (this.#tryWrite(key, () => this.#store.set(key, value, options)))
      this.#mirror.write(key, value, this.#expiry(options));
  }

  #replace(key: Key): void {
    const value = this.#value();
    const present = this.#mirror.live(key) !== undefined;
    let replaced = false;
    if (!this.#tryWrite(key, () => (replaced = this.#store.replace(key, value)))) return;
    assert.equal(replaced, present, `replace ${glimpse(key)}`);
    if (replaced) this.#mirror.write(key, value, 0);
  }

  #delete(key: Key): void {
    if (this.#random.chance(this.#sparing)) return this.#set(key);
    assert.equal(this.#store.delete(key), this.#mirror.remove(key), `delete ${glimpse(key)}`);
  }

  #increment(key: Key): void {
    const entry = this.#mirror.live(key);
    const by = this.#random.pick([1, -1, 5, 0.5, 2 ** 30, -0]);
    const options = this.#ttl();
    if (entry !== undefined && typeof entry.value !== 'number') {
      assert.throws(() => this.#store.increment(key, by, options), ValueError);
      return this.#versioned(key);
    }
    let sum = 0;
    if (!this.#tryWrite(key, () => (sum = this.#store.increment(key, by, options)))) return;
    const expected = entry === undefined ? by : (entry.value as number) + by;
    assert.ok(Object.is(sum, expected), `increment of ${glimpse(entry?.value)} by ${by} gave ${sum}`);
    this.#mirror.write(key, sum, entry === undefined ? this.#expiry(options) : entry.expiry);
  }

  #compareAndSet(key: Key): void {
    this.#versioned(key);
    const current = this.#mirror.live(key)?.version ?? 0;
    const former = this.#mirror.live(key)?.formerVersion ?? 0;
    const version = this.#random.chance(0.7) ? current : this.#random.pick([0, former, current + 1, 1]);
    const value = this.#value();
    const options = this.#ttl();
    let swapped = false;
    if (!this.#tryWrite(key, () => (swapped = this.#store.compareAndSet(key, version, value, options)))) return;
    assert.equal(swapped, version === current, `compareAndSet ${version}, the version is ${current}`);
    if (swapped) this.#mirror.write(key, value, this.#expiry(options));
    else this.#versioned(key);
  }

  #update(key: Key): void {
    const entry = this.#mirror.live(key);
    const other = this.#key();
    const value = this.#value();
    const options = this.#ttl();
    const change = (old: unknown, given: Key): unknown => {
      this.#expectValue(key, old, entry);
      assert.equal(identityOf(given), identityOf(key));
      // A callback may use the store: what it leaves in the scratches must not end up in this entry.
      this.#expectValue(other, this.#store.get(other), this.#mirror.live(other));
      return value;
    };
    if (!this.#tryWrite(key, () => this.#store.update(key, change, options))) return;
    this.#mirror.write(key, value, options === undefined ? (entry?.expiry ?? 0) : this.#expiry(options));
  }

  #getOrInsert(key: Key): void {
    const entry = this.#mirror.live(key);
    const value = this.#value();
    const options = this.#ttl();
    let computed = 0;
    let found: unknown;
    const insert = this.#random.chance(0.5)
      ? () => (found = this.#store.getOrInsert(key, value, options))
      : () => (found = this.#store.getOrInsertComputed(key, () => (computed++, value), options));
    if (!this.#tryWrite(key, insert)) return;
    assert.ok(entry === undefined || computed === 0, 'a value was computed for a key that is present');
    if (entry === undefined) this.#mirror.write(key, value, this.#expiry(options));
    this.#expectValue(key, found, this.#mirror.live(key));
  }

  #getMany(): void {
    const keys = Array.from({ length: this.#random.below(20) }, () => this.#key());
    const values = this.#store.getMany(keys);
    assert.equal(values.length, keys.length);
    for (const [index, key] of keys.entries()) this.#expectValue(key, values[index], this.#mirror.live(key));
  }

  #setMany(): void {
    const options = this.#ttl();
    const entries = Array.from({ length: this.#random.below(10) }, (): [Key, unknown] => [this.#key(), this.#value()]);
    let index = -1;
    // An entry is asked for once the one before it is set, so that it is known how far a full store came.
    const given = function* (): Generator<[Key, unknown]> {
      for (const entry of entries) {
        index += 1;
        yield entry;
      }
      index += 1;
    };
    try {
      this.#store.setMany(given(), options);
    } catch (error) {
      if (!(error instanceof StoreFullError)) throw error;
      this.fullCount += 1;
    }
    for (const [key, value] of entries.slice(0, index)) this.#mirror.write(key, value, this.#expiry(options));
    for (const [key] of entries) this.#versioned(key);
  }

  #deleteMany(): void {
    const keys = Array.from({ length: this.#random.below(10) }, () => this.#key());
    const expected = keys.filter((key) => this.#mirror.remove(key)).length;
    assert.equal(this.#store.deleteMany(keys), expected, 'deleteMany');
  }

  /** What cannot be stored is refused and changes nothing. */
  #refused(key: Key): void {
    const bad = this.#random.pick<unknown>([() => 1, Symbol('s'), { deep: [() => 1] }, new Error('e'), new WeakMap()]);
    assert.throws(() => this.#store.set(key, bad), ValueError);
    this.#versioned(key);
  }

  #clear(): void {
    this.#store.clear();
    this.#mirror.all.clear();
    assert.equal(this.#store.size, 0);
    this.verify();
  }

  #advance(clock: { nowMs: number }): void {
    clock.nowMs += this.#random.chance(0.02) ? 30_000 : this.#random.magnitude(300);
    this.#mirror.nowMs = clock.nowMs;
  }
}
