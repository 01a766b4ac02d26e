/** Bars S1, S2 and S5: reads with fresh keys against a thread-local Map, and against the rivals at 100,000 entries. */
import { compare, type Samples } from './harness/compare.ts';
import type { Effort } from './harness/effort.ts';
import { numberValue, stringValue } from './harness/fresh-keys.ts';
import { atLeast, speedRatio, type Bar, type Finding, type Question } from './harness/question.ts';
import { loopsOfItsOwn, type Subject } from './harness/subject.ts';
import { warmProcess } from './harness/warm.ts';
import { zipfIndexes } from './harness/zipf.ts';
import { openDefaultLmdb, openLmdb } from './peers/lmdb.ts';
import { openLruCache } from './peers/lru-cache.ts';
import { openMap } from './peers/map.ts';
import type { Peer, PeerOptions } from './peers/peer.ts';
import { openQuickLru } from './peers/quick-lru.ts';
import { openSharedMap } from './peers/sharedmap.ts';
import { openSharena } from './peers/sharena.ts';

const STREAM_LENGTH: number = 2 ** 20;
const STREAM_SEED = 1;
const ENTRIES_AMONG_RIVALS = 100_000;

/** Entries -> how many times Map's speed is asked for. */
const STRING_BARS: readonly (readonly [number, Bar])[] = [
  [5000, atLeast('S1', 0.8)],
  [100_000, atLeast('S1', 1)],
  [1_000_000, atLeast('S1', 1.2)],
];
const NUMBER_BARS: readonly (readonly [number, Bar])[] = [
  [5000, atLeast('S2', 0.9)],
  [100_000, atLeast('S2', 1.1)],
  [1_000_000, atLeast('S2', 1.3)],
];
const RIVAL_BARS: ReadonlyMap<string, Bar> = new Map([
  ['lmdb by default', atLeast('S5', 4)],
  ['sharedmap', atLeast('S5', 5)],
  ['lru-cache', atLeast('S5', 1.5)],
]);
const ENTRIES_OF_A_QUICK_RUN = 100_000;

async function reader(peer: Peer<string> | Peer<number>, kind: string, stream: Int32Array): Promise<Subject> {
  const { getStrings, getNumbers } = await loopsOfItsOwn();
  const { name } = peer;
  if (kind === 'strings') {
    const { table } = peer as Peer<string>;
    return { name, run: (from, to) => getStrings(table, stream, from, to) };
  }
  const { table } = peer as Peer<number>;
  return { name, run: (from, to) => getNumbers(table, stream, from, to) };
}

async function measure(
  peers: readonly (Peer<string> | Peer<number>)[],
  kind: 'strings' | 'numbers',
  entryCount: number,
  effort: Effort,
): Promise<Samples[]> {
  const stream = zipfIndexes(entryCount, STREAM_LENGTH, STREAM_SEED);
  const subjects = await Promise.all(peers.map((peer) => reader(peer, kind, stream)));
  const samples = compare(subjects, effort);
  for (const peer of peers) await peer.close();
  return samples;
}

async function answer(effort: Effort, progress: (step: string) => void): Promise<Finding[]> {
  const findings: Finding[] = [];
  warmProcess();
  for (const kind of ['strings', 'numbers'] as const) {
    for (const [entryCount, bar] of kind === 'strings' ? STRING_BARS : NUMBER_BARS) {
      if (effort.quick && entryCount > ENTRIES_OF_A_QUICK_RUN) continue;
      progress(`${kind} against Map, ${entryCount.toLocaleString('en-US')} entries`);
      const peers =
        kind === 'strings'
          ? openBoth({ entryCount, values: kind, valueOf: stringValue })
          : openBoth({ entryCount, values: kind, valueOf: numberValue });
      const [ours, map] = (await measure(peers, kind, entryCount, effort)) as [Samples, Samples];
      const value = kind === 'strings' ? '16-char string' : 'number';
      findings.push(speedRatio(`get ${value}, ${entryCount.toLocaleString('en-US')} entries, vs Map`, ours, map, bar));
    }
  }
  progress(`strings against rivals, ${ENTRIES_AMONG_RIVALS.toLocaleString('en-US')} entries`);
  const [ours, ...rivals] = await measure(openAll(), 'strings', ENTRIES_AMONG_RIVALS, effort);
  for (const rival of rivals) {
    const what = `get 16-char string, 100,000 entries, vs ${rival.subject}`;
    findings.push(speedRatio(what, ours, rival, RIVAL_BARS.get(rival.subject)));
  }
  return findings;
}

function openBoth<V extends string | number>(options: PeerOptions<V>): Peer<string>[] | Peer<number>[] {
  return [openSharena(options), openMap(options)] as Peer<string>[] | Peer<number>[];
}

function openAll(): Peer<string>[] {
  const options = { entryCount: ENTRIES_AMONG_RIVALS, values: 'strings', valueOf: stringValue } as const;
  const open = [
    openSharena<string>,
    openLmdb<string>,
    openDefaultLmdb<string>,
    openSharedMap,
    openLruCache<string>,
    openQuickLru<string>,
  ];
  return open.map((openPeer): Peer<string> => openPeer(options));
}

export const question: Question = {
  name: 'get',
  asks: 'How fast is a read, next to a Map of this thread and next to what one would use instead?',
  answer,
};
