/** The operations that the guard watches, on the package of any commit whose public names are these. */
import type { Codec, Store } from '../../src/index.ts';
import { freshKey, numberValue, stringValue } from '../harness/fresh-keys.ts';
import type { Table } from '../harness/loops.ts';
import { loopsOfItsOwn } from '../harness/subject.ts';
import type { Sharena } from '../harness/warm.ts';
import { zipfIndexes } from '../harness/zipf.ts';
import { roomFor } from '../peers/sharena.ts';

const STREAM_LENGTH: number = 2 ** 16;
const STREAM_SEED = 12;
const SMALL = 5000;
const LARGE = 100_000;
const KIBIBYTE = 1024;
const NEW_VALUES = 256;

/** Runs the operations `from` to `to - 1` and returns a sum over their results. */
export type Run = (from: number, to: number) => number;

function filled<V>(
  entryCount: number,
  codec: Codec<V> | undefined,
  valueOf: (index: number) => V,
  sharena: Sharena,
): Store<V> {
  const memory = roomFor(entryCount, KIBIBYTE);
  const store = sharena.Store.create<V>({ memory, ...(codec === undefined ? {} : { value: codec }) });
  for (let index = 0; index < entryCount; index++) store.set(freshKey(index), valueOf(index));
  return store;
}

async function getStrings(sharena: Sharena, entryCount: number): Promise<Run> {
  const table = filled<string>(entryCount, sharena.text(), stringValue, sharena);
  const [loops, stream] = [await loopsOfItsOwn(), zipfIndexes(entryCount, STREAM_LENGTH, STREAM_SEED)];
  return (from, to) => loops.getStrings(table, stream, from, to);
}

async function setStrings(sharena: Sharena, entryCount: number): Promise<Run> {
  const table = filled<string>(entryCount, sharena.text(), stringValue, sharena);
  const [loops, stream] = [await loopsOfItsOwn(), zipfIndexes(entryCount, STREAM_LENGTH, STREAM_SEED)];
  const values = Array.from({ length: NEW_VALUES }, (_, index) => stringValue(entryCount + index));
  return (from, to) => loops.setValues(table, stream, from, to, values);
}

async function getNumbers(sharena: Sharena): Promise<Run> {
  const table = filled<number>(LARGE, sharena.float64(), numberValue, sharena);
  const [loops, stream] = [await loopsOfItsOwn(), zipfIndexes(LARGE, STREAM_LENGTH, STREAM_SEED)];
  return (from, to) => loops.getNumbers(table, stream, from, to);
}

async function increments(sharena: Sharena): Promise<Run> {
  const table = sharena.Store.create<number>({ memory: roomFor(LARGE), value: sharena.float64() });
  for (let key = 0; key < LARGE; key++) table.set(key, key);
  const [loops, stream] = [await loopsOfItsOwn(), zipfIndexes(LARGE, STREAM_LENGTH, STREAM_SEED)];
  return (from, to) => loops.incrementByInteger(table, stream, from, to);
}

async function getObjects(sharena: Sharena): Promise<Run> {
  const valueOf = (id: number): object => ({ id, name: stringValue(id), active: id % 2 === 0, tags: ['a', 'b'] });
  const objects = filled<object>(SMALL, undefined, valueOf, sharena);
  const table: Table<string, string> = {
    get: (key) => (objects.get(key) as { name: string } | undefined)?.name,
    set: () => undefined,
  };
  const [loops, stream] = [await loopsOfItsOwn(), zipfIndexes(SMALL, STREAM_LENGTH, STREAM_SEED)];
  return (from, to) => loops.getStrings(table, stream, from, to);
}

async function getKibibytes(sharena: Sharena): Promise<Run> {
  const table = filled<Uint8Array>(SMALL, sharena.bytes(), (index) => new Uint8Array(KIBIBYTE).fill(index), sharena);
  const [loops, stream] = [await loopsOfItsOwn(), zipfIndexes(SMALL, STREAM_LENGTH, STREAM_SEED)];
  return (from, to) => loops.getBytes(table, stream, from, to);
}

async function insertAndDelete(sharena: Sharena): Promise<Run> {
  const table = filled<string>(SMALL, sharena.text(), stringValue, sharena);
  const value = stringValue(0);
  return (from, to) => {
    let deleted = 0;
    for (let op = from; op < to; op++) {
      const absent = freshKey(op | (1 << 30));
      table.set(absent, value);
      if (table.delete(absent)) deleted++;
    }
    return deleted;
  };
}

export const OPERATIONS: Readonly<Record<string, (sharena: Sharena) => Promise<Run>>> = {
  'get-5k': (sharena) => getStrings(sharena, SMALL),
  'get-100k': (sharena) => getStrings(sharena, LARGE),
  'get-number': getNumbers,
  'get-object': getObjects,
  'get-1KiB': getKibibytes,
  'set-5k': (sharena) => setStrings(sharena, SMALL),
  'set-100k': (sharena) => setStrings(sharena, LARGE),
  'set-delete': insertAndDelete,
  increment: increments,
};
