/** Whether the one door to shared words costs nothing: its calls against the same loops on Atomics and plain words. */
import * as seam from '#atomics';
import { compare, type Samples } from './harness/compare.ts';
import type { Effort } from './harness/effort.ts';
import { speedRatio, type Finding, type Question } from './harness/question.ts';
import type { Subject } from './harness/subject.ts';
import { warmProcess } from './harness/warm.ts';

/** A power of two: all in the first-level cache, so that nothing but the access itself is timed. */
const WORDS = 1024;

type Access = (words: seam.Words, from: number, to: number) => number;

const mask: number = WORDS - 1;

/** What, through the door, and without it. The accesses of src/memory/atomics.ts that the hot paths make. */
const ACCESSES: readonly (readonly [string, Access, Access])[] = [
  [
    'load',
    (words, from, to) => {
      let sum = 0;
      for (let op = from; op < to; op++) sum += seam.load(words, op & mask);
      return sum;
    },
    (words, from, to) => {
      let sum = 0;
      for (let op = from; op < to; op++) sum += Atomics.load(words, op & mask);
      return sum;
    },
  ],
  [
    'store',
    (words, from, to) => {
      for (let op = from; op < to; op++) seam.store(words, op & mask, op);
      return to - from;
    },
    (words, from, to) => {
      for (let op = from; op < to; op++) Atomics.store(words, op & mask, op);
      return to - from;
    },
  ],
  [
    'peek',
    (words, from, to) => {
      let sum = 0;
      for (let op = from; op < to; op++) sum += seam.peek(words, op & mask);
      return sum;
    },
    (words, from, to) => {
      let sum = 0;
      for (let op = from; op < to; op++) sum += words[op & mask];
      return sum;
    },
  ],
  [
    'poke',
    (words, from, to) => {
      for (let op = from; op < to; op++) seam.poke(words, op & mask, op);
      return to - from;
    },
    (words, from, to) => {
      for (let op = from; op < to; op++) words[op & mask] = op;
      return to - from;
    },
  ],
  [
    'compareExchange',
    (words, from, to) => {
      let sum = 0;
      for (let op = from; op < to; op++) sum += seam.compareExchange(words, op & mask, -1, op);
      return sum;
    },
    (words, from, to) => {
      let sum = 0;
      for (let op = from; op < to; op++) sum += Atomics.compareExchange(words, op & mask, -1, op);
      return sum;
    },
  ],
];

async function answer(effort: Effort, progress: (step: string) => void): Promise<Finding[]> {
  warmProcess();
  return ACCESSES.map(([name, throughSeam, direct]) => {
    progress(name);
    const words = new Int32Array(new SharedArrayBuffer(WORDS * Int32Array.BYTES_PER_ELEMENT));
    const subject = (called: string, access: Access): Subject => ({
      name: called,
      run: (from, to) => access(words, from, to),
    });
    const samples = compare([subject('seam', throughSeam), subject('direct', direct)], effort);
    const [ours, theirs] = samples as [Samples, Samples];
    const finding = speedRatio(`${name} through #atomics, vs direct`, ours, theirs, undefined, 'itself');
    const medians = samples.map(({ values }) => values.toSorted((a, b) => a - b)[values.length >> 1]?.toFixed(2));
    return { ...finding, detail: `${medians.join(' against ')} ns` };
  });
}

export const question: Question = {
  name: 'seam',
  asks: 'Does the module through which all shared words are reached cost anything?',
  answer,
};
