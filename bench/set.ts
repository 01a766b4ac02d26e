/** Bars S3 and S5: overwriting writes with fresh keys against a thread-local Map, and against the rivals. */
import { compare, type Samples } from './harness/compare.ts';
import type { Effort } from './harness/effort.ts';
import { stringValue } from './harness/fresh-keys.ts';
import { atLeast, speedRatio, type Bar, type Finding, type Question } from './harness/question.ts';
import { loopsOfItsOwn } from './harness/subject.ts';
import { warmProcess } from './harness/warm.ts';
import { zipfIndexes } from './harness/zipf.ts';
import { openLmdb } from './peers/lmdb.ts';
import { openLruCache } from './peers/lru-cache.ts';
import { openMap } from './peers/map.ts';
import type { Peer } from './peers/peer.ts';
import { openQuickLru } from './peers/quick-lru.ts';
import { openSharedMap } from './peers/sharedmap.ts';
import { openSharena } from './peers/sharena.ts';

const STREAM_LENGTH: number = 2 ** 20;
const STREAM_SEED = 2;
const NEW_VALUES = 1024;
const ENTRIES_AMONG_RIVALS = 100_000;

const MAP_BARS: readonly (readonly [number, Bar])[] = [
  [5000, atLeast('S3', 0.7)],
  [100_000, atLeast('S3', 1)],
];
const RIVAL_BARS: ReadonlyMap<string, Bar> = new Map([
  ['sharedmap', atLeast('S5', 4)],
  ['lmdb', atLeast('S5', 30)],
]);

async function measure(peers: readonly Peer<string>[], entryCount: number, effort: Effort): Promise<Samples[]> {
  const stream = zipfIndexes(entryCount, STREAM_LENGTH, STREAM_SEED);
  const values = Array.from({ length: NEW_VALUES }, (_, index) => stringValue(entryCount + index));
  const subjects = await Promise.all(
    peers.map(async ({ name, table }) => {
      const { setValues } = await loopsOfItsOwn();
      return { name, run: (from: number, to: number) => setValues(table, stream, from, to, values) };
    }),
  );
  const samples = compare(subjects, effort);
  for (const peer of peers) await peer.close();
  return samples;
}

async function answer(effort: Effort, progress: (step: string) => void): Promise<Finding[]> {
  const findings: Finding[] = [];
  warmProcess();
  for (const [entryCount, bar] of MAP_BARS) {
    progress(`against Map, ${entryCount.toLocaleString('en-US')} entries`);
    const options = { entryCount, values: 'strings', valueOf: stringValue } as const;
    const [ours, map] = await measure([openSharena<string>(options), openMap<string>(options)], entryCount, effort);
    const what = `set 16-char string, ${entryCount.toLocaleString('en-US')} entries, vs Map`;
    findings.push(speedRatio(what, ours, map, bar));
  }
  progress(`against rivals, ${ENTRIES_AMONG_RIVALS.toLocaleString('en-US')} entries`);
  const options = { entryCount: ENTRIES_AMONG_RIVALS, values: 'strings', valueOf: stringValue } as const;
  const open = [openSharena<string>, openSharedMap, openLmdb<string>, openLruCache<string>, openQuickLru<string>];
  const peers = open.map((openPeer): Peer<string> => openPeer(options));
  const [ours, ...rivals] = await measure(peers, ENTRIES_AMONG_RIVALS, effort);
  for (const rival of rivals) {
    const what = `set 16-char string, 100,000 entries, vs ${rival.subject}${rival.subject === 'lmdb' ? ' putSync' : ''}`;
    findings.push(speedRatio(what, ours, rival, RIVAL_BARS.get(rival.subject)));
  }
  return findings;
}

export const question: Question = {
  name: 'set',
  asks: 'How fast is a write that overwrites, next to a Map of this thread and next to what one would use instead?',
  answer,
};
