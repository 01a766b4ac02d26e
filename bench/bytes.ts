/** Bar S8: values of 1 KiB of bytes against lmdb. */
import { compare, type Samples } from './harness/compare.ts';
import type { Effort } from './harness/effort.ts';
import { atLeast, speedRatio, type Finding, type Question } from './harness/question.ts';
import { loopsOfItsOwn } from './harness/subject.ts';
import { warmProcess } from './harness/warm.ts';
import { zipfIndexes } from './harness/zipf.ts';
import { openLmdb } from './peers/lmdb.ts';
import type { Peer, PeerOptions } from './peers/peer.ts';
import { openSharena } from './peers/sharena.ts';

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
  const peers: Peer<Uint8Array>[] = [openSharena(options), openLmdb(options)];
  const loops = [await loopsOfItsOwn(), await loopsOfItsOwn()] as const;

  progress('get of 1 KiB');
  const gets = compare(
    peers.map(({ name, table }, at) => ({
      name,
      run: (from: number, to: number) => (loops[at] ?? loops[0]).getBytes(table, stream, from, to),
    })),
    effort,
  ) as [Samples, Samples];
  progress('set of 1 KiB');
  const sets = compare(
    peers.map(({ name, table }, at) => ({
      name,
      run: (from: number, to: number) => (loops[at] ?? loops[0]).setValues(table, stream, from, to, values),
    })),
    effort,
  ) as [Samples, Samples];
  for (const peer of peers) await peer.close();
  return [
    speedRatio('get 1 KiB of bytes, vs lmdb', ...gets, atLeast('S8', 10)),
    speedRatio('set 1 KiB of bytes, vs lmdb putSync', ...sets, atLeast('S8', 20)),
  ];
}

export const question: Question = {
  name: 'bytes',
  asks: 'How fast are values of a kibibyte, next to lmdb?',
  answer,
};
