import {
  CLOSING_LOAD,
  COMPARE_EXCHANGE,
  LOAD,
  NOTIFY,
  OPENING_LOAD,
  POKE,
  RELEASE_STORE,
  STORE,
} from '../../../src/memory/atomics.scheduled.ts';
import type { Words } from '#atomics';
import type { ArenaPlaces } from './places.ts';

/** Ways to break the protocol on purpose: the proof is worth something only if it finds each of them. */
export const FAULTS = [
  'none',
  'reads are not validated',
  'waiters are not woken',
  'the epoch stands still',
  'free blocks are not marked',
  'locks are not exclusive',
  'intents are not written',
  'versions are not stored',
  'a dead holder is never replaced',
] as const;

export type Fault = (typeof FAULTS)[number];

/** The accesses that a fault leaves out, and what they come to instead. */
export class FaultyGate {
  substitute: number = 0;
  readonly #fault: Fault;
  readonly #places: ArenaPlaces;
  /** What the opening load of a word gave last. */
  readonly #opened: Map<number, number> = new Map<number, number>();

  constructor(fault: Fault, places: ArenaPlaces) {
    this.#fault = fault;
    this.#places = places;
  }

  /** False when the access is left out. */
  lets(access: number, words: Words, word: number, value: number): boolean {
    switch (this.#fault) {
      case 'reads are not validated':
        if (access === OPENING_LOAD) this.#opened.set(word, words[word]);
        this.substitute = this.#opened.get(word) ?? words[word];
        return access !== CLOSING_LOAD;
      case 'waiters are not woken':
        this.substitute = 0;
        return access !== NOTIFY;
      case 'the epoch stands still':
        return !(access === STORE && this.#places.isField(word, 'epoch'));
      case 'free blocks are not marked':
        return !(access === RELEASE_STORE && value < 0 && this.#places.isHeap(word));
      case 'locks are not exclusive':
        if (access !== COMPARE_EXCHANGE || !this.#places.lockWords.includes(word)) return true;
        words[word] = value;
        this.substitute = 0;
        return false;
      case 'intents are not written':
        return !(access === RELEASE_STORE && this.#places.isField(word, 'intent'));
      case 'versions are not stored':
        return !(access === POKE && this.#places.isField(word, 'nextSeq'));
      case 'a dead holder is never replaced':
        this.substitute = 1;
        return !(access === LOAD && this.#places.isRegistry(word));
      default:
        return true;
    }
  }
}
