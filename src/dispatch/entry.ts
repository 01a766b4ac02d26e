/** What an entry processor has of an entry, and how what it did to it is committed. */
import * as recordLayout from '../../native-layout/record.ts';
import * as keyModule from '../codec/key.ts';
import type { Key } from '../codec/key.ts';
import * as valueModule from '../codec/value.ts';
import { ConflictError, StoreFullError, ValueError } from '../errors.ts';
import * as routeModule from '../hash/route.ts';
import * as scratchModule from '../memory/scratch.ts';
import { checkedTtl, expiryFor } from '../policy/expiry.ts';
import * as readModule from '../segment/read.ts';
import * as writeModule from '../segment/write.ts';
import * as storeModule from '../store.ts';
import type { SetOptions, Store, StoreTerms } from '../store.ts';
import type { Words } from '#atomics';
import * as wireModule from './mail-wire.ts';

// Own constants fold, imported bindings are loaded at every use: see [hot-imports] in CONTRIBUTING.md.
const { VALUE_RATE } = recordLayout;
const { unpackKey } = keyModule;
const { decodeValue, encodeValue } = valueModule;
const { placeOf, segmentOf } = routeModule;
const { valueScratch } = scratchModule;
const { MISS, readEntry } = readModule;
const { DONE, FULL, IF_ABSENT, putEntry, removeEntry } = writeModule;
const { loadKey } = wireModule;

/**
 * An entry in the hands of a processor. Nothing is locked meanwhile, and nothing is written before the processor has
 * returned: then all of it or nothing.
 */
export interface Entry<V = unknown> {
  readonly key: Key;
  /** A private copy; undefined when the entry is absent. After `set` or `delete`, what that made of it. */
  readonly value: V | undefined;
  readonly present: boolean;
  /** The stores of the pool, as this worker has them attached. */
  readonly stores: Readonly<Record<string, Store>>;
  /** Number of the owner that runs the processor. */
  readonly owner: number;
  /** Sets the value. An entry that exists keeps its TTL unless `options` has one. Throws OptionError for a wrong TTL. */
  set(value: V, options?: SetOptions): void;
  /** Removes the entry. Returns whether it was present. */
  delete(): boolean;
}

/** A store in an owner, as processors need it. */
export class ProcessedStore {
  readonly store: Store;
  readonly terms: StoreTerms;

  constructor(store: Store) {
    this.store = store;
    this.terms = storeModule.termsOf(store);
  }
}

/** Where processors run. */
export interface ProcessorSite {
  readonly stores: Readonly<Record<string, Store>>;
  readonly owner: number;
  /** Called once, before the first processor. */
  onWork(): void;
}

const UNCHANGED = 0;
const SET = 1;
const DELETED = 2;

export class EntryInHand implements Entry {
  #value: unknown;
  #present: boolean;
  readonly #target: ProcessedStore;
  readonly #site: ProcessorSite;
  /** The call, which is in memory until it is answered. */
  readonly #words: Words;
  readonly #at: number;
  readonly #hash: number;
  /** Version that the entry must still have when the change is committed. */
  #version: number;
  #expiry: number;
  #change: number = UNCHANGED;
  #ttl: number | undefined = undefined;
  #isOver: boolean = false;

  /** Reads the entry. */
  constructor(target: ProcessedStore, site: ProcessorSite, words: Words, at: number, hash: number) {
    this.#target = target;
    this.#site = site;
    this.#words = words;
    this.#at = at;
    this.#hash = hash;
    const arena = storeModule.arenaOf(target.store);
    const bits = arena.segmentBits;
    loadKey(words, at);
    this.#present = readEntry(arena, segmentOf(hash, bits), placeOf(hash, bits), hash, true) !== MISS;
    this.#version = this.#present ? valueScratch.version : IF_ABSENT;
    this.#expiry = this.#present ? valueScratch.expiry : 0;
    this.#value = this.#present ? decodeFound(target.terms) : undefined;
  }

  get key(): Key {
    this.#checkTime();
    loadKey(this.#words, this.#at);
    return unpackKey(scratchModule.keyScratch);
  }

  get value(): unknown {
    return this.#value;
  }

  get present(): boolean {
    return this.#present;
  }

  get stores(): Readonly<Record<string, Store>> {
    return this.#site.stores;
  }

  get owner(): number {
    return this.#site.owner;
  }

  set(value: unknown, options?: SetOptions): void {
    this.#checkTime();
    this.#ttl = options?.ttl === undefined ? undefined : checkedTtl(options.ttl);
    this.#value = value;
    this.#present = true;
    this.#change = SET;
  }

  delete(): boolean {
    this.#checkTime();
    const was = this.#present;
    this.#value = undefined;
    this.#present = false;
    this.#change = DELETED;
    return was;
  }

  /**
   * Makes the change, if there is one and nobody else has changed the entry meanwhile.
   *
   * @throws ConflictError, StoreFullError, ValueError for a value that cannot be stored; nothing has changed then
   */
  commit(): void {
    this.#isOver = true;
    if (this.#change === UNCHANGED) return;
    const isPresentNow = this.#version !== IF_ABSENT;
    if (this.#change === DELETED && !isPresentNow) return;
    const { store, terms } = this.#target;
    if (this.#change === SET) encodeValue(terms.codec, this.#value);
    // User code has run, and may have closed the store.
    const arena = storeModule.arenaOf(store);
    const bits = arena.segmentBits;
    const hash = this.#hash;
    loadKey(this.#words, this.#at);
    if (this.#change === DELETED) {
      if (removeEntry(arena, segmentOf(hash, bits), placeOf(hash, bits), hash, this.#version)) return;
      throw this.#conflict();
    }
    const keepsTtl = isPresentNow && this.#ttl === undefined;
    const expiry = keepsTtl ? this.#expiry : expiryFor(this.#ttl ?? terms.ttlMs);
    const status = putEntry(arena, segmentOf(hash, bits), placeOf(hash, bits), hash, this.#version, expiry);
    if (status === DONE) return;
    if (status === FULL) {
      throw new StoreFullError(
        `no room for a value of ${valueScratch.byteLength} bytes: the budget of ${arena.geometry.memoryPages * 4096} bytes is used up, or has no such piece left`,
      );
    }
    throw this.#conflict();
  }

  /** The processor has failed: nothing is committed. */
  drop(): void {
    this.#isOver = true;
  }

  #checkTime(): void {
    if (this.#isOver) throw new ValueError('the processor of this entry has returned: an entry is good until then');
  }

  #conflict(): ConflictError {
    return new ConflictError(
      'another thread wrote the entry while its processor ran: nothing was changed, and the processor was not run again',
    );
  }
}

function decodeFound({ codec }: StoreTerms): unknown {
  return valueScratch.kind === VALUE_RATE ? valueScratch.floats[1] : decodeValue(codec, valueScratch);
}
