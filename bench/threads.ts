/** Bars S9 and S10: one store, 1 to 8 threads, each with its own stream of keys. */
import { Store, text } from '../src/index.ts';
import type { Samples } from './harness/compare.ts';
import { Crew, type CrewTable } from './harness/crew.ts';
import type { Effort } from './harness/effort.ts';
import { freshKey, stringValue } from './harness/fresh-keys.ts';
import { inPlot } from './harness/plotted.ts';
import { atLeast, type Bar, type Finding, type Question } from './harness/question.ts';
import { pairRatios, spreadOf } from './harness/statistics.ts';
import { warmProcess } from './harness/warm.ts';
import { roomFor } from './peers/sharena.ts';

const ENTRIES = 100_000;
const ENTRIES_OF_A_QUICK_RUN = 5000;
const STREAM_LENGTH: number = 2 ** 18;
const STREAM_LENGTH_OF_A_QUICK_RUN: number = 2 ** 14;
const THREAD_COUNTS: readonly number[] = [1, 2, 4, 8];
const THREADS_MAX = 8;
const WALL_MS = 300;
const WALL_MS_OF_A_QUICK_RUN = 15;
const WARM_UP_ROUNDS = 2;

/** Read fraction, what it is called, and how many times one thread's speed two threads shall reach. */
const MIXES: readonly (readonly [number, string, Bar])[] = [
  [1, 'reads', atLeast('S9', 1.9)],
  [0.95, '95/5', atLeast('S9', 1.85)],
  [0.5, '50/50', atLeast('S9', 1.7)],
];
const CONTROL = 'reads of thread-local Maps';
const CROWD_BAR: Bar = atLeast('S10', 0.9);

/** Of each thread count, one sample for each round: operations a second of the clock, and of time on a core. */
type Rates = ReadonlyMap<number, { readonly clock: number[]; readonly core: number[] }>;

async function rates(crew: Crew, table: CrewTable, readFraction: number, effort: Effort): Promise<Rates> {
  const wallMs = effort.quick ? WALL_MS_OF_A_QUICK_RUN : WALL_MS;
  const found: Rates = new Map(THREAD_COUNTS.map((threads) => [threads, { clock: [], core: [] }]));
  for (let round = -WARM_UP_ROUNDS; round < effort.pairs; round++) {
    for (const threads of round % 2 === 0 ? THREAD_COUNTS : THREAD_COUNTS.toReversed()) {
      const result = await crew.run({ threads, table, readFraction, wallMs });
      if (round < 0) continue;
      found.get(threads)?.clock.push(result.opsPerSecond);
      found.get(threads)?.core.push(result.opsPerCoreSecond);
    }
  }
  return found;
}

/** The speed of `many` threads over that of `few`. The rates by the clock are in the plot, under the name of the work. */
function ratio(what: string, rateOf: Rates, by: 'clock' | 'core', [many, few]: [number, number], bar?: Bar): Finding {
  const samples = [many, few].map((threads): Samples => {
    const values = rateOf.get(threads)?.[by] ?? [];
    const sample: Samples = { subject: `${threads} threads`, unit: 'ops/s', values };
    return by === 'clock' ? inPlot(sample, 'threads', threads, what) : sample;
  }) as [Samples, Samples];
  const millions = samples.map(({ values }) => (spreadOf(values).median / 1e6).toFixed(2));
  return {
    what: `${what}, ${many} threads / ${few}${by === 'core' ? ', by time on a core' : ''}`,
    unit: 'x',
    measured: spreadOf(pairRatios(samples[0].values, samples[1].values)),
    ...(what === CONTROL ? {} : { against: { name: `${few} threads`, kind: 'itself', better: 'above 1' } as const }),
    ...(bar === undefined ? {} : { bar }),
    detail: `${millions.join(' against ')} M ops/s`,
    samples,
  };
}

async function answer(effort: Effort, progress: (step: string) => void): Promise<Finding[]> {
  warmProcess();
  const entryCount = effort.quick ? ENTRIES_OF_A_QUICK_RUN : ENTRIES;
  const store = Store.create<string>({ memory: roomFor(entryCount), value: text() });
  for (let index = 0; index < entryCount; index++) store.set(freshKey(index), stringValue(index));
  progress(`starting ${THREADS_MAX} threads`);
  const crew = await Crew.start({
    threads: THREADS_MAX,
    handle: store.handle,
    entryCount,
    streamLength: effort.quick ? STREAM_LENGTH_OF_A_QUICK_RUN : STREAM_LENGTH,
    readFractions: MIXES.map(([readFraction]) => readFraction),
    withMaps: true,
  });
  const findings: Finding[] = [];
  for (const [readFraction, name, bar] of MIXES) {
    progress(`${name} on ${THREAD_COUNTS.join(', ')} threads`);
    const ours = await rates(crew, 'sharena', readFraction, effort);
    findings.push(ratio(name, ours, 'clock', [2, 1], bar));
    // Where others use the machine too, this tells what two threads cost each other, locks they sleep on left out.
    findings.push(ratio(name, ours, 'core', [2, 1]));
    findings.push(ratio(name, ours, 'clock', [4, 2]));
    findings.push(ratio(name, ours, 'clock', [8, 2], readFraction === 0.5 ? CROWD_BAR : undefined));
  }
  // Shares nothing, so it shows how much a second thread adds on this machine at best.
  progress('control: a Map in each thread');
  const control = await rates(crew, 'map', 1, effort);
  findings.push(ratio(CONTROL, control, 'clock', [2, 1]));
  findings.push(ratio(CONTROL, control, 'core', [2, 1]));
  findings.push(ratio(CONTROL, control, 'clock', [8, 4]));
  await crew.stop();
  store.close();
  return findings;
}

export const question: Question = {
  name: 'threads',
  asks: 'How much do more threads add, and what do more threads than cores cost?',
  answer,
};
