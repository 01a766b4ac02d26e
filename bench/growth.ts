/** Bar S13: how long a single write may take while a store grows from nothing to five million entries. */
import { readFileSync } from 'node:fs';
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
  readonly tookNs: number;
  /** Whether the system gave the core to somebody else within the block of sets of this pause. */
  preempted: boolean;
}

interface Growth {
  readonly durations: Histogram;
  /** The sets of a millisecond or more. */
  readonly pauses: readonly Pause[];
}

/** Times each set by itself, and notes of the long ones whether they ran all the time. */
function grow(table: Table<string, string>, entryCount: number): Growth {
  const durations = new Histogram();
  const pauses: Pause[] = [];
  const values = Array.from({ length: VALUES }, (_, index) => stringValue(index));
  for (let block = 0; block < entryCount; block += BLOCK) {
    const pausesBefore = pauses.length;
    const preemptionsBefore = preemptions();
    for (let index = block; index < Math.min(block + BLOCK, entryCount); index++) {
      const key = freshKey(index);
      const startMs = performance.now();
      table.set(key, values[index & (VALUES - 1)]);
      const tookNs = (performance.now() - startMs) * 1e6;
      durations.record(tookNs);
      if (tookNs >= PAUSE_NS) pauses.push({ tookNs, preempted: false });
    }
    if (pauses.length === pausesBefore) continue;
    const preempted = preemptions() > preemptionsBefore;
    for (const pause of pauses.slice(pausesBefore)) pause.preempted = preempted;
  }
  return { durations, pauses };
}

/** How often the system took the core away from this thread; on systems that do not tell, from the whole process. */
function preemptions(): number {
  try {
    const status = readFileSync('/proc/thread-self/status', 'latin1');
    return Number(/^nonvoluntary_ctxt_switches:\s*(\d+)/m.exec(status)?.[1] ?? 0);
  } catch {
    return process.resourceUsage().involuntaryContextSwitches;
  }
}

/** The longest set during which the thread kept its core. Garbage collections are inside. */
function longestOwnNs({ durations, pauses }: Growth): number {
  const own = pauses.filter(({ preempted }) => !preempted).map(({ tookNs }) => tookNs);
  return own.length > 0 ? Math.max(...own) : Math.min(PAUSE_NS, durations.largest);
}

function findings(name: string, growth: Growth, judged: boolean): Finding[] {
  const { durations, pauses } = growth;
  const lost = pauses.filter(({ preempted }) => preempted).length;
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
    row('longest set while the thread kept its core', longestOwnNs(growth), LONGEST_SET_MS, long),
    row('longest set', durations.largest, null, `the thread lost its core in ${lost} of the long ones`),
    row('p99.99 of the sets', durations.quantile(0.9999), P9999_MS, ''),
  ];
}

async function answer(effort: Effort, progress: (step: string) => void): Promise<Finding[]> {
  warmProcess();
  const entryCount = effort.quick ? ENTRIES_OF_A_QUICK_RUN : ENTRIES;
  const count = entryCount.toLocaleString('en-US');
  progress(`growing a store to ${count} entries`);
  const store = Store.create<string>({ memory: roomFor(entryCount), value: text() });
  const ours = findings('sharena', grow(store, entryCount), true);
  store.close();
  progress(`growing a Map to ${count} entries`);
  return [...ours, ...findings('Map', grow(new Map<string, string>(), entryCount), false)];
}

export const question: Question = {
  name: 'growth',
  asks: 'How long does a single write take while the store grows to five million entries?',
  answer,
};
