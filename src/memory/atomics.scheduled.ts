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

/** One thread runs at a time here. */
export const KEEPS_STORE_ORDER = true;

/** Which function of the seam is about to touch a word. */
export const PEEK = 0;
/** A part of a run of plain loads; the value is the number of words. */
export const PEEK_RUN = 1;
export const OPENING_LOAD = 2;
export const CLOSING_LOAD = 3;
export const LOAD = 4;
/** From here on accesses change what others may see. */
export const POKE = 5;
/** A part of a run of plain stores; the value is the number of words. */
export const POKE_RUN = 6;
export const RELEASE_STORE = 7;
export const STORE = 8;
export const COMPARE_EXCHANGE = 9;
export const EXCHANGE = 10;
export const ADD = 11;
export const NOTIFY = 12;
export const WAIT = 13;

/** Parts that a run of words is cut into: enough to be torn in the middle, few enough to try them all. */
const RUN_PARTS = 4;

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

/** Puts a gate before all accesses of this thread, or takes it away. Returns the one that was there. */
export function installGate(next: Gate | null): Gate | null {
  const last = gate;
  gate = next;
  return last;
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

/** No step: in proofs threads wait by `wait`, see [mail-bell] in native-layout/README.md. */
export function waitAsync(words: Words, word: number, expected: number): Promise<unknown> | null {
  const waiting = Atomics.waitAsync(words, word, expected);
  return waiting.async ? waiting.value : null;
}

export function peek(words: Words, word: number): number {
  if (gate !== null && !gate.enter(PEEK, words, word, 0)) return gate.substitute;
  return words[word];
}

export function poke(words: Words, word: number, value: number): void {
  if (gate === null || gate.enter(POKE, words, word, value)) words[word] = value;
}

export function peekRun(words: Words, word: number, count: number, target: Int32Array): void {
  inParts(PEEK_RUN, words, word, count, (from, to) => target.set(words.subarray(word + from, word + to), from));
}

export function peekBytes(words: Words, word: number, target: Uint8Array): void {
  const bytes = new Uint8Array(words.buffer, word * 4, target.byteLength);
  inParts(PEEK_RUN, words, word, (bytes.length + 3) >>> 2, (from, to) =>
    target.set(bytes.subarray(from * 4, to * 4), from * 4),
  );
}

export function pokeRun(words: Words, word: number, source: Int32Array, count: number): void {
  inParts(POKE_RUN, words, word, count, (from, to) => words.set(source.subarray(from, to), word + from));
}

export function pokeBytes(words: Words, word: number, source: Uint8Array): void {
  const bytes = new Uint8Array(words.buffer, word * 4, source.byteLength);
  inParts(POKE_RUN, words, word, (bytes.length + 3) >>> 2, (from, to) =>
    bytes.set(source.subarray(from * 4, to * 4), from * 4),
  );
}

export function moveRun(words: Words, to: number, from: number, count: number): void {
  inParts(POKE_RUN, words, to, count, (first, end) => words.copyWithin(to + first, from + first, from + end));
}

export function zeroRun(words: Words, word: number, count: number): void {
  inParts(POKE_RUN, words, word, count, (from, to) => words.fill(0, word + from, word + to));
}

function inParts(
  access: number,
  words: Words,
  word: number,
  count: number,
  copy: (from: number, to: number) => void,
): void {
  const part = gate === null ? count : Math.ceil(count / RUN_PARTS);
  for (let from = 0; from < count; from += part) {
    const to = Math.min(count, from + part);
    if (gate === null || gate.enter(access, words, word + from, to - from)) copy(from, to);
  }
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
