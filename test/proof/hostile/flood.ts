/** Keys that all collide under one hash key, and how far entries are from where their hash wants them. */
import { arenaHeader } from '../../../native-layout/arena.ts';
import { homeLine, LINE_WORDS, segmentHeader, TABLE_CLASS_SHIFT, tableLines } from '../../../native-layout/segment.ts';
import { packKey } from '../../../src/codec/key.ts';
import { placeOf, segmentOf } from '../../../src/hash/route.ts';
import { Store } from '../../../src/index.ts';
import { arenaOf } from '../../../src/store.ts';
import { tableStart } from '../../../src/segment/table.ts';

/** What an attacker who knows the hash, but no arena's key, would take the key for. */
export const KNOWN_KEY: readonly [number, number] = [0, 0];

/** Found by trying strings of 8 chars: under KNOWN_KEY they have the same hash, all 32 bits of it. */
export const SAME_HASH: readonly string[] = [
  'AciICSRf',
  'JgpgZ9-l',
  'AA3LOy5v',
  'EgetE0rA',
  'LPVNAhMx',
  'xAhyMWPP',
  'VpVkF6B8',
  'cxh7aG6l',
  '41xqw7ua',
  'sRiTjYcS',
  'kkjeYNOp',
  'hFnsg6rP',
  'SwcknvE_',
  '3vL6fscE',
  'oNSnQTlC',
  'I2LIy1Qv',
  'fLQ5iT0_',
  'ybGIm8SV',
];

/** The first `bits` bits of the hash are the same for all of these under KNOWN_KEY: segment, and home line in most tables. */
export function floodKeys(count: number, bits: number): string[] {
  const keys: string[] = [];
  for (let number = 0; keys.length < count; number++) {
    const key = `flood:${number}`;
    if (packKey(key, ...KNOWN_KEY) >>> (32 - bits) === 0x2a5) keys.push(key);
  }
  return keys;
}

/** An empty store under KNOWN_KEY. */
export function knownStore(memory: string, segments: number): Store {
  const store = Store.create({ memory, segments });
  const { handle } = store;
  store.close();
  for (const buffer of handle.buffers) new Int32Array(buffer).set(KNOWN_KEY, arenaHeader.word.hashKey0);
  return Store.attach(handle);
}

export interface Probes {
  /** Lines between the home line of an entry and its own, on average and at most. */
  readonly mean: number;
  readonly longest: number;
}

/** Walks all tables of a store that nobody writes to. */
export function probesOf(store: Store): Probes {
  const arena = arenaOf(store);
  const steps: number[] = [];
  for (let segment = 0; segment < arena.segmentCount; segment++) {
    const words = arena.viewOf(segment);
    const table = words[arena.headOf(segment) + segmentHeader.word.table] ?? 0;
    if (table === 0) continue;
    const sizeClass = table >>> TABLE_CLASS_SHIFT;
    const lines = tableLines(sizeClass);
    for (let slot = 0; slot < lines * (LINE_WORDS / 2); slot++) {
      const at = tableStart(table) + slot * 2;
      if (words[at + 1] === 0) continue;
      const home = homeLine(placeOf(words[at] ?? 0, arena.segmentBits), sizeClass);
      steps.push((Math.floor((slot * 2) / LINE_WORDS) - home + lines) % lines);
    }
  }
  return { mean: steps.reduce((sum, step) => sum + step, 0) / steps.length, longest: Math.max(...steps) };
}

/** Chi-squared of how keys spread over `cells` equal parts of the hashes of a store; it has cells - 1 degrees of freedom. */
export function unevenness(store: Store, keys: readonly string[], cells: number): number {
  const { hashKey0, hashKey1 } = arenaOf(store);
  const counts = new Uint32Array(cells);
  for (const key of keys) counts[Math.floor(((packKey(key, hashKey0, hashKey1) >>> 0) / 2 ** 32) * cells)] += 1;
  const expected = keys.length / cells;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

/** The fullest segment's share of the keys. */
export function largestShare(store: Store, keys: readonly string[]): number {
  const { hashKey0, hashKey1, segmentBits, segmentCount } = arenaOf(store);
  const counts = new Uint32Array(segmentCount);
  for (const key of keys) counts[segmentOf(packKey(key, hashKey0, hashKey1), segmentBits)] += 1;
  return Math.max(...counts) / keys.length;
}
