/** Bar S4: integer keys and numbers, where a Map is at its best, and counters. */
import { float64, Store } from '../src/index.ts';
import { compare, type Samples } from './harness/compare.ts';
import type { Effort } from './harness/effort.ts';
import { atLeast, speedRatio, type Finding, type Question } from './harness/question.ts';
import { loopsOfItsOwn } from './harness/subject.ts';
import { warmProcess } from './harness/warm.ts';
import { zipfIndexes } from './harness/zipf.ts';
import { roomFor } from './peers/sharena.ts';

const ENTRIES = 100_000;
const STREAM_LENGTH: number = 2 ** 20;
const STREAM_SEED = 3;

async function answer(effort: Effort, progress: (step: string) => void): Promise<Finding[]> {
  warmProcess();
  const store = Store.create<number>({ memory: roomFor(ENTRIES), value: float64() });
  const map = new Map<number, number>();
  for (const table of [store, map]) for (let key = 0; key < ENTRIES; key++) table.set(key, key + 0.5);
  const stream = zipfIndexes(ENTRIES, STREAM_LENGTH, STREAM_SEED);
  const [ours, theirs] = [await loopsOfItsOwn(), await loopsOfItsOwn()];

  progress('get, int32 key, float64 value');
  const gets = compare(
    [
      { name: 'sharena', run: (from, to) => ours.getByInteger(store, stream, from, to) },
      { name: 'Map', run: (from, to) => theirs.getByInteger(map, stream, from, to) },
    ],
    effort,
  ) as [Samples, Samples];
  progress('set, int32 key, float64 value');
  const sets = compare(
    [
      { name: 'sharena', run: (from, to) => ours.setByInteger(store, stream, from, to) },
      { name: 'Map', run: (from, to) => theirs.setByInteger(map, stream, from, to) },
    ],
    effort,
  ) as [Samples, Samples];
  progress('increment');
  const increments = compare(
    [
      { name: 'sharena increment', run: (from, to) => ours.incrementByInteger(store, stream, from, to) },
      { name: 'Map get+set', run: (from, to) => theirs.addByInteger(map, stream, from, to) },
    ],
    effort,
    // The batches before were of different lengths, so the counters stand at different numbers.
    { sameAnswers: false },
  ) as [Samples, Samples];
  store.close();
  return [
    speedRatio('get int32 key -> float64, 100,000 entries, vs Map', ...gets, atLeast('S4', 1)),
    speedRatio('set int32 key -> float64, 100,000 entries, vs Map', ...sets),
    speedRatio('increment, 100,000 entries, vs Map get+set', ...increments, atLeast('S4', 1)),
  ];
}

export const question: Question = {
  name: 'numbers',
  asks: 'How fast are numbers under integer keys, and counters, next to a Map of numbers?',
  answer,
};
