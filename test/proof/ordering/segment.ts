/** The words of a small segment that most programs share: one slot, two blocks. */
import { RECORD_WORDS, type ReadPlan } from './reading.ts';
import type { RecordPlan } from './writing.ts';

export const WORDS: readonly string[] = [
  'reader.own',
  'epoch',
  'table',
  'lock',
  'page lock',
  'use',
  'nextSeq',
  'slot.tag',
  'slot.ref',
  'free.seq',
  ...['a', 'b'].flatMap((name) => ['seq', 'meta', 'value', 'rest'].map((field) => `${name}.${field}`)),
];

/** Address of a word. */
export function at(name: string): number {
  return WORDS.indexOf(name);
}

export const SLOT: number = at('slot.tag');
export const A: number = at('a.seq');
export const B: number = at('b.seq');
/** Keys, as the meta words of their records say, and their tags. */
export const KEY = 1;
export const OTHER = 2;
export const TAG = 9;
export const OTHER_TAG = 8;

/** Record n says n in each word of its value, and its number is 10 + n. */
export function record(ref: number, n: number, key: number = KEY): RecordPlan {
  return { ref, seq: 10 + n, key, value: n };
}

export const PLAN: ReadPlan = {
  own: at('reader.own'),
  epoch: at('epoch'),
  table: at('table'),
  tag: TAG,
  key: KEY,
  slots: 1,
  lines: 1,
};

export const EMPTY: Readonly<Record<string, number>> = {
  table: SLOT,
  use: 1,
  'a.seq': -RECORD_WORDS,
  'b.seq': -RECORD_WORDS,
};

/** Record 1 is in block a. */
export const INITIAL: Readonly<Record<string, number>> = {
  ...EMPTY,
  'slot.tag': TAG,
  'slot.ref': A,
  'a.seq': 11,
  'a.meta': KEY,
  'a.value': 1,
  'a.rest': 1,
};
