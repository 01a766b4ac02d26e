/** Every kind of key under every distribution, against a Map of this thread. Bars are on some of it in get.ts and numbers.ts. */
import { float64, Store } from '../src/index.ts';
import { compare, type Samples } from './harness/compare.ts';
import type { Effort } from './harness/effort.ts';
import { KEY_KINDS, type KeyKind } from './harness/key-kinds.ts';
import type { Table } from './harness/loops.ts';
import { inPlot } from './harness/plotted.ts';
import { speedRatio, type Finding, type Question } from './harness/question.ts';
import { loopsOfItsOwn } from './harness/subject.ts';
import { warmProcess } from './harness/warm.ts';
import { hotIndexes, uniformIndexes, zipfIndexes } from './harness/zipf.ts';
import { roomFor } from './peers/sharena.ts';

const ENTRIES = 100_000;
const ENTRIES_OF_A_QUICK_RUN = 5000;
const STREAM_LENGTH: number = 2 ** 18;
const STREAM_SEED = 9;
/** Bytes of the longest key. */
const KEY_BYTES_MAX = 128;

const DISTRIBUTIONS: readonly (readonly [string, (entryCount: number) => Int32Array])[] = [
  ['uniform', (entryCount) => uniformIndexes(entryCount, STREAM_LENGTH, STREAM_SEED)],
  ['zipf 0.99', (entryCount) => zipfIndexes(entryCount, STREAM_LENGTH, STREAM_SEED)],
  ['one hot key', (entryCount) => hotIndexes(entryCount, STREAM_LENGTH)],
];

type AnyTable = Table<unknown, number>;

interface Side {
  readonly name: string;
  readonly table: AnyTable;
  readonly keyOf: (index: number) => unknown;
}

async function measure(
  verb: 'get' | 'set',
  sides: readonly Side[],
  stream: Int32Array,
  effort: Effort,
): Promise<[Samples, Samples]> {
  const subjects = await Promise.all(
    sides.map(async ({ name, table, keyOf }) => {
      const { getByKey, setByKey } = await loopsOfItsOwn();
      const loop = verb === 'get' ? getByKey : setByKey;
      return { name, run: (from: number, to: number) => loop(table, stream, from, to, keyOf) };
    }),
  );
  return compare(subjects, effort) as [Samples, Samples];
}

async function answerFor(kind: KeyKind, entryCount: number, effort: Effort): Promise<Finding[]> {
  const store = Store.create<number>({ memory: roomFor(entryCount, KEY_BYTES_MAX), value: float64() });
  const map = new Map<string | number, number>();
  for (let index = 0; index < entryCount; index++) {
    store.set(kind.keyOf(index), index + 0.5);
    map.set(kind.mapKeyOf(index), index + 0.5);
  }
  const sides: Side[] = [
    { name: 'sharena', table: store, keyOf: kind.keyOf },
    { name: 'Map', table: map, keyOf: kind.mapKeyOf },
  ];
  const findings: Finding[] = [];
  // All reads before all writes: the sides hold the same values until then.
  for (const verb of ['get', 'set'] as const) {
    for (const [distribution, streamOver] of DISTRIBUTIONS) {
      const row = `${kind.name}, ${distribution}`;
      const samples = await measure(verb, sides, streamOver(entryCount), effort);
      const [ours, theirs] = samples.map((sample) => inPlot(sample, `kinds-${verb}`, row)) as [Samples, Samples];
      findings.push(speedRatio(`${verb}, key ${row}, vs Map`, ours, theirs));
    }
  }
  store.close();
  return findings;
}

async function answer(effort: Effort, progress: (step: string) => void): Promise<Finding[]> {
  warmProcess();
  const entryCount = effort.quick ? ENTRIES_OF_A_QUICK_RUN : ENTRIES;
  const shorter = { ...effort, batchMs: effort.batchMs / 2 };
  const findings: Finding[] = [];
  for (const kind of KEY_KINDS) {
    progress(`keys: ${kind.name}`);
    findings.push(...(await answerFor(kind, entryCount, shorter)));
  }
  return findings;
}

export const question: Question = {
  name: 'keys',
  asks: 'What do other keys and other distributions change, next to a Map of this thread?',
  answer,
};
