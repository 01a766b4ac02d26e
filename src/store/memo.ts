/**
 * What a thread remembers of the values it has decoded. An entry is given only if the key still has the value, which is asked
 * of the arena each time: see [remembered] in native-layout/README.md.
 *
 * Bounded by CLOCK (Corbató, "A paging experiment with the Multics system", 1968): a hit sets a bit, and a hand that goes
 * round clears the bits and takes the first entry without one.
 */
import type { Key } from '../codec/key.ts';
import * as sightingModule from '../segment/sighting.ts';
import type { Sighting } from '../segment/sighting.ts';
import type { Words } from '#atomics';
import type { MemoLimits } from './options.ts';

// Own constants fold, imported bindings are loaded at every use: see [hot-imports] in CONTRIBUTING.md.
const { isStillThere, isUnwritten, seqWordOf } = sightingModule;

/** What a hit looks at comes first, so that it is in one line or two. */
export class MemoEntry {
  readonly words: Words;
  readonly seqWord: number;
  /** As in the sighting. */
  nextSeq: number;
  /** Whether it was given since the hand went by. */
  isUsed: boolean = false;
  /** End of its TTL in ms since 1970, 0 for none. */
  readonly expiry: number;
  /** Frozen. */
  readonly value: unknown;
  readonly sighting: Sighting;
  readonly key: Key;
  /** Bytes of the value as it is encoded. */
  readonly byteLength: number;
  /** Its place among all. */
  index: number = 0;

  constructor(key: Key, value: unknown, sighting: Sighting, expiry: number, byteLength: number) {
    this.words = sighting.words;
    this.seqWord = seqWordOf(sighting);
    this.nextSeq = sighting.nextSeq;
    this.expiry = expiry;
    this.value = value;
    this.sighting = sighting;
    this.key = key;
    this.byteLength = byteLength;
  }

  /** Whether the key still has its value, although its segment was written. */
  isCurrent(): boolean {
    const isThere = isStillThere(this.sighting);
    this.nextSeq = this.sighting.nextSeq;
    return isThere;
  }
}

export class Memo {
  readonly #max: number;
  readonly #maxBytes: number;
  readonly #byKey: Map<Key, MemoEntry> = new Map();
  readonly #ring: MemoEntry[] = [];
  #hand: number = 0;
  #bytes: number = 0;

  constructor(limits: MemoLimits) {
    this.#max = limits.max;
    this.#maxBytes = limits.maxBytes ?? Number.POSITIVE_INFINITY;
  }

  /** Values that are remembered. */
  get size(): number {
    return this.#ring.length;
  }

  /** [remembered] The entry of a key if that still has its value: a linearizable read that decodes nothing. O(1). */
  recall(key: Key): MemoEntry | undefined {
    const entry = this.#byKey.get(key);
    if (entry === undefined) return undefined;
    // [remembered] The clock before the loads.
    if (entry.expiry !== 0 && entry.expiry <= Date.now()) return undefined;
    if (!isUnwritten(entry.words, entry.seqWord, entry.nextSeq) && !entry.isCurrent()) return undefined;
    if (!entry.isUsed) entry.isUsed = true;
    return entry;
  }

  /** The entry of a key, whether the key still has its value or not. */
  entryOf(key: Key): MemoEntry | undefined {
    return this.#byKey.get(key);
  }

  /** Remembers an entry, in place of what it had of the same key, and forgets others for it where there is no room. */
  keep(entry: MemoEntry): void {
    this.forget(entry.key);
    if (entry.byteLength > this.#maxBytes) return;
    while (this.#ring.length >= this.#max || this.#bytes + entry.byteLength > this.#maxBytes) this.#evict();
    entry.index = this.#ring.length;
    this.#ring.push(entry);
    this.#byKey.set(entry.key, entry);
    this.#bytes += entry.byteLength;
  }

  forget(key: Key): void {
    const entry = this.#byKey.get(key);
    if (entry !== undefined) this.#remove(entry);
  }

  clear(): void {
    this.#byKey.clear();
    this.#ring.length = 0;
    this.#hand = 0;
    this.#bytes = 0;
  }

  #evict(): void {
    for (;;) {
      if (this.#hand >= this.#ring.length) this.#hand = 0;
      const entry = this.#ring[this.#hand];
      this.#hand += 1;
      if (!entry.isUsed) {
        this.#remove(entry);
        return;
      }
      entry.isUsed = false;
    }
  }

  /** The last one takes its place: behind the hand when it is evicted, as in a ring where the new comes in place of the old. */
  #remove(entry: MemoEntry): void {
    this.#byKey.delete(entry.key);
    this.#bytes -= entry.byteLength;
    const last = this.#ring.pop();
    if (last === undefined || last === entry) return;
    this.#ring[entry.index] = last;
    last.index = entry.index;
  }
}
