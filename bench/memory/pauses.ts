/** Bar M4: what five million entries do to the garbage collector of the main thread. */
import type { Effort } from '../harness/effort.ts';
import { inPlot } from '../harness/plotted.ts';
import { atMost, single, type Finding } from '../harness/question.ts';
import { inProcess } from './child.ts';

const PROCESS: URL = new URL('./pauses-process.js', import.meta.url);
const ENTRIES = 5_000_000;
const ENTRIES_OF_A_QUICK_RUN = 50_000;
const CHURN_MS = 5000;
const CHURN_MS_OF_A_QUICK_RUN = 200;
const HEAP_MEGABYTES_MAX = 8;
const PAUSE_SHARE_MAX = 0.3;
/** Where there is no pause, one of this length counts, so that there is a ratio. */
const LEAST_PAUSE_MS = 0.1;

export interface Pauses {
  readonly heapBytes: number;
  /** Each garbage collection during the churn. */
  readonly pausesMs: readonly number[];
  readonly churnOps: number;
}

export async function measurePauses(effort: Effort, progress: (step: string) => void): Promise<Finding[]> {
  const entryCount = effort.quick ? ENTRIES_OF_A_QUICK_RUN : ENTRIES;
  const durationMs = effort.quick ? CHURN_MS_OF_A_QUICK_RUN : CHURN_MS;
  const count = entryCount.toLocaleString('en-US');
  progress(`GC pauses with ${count} entries in a store`);
  const store = await inProcess<Pauses>(PROCESS, { subject: 'sharena', entryCount, durationMs, threads: 1 });
  progress(`GC pauses with ${count} entries in a Map`);
  const map = await inProcess<Pauses>(PROCESS, { subject: 'map', entryCount, durationMs, threads: 1 });
  const longest = ({ pausesMs }: Pauses): number => Math.max(LEAST_PAUSE_MS, ...pausesMs);
  const megabytes = ({ heapBytes }: Pauses): number => heapBytes / 1e6;
  return [
    {
      what: `heap growth of the main thread, ${count} entries`,
      unit: 'MB',
      measured: single(megabytes(store)),
      bar: atMost('M4', HEAP_MEGABYTES_MAX),
      detail: `a Map: ${megabytes(map).toFixed(0)} MB`,
      samples: [
        { subject: 'sharena', unit: 'bytes', values: [store.heapBytes] },
        { subject: 'Map', unit: 'bytes', values: [map.heapBytes] },
      ],
    },
    {
      what: `longest GC pause in ${durationMs / 1000} s of churn, vs Map`,
      unit: 'x',
      measured: single(longest(store) / longest(map)),
      against: { name: 'Map', kind: 'rival', better: 'below 1' },
      bar: atMost('M4', PAUSE_SHARE_MAX),
      detail: `${longest(store).toFixed(1)} against ${longest(map).toFixed(1)} ms`,
      samples: [
        inPlot({ subject: 'sharena', unit: 'ms', values: store.pausesMs }, 'pauses', 'sharena'),
        inPlot({ subject: 'Map', unit: 'ms', values: map.pausesMs }, 'pauses', 'Map'),
      ],
    },
  ];
}
