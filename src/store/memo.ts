/**
 * What a thread remembers of the values it has decoded. One is given only if the key still has it, which is asked of the
 * arena each time: see [remembered] in native-layout/README.md.
 *
 * Bounded by CLOCK (Corbató, "A paging experiment with the Multics system", 1968): a hit sets a bit, and a hand that goes
 * round clears the bits and takes the first value without one.
 */
import type { Key } from '../codec/key.ts';
import * as sightingModule from '../segment/sighting.ts';
import type { Sighting } from '../segment/sighting.ts';
import type { Words } from '#atomics';
import type { MemoLimits } from './options.ts';

// Own constants fold, imported bindings are loaded at every use: see [hot-imports] in CONTRIBUTING.md.
const { isStillThere, isUnwritten, seqWordOf } = sightingModule;

/** A value with what is needed to ask for it, and to forget it. */
export class Memory {
  readonly key: Key;
  /** Frozen. */
  readonly value: unknown;
  readonly sighting: Sighting;
  /** End of its TTL in ms since 1970, 0 for none. */
  readonly expiry: number;
  /** Bytes of the value as it is encoded. */
  readonly byteLength: number;

  constructor(key: Key, value: unknown, sighting: Sighting, expiry: number, byteLength: number) {
    this.key = key;
    this.value = value;
    this.sighting = sighting;
    this.expiry = expiry;
    this.byteLength = byteLength;
  }
}

/**
 * What a hit looks at, four words for each memory: more of them are in a cache than of objects with the same in it. A get with
 * a fresh key among 5,000 takes 1.1 times what Map takes instead of 1.3 (bench/memo.ts, AMD EPYC, 2 cores, Node 20.20.2,
 * 2026-11-24, on a busy machine).
 */
const ROW_WORDS = 4;
/** Number of the buffer, the word of it that `isUnwritten` looks at, and what that held. */
const BUFFER = 0;
const SEQ_WORD = 1;
const NEXT_SEQ = 2;
/** The marks. */
const MARKS = 3;
/** It was given since the hand went by. */
const IS_USED = 1;
const HAS_TTL = 2;

const ROWS_AT_FIRST = 64;

/** No memory. */
export const UNKNOWN = -1;

export class Memo {
  readonly #max: number;
  readonly #maxBytes: number;
  readonly #views: readonly Words[];
  /** Key -> place among the memories. */
  readonly #places: Map<Key, number> = new Map();
  readonly #memories: Memory[] = [];
  /** The value of each, once more. */
  readonly #values: unknown[] = [];
  #rows: Int32Array = new Int32Array(ROWS_AT_FIRST * ROW_WORDS);
  #hand: number = 0;
  #bytes: number = 0;

  constructor(limits: MemoLimits, views: readonly Words[]) {
    this.#max = limits.max;
    this.#maxBytes = limits.maxBytes ?? Number.POSITIVE_INFINITY;
    this.#views = views;
  }

  /** Values that are remembered. */
  get size(): number {
    return this.#memories.length;
  }

  /**
   * [remembered] The place of the memory of a key, if the key still has its value: a linearizable read that decodes nothing.
   * O(1).
   *
   * @returns UNKNOWN when there is none, or another value by now
   */
  recall(key: Key): number {
    const place = this.#places.get(key);
    if (place === undefined) return UNKNOWN;
    const rows = this.#rows;
    const row = place * ROW_WORDS;
    const marks = rows[row + MARKS];
    // [remembered] The clock before the loads.
    if ((marks & HAS_TTL) !== 0 && this.#memories[place].expiry <= Date.now()) return UNKNOWN;
    const words = this.#views[rows[row + BUFFER]];
    if (!isUnwritten(words, rows[row + SEQ_WORD], rows[row + NEXT_SEQ]) && !this.#isStillThere(place)) return UNKNOWN;
    if ((marks & IS_USED) === 0) rows[row + MARKS] = marks | IS_USED;
    return place;
  }

  /** The value at a place that `recall` has just returned. */
  valueAt(place: number): unknown {
    return this.#values[place];
  }

  /** The memory of a key, whether the key still has the value or not. */
  memoryOf(key: Key): Memory | undefined {
    const place = this.#places.get(key);
    return place === undefined ? undefined : this.#memories[place];
  }

  /** Adds a memory, in place of the one of the same key, and forgets others where there is no room. */
  keep(memory: Memory): void {
    this.forget(memory.key);
    if (memory.byteLength > this.#maxBytes) return;
    while (this.#memories.length >= this.#max || this.#bytes + memory.byteLength > this.#maxBytes) this.#evict();
    const place = this.#memories.length;
    if ((place + 1) * ROW_WORDS > this.#rows.length) this.#reserve(2 * place);
    this.#bytes += memory.byteLength;
    this.#put(place, memory);
    const row = place * ROW_WORDS;
    this.#rows[row + BUFFER] = this.#views.indexOf(memory.sighting.words);
    this.#rows[row + SEQ_WORD] = seqWordOf(memory.sighting);
    this.#rows[row + NEXT_SEQ] = memory.sighting.nextSeq;
    this.#rows[row + MARKS] = memory.expiry === 0 ? 0 : HAS_TTL;
  }

  forget(key: Key): void {
    const place = this.#places.get(key);
    if (place !== undefined) this.#remove(place);
  }

  clear(): void {
    this.#places.clear();
    this.#memories.length = 0;
    this.#values.length = 0;
    this.#rows = new Int32Array(ROWS_AT_FIRST * ROW_WORDS);
    this.#hand = 0;
    this.#bytes = 0;
  }

  /** For a memory in whose segment something was written. */
  #isStillThere(place: number): boolean {
    const { sighting } = this.#memories[place];
    const isThere = isStillThere(sighting);
    this.#rows[place * ROW_WORDS + NEXT_SEQ] = sighting.nextSeq;
    return isThere;
  }

  #put(place: number, memory: Memory): void {
    this.#memories[place] = memory;
    this.#values[place] = memory.value;
    this.#places.set(memory.key, place);
  }

  #reserve(count: number): void {
    const rows = new Int32Array(count * ROW_WORDS);
    rows.set(this.#rows);
    this.#rows = rows;
  }

  #evict(): void {
    for (;;) {
      if (this.#hand >= this.#memories.length) this.#hand = 0;
      const place = this.#hand;
      this.#hand += 1;
      const marks = place * ROW_WORDS + MARKS;
      if ((this.#rows[marks] & IS_USED) === 0) {
        this.#remove(place);
        return;
      }
      this.#rows[marks] &= ~IS_USED;
    }
  }

  /** The last one moves there: behind the hand after an eviction, as in a ring where the new come in place of the old. */
  #remove(place: number): void {
    const memory = this.#memories[place];
    this.#places.delete(memory.key);
    this.#bytes -= memory.byteLength;
    const last = this.#memories.length - 1;
    if (place !== last) {
      this.#put(place, this.#memories[last]);
      this.#rows.copyWithin(place * ROW_WORDS, last * ROW_WORDS, (last + 1) * ROW_WORDS);
    }
    this.#memories.length = last;
    this.#values.length = last;
  }
}
