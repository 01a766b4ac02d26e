/** Bar S8: values of 1 KiB of bytes against lmdb. */
import { compare, type Samples } from './harness/compare.ts';
import type { Effort } from './harness/effort.ts';
import { atLeast, speedRatio, type Finding, type Question } from './harness/question.ts';
import { loopsOfItsOwn, type Subject } from './harness/subject.ts';
import { warmProcess } from './harness/warm.ts';
import { zipfIndexes } from './harness/zipf.ts';
import { openLmdb } from './peers/lmdb.ts';
import type { Peer, PeerOptions } from './peers/peer.ts';
import { openPooled, openSharena } from './peers/sharena.ts';

const VALUE_BYTES = 1024;
const ENTRIES = 20_000;
const ENTRIES_OF_A_QUICK_RUN = 2000;
const STREAM_LENGTH: number = 2 ** 18;
const STREAM_SEED = 5;
const NEW_VALUES = 64;

function kibibyte(index: number): Uint8Array {
  const value = new Uint8Array(VALUE_BYTES).fill(index);
  new DataView(value.buffer).setUint32(0, index);
  return value;
}

async function answer(effort: Effort, progress: (step: string) => void): Promise<Finding[]> {
  warmProcess();
  const entryCount = effort.quick ? ENTRIES_OF_A_QUICK_RUN : ENTRIES;
  const options: PeerOptions<Uint8Array> = { entryCount, values: 'bytes', valueOf: kibibyte };
  const stream = zipfIndexes(entryCount, STREAM_LENGTH, STREAM_SEED);
  const values = Array.from({ length: NEW_VALUES }, (_, index) => kibibyte(entryCount + index));
  const [owned, pooled, lmdb] = [openSharena(options), openPooled(options), openLmdb(options)];
  const getter = async ({ name, table }: Peer<Uint8Array>): Promise<Subject> => {
    const { getBytes } = await loopsOfItsOwn();
    return { name, run: (from, to) => getBytes(table, stream, from, to) };
  };
  const setter = async ({ name, table }: Peer<Uint8Array>): Promise<Subject> => {
    const { setValues } = await loopsOfItsOwn();
    return { name, run: (from, to) => setValues(table, stream, from, to, values) };
  };

  progress('get of 1 KiB');
  const getters = [await getter(owned), await getter(pooled), await getter(lmdb)];
  const [ownedGets, pooledGets, lmdbGets] = compare(getters, effort) as [Samples, Samples, Samples];
  progress('set of 1 KiB');
  const [sets, putSyncs] = compare([await setter(owned), await setter(lmdb)], effort) as [Samples, Samples];
  for (const peer of [owned, pooled, lmdb]) await peer.close();
  return [
    speedRatio('get 1 KiB of bytes, vs lmdb', ownedGets, lmdbGets, atLeast('S8', 10)),
    speedRatio('get 1 KiB of bytes, pooled, vs lmdb', pooledGets, lmdbGets, atLeast('S8', 10)),
    speedRatio('get 1 KiB of bytes, pooled, vs not', pooledGets, ownedGets, undefined, 'itself'),
    speedRatio('set 1 KiB of bytes, vs lmdb putSync', sets, putSyncs, atLeast('S8', 20)),
  ];
}

export const question: Question = {
  name: 'bytes',
  asks: 'How fast are values of a kibibyte, next to lmdb?',
  answer,
};
