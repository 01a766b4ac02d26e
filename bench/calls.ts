/** What each call of the store costs by itself, for its users to plan with. No bar is on these. */
import { float64, Store, text } from '../src/index.ts';
import type { Effort } from './harness/effort.ts';
import { freshKey, stringValue } from './harness/fresh-keys.ts';
import type { Finding, Question } from './harness/question.ts';
import { timeCalls, type Call } from './harness/single-calls.ts';
import { quantile, spreadOf } from './harness/statistics.ts';
import { warmProcess } from './harness/warm.ts';

const ENTRIES = 8192;

/** Every index in turn, in an order without a pattern. */
function indexOf(turn: number): number {
  return Math.imul(turn, 40_503) & (ENTRIES - 1);
}

function callsOf(strings: Store<string>, counters: Store<number>): Call[] {
  const value = stringValue(ENTRIES);
  const key = (turn: number): string => freshKey(indexOf(turn));
  return [
    { name: 'making a key (inside all of the following)', call: (turn) => key(turn).length },
    { name: 'get', call: (turn) => (strings.get(key(turn)) as string).length },
    { name: 'get of what is not there', call: (turn) => (strings.get(freshKey(~turn)) === undefined ? 1 : 0) },
    { name: 'has', call: (turn) => (strings.has(key(turn)) ? 1 : 0) },
    { name: 'peek', call: (turn) => (strings.peek(key(turn)) as string).length },
    { name: 'set over an entry', call: (turn) => (strings.set(key(turn), value) === strings ? 1 : 0) },
    {
      name: 'set of a new entry, delete',
      call: (turn) => {
        const absent = freshKey(turn | (1 << 30));
        strings.set(absent, value);
        return strings.delete(absent) ? 1 : 0;
      },
    },
    { name: 'set with a TTL', call: (turn) => (strings.set(key(turn), value, { ttl: 60_000 }) === strings ? 1 : 0) },
    { name: 'getOrInsert', call: (turn) => strings.getOrInsert(key(turn), value).length },
    { name: 'getVersioned', call: (turn) => strings.getVersioned(key(turn))?.value.length ?? 0 },
    { name: 'update', call: (turn) => strings.update(key(turn), () => value).length },
    { name: 'increment', call: (turn) => counters.increment(key(turn)) },
    { name: 'hit', call: (turn) => counters.hit(`r:${indexOf(turn)}`, { limit: 5, windowMs: 1000 }).count },
  ];
}

async function answer(effort: Effort, progress: (step: string) => void): Promise<Finding[]> {
  warmProcess();
  const strings = Store.create<string>({ value: text() });
  const counters = Store.create<number>({ value: float64() });
  for (let index = 0; index < ENTRIES; index++) {
    strings.set(freshKey(index), stringValue(index));
    counters.set(freshKey(index), index);
  }
  const calls = callsOf(strings, counters);
  progress(`${calls.length} calls`);
  const samples = timeCalls(calls, effort);
  strings.close();
  counters.close();
  return samples.map((sample) => ({
    what: sample.subject,
    unit: 'ns',
    measured: spreadOf(sample.values),
    detail: `9 of 10 within ${quantile(sample.values, 0.9).toFixed(0)} ns`,
    samples: [sample],
  }));
}

export const question: Question = {
  name: 'calls',
  asks: `What does each call cost, at ${ENTRIES.toLocaleString('en-US')} entries?`,
  answer,
};
