/** Bar M2: resident memory of a process whose four threads all read the same million entries. */
import type { Effort } from '../harness/effort.ts';
import { atMost, single, type Finding } from '../harness/question.ts';
import { inProcess } from './child.ts';

export const THREADS = 4;
const PROCESS: URL = new URL('./resident-process.js', import.meta.url);
const ENTRIES = 1_000_000;
const ENTRIES_OF_A_QUICK_RUN = 20_000;
const SHARE_MAX = 0.2;

/** Bytes, as the system counts them. */
export interface Resident {
  readonly rssBytes: number;
  /** With the threads started and their young generations grown, before they stored anything. */
  readonly emptyBytes: number;
}

export async function measureResident(effort: Effort): Promise<Finding[]> {
  const task = {
    entryCount: effort.quick ? ENTRIES_OF_A_QUICK_RUN : ENTRIES,
    durationMs: 0,
  } as const;
  const store = await inProcess<Resident>(PROCESS, { ...task, subject: 'sharena' });
  const maps = await inProcess<Resident>(PROCESS, { ...task, subject: 'map' });
  const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(0);
  const row = (what: string, ours: number, theirs: number): Finding => ({
    what,
    unit: 'x',
    measured: single(ours / theirs),
    detail: `${megabytes(ours)} against ${megabytes(theirs)} MB`,
    samples: [
      { subject: 'sharena', unit: 'bytes', values: [ours] },
      { subject: `${THREADS} Maps`, unit: 'bytes', values: [theirs] },
    ],
  });
  const count = task.entryCount.toLocaleString('en-US');
  return [
    {
      ...row(`RSS, ${count} entries in ${THREADS} threads, vs ${THREADS} Maps`, store.rssBytes, maps.rssBytes),
      bar: atMost('M2', SHARE_MAX),
    },
    row(
      'the same without what the process takes when empty',
      store.rssBytes - store.emptyBytes,
      maps.rssBytes - maps.emptyBytes,
    ),
  ];
}
