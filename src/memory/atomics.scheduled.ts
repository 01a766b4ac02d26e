/**
 * The stand-in of atomics.ts for proofs, chosen by `node -C sharena-proof`: the same names and the same effect on shared
 * words, but before each access the thread asks a gate that the proof installed. The gate may let other threads go first,
 * let this one die there, or leave the access out to see whether anybody notices. Without a gate it is the plain seam.
 *
 * One thread runs at a time behind gates, so every access here is as strong as sequential consistency: what a proof shows
 * is that the protocol is right in every order of its accesses, not that the machine keeps that order.
 */
import type { Words } from './atomics.ts';

export type { Words } from './atomics.ts';

/** No spinning: a thread that finds a lock taken goes to sleep, and the gate decides who runs meanwhile. */
export const SPIN_LIMIT = 0;

/** Which function of the seam is about to touch a word. */
export const PEEK = 0;
export const OPENING_LOAD = 1;
export const CLOSING_LOAD = 2;
export const LOAD = 3;
/** From here on accesses change what others may see. */
export const POKE = 4;
export const RELEASE_STORE = 5;
export const STORE = 6;
export const COMPARE_EXCHANGE = 7;
export const EXCHANGE = 8;
export const ADD = 9;
export const NOTIFY = 10;
export const WAIT = 11;

export interface Gate {
  /** What an access comes to that is left out. */
  readonly substitute: number;
  /**
   * Called before each access; `value` is what is stored, if anything is. False leaves the access out. Throws to let the
   * thread die.
   */
  enter(access: number, words: Words, word: number, value: number): boolean;
  /** Stands for Atomics.wait, once it is known that the word holds what was expected. Returns when the thread may go on. */
  sleep(words: Words, word: number): void;
  /** Stands for Atomics.notify. Returns how many were woken. */
  wake(words: Words, word: number, count: number): number;
}

let gate: Gate | null = null;

/** Puts a gate before all accesses of this thread, or takes it away. */
export function installGate(next: Gate | null): void {
  gate = next;
}

export function load(words: Words, word: number): number {
  if (gate !== null && !gate.enter(LOAD, words, word, 0)) return gate.substitute;
  return Atomics.load(words, word);
}

export function store(words: Words, word: number, value: number): void {
  if (gate === null || gate.enter(STORE, words, word, value)) Atomics.store(words, word, value);
}

export function compareExchange(words: Words, word: number, expected: number, value: number): number {
  if (gate !== null && !gate.enter(COMPARE_EXCHANGE, words, word, value)) return gate.substitute;
  return Atomics.compareExchange(words, word, expected, value);
}

export function exchange(words: Words, word: number, value: number): number {
  if (gate !== null && !gate.enter(EXCHANGE, words, word, value)) return gate.substitute;
  return Atomics.exchange(words, word, value);
}

export function add(words: Words, word: number, value: number): number {
  if (gate !== null && !gate.enter(ADD, words, word, value)) return gate.substitute;
  return Atomics.add(words, word, value);
}

export function notify(words: Words, word: number, count: number): number {
  if (gate === null) return Atomics.notify(words, word, count);
  return gate.enter(NOTIFY, words, word, count) ? gate.wake(words, word, count) : gate.substitute;
}

export function wait(words: Words, word: number, expected: number, timeoutMs: number): void {
  if (gate === null) Atomics.wait(words, word, expected, timeoutMs);
  else if (gate.enter(WAIT, words, word, expected) && Atomics.load(words, word) === expected) gate.sleep(words, word);
}

export function peek(words: Words, word: number): number {
  if (gate !== null && !gate.enter(PEEK, words, word, 0)) return gate.substitute;
  return words[word];
}

export function poke(words: Words, word: number, value: number): void {
  if (gate === null || gate.enter(POKE, words, word, value)) words[word] = value;
}

export function openingLoad(words: Words, word: number): number {
  if (gate !== null && !gate.enter(OPENING_LOAD, words, word, 0)) return gate.substitute;
  return words[word];
}

export function releaseStore(words: Words, word: number, value: number): void {
  if (gate === null || gate.enter(RELEASE_STORE, words, word, value)) words[word] = value;
}

export function closingLoad(words: Words, word: number): number {
  if (gate !== null && !gate.enter(CLOSING_LOAD, words, word, 0)) return gate.substitute;
  return words[word];
}

export function closingLoadNext(words: Words, word: number): number {
  return closingLoad(words, word);
}

/** Orders nothing here: accesses behind gates are in order anyway. */
export function reuseFence(): void {}
