/**
 * An execution of a program under way: which accesses of each thread have been fetched and performed, and the stores that
 * each word has seen. Steps make new states and leave the old ones alone.
 */
import type { End, Statement } from './instructions.ts';
import { NOWHERE, UNKNOWN, type Access } from './machines.ts';

export interface Program {
  /** Each under its name. */
  readonly threads: Readonly<Record<string, readonly Statement[]>>;
  /** Names of the shared words; the address of a word is its place in this list. */
  readonly words: readonly string[];
  /** Contents before the first step, by name; 0 elsewhere. */
  readonly initial?: Readonly<Record<string, number>>;
  /**
   * Words that one thread only has to do with: their accesses are performed as soon as they may be, as nobody can tell.
   */
  readonly ownWords?: readonly string[];
}

export interface Event extends Access {
  /** Place of the instruction in the code of its thread. */
  readonly index: number;
  readonly performed: boolean;
  /** What was read, is to be written, or was computed. NaN while a write's is not known. */
  readonly value: number;
  /** Of a read that is performed: the write that it reads from, 0 for what was there before. */
  readonly source: number;
  /** Register that gets the value; empty for none. */
  readonly into: string;
  /** Of a branch: whether the thread goes on at the next instruction rather than at the target. */
  readonly isStraight: boolean;
}

export const BLANK: Omit<Event, 'kind' | 'instruction' | 'index'> = {
  exclusive: false,
  address: NOWHERE,
  performed: false,
  value: 0,
  source: 0,
  into: '',
  isStraight: false,
};

export interface Thread {
  /** Instruction to fetch next, -1 behind the end. */
  readonly next: number;
  readonly events: readonly Event[];
  readonly end: 'none' | End['end'];
  /** Word that it sleeps on, NOWHERE while it is awake. */
  readonly asleepOn: number;
}

export interface State {
  readonly threads: readonly Thread[];
  /** Of each word the writes that it has seen, in order. */
  readonly written: readonly (readonly number[])[];
}

const POSITION_BITS = 8;

/** The number of the write that a thread has at this position among its events; never 0. */
export function writeNumber(thread: number, position: number): number {
  return (thread << POSITION_BITS) | (position + 1);
}

/** Thread and position of a write. */
export function placeOfWrite(write: number): readonly [thread: number, position: number] {
  return [write >> POSITION_BITS, (write & ((1 << POSITION_BITS) - 1)) - 1];
}

export function valueOfWrite(state: State, write: number): number {
  const [thread, position] = placeOfWrite(write);
  return state.threads[thread].events[position].value;
}

const threadKeys = new WeakMap<Thread, string>();
const wordKeys = new WeakMap<readonly number[], string>();

/** Two states with the same key are the same execution up to there: same paths, same writes read, same order of writes. */
export function keyOf(state: State): string {
  let key = '';
  // Threads and words that a step does not touch keep their identity, so most keys have been made before.
  for (const thread of state.threads) key += cached(threadKeys, thread, threadKey);
  for (const writes of state.written) key += cached(wordKeys, writes, wordKey);
  return key;
}

function cached<T extends object>(keys: WeakMap<T, string>, object: T, keyFor: (object: T) => string): string {
  let key = keys.get(object);
  if (key === undefined) keys.set(object, (key = keyFor(object)));
  return key;
}

function threadKey({ next, events, asleepOn }: Thread): string {
  let key = String.fromCharCode(next + 2, asleepOn + 3, events.length);
  for (const event of events) {
    key += String.fromCharCode(event.index * 2 + Number(event.isStraight), event.performed ? event.source + 1 : 0);
  }
  return key;
}

function wordKey(writes: readonly number[]): string {
  return String.fromCharCode(writes.length, ...writes);
}

export function isKnown(event: Event): boolean {
  return event.address !== UNKNOWN && !Number.isNaN(event.value);
}
