/** Bar S11: a hundred keys in one call against a hundred calls. */
import { Store, text } from '../src/index.ts';
import { compare, type Samples } from './harness/compare.ts';
import type { Effort } from './harness/effort.ts';
import { freshKey, stringValue } from './harness/fresh-keys.ts';
import { atLeast, speedRatio, type Finding, type Question } from './harness/question.ts';
import { warmProcess } from './harness/warm.ts';
import { zipfIndexes } from './harness/zipf.ts';
import { roomFor } from './peers/sharena.ts';

const BATCH = 100;
const ENTRIES = 100_000;
const STREAM_LENGTH: number = 2 ** 20;
const STREAM_SEED = 6;

async function answer(effort: Effort, progress: (step: string) => void): Promise<Finding[]> {
  warmProcess();
  const store = Store.create<string>({ memory: roomFor(ENTRIES), value: text() });
  for (let index = 0; index < ENTRIES; index++) store.set(freshKey(index), stringValue(index));
  const stream = zipfIndexes(ENTRIES, STREAM_LENGTH, STREAM_SEED);
  const mask = STREAM_LENGTH - 1;
  const value = stringValue(ENTRIES);
  // Both sides get their keys in an array, as whoever has a hundred of them does.
  const keysFrom = (op: number): string[] => {
    const keys: string[] = [];
    for (let at = 0; at < BATCH; at++) keys.push(freshKey(stream[(op + at) & mask]));
    return keys;
  };
  const entriesFrom = (op: number): [string, string][] => {
    const entries: [string, string][] = [];
    for (let at = 0; at < BATCH; at++) entries.push([freshKey(stream[(op + at) & mask]), value]);
    return entries;
  };

  progress('getMany of 100');
  const gets = compare(
    [
      {
        name: 'getMany',
        run: (from, to) => {
          let sum = 0;
          for (let op = from; op < to; op += BATCH) {
            for (const found of store.getMany(keysFrom(op))) sum += (found as string).length;
          }
          return sum;
        },
      },
      {
        name: 'get',
        run: (from, to) => {
          let sum = 0;
          for (let op = from; op < to; op += BATCH) {
            for (const key of keysFrom(op)) sum += (store.get(key) as string).length;
          }
          return sum;
        },
      },
    ],
    effort,
  ) as [Samples, Samples];
  progress('setMany of 100');
  const sets = compare(
    [
      {
        name: 'setMany',
        run: (from, to) => {
          for (let op = from; op < to; op += BATCH) store.setMany(entriesFrom(op));
          return to - from;
        },
      },
      {
        name: 'set',
        run: (from, to) => {
          for (let op = from; op < to; op += BATCH) {
            for (const [key, written] of entriesFrom(op)) store.set(key, written);
          }
          return to - from;
        },
      },
    ],
    effort,
  ) as [Samples, Samples];
  store.close();
  return [
    speedRatio('getMany of 100, 100,000 entries, vs one by one', ...gets, atLeast('S11', 1.3), 'itself'),
    speedRatio('setMany of 100, 100,000 entries, vs one by one', ...sets, atLeast('S11', 1.3), 'itself'),
  ];
}

export const question: Question = {
  name: 'batch',
  asks: 'What does a batch of a hundred keys save?',
  answer,
};
