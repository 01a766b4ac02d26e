import * as ownSharena from '../../src/index.ts';
import type { Codec, Store } from '../../src/index.ts';
import { freshKey, stringValue } from './fresh-keys.ts';

const STORE_BYTES: number = 2 * 1024 * 1024;
const ROUNDS = 3000;

/** The package as it is imported, of this tree or of another one. */
export type Sharena = typeof ownSharena;

/** Kept alive, so that their shapes stay known to the optimised code for as long as the process runs. */
const alive: Store[] = [];

/**
 * Brings the process into the state of a real service: several stores with different codecs, keys of every type, hits and
 * misses. What is measured afterwards is not monomorphic by luck.
 */
export function warmProcess(rounds: number = ROUNDS, sharena: Sharena = ownSharena): void {
  const { bytes, float64, int32, json, msgpack, text } = sharena;
  const codecs: [Codec<unknown> | undefined, (index: number) => unknown][] = [
    [undefined, (index) => ({ id: index, name: stringValue(index), tags: ['a', 'b'], score: index / 3 })],
    [undefined, (index) => (index % 2 === 0 ? index : stringValue(index))],
    [msgpack(), (index) => [index, `${index}`]],
    [text(), (index) => (index % 3 === 0 ? `wïde ✓ ${index}` : stringValue(index))],
    [bytes(), (index) => new Uint8Array(index % 300)],
    [float64(), (index) => index / 7],
    [int32(), (index) => index],
    [json(), (index) => ({ index })],
    [userCodec, (index) => `user ${index}`],
  ];
  for (const [codec, valueOf] of codecs) {
    const store = sharena.Store.create({ memory: STORE_BYTES, ...(codec === undefined ? {} : { value: codec }) });
    for (let round = 0; round < rounds; round++) exercise(store, round, valueOf(round));
    alive.push(store);
  }
}

const userCodec: Codec<unknown> = {
  name: 'bench-latin1',
  encode: (value) => Buffer.from(String(value), 'latin1'),
  decode: (encoded) => Buffer.from(encoded).toString('latin1'),
};

function exercise(store: Store, round: number, value: unknown): void {
  const index = round % 1000;
  const key = round % 5 === 0 ? index : round % 7 === 0 ? BigInt(index) : freshKey(index);
  store.set(key, value);
  store.get(key);
  store.get(freshKey(index + 500));
  if (round % 3 === 0) store.delete(key);
  if (round % 11 === 0) store.has(Uint8Array.of(index, index >> 8));
}
