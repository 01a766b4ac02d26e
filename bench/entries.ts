/** Reads from a thousand to ten million entries: where caches end, and next to what the hardware allows. */
import { compare, type Samples } from './harness/compare.ts';
import type { Effort } from './harness/effort.ts';
import { stringValue, VALUE_LENGTH } from './harness/fresh-keys.ts';
import { inPlot } from './harness/plotted.ts';
import { speedRatio, type Finding, type Question } from './harness/question.ts';
import { loopsOfItsOwn, type Subject } from './harness/subject.ts';
import { warmProcess } from './harness/warm.ts';
import { zipfIndexes } from './harness/zipf.ts';
import { openLmdb } from './peers/lmdb.ts';
import { openLruCache } from './peers/lru-cache.ts';
import { openMap } from './peers/map.ts';
import { NATIVE, openNative } from './peers/native.ts';
import type { Peer, PeerOptions } from './peers/peer.ts';
import { openSharedMap } from './peers/sharedmap.ts';
import { openSharena } from './peers/sharena.ts';

const STREAM_LENGTH: number = 2 ** 20;
const STREAM_SEED = 7;

type Open = (options: PeerOptions<string>) => Peer<string>;

/** Up to how many entries a peer is asked: beyond, filling it takes longer than all else together. */
const PEERS: readonly (readonly [Open, number])[] = [
  [openSharena<string>, Number.POSITIVE_INFINITY],
  [openMap<string>, Number.POSITIVE_INFINITY],
  [openLruCache<string>, 1_000_000],
  [openLmdb<string>, 1_000_000],
  [openSharedMap, 100_000],
];
const ENTRY_COUNTS: readonly number[] = [1000, 10_000, 100_000, 1_000_000, 10_000_000];
const ENTRY_COUNTS_OF_A_QUICK_RUN: readonly number[] = [1000, 10_000];

async function measure(entryCount: number, effort: Effort): Promise<Samples[]> {
  const stream = zipfIndexes(entryCount, STREAM_LENGTH, STREAM_SEED);
  const peers = PEERS.filter(([, entriesMax]) => entryCount <= entriesMax).map(([open]) =>
    open({ entryCount, values: 'strings', valueOf: stringValue }),
  );
  const subjects = await Promise.all(
    peers.map(async ({ name, table }): Promise<Subject> => {
      const { getStrings } = await loopsOfItsOwn();
      return { name, run: (from, to) => getStrings(table, stream, from, to) };
    }),
  );
  const native = openNative(stream, entryCount, VALUE_LENGTH);
  const samples = compare(native === undefined ? subjects : [...subjects, native.get], effort);
  for (const peer of peers) await peer.close();
  await native?.close();
  return samples.map((sample) => inPlot(sample, 'entries', entryCount));
}

async function answer(effort: Effort, progress: (step: string) => void): Promise<Finding[]> {
  warmProcess();
  const findings: Finding[] = [];
  for (const entryCount of effort.quick ? ENTRY_COUNTS_OF_A_QUICK_RUN : ENTRY_COUNTS) {
    const count = entryCount.toLocaleString('en-US');
    progress(`${count} entries`);
    const [ours, ...others] = await measure(entryCount, effort);
    for (const other of others) {
      const kind = other.subject === NATIVE ? 'limit' : 'rival';
      findings.push(speedRatio(`get, ${count} entries, vs ${other.subject}`, ours, other, undefined, kind));
    }
  }
  return findings;
}

export const question: Question = {
  name: 'entries',
  asks: 'How does a read get slower as the store gets larger, and how far is it from a table in C++?',
  answer,
};
