/**
 * The user's view: each call names its rooms once, in order: encode -> hash and route -> segment -> decode.
 *
 * User code (codecs, callbacks, iterables) runs before a key is packed or after a value is decoded, never in between: it
 * may come back into the store, and the scratches are one set a thread.
 */
import * as recordLayout from '../native-layout/record.ts';
import type { ValueCodec } from './codec/codec.ts';
import * as keyModule from './codec/key.ts';
import type { Key } from './codec/key.ts';
import { msgpack } from './codec/msgpack.ts';
import type { FieldOf, NumberFieldOf } from './codec/struct.ts';
import type { StructField } from './codec/struct-schema.ts';
import { toCodec } from './codec/user.ts';
import * as valueModule from './codec/value.ts';
import { ClosedError, ConflictError, DamagedArenaError, StoreFullError, ValueError } from './errors.ts';
import * as routeModule from './hash/route.ts';
import { type Arena, type ArenaHandle, attachArena, createArena } from './memory/arena.ts';
import * as scratchModule from './memory/scratch.ts';
import { checkedTtl, expiryFor } from './policy/expiry.ts';
import type { RateLimit, RateOutcome } from './policy/rate.ts';
import * as clearModule from './segment/clear.ts';
import * as fieldModule from './segment/field.ts';
import * as incrementModule from './segment/increment.ts';
import { openLease } from './segment/lease.ts';
import * as readModule from './segment/read.ts';
import * as readShortModule from './segment/read-short.ts';
import { sight, Sighting } from './segment/sighting.ts';
import * as stepModule from './segment/step.ts';
import * as writeModule from './segment/write.ts';
import { checkAddend, draftField, fieldOf, noStruct, oneOf, takeField } from './store/fields.ts';
import { freezeDeep } from './store/frozen.ts';
import { keysOf } from './store/iterate.ts';
import { giveBackAll, Lease, type OpenLease } from './store/lease.ts';
import { Memo, Memory, UNKNOWN } from './store/memo.ts';
import { codecFor, parseMeta, rangeOf, type StoreMeta } from './store/meta.ts';
import {
  type AttachOptions,
  checkAttachOptions,
  checkStoreOptions,
  type MemoLimits,
  type StoreOptions,
} from './store/options.ts';
import { rateStepper } from './store/rate-stepper.ts';
import { collectStats, countEntries, type StoreStats } from './store/stats.ts';
import { verifyArena, type VerifyReport } from './store/verify.ts';

// Own constants fold, imported bindings are loaded at every use: see [hot-imports] in CONTRIBUTING.md.
const { META_VALUE_KIND_MASK: VALUE_KIND_MASK, VALUE_RATE } = recordLayout;
const { packKey, unpackKey } = keyModule;
const { decodeShort, decodeValue, encodeValue, isShort } = valueModule;
const { placeOf, segmentOf } = routeModule;
const { keyScratch, valueScratch } = scratchModule;
const { addToField, fieldSum, NOT_A_STRUCT, putField } = fieldModule;
const { MISS, readEntry } = readModule;
const { NOT_SHORT, readShort, SHORT_LENGTH_SHIFT } = readShortModule;
const { ALWAYS, DONE, FULL, IF_ABSENT, IF_PRESENT, OUT_OF_RANGE, putEntry, REFUSED, removeEntry } = writeModule;
const { clearSegment } = clearModule;
const { incrementEntry, NOT_A_NUMBER } = incrementModule;
const { OTHER_KIND, stepEntry } = stepModule;

/** What another thread needs to attach: plain and structured-cloneable, alone or nested in other objects. */
export type StoreHandle = ArenaHandle;

export interface SetOptions {
  /** Time to live in ms; Infinity for none. Without it the store's default. */
  readonly ttl?: number;
}

/** A value and the number that changes with every write to its entry. */
export interface Versioned<V> {
  readonly value: V;
  /** 1 to 2^31 - 1. */
  readonly version: number;
}

/** Lost races for one key after which `update` gives up. */
const CONFLICTS_MAX = 100_000;

/** Gives other rooms the arena behind a store. Throws ClosedError. */
export let arenaOf: (store: Store) => Arena;
/** And what this thread remembers of it. */
export let memoOf: (store: Store) => Memo | null;

/** What a store adds to its arena. */
export interface StoreTerms {
  readonly codec: ValueCodec<unknown>;
  /** Default TTL in ms. */
  readonly ttlMs: number | undefined;
}

/** Gives other rooms the terms of a store. */
export let termsOf: (store: Store) => StoreTerms;

/**
 * A key-value store in memory that all threads of a process share.
 *
 * All calls are synchronous, and linearizable per key across all threads. Reads write nothing shared and wait for no lock.
 */
export class Store<V = unknown> {
  readonly #arena: Arena;
  readonly #codec: ValueCodec<V>;
  readonly #name: string;
  readonly #ttlMs: number | undefined;
  readonly #memo: Memo | null;
  readonly #leases: Set<OpenLease>;
  #closed: boolean;

  static {
    arenaOf = (store) => store.#openArena();
    memoOf = (store) => store.#memo;
    termsOf = (store) => ({ codec: store.#codec, ttlMs: store.#ttlMs });
  }

  private constructor(arena: Arena, codec: ValueCodec<V>, meta: StoreMeta, memo: MemoLimits | undefined) {
    this.#arena = arena;
    this.#codec = codec;
    this.#name = meta.name;
    this.#ttlMs = meta.ttl;
    this.#memo = memo === undefined ? null : new Memo(memo, arena.views);
    this.#leases = new Set();
    this.#closed = false;
  }

  /**
   * Reserves memory for a new store; pages are committed as they are used.
   *
   * @throws OptionError for a wrong option
   */
  static create<V = unknown>(options: StoreOptions<V> = {}): Store<V> {
    const settings = checkStoreOptions(options);
    const codec = toCodec(options.value === undefined ? msgpack<V>() : options.value);
    const meta: StoreMeta = {
      name: settings.name,
      codec: codec.name,
      ...(codec.schema === null ? {} : { fields: codec.schema.written() }),
      ...(settings.ttlMs === undefined || settings.ttlMs === Number.POSITIVE_INFINITY ? {} : { ttl: settings.ttlMs }),
      ...(settings.memo === undefined ? {} : { memo: settings.memo }),
    };
    const arena = createArena(
      settings.memoryBytes,
      settings.segmentCount,
      JSON.stringify(meta),
      settings.lockTimeoutMs,
    );
    return new Store(arena, codec, meta, settings.memo);
  }

  /**
   * Opens a store that another thread, or this one, created: the same data, no copy.
   *
   * @throws HandleError for a handle that is forged, foreign, incomplete or of another version, or when the codec or a field
   *   of the struct differs
   * @throws TooManyThreadsError when no more threads can attach
   */
  static attach<V = unknown>(handle: StoreHandle, options: AttachOptions<V> = {}): Store<V> {
    const { lockTimeoutMs, memo } = checkAttachOptions(options);
    const arena = attachArena(handle, lockTimeoutMs);
    try {
      const meta = parseMeta(arena.meta);
      return new Store(arena, codecFor(meta, options), meta, memo === null ? meta.memo : memo);
    } catch (error) {
      arena.detach();
      throw error;
    }
  }

  /** Pass it through workerData or postMessage, then `Store.attach` it there. */
  get handle(): StoreHandle {
    return this.#openArena().handle;
  }

  get name(): string {
    return this.#name;
  }

  /** Whether `close` was called in this thread. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Number of segments: a power of two, fixed for the life of the store. */
  get segmentCount(): number {
    return this.#arena.segmentCount;
  }

  /** Entries. May count some whose TTL is over but whose memory has not been reclaimed. Not atomic over segments. */
  get size(): number {
    return countEntries(this.#openArena());
  }

  get [Symbol.toStringTag](): string {
    return 'Store';
  }

  /** The segment of a key, 0 to segmentCount - 1. Throws KeyError. */
  segmentOf(key: Key): number {
    const arena = this.#openArena();
    return segmentOf(packKey(key, arena.hashKey0, arena.hashKey1), arena.segmentBits);
  }

  /**
   * The value of a key, a private copy; undefined when absent or expired. O(1) and the length of the value. With the option
   * `memo` a frozen value, which later calls may return as well; then O(1) unless it was changed.
   *
   * @throws KeyError for what is no key
   */
  get(key: Key): V | undefined {
    if (this.#closed) throw closedError();
    const memo = this.#memo;
    if (memo !== null) {
      const recalled = memo.recall(key);
      return (recalled === UNKNOWN ? this.#remember(memo, key) : memo.valueAt(recalled)) as V | undefined;
    }
    const arena = this.#arena;
    const hash = packKey(key, arena.hashKey0, arena.hashKey1);
    const bits = arena.segmentBits;
    const segment = segmentOf(hash, bits);
    const place = placeOf(hash, bits);
    const short = readShort(arena, segment, place, hash);
    if (short !== NOT_SHORT) {
      const kind = short & VALUE_KIND_MASK;
      const byteLength = short >> SHORT_LENGTH_SHIFT;
      if (isShort(kind, byteLength)) return decodeShort(kind, byteLength) as V;
      valueScratch.kind = kind;
      valueScratch.byteLength = byteLength;
    } else if (readEntry(arena, segment, place, hash, true) === MISS) {
      return undefined;
    }
    return this.#decode();
  }

  /** Like `get`, but it never counts as a use of the entry. */
  peek(key: Key): V | undefined {
    return this.get(key);
  }

  has(key: Key): boolean {
    return this.#read(key, false);
  }

  /** Ms until the entry expires: Infinity when it has no TTL, 0 when it is absent. */
  getRemainingTTL(key: Key): number {
    if (!this.#read(key, false)) return 0;
    return valueScratch.expiry === 0 ? Number.POSITIVE_INFINITY : Math.max(0, valueScratch.expiry - Date.now());
  }

  /**
   * The bytes of a value in the arena, without a copy: they stay as they are until the lease is released, though the key be
   * overwritten or deleted meanwhile. Undefined when absent or expired. O(1), whatever the size of the value.
   *
   * They are what the codec stored: a Uint8Array, the chars of a text, the encoded bytes of anything else, as `format`
   * says. Takes the lock of the segment. Memory that leases alone keep counts against the budget.
   *
   * @throws ValueError for numbers, booleans, bigints, null, undefined and rate limits, which have no bytes of their own
   * @throws LeaseLimitError when more records are leased than the store has room for: one for 16 KiB of memory, 128 to 4096
   */
  lease(key: Key): Lease | undefined {
    const arena = this.#openArena();
    const hash = packKey(key, arena.hashKey0, arena.hashKey1);
    const bits = arena.segmentBits;
    const hold = openLease(arena, segmentOf(hash, bits), placeOf(hash, bits), hash);
    return hold === null ? undefined : new Lease(arena, hold, this.#leases);
  }

  /** The value of a key with the version that `compareAndSet` takes. */
  getVersioned(key: Key): Versioned<V> | undefined {
    if (!this.#read(key, true)) return undefined;
    const { version } = valueScratch;
    return { value: this.#decode(), version };
  }

  /**
   * Sets the value of a key, and its TTL anew. When it returns, every thread sees the value.
   *
   * @throws KeyError, ValueError for what cannot be stored; StoreFullError when the budget is used up; nothing has changed then
   */
  set(key: Key, value: V, options?: SetOptions): this {
    if (this.#closed) throw closedError();
    const expiry = options === undefined && this.#ttlMs === undefined ? 0 : this.#expiry(options);
    encodeValue(this.#codec, value);
    if (this.#put(key, ALWAYS, expiry) === FULL) throw this.#fullError();
    return this;
  }

  /** Sets the value of a key that is present. Returns whether it was. Throws like `set`. */
  replace(key: Key, value: V, options?: SetOptions): boolean {
    return this.#putIf(key, value, IF_PRESENT, options);
  }

  /**
   * Sets the value of a key if its version is still the one given; version 0 stands for an absent key.
   *
   * @returns whether it was set. Throws like `set`
   */
  compareAndSet(key: Key, version: number, value: V, options?: SetOptions): boolean {
    if (!Number.isInteger(version) || version < 0 || version > 0x7fffffff) {
      throw new ValueError(`version ${String(version)} is no version: a whole number from 0 to 2147483647`);
    }
    return this.#putIf(key, value, version === 0 ? IF_ABSENT : version, options);
  }

  /** The value of a key; `value` is set and returned when it is absent. Throws like `set`. */
  getOrInsert(key: Key, value: V, options?: SetOptions): V {
    for (let attempt = 0; attempt < CONFLICTS_MAX; attempt++) {
      if (this.#read(key, true)) return this.#decode();
      if (this.#putIf(key, value, IF_ABSENT, options)) return value;
    }
    throw this.#conflictError('getOrInsert', key);
  }

  /** Like `getOrInsert`, with a value that is made only when it is needed; several threads may make one, one is kept. */
  getOrInsertComputed(key: Key, compute: (key: Key) => V, options?: SetOptions): V {
    if (this.#read(key, true)) return this.#decode();
    return this.getOrInsert(key, compute(key), options);
  }

  /**
   * Replaces the value of a key by what `change` makes of it, again when another thread was faster; `change` runs under no
   * lock. An existing entry keeps its TTL unless `options` has one.
   *
   * @throws ConflictError after 100,000 lost races; what `change` throws; like `set`
   */
  update(key: Key, change: (value: V | undefined, key: Key) => V, options?: SetOptions): V {
    for (let attempt = 0; attempt < CONFLICTS_MAX; attempt++) {
      const present = this.#read(key, true);
      const version = present ? valueScratch.version : IF_ABSENT;
      const oldExpiry = present ? valueScratch.expiry : 0;
      const value = change(present ? this.#decode() : undefined, key);
      const expiry = present && options?.ttl === undefined ? oldExpiry : this.#expiry(options);
      encodeValue(this.#codec, value);
      const status = this.#put(key, version, expiry);
      if (status === DONE) return value;
      if (status === FULL) throw this.#fullError();
    }
    throw this.#conflictError('update', key);
  }

  /**
   * Adds to a number, atomically across threads; an absent one counts as 0. An existing entry keeps its TTL.
   *
   * @returns the sum
   * @throws ValueError when the value is no number, or the sum does not fit the codec
   */
  increment(key: Key, by: number = 1, options?: SetOptions): number {
    if (typeof by !== 'number') throw new ValueError(`increment by ${String(by)}: not a number`);
    const expiry = options === undefined && this.#ttlMs === undefined ? 0 : this.#expiry(options);
    if (this.#closed) throw closedError();
    const range = rangeOf(this.#codec);
    const arena = this.#arena;
    const hash = packKey(key, arena.hashKey0, arena.hashKey1);
    const bits = arena.segmentBits;
    const status = incrementEntry(arena, segmentOf(hash, bits), placeOf(hash, bits), hash, by, range, expiry);
    const sum = valueScratch.floats[0];
    if (status === DONE) return sum;
    if (status === FULL) throw this.#fullError();
    if (status === NOT_A_NUMBER) throw new ValueError(`increment: the value of key ${describeKey(key)} is no number`);
    if (status === OUT_OF_RANGE)
      throw new ValueError(`increment by ${by}: the codec ${this.#codec.name} cannot store ${sum}`);
    throw new DamagedArenaError(`increment came to outcome ${status}`);
  }

  /**
   * A field of the struct of a key, read without the others; undefined when the key is absent or expired. O(1).
   *
   * @throws ValueError when the store's codec is no struct with such a field
   */
  getField<F extends FieldOf<V>>(key: Key, field: F): V[F & keyof V] | undefined {
    const place = fieldOf(this.#codec, field);
    return this.#read(key, true) ? (takeField(place) as V[F & keyof V]) : undefined;
  }

  /**
   * Replaces a field of the struct of a key, atomically across threads: others see the struct before or after. The entry
   * keeps its TTL and gets a new version. In place for up to 36 bytes as stored, else, or
   * while somebody has a lease of the struct, with a copy of it.
   *
   * @returns whether the key is present
   * @throws ValueError for a value that is not of the field's type, or when the store's codec is no struct with such a field;
   *   StoreFullError when there is no room for a copy; nothing has changed then
   */
  setField<F extends FieldOf<V>>(key: Key, field: F, value: V[F & keyof V]): boolean {
    const place = fieldOf(this.#codec, field);
    const wordCount = draftField(place, value);
    return this.#changeField(key, place, wordCount, 0);
  }

  /**
   * Adds to a number of the struct of a key in place, atomically across threads. The entry keeps its TTL and gets a new
   * version. O(1).
   *
   * @param by a bigint for i64 and u64, else a number; 1 by default
   * @returns the sum; undefined when the key is absent
   * @throws ValueError when the sum does not fit the field, or when the store's codec is no struct with such a field of
   *   numbers; StoreFullError when somebody has a lease of the struct and there is no room for a copy; nothing has changed then
   */
  incrementField<F extends NumberFieldOf<V>>(key: Key, field: F, by?: V[F & keyof V]): V[F & keyof V] | undefined {
    const place = fieldOf(this.#codec, field);
    const addend: unknown = by === undefined ? oneOf(place) : by;
    checkAddend(place, addend);
    if (!this.#changeField(key, place, 0, addend as number | bigint)) return undefined;
    return fieldSum.value as V[F & keyof V];
  }

  /**
   * Counts a hit on a rate limit that is kept under `key`, atomically across threads.
   *
   * @throws OptionError for a wrong limit; ValueError when the key holds something else; StoreFullError
   */
  hit(key: Key, rate: RateLimit): RateOutcome {
    // Also getters of the limit are the user's code, and may hit another one.
    rateStepper.meter.set(rate);
    const arena = this.#openArena();
    const hash = packKey(key, arena.hashKey0, arena.hashKey1);
    const bits = arena.segmentBits;
    const status = stepEntry(arena, segmentOf(hash, bits), placeOf(hash, bits), hash, rateStepper);
    if (status === DONE) return rateStepper.meter.outcome();
    if (status === FULL) throw this.#fullError();
    if (status === OTHER_KIND) throw new ValueError(`hit: key ${describeKey(key)} holds a value, no rate limit`);
    throw new DamagedArenaError(`hit came to outcome ${status}`);
  }

  /** Removes an entry. Returns whether there was one. */
  delete(key: Key): boolean {
    if (this.#closed) throw closedError();
    const arena = this.#arena;
    const hash = packKey(key, arena.hashKey0, arena.hashKey1);
    const bits = arena.segmentBits;
    return removeEntry(arena, segmentOf(hash, bits), placeOf(hash, bits), hash);
  }

  /** Removes all entries, segment by segment: atomic per key, not over all of them. */
  clear(): void {
    const arena = this.#openArena();
    for (let segment = 0; segment < arena.segmentCount; segment++) clearSegment(arena, segment);
    this.#memo?.clear();
  }

  /** The values of several keys, in their order. Atomic per key. */
  getMany(keys: Iterable<Key>): (V | undefined)[] {
    const values: (V | undefined)[] = [];
    for (const key of keys) values.push(this.get(key));
    return values;
  }

  /** Sets several entries. Atomic per key; when one throws, those before it are set. */
  setMany(entries: Iterable<readonly [Key, V]>, options?: SetOptions): this {
    for (const [key, value] of entries) this.set(key, value, options);
    return this;
  }

  /** Removes several entries. Returns how many there were. */
  deleteMany(keys: Iterable<Key>): number {
    let removed = 0;
    for (const key of keys) if (this.delete(key)) removed += 1;
    return removed;
  }

  /**
   * All keys, in no order. A key that is present throughout is given exactly once, one that comes or goes meanwhile at most
   * once. Waits for no lock, and may be stopped at any time.
   */
  *keys(): Generator<Key, undefined, undefined> {
    for (const key of keysOf(this.#openArena())) if (this.has(key)) yield key;
  }

  /** All entries, as `keys` gives them, each with the value it has when it is reached. */
  *entries(): Generator<[Key, V], undefined, undefined> {
    for (const key of keysOf(this.#openArena())) if (this.#read(key, true)) yield [key, this.#decode()];
  }

  /** All values; see `entries`. */
  *values(): Generator<V, undefined, undefined> {
    for (const key of keysOf(this.#openArena())) if (this.#read(key, true)) yield this.#decode();
  }

  [Symbol.iterator](): Generator<[Key, V], undefined, undefined> {
    return this.entries();
  }

  /** Calls `visit` for each entry; see `entries`. */
  forEach(visit: (value: V, key: Key, store: this) => void): void {
    for (const [key, value] of this.entries()) visit(value, key, this);
  }

  /** Memory, entries and repairs so far. O(segments). */
  stats(): StoreStats {
    return collectStats(this.#openArena(), this.#name, this.#codec.name);
  }

  /**
   * Checks that the arena's bytes agree with each other, segment by segment under its lock, and gives back what dead threads
   * leased. O(entries).
   *
   * It finds any change in what leads to entries: page tables, chains, free lists, slots, keys, and how many words an entry
   * has. It cannot see a change inside of a value, of its kind, TTL or version: nothing else in the arena says the same.
   */
  verify(): VerifyReport {
    return verifyArena(this.#openArena());
  }

  /**
   * Ends this thread's use of the store, and releases its leases. The data stay for other threads; every later call here
   * throws ClosedError.
   */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#memo?.clear();
    try {
      giveBackAll(this.#leases);
    } finally {
      this.#arena.detach();
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #openArena(): Arena {
    if (this.#closed) throw closedError();
    return this.#arena;
  }

  #read(key: Key, wanted: boolean): boolean {
    if (this.#closed) throw closedError();
    const arena = this.#arena;
    const hash = packKey(key, arena.hashKey0, arena.hashKey1);
    const bits = arena.segmentBits;
    return readEntry(arena, segmentOf(hash, bits), placeOf(hash, bits), hash, wanted) !== MISS;
  }

  /** Reads an entry and remembers it. One that has the number of what is remembered has only moved, or its slot has. */
  #remember(memo: Memo, key: Key): unknown {
    const arena = this.#arena;
    const hash = packKey(key, arena.hashKey0, arena.hashKey1);
    const segment = segmentOf(hash, arena.segmentBits);
    const place = placeOf(hash, arena.segmentBits);
    if (readEntry(arena, segment, place, hash, true) === MISS) {
      memo.forget(key);
      return undefined;
    }
    const { version, expiry, byteLength } = valueScratch;
    const words = arena.viewOf(segment);
    const head = arena.headOf(segment);
    const sighting = new Sighting(words, head);
    const isSighted = sight(sighting, place, hash, version);
    const old = memo.memoryOf(key);
    const isKnown = old?.sighting.seq === version;
    // A key of its own: the one given may be a part of a larger string.
    const ownKey = typeof key === 'string' ? unpackKey(keyScratch) : key;
    const value: unknown = isKnown ? old.value : this.#decode();
    const isKept = freezeDeep(value) && isSighted && typeof key !== 'object';
    if (isKept) memo.keep(new Memory(ownKey, value, sighting, expiry, byteLength));
    else memo.forget(key);
    return value;
  }

  /** Puts the words in fieldScratch, or adds if there are none. Returns whether the key is present. */
  #changeField(key: Key, field: StructField, wordCount: number, by: number | bigint): boolean {
    if (this.#closed) throw closedError();
    const arena = this.#arena;
    const hash = packKey(key, arena.hashKey0, arena.hashKey1);
    const segment = segmentOf(hash, arena.segmentBits);
    const place = placeOf(hash, arena.segmentBits);
    const status =
      wordCount > 0
        ? putField(arena, segment, place, hash, field, wordCount)
        : addToField(arena, segment, place, hash, field, by);
    if (status === DONE) return true;
    if (status === REFUSED) return false;
    if (status === FULL) throw this.#fullError();
    if (status === NOT_A_STRUCT) throw noStruct(field);
    throw new ValueError(`incrementField of ${field.name} by ${by}: ${fieldSum.value} is not ${field.type.takes}`);
  }

  #decode(): V {
    if (valueScratch.kind === VALUE_RATE) return valueScratch.floats[1] as V;
    return decodeValue(this.#codec, valueScratch);
  }

  /** Writes what encodeValue left in valueScratch. */
  #put(key: Key, condition: number, expiry: number): number {
    // User code has run since the call began, a codec or a callback: it may have closed the store, and given up the place
    // in the registry that locks are taken in the name of.
    if (this.#closed) throw closedError();
    const arena = this.#arena;
    const hash = packKey(key, arena.hashKey0, arena.hashKey1);
    const bits = arena.segmentBits;
    return putEntry(arena, segmentOf(hash, bits), placeOf(hash, bits), hash, condition, expiry);
  }

  #putIf(key: Key, value: V, condition: number, options: SetOptions | undefined): boolean {
    if (this.#closed) throw closedError();
    const expiry = this.#expiry(options);
    encodeValue(this.#codec, value);
    const status = this.#put(key, condition, expiry);
    if (status === FULL) throw this.#fullError();
    return status === DONE;
  }

  #expiry(options: SetOptions | undefined): number {
    const ttl = options?.ttl;
    return expiryFor(ttl === undefined ? this.#ttlMs : checkedTtl(ttl));
  }

  #fullError(): StoreFullError {
    const { memoryPages } = this.#arena.geometry;
    const bytes = valueScratch.byteLength + keyScratch.byteLength;
    return new StoreFullError(
      `no room for an entry of ${bytes} bytes: the budget of ${memoryPages * 4096} bytes is used up, or has no such piece left`,
    );
  }

  #conflictError(call: string, key: Key): ConflictError {
    return new ConflictError(`${call}: lost the race for key ${describeKey(key)} ${CONFLICTS_MAX} times in a row`);
  }
}

function closedError(): ClosedError {
  return new ClosedError('the store was closed in this thread');
}

function describeKey(key: Key): string {
  const text = typeof key === 'string' ? JSON.stringify(key) : String(key);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
