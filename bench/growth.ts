/** Bar S13: how long a single write may take while a store grows from nothing to five million entries. */
import { PerformanceObserver, type PerformanceEntry } from 'node:perf_hooks';
import { Store, text } from '../src/index.ts';
import type { Effort } from './harness/effort.ts';
import { freshKey, stringValue } from './harness/fresh-keys.ts';
import type { Table } from './harness/loops.ts';
import { atMost, single, type Finding, type Question } from './harness/question.ts';
import { Histogram } from './harness/statistics.ts';
import { warmProcess } from './harness/warm.ts';
import { roomFor } from './peers/sharena.ts';

const ENTRIES = 5_000_000;
const ENTRIES_OF_A_QUICK_RUN = 100_000;
/** Sets between two looks at how often the system took the processor away. */
const BLOCK = 256;
const PAUSE_NS = 1e6;
const LONGEST_SET_MS = 5;
const P9999_MS = 1;
const VALUES = 1024;

interface Pause {
  readonly startMs: number;
  readonly tookNs: number;
  /** Whether the system gave the processor to somebody else within the block of sets of this pause. */
  preempted: boolean;
}

interface Growth {
  readonly durations: Histogram;
  /** The sets of a millisecond or more. */
  readonly pauses: readonly Pause[];
  readonly collections: readonly PerformanceEntry[];
}

/** Times each set by itself, and keeps what explains the long ones. */
async function grow(table: Table<string, string>, entryCount: number): Promise<Growth> {
  const collections: PerformanceEntry[] = [];
  const observer = new PerformanceObserver((list) => collections.push(...list.getEntries()));
  observer.observe({ entryTypes: ['gc'] });
  const durations = new Histogram();
  const pauses: Pause[] = [];
  const values = Array.from({ length: VALUES }, (_, index) => stringValue(index));
  for (let block = 0; block < entryCount; block += BLOCK) {
    const pausesBefore = pauses.length;
    const switchesBefore = process.resourceUsage().involuntaryContextSwitches;
    for (let index = block; index < Math.min(block + BLOCK, entryCount); index++) {
      const key = freshKey(index);
      const startMs = performance.now();
      table.set(key, values[index & (VALUES - 1)]);
      const tookNs = (performance.now() - startMs) * 1e6;
      durations.record(tookNs);
      if (tookNs >= PAUSE_NS) pauses.push({ startMs, tookNs, preempted: false });
    }
    if (pauses.length === pausesBefore) continue;
    const preempted = process.resourceUsage().involuntaryContextSwitches > switchesBefore;
    for (const pause of pauses.slice(pausesBefore)) pause.preempted = preempted;
  }
  // Entries of the observer come through the event loop.
  await new Promise((done) => setImmediate(done));
  collections.push(...observer.takeRecords());
  observer.disconnect();
  return { durations, pauses, collections };
}

/** The longest set that no garbage collection fell into and during which the processor was not taken away. */
function longestOwnNs({ durations, pauses, collections }: Growth): number {
  const own = pauses.filter(({ startMs, tookNs, preempted }) => {
    const endMs = startMs + tookNs / 1e6;
    const collected = collections.some((gc) => gc.startTime < endMs && gc.startTime + gc.duration > startMs);
    return !preempted && !collected;
  });
  if (own.length > 0) return Math.max(...own.map(({ tookNs }) => tookNs));
  return Math.min(PAUSE_NS, durations.largest);
}

function findings(name: string, growth: Growth, judged: boolean): Finding[] {
  const { durations, pauses } = growth;
  const preempted = pauses.filter((pause) => pause.preempted).length;
  const long = `${pauses.length} of ${durations.count.toLocaleString('en-US')} sets took 1 ms or more`;
  const samples = [{ subject: name, unit: 'ms', values: pauses.map(({ tookNs }) => tookNs / 1e6) }] as const;
  const row = (what: string, ns: number, limitMs: number | null, detail: string): Finding => ({
    what: `${name}, ${what}`,
    unit: 'ms',
    measured: single(ns / 1e6),
    ...(limitMs === null || !judged ? {} : { bar: atMost('S13', limitMs) }),
    detail,
    samples,
  });
  return [
    row('longest set', durations.largest, LONGEST_SET_MS, `${long}, ${preempted} where the thread lost its core`),
    row('longest set without loss of the core or GC', longestOwnNs(growth), null, ''),
    row('p99.99 of the sets', durations.quantile(0.9999), P9999_MS, ''),
  ];
}

async function answer(effort: Effort, progress: (step: string) => void): Promise<Finding[]> {
  warmProcess();
  const entryCount = effort.quick ? ENTRIES_OF_A_QUICK_RUN : ENTRIES;
  const count = entryCount.toLocaleString('en-US');
  progress(`growing a store to ${count} entries`);
  const store = Store.create<string>({ memory: roomFor(entryCount), value: text() });
  const ours = findings('sharena', await grow(store, entryCount), true);
  store.close();
  progress(`growing a Map to ${count} entries`);
  return [...ours, ...findings('Map', await grow(new Map<string, string>(), entryCount), false)];
}

export const question: Question = {
  name: 'growth',
  asks: 'How long does a single write take while the store grows to five million entries?',
  answer,
};
