/** Bar M2: resident memory of a process whose threads all read the same million entries. */
import type { Samples } from '../harness/compare.ts';
import type { Effort } from '../harness/effort.ts';
import { inPlot } from '../harness/plotted.ts';
import { atMost, single, type Bar, type Finding } from '../harness/question.ts';
import { inProcess, type Task } from './child.ts';

const PROCESS: URL = new URL('./resident-process.js', import.meta.url);
const ENTRIES = 1_000_000;
const ENTRIES_OF_A_QUICK_RUN = 20_000;
const THREAD_COUNTS: readonly number[] = [1, 2, 4, 8];
const THREAD_COUNTS_OF_A_QUICK_RUN: readonly number[] = [1, 4];
const BAR: Bar = atMost('M2', 0.2);
const THREADS_OF_BAR = 4;

/** Bytes, as the system counts them. */
export interface Resident {
  readonly rssBytes: number;
  /** With the threads started and their young generations grown, before they stored anything. */
  readonly emptyBytes: number;
}

export async function measureResident(effort: Effort, progress: (step: string) => void): Promise<Finding[]> {
  const entryCount = effort.quick ? ENTRIES_OF_A_QUICK_RUN : ENTRIES;
  const findings: Finding[] = [];
  for (const threads of effort.quick ? THREAD_COUNTS_OF_A_QUICK_RUN : THREAD_COUNTS) {
    progress(`resident memory of ${threads} threads`);
    const task: Omit<Task, 'subject'> = { entryCount, durationMs: 0, threads };
    const store = await inProcess<Resident>(PROCESS, { ...task, subject: 'sharena' });
    const maps = await inProcess<Resident>(PROCESS, { ...task, subject: 'map' });
    const what = `RSS, ${entryCount.toLocaleString('en-US')} entries in ${threads} threads`;
    findings.push(row(what, threads, store.rssBytes, maps.rssBytes));
    if (threads !== THREADS_OF_BAR) continue;
    const [ours, theirs] = [store.rssBytes - store.emptyBytes, maps.rssBytes - maps.emptyBytes];
    findings.push(row(`${what} without what the process takes when empty`, threads, ours, theirs, false));
  }
  return findings;
}

function row(what: string, threads: number, ours: number, theirs: number, isWhole: boolean = true): Finding {
  const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(0);
  const samples: Samples[] = [
    { subject: 'sharena', unit: 'bytes', values: [ours] },
    { subject: 'Map', unit: 'bytes', values: [theirs] },
  ];
  return {
    what: `${what}, vs ${threads} Maps`,
    unit: 'x',
    measured: single(ours / theirs),
    against: { name: 'Map', kind: 'rival', better: 'below 1' },
    ...(threads === THREADS_OF_BAR && isWhole ? { bar: BAR } : {}),
    detail: `${megabytes(ours)} against ${megabytes(theirs)} MB`,
    samples: isWhole ? samples.map((sample) => inPlot(sample, 'memory', threads)) : samples,
  };
}
