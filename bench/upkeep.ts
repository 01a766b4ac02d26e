/** What idle owners take off the shoulders of writers that come in bursts: the slowest sets, and how many pay for upkeep. */
import { setTimeout as sleep } from 'node:timers/promises';
import { segmentHeader } from '../native-layout/segment.ts';
import { Pool } from '../src/dispatch/pool.ts';
import { Store, text } from '../src/index.ts';
import { arenaOf } from '../src/store.ts';
import type { Samples } from './harness/compare.ts';
import type { Effort } from './harness/effort.ts';
import { freshKey, stringValue } from './harness/fresh-keys.ts';
import type { Finding, Question } from './harness/question.ts';
import { median, pairRatios, quantile, spreadOf } from './harness/statistics.ts';
import { warmProcess } from './harness/warm.ts';

const H = segmentHeader.word;
/** Between bursts: the time that owners have. */
const PAUSE_MS = 15;
const QUANTILES: readonly number[] = [0.999, 0.9999];
const VALUES = 1024;

/** What is written, in bursts. */
interface Work {
  readonly name: string;
  readonly memory: string;
  readonly sets: number;
  readonly burst: number;
  /** Of all entries, in ms. */
  readonly ttl?: number;
}

const WORKS: readonly Work[] = [
  { name: 'new keys', memory: '64MiB', sets: 200_000, burst: 2000 },
  { name: 'keys that expire', memory: '16MiB', sets: 100_000, burst: 500, ttl: 500 },
];
const SETS_OF_A_QUICK_RUN = 10_000;

/** One way of looking after the segments. */
type Side = 'idle owners' | 'writers alone';

interface Figures {
  /** By QUANTILES. */
  readonly setNs: readonly number[];
  /** Share of the sets during which a table grew, a heap was merged or entries were reclaimed, in %. */
  readonly paying: number;
  /** Steps of upkeep. */
  readonly steps: number;
}

/** Counts what was done in a segment that a writer would have had to wait for. */
class Toll {
  readonly #words: Int32Array;
  readonly #store: Store<string>;

  constructor(store: Store<string>) {
    this.#store = store;
    this.#words = arenaOf(store).words;
  }

  of(key: string): number {
    const head = arenaOf(this.#store).headOf(this.#store.segmentOf(key));
    const words = this.#words;
    return words[head + H.growths] + words[head + H.coalesces] + words[head + H.expired];
  }
}

async function write(work: Work, side: Side): Promise<Figures> {
  const store = Store.create<string>({ memory: work.memory, value: text() });
  const filename = new URL('./peers/owner.js', import.meta.url);
  const pool = new Pool({ stores: { store }, filename, threads: 1, upkeep: side === 'idle owners' });
  const toll = new Toll(store);
  const values = Array.from({ length: VALUES }, (_, index) => stringValue(index).repeat(1 + (index % 8)));
  const tookNs = new Float64Array(work.sets);
  const options = work.ttl === undefined ? undefined : { ttl: work.ttl };
  let paying = 0;
  try {
    await pool.run(null, { name: 'ready' });
    for (let index = 0; index < work.sets; ) {
      for (const end = Math.min(work.sets, index + work.burst); index < end; index++) {
        const before = toll.of(freshKey(index));
        const key = freshKey(index);
        const startMs = performance.now();
        store.set(key, values[index & (VALUES - 1)], options);
        tookNs[index] = (performance.now() - startMs) * 1e6;
        // The first table of a segment is made by a writer in any case.
        if (before > 0 && toll.of(key) !== before) paying += 1;
      }
      await sleep(PAUSE_MS);
    }
    const [{ upkeep }] = pool.stats();
    const setNs = QUANTILES.map((q) => quantile(tookNs, q));
    return { setNs, paying: (paying * 100) / work.sets, steps: upkeep.steps };
  } finally {
    await pool.destroy();
    store.close();
  }
}

function findingsOf({ name }: Work, owners: readonly Figures[], alone: readonly Figures[]): Finding[] {
  const latencies = QUANTILES.map((q, at): Finding => {
    const samplesOf = (subject: Side, figures: readonly Figures[]): Samples => {
      return { subject, unit: 'ns', values: figures.map(({ setNs }) => setNs[at]) };
    };
    const [ours, theirs] = [samplesOf('idle owners', owners), samplesOf('writers alone', alone)];
    const [ourUs, theirUs] = [ours, theirs].map(({ values }) => (median(values) / 1000).toFixed(1));
    return {
      what: `${name}: p${Number((q * 100).toFixed(2))} of a set, idle owners / writers alone`,
      unit: 'x',
      measured: spreadOf(pairRatios(ours.values, theirs.values)),
      against: { name: 'writers alone', kind: 'itself', better: 'below 1' },
      detail: `${ourUs} against ${theirUs} us`,
      samples: [ours, theirs],
    };
  });
  const shares = [owners, alone].map((figures) => figures.map(({ paying }) => paying));
  const shareSamples = (['idle owners', 'writers alone'] as const).map((subject, at): Samples => {
    return { subject, unit: '%', values: shares[at] };
  });
  const theirShare = median(shares[1]).toFixed(3);
  const steps = median(owners.map((figures) => figures.steps)).toFixed(0);
  const detail = `${median(shares[0]).toFixed(3)} against ${theirShare} % with writers alone; ${steps} steps of the owner`;
  const what = `${name}: sets that pay for upkeep, idle owners`;
  return [...latencies, { what, unit: '%', measured: spreadOf(shares[0]), detail, samples: shareSamples }];
}

async function answer(effort: Effort, progress: (step: string) => void): Promise<Finding[]> {
  warmProcess();
  const findings: Finding[] = [];
  for (const work of WORKS) {
    const asked = effort.quick ? { ...work, sets: SETS_OF_A_QUICK_RUN } : work;
    const owners: Figures[] = [];
    const alone: Figures[] = [];
    for (let round = effort.quick ? 0 : -1; round < effort.pairs; round++) {
      progress(`${work.name}, round ${round + 1} of ${effort.pairs}`);
      const our = await write(asked, 'idle owners');
      const their = await write(asked, 'writers alone');
      if (round < 0) continue;
      owners.push(our);
      alone.push(their);
    }
    findings.push(...findingsOf(work, owners, alone));
  }
  return findings;
}

export const question: Question = {
  name: 'upkeep',
  asks: 'What do idle owners take off writers that come in bursts?',
  answer,
};
