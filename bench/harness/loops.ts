/**
 * The loops that are timed. Every subject runs a copy of this module of its own (see subject.ts), so that what V8 learns
 * about one subject's calls neither helps nor hurts another's. Each loop returns a sum over what it was given, so that
 * nothing can be optimised away, and so that subjects can be compared for right answers.
 */
import { type Account, weigh } from './accounts.ts';
import { freshKey } from './fresh-keys.ts';

/** What a subject of a comparison can do. Map, LRUCache and Store have this shape themselves. */
export interface Table<K, V> {
  get(key: K): V | undefined;
  set(key: K, value: V): unknown;
}

/** The operations `from` to `to - 1` of a stream that starts over at its end. */
export type Loop<T> = (table: T, stream: Int32Array, from: number, to: number) => number;

export function getStrings(table: Table<string, string>, stream: Int32Array, from: number, to: number): number {
  const mask = stream.length - 1;
  let sum = 0;
  for (let op = from; op < to; op++) {
    const value = table.get(freshKey(stream[op & mask])) as string;
    sum = (sum + value.charCodeAt(value.length - 1)) | 0;
  }
  return sum;
}

export function getNumbers(table: Table<string, number>, stream: Int32Array, from: number, to: number): number {
  const mask = stream.length - 1;
  let sum = 0;
  for (let op = from; op < to; op++) sum += table.get(freshKey(stream[op & mask])) as number;
  return sum;
}

export function getBytes(table: Table<string, Uint8Array>, stream: Int32Array, from: number, to: number): number {
  const mask = stream.length - 1;
  let sum = 0;
  for (let op = from; op < to; op++) {
    const value = table.get(freshKey(stream[op & mask])) as Uint8Array;
    sum = (sum + value.length + value[value.length - 1]) | 0;
  }
  return sum;
}

export function getAccounts(table: Table<string, Account>, stream: Int32Array, from: number, to: number): number {
  const mask = stream.length - 1;
  let sum = 0;
  for (let op = from; op < to; op++) sum += weigh(table.get(freshKey(stream[op & mask])) as Account);
  return sum;
}

/** With keys that are kept, so that V8 has hashed them before and knows them by their address. */
export function getAccountsByKeptKeys(
  table: Table<string, Account>,
  stream: Int32Array,
  from: number,
  to: number,
  keys: readonly string[],
): number {
  const mask = stream.length - 1;
  let sum = 0;
  for (let op = from; op < to; op++) sum += weigh(table.get(keys[stream[op & mask]]) as Account);
  return sum;
}

/** What lends its values instead of copying them. */
export interface Lender {
  lease(key: string): { readonly bytes: Uint8Array; release(): void } | undefined;
}

/** The same as getBytes, without a copy. */
export function leaseBytes(table: Lender, stream: Int32Array, from: number, to: number): number {
  const mask = stream.length - 1;
  let sum = 0;
  for (let op = from; op < to; op++) {
    const lease = table.lease(freshKey(stream[op & mask])) as { readonly bytes: Uint8Array; release(): void };
    const { bytes } = lease;
    sum = (sum + bytes.length + bytes[bytes.length - 1]) | 0;
    lease.release();
  }
  return sum;
}

/** Overwrites with one of `values`, whose length is a power of two. */
export function setValues<V>(
  table: Table<string, V>,
  stream: Int32Array,
  from: number,
  to: number,
  values: readonly V[],
): number {
  const mask = stream.length - 1;
  const valueMask = values.length - 1;
  for (let op = from; op < to; op++) {
    table.set(freshKey(stream[op & mask]), values[op & valueMask]);
  }
  return to - from;
}

/** Reads numbers under keys that `keyOf` makes anew for each operation. */
export function getByKey<K>(
  table: Table<K, number>,
  stream: Int32Array,
  from: number,
  to: number,
  keyOf: (index: number) => K,
): number {
  const mask = stream.length - 1;
  let sum = 0;
  for (let op = from; op < to; op++) sum += table.get(keyOf(stream[op & mask])) as number;
  return sum;
}

export function setByKey<K>(
  table: Table<K, number>,
  stream: Int32Array,
  from: number,
  to: number,
  keyOf: (index: number) => K,
): number {
  const mask = stream.length - 1;
  for (let op = from; op < to; op++) table.set(keyOf(stream[op & mask]), op + 0.5);
  return to - from;
}

export function getByInteger(table: Table<number, number>, stream: Int32Array, from: number, to: number): number {
  const mask = stream.length - 1;
  let sum = 0;
  for (let op = from; op < to; op++) sum += table.get(stream[op & mask]) as number;
  return sum;
}

export function setByInteger(table: Table<number, number>, stream: Int32Array, from: number, to: number): number {
  const mask = stream.length - 1;
  for (let op = from; op < to; op++) table.set(stream[op & mask], op + 0.5);
  return to - from;
}

/** The increment of a table that has none: read, add, write. */
export function addByInteger(table: Table<number, number>, stream: Int32Array, from: number, to: number): number {
  const mask = stream.length - 1;
  let sum = 0;
  for (let op = from; op < to; op++) {
    const key = stream[op & mask];
    const value = (table.get(key) as number) + 1;
    table.set(key, value);
    sum += value;
  }
  return sum;
}

export interface Counters {
  increment(key: number, by?: number): number;
}

export function incrementByInteger(table: Counters, stream: Int32Array, from: number, to: number): number {
  const mask = stream.length - 1;
  let sum = 0;
  for (let op = from; op < to; op++) sum += table.increment(stream[op & mask], 1);
  return sum;
}

/** Reads by index and writes by complement, see mixedIndexes. */
export function mixedStrings(
  table: Table<string, string>,
  stream: Int32Array,
  from: number,
  to: number,
  values: readonly string[],
): number {
  const mask = stream.length - 1;
  const valueMask = values.length - 1;
  let sum = 0;
  for (let op = from; op < to; op++) {
    const index = stream[op & mask];
    if (index >= 0) sum = (sum + (table.get(freshKey(index)) as string).length) | 0;
    else table.set(freshKey(~index), values[op & valueMask]);
  }
  return sum;
}

/**
 * Times each call by itself, in nanoseconds; the time of the clock, about 40, is inside.
 *
 * @param tookNs filled from its start to its end
 */
export function timeEachCall(call: (key: string) => unknown, stream: Int32Array, tookNs: Float64Array): void {
  const mask = stream.length - 1;
  for (let op = 0; op < tookNs.length; op++) {
    const key = freshKey(stream[op & mask]);
    const startMs = performance.now();
    call(key);
    tookNs[op] = (performance.now() - startMs) * 1e6;
  }
}

/** The same for calls that are answered later, one at a time. */
export async function timeEachAnswer(
  call: (key: string) => Promise<unknown>,
  stream: Int32Array,
  tookNs: Float64Array,
): Promise<void> {
  const mask = stream.length - 1;
  for (let op = 0; op < tookNs.length; op++) {
    const key = freshKey(stream[op & mask]);
    const startMs = performance.now();
    await call(key);
    tookNs[op] = (performance.now() - startMs) * 1e6;
  }
}
