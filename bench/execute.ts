/** Bar S12: calls of an entry processor on the owner of the key, against tasks of piscina. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from '../src/dispatch/pool.ts';
import { Store } from '../src/index.ts';
import type { Samples } from './harness/compare.ts';
import { coreTimeMs } from './harness/core-time.ts';
import type { Effort } from './harness/effort.ts';
import { freshKey } from './harness/fresh-keys.ts';
import { atLeast, atMost, type Bar, type Finding, type Question } from './harness/question.ts';
import { median, pairRatios, spreadOf } from './harness/statistics.ts';
import { warmProcess } from './harness/warm.ts';
import { zipfIndexes } from './harness/zipf.ts';
import { openTaskRunner, type TaskRunner } from './peers/piscina.ts';
import { roomFor } from './peers/sharena.ts';

const ENTRIES = 100_000;
const STREAM_LENGTH: number = 2 ** 18;
const STREAM_SEED = 12;
/** Calls that are made before any of them is awaited. */
const BATCH = 1000;
/** Operations of one round, in batches: of calls, and of tasks, which are far fewer in the same time. */
const CALLS = 200_000;
const TASKS = 5000;
const LONE_CALLS = 1000;
/** Between lone calls that find both threads asleep. */
const APART_MS = 2;
const CALLS_APART = 50;

/** One way to have something done in another thread. */
interface Way {
  readonly name: string;
  /** Makes calls for the keys of the stream from `from` on, and resolves when they are answered. */
  batch(from: number, count: number): Promise<unknown>;
}

class Stream {
  readonly #indexes: Int32Array = zipfIndexes(ENTRIES, STREAM_LENGTH, STREAM_SEED);

  key(op: number): string {
    return freshKey(this.#indexes[op & (STREAM_LENGTH - 1)]);
  }
}

function waysOf(pool: Pool, piscina: TaskRunner, stream: Stream): [execute: Way, executeMany: Way, run: Way] {
  const several = (one: (key: string) => Promise<unknown>): Way['batch'] => {
    return (from, count) => Promise.all(Array.from({ length: count }, (_, at) => one(stream.key(from + at))));
  };
  return [
    { name: 'execute', batch: several((key) => pool.execute('points', key, 'addPoints', [1])) },
    {
      name: 'executeMany',
      batch: (from, count) => {
        const calls = Array.from({ length: count }, (_, at) => {
          return { key: stream.key(from + at), processor: 'addPoints', args: [1] };
        });
        return pool.executeMany('points', calls);
      },
    },
    { name: 'piscina run', batch: several((key) => piscina.run(key, 1)) },
  ];
}

interface Rate {
  readonly opsPerSecond: number;
  /** Ns on a core an operation: this thread, and the owner. */
  readonly callerNs: number;
  readonly ownerNs: number;
}

async function rateOf(way: Way, ops: number, pool: Pool): Promise<Rate> {
  const ownerMs = await pool.execute<number>('points', '', 'coreTime');
  const callerMs = coreTimeMs();
  const startMs = performance.now();
  for (let from = 0; from < ops; from += BATCH) await way.batch(from, Math.min(BATCH, ops - from));
  const tookMs = performance.now() - startMs;
  const callerNs = ((coreTimeMs() - callerMs) * 1e6) / ops;
  const ownerNs = (((await pool.execute<number>('points', '', 'coreTime')) - ownerMs) * 1e6) / ops;
  return { opsPerSecond: (ops * 1000) / tookMs, callerNs, ownerNs };
}

/** The median of the times of calls of which each is awaited before the next one, in ns. */
async function loneCall(way: Way, count: number, apartMs: number): Promise<number> {
  const took: number[] = [];
  for (let op = 0; op < count; op++) {
    if (apartMs > 0) await sleep(apartMs);
    const startMs = performance.now();
    await way.batch(op, 1);
    took.push((performance.now() - startMs) * 1e6);
  }
  return median(took);
}

/** By the clock, and by the time that the busier of the two threads was on a core: what a machine with two idle ones gives. */
function rateFindings(what: string, subject: string, rates: readonly Rate[], bar: Bar): Finding[] {
  const byClock = rates.map(({ opsPerSecond }) => opsPerSecond);
  const byCore = rates.map(({ callerNs, ownerNs }) => 1e9 / Math.max(callerNs, ownerNs));
  const [caller, owner] = [median(rates.map(({ callerNs }) => callerNs)), median(rates.map(({ ownerNs }) => ownerNs))];
  const detail = `${caller.toFixed(0)} ns an operation in the caller, ${owner.toFixed(0)} in the owner`;
  return [
    { what, unit: 'ops/s', measured: spreadOf(byClock), bar, samples: [{ subject, unit: 'ops/s', values: byClock }] },
    {
      what: `${what}, by time on a core`,
      unit: 'ops/s',
      measured: spreadOf(byCore),
      detail,
      samples: [{ subject, unit: 'ops/s', values: byCore }],
    },
  ];
}

function ratioFinding(what: string, ours: Samples, theirs: Samples, detail: string, bar?: Bar): Finding {
  return {
    what,
    unit: 'x',
    measured: spreadOf(pairRatios(ours.values, theirs.values)),
    ...(bar === undefined ? {} : { bar }),
    detail,
    samples: [ours, theirs],
  };
}

async function throughput(ways: readonly [Way, Way, Way], pool: Pool, effort: Effort): Promise<Finding[]> {
  const rates = ways.map((): Rate[] => []);
  const scale = effort.quick ? 0.02 : 1;
  for (let round = -2; round < effort.pairs; round++) {
    for (const [at, way] of ways.entries()) {
      const rate = await rateOf(way, Math.ceil((way.name === 'piscina run' ? TASKS : CALLS) * scale), pool);
      if (round >= 0) rates[at].push(rate);
    }
  }
  const [execute, many, run] = ways.map(({ name }, at): Samples => {
    return { subject: name, unit: 'ops/s', values: rates[at].map(({ opsPerSecond }) => opsPerSecond) };
  }) as [Samples, Samples, Samples];
  const millions = [execute, many, run].map(({ values }) => (median(values) / 1e6).toFixed(3));
  return [
    ...rateFindings(`execute, ${BATCH} at a time`, execute.subject, rates[0], atLeast('S12', 1e6)),
    ...rateFindings(`executeMany of ${BATCH}`, many.subject, rates[1], atLeast('S12', 1e6)),
    ratioFinding(
      'execute / piscina run',
      execute,
      run,
      `${millions[0]} against ${millions[2]} M ops/s`,
      atLeast('S12', 10),
    ),
    ratioFinding(
      'executeMany / piscina run',
      many,
      run,
      `${millions[1]} against ${millions[2]} M ops/s`,
      atLeast('S12', 10),
    ),
  ];
}

async function latency(
  what: string,
  ours: Way,
  theirs: Way,
  count: number,
  apartMs: number,
  effort: Effort,
  bar?: Bar,
): Promise<Finding> {
  const ourNs: number[] = [];
  const theirNs: number[] = [];
  for (let round = -1; round < effort.pairs; round++) {
    const [our, their] = [await loneCall(ours, count, apartMs), await loneCall(theirs, count, apartMs)];
    if (round < 0) continue;
    ourNs.push(our);
    theirNs.push(their);
  }
  const detail = `${(median(ourNs) / 1000).toFixed(1)} against ${(median(theirNs) / 1000).toFixed(1)} us`;
  const samples = [ourNs, theirNs].map((values, at): Samples => {
    return { subject: at === 0 ? ours.name : theirs.name, unit: 'ns', values };
  }) as [Samples, Samples];
  return ratioFinding(what, ...samples, detail, bar);
}

async function answer(effort: Effort, progress: (step: string) => void): Promise<Finding[]> {
  warmProcess();
  const points = Store.create<number>({ memory: roomFor(ENTRIES) });
  for (let index = 0; index < ENTRIES; index++) points.set(freshKey(index), index);
  const filename = new URL('./peers/points.js', import.meta.url);
  const pool = new Pool({ stores: { points }, filename, threads: 1 });
  const piscina = openTaskRunner();
  const ways = waysOf(pool, piscina, new Stream());
  try {
    progress('many calls');
    const findings = await throughput(ways, pool, effort);
    progress('lone calls');
    const count = effort.quick ? 20 : LONE_CALLS;
    const [execute, , run] = ways;
    findings.push(
      await latency('p50 of a lone call / of piscina run', execute, run, count, 0, effort, atMost('S12', 0.5)),
    );
    progress('lone calls after a pause');
    const apart = effort.quick ? 5 : CALLS_APART;
    findings.push(await latency(`the same, ${APART_MS} ms apart`, execute, run, apart, APART_MS, effort));
    return findings;
  } finally {
    await Promise.all([pool.close(), piscina.close()]);
    points.close();
  }
}

export const question: Question = {
  name: 'execute',
  asks: 'how fast is an entry processor on the owner of the key?',
  answer,
};
