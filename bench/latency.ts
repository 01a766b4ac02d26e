/** How long single calls take, up to the slowest of ten thousand: each one is timed by itself. */
import type { Samples } from './harness/compare.ts';
import type { Effort } from './harness/effort.ts';
import { freshKey, stringValue } from './harness/fresh-keys.ts';
import { inPlot, type PlotName } from './harness/plotted.ts';
import type { Finding, Question } from './harness/question.ts';
import { quantile, spreadOf } from './harness/statistics.ts';
import { loopsOfItsOwn } from './harness/subject.ts';
import { warmProcess } from './harness/warm.ts';
import { zipfIndexes } from './harness/zipf.ts';
import { openLmdb } from './peers/lmdb.ts';
import { openLruCache } from './peers/lru-cache.ts';
import { openMap } from './peers/map.ts';
import { openPiscina } from './peers/piscina.ts';
import type { PeerOptions } from './peers/peer.ts';
import { openRedis } from './peers/redis.ts';
import { openSharena } from './peers/sharena.ts';

const ENTRIES = 100_000;
const ENTRIES_OF_A_QUICK_RUN = 5000;
const STREAM_LENGTH: number = 2 ** 18;
const STREAM_SEED = 10;
/** Calls of a round: enough for the last quantile that is told of them to be more than one call. */
const CALLS = 100_000;
const CALLS_OF_A_QUICK_RUN = 2000;
const SLOW_CALLS = 3000;
const SLOW_CALLS_OF_A_QUICK_RUN = 100;
const QUANTILES: readonly number[] = [0.5, 0.9, 0.99, 0.999, 0.9999];
/** Calls that a quantile leaves out, at the least, to be told. */
const CALLS_ABOVE_MIN = 3;

interface Timed {
  readonly name: string;
  readonly plot: PlotName;
  /** Fills the array with the durations of single calls, in nanoseconds. */
  readonly time: (tookNs: Float64Array) => void | Promise<void>;
  readonly isSlow: boolean;
}

interface Opened {
  readonly timed: readonly Timed[];
  close(): Promise<void>;
}

async function openInProcess(options: PeerOptions<string>, stream: Int32Array): Promise<Opened> {
  const value = stringValue(options.entryCount);
  const peers = [openSharena(options), openMap(options), openLruCache(options), openLmdb(options)];
  const timed: Timed[] = [];
  for (const { name, table } of peers) {
    const [gets, sets] = [await loopsOfItsOwn(), await loopsOfItsOwn()];
    timed.push({
      name,
      plot: 'latency-get',
      time: (tookNs) => gets.timeEachCall((key) => table.get(key), stream, tookNs),
      isSlow: false,
    });
    timed.push({
      name,
      plot: 'latency-set',
      time: (tookNs) => sets.timeEachCall((key) => table.set(key, value), stream, tookNs),
      isSlow: name === 'lmdb',
    });
  }
  return {
    timed,
    close: async () => {
      for (const peer of peers) await peer.close();
    },
  };
}

/** Those that answer later: a server next door, where there is one, and a worker that is asked by message. */
async function openByMessage({ entryCount }: PeerOptions<string>, stream: Int32Array): Promise<Opened> {
  const { timeEachAnswer } = await loopsOfItsOwn();
  const value = stringValue(entryCount);
  const piscina = await openPiscina(entryCount);
  const redis = await openRedis();
  const timed = [of('piscina run()', 'latency-get', (key) => piscina.get(key))];
  if (redis !== undefined) {
    const { client } = redis;
    for (let index = 0; index < entryCount; index++) void client.set(freshKey(index), stringValue(index));
    await client.ping();
    timed.push(of('Redis', 'latency-get', (key) => client.get(key)));
    timed.push(of('Redis', 'latency-set', (key) => client.set(key, value)));
  }
  function of(name: string, plot: PlotName, call: (key: string) => Promise<unknown>): Timed {
    return { name, plot, time: (tookNs) => timeEachAnswer(call, stream, tookNs), isSlow: true };
  }
  return {
    timed,
    close: async () => {
      await piscina.close();
      await redis?.close();
    },
  };
}

/** Of each subject, a round's quantiles, one list of samples for each quantile. */
async function quantilesOf(
  timed: readonly Timed[],
  effort: Effort,
  progress: (step: string) => void,
): Promise<Map<Timed, Map<number, number[]>>> {
  const found = new Map(timed.map((one) => [one, new Map<number, number[]>()]));
  const callsOf = ({ isSlow }: Timed): number =>
    effort.quick ? (isSlow ? SLOW_CALLS_OF_A_QUICK_RUN : CALLS_OF_A_QUICK_RUN) : isSlow ? SLOW_CALLS : CALLS;
  for (let round = -1; round < effort.pairs; round++) {
    progress(round < 0 ? 'warming up' : `round ${round + 1} of ${effort.pairs}`);
    for (const one of timed) {
      const tookNs = new Float64Array(callsOf(one));
      await one.time(tookNs);
      if (round < 0) continue;
      for (const q of QUANTILES.filter((asked) => tookNs.length * (1 - asked) >= CALLS_ABOVE_MIN)) {
        const samples = found.get(one) as Map<number, number[]>;
        samples.set(q, [...(samples.get(q) ?? []), quantile(tookNs, q)]);
      }
    }
  }
  return found;
}

function findingsOf(found: ReadonlyMap<Timed, ReadonlyMap<number, readonly number[]>>): Finding[] {
  const findings: Finding[] = [];
  for (const [{ name, plot }, samplesOf] of found) {
    const verb = plot === 'latency-get' ? 'get' : 'set';
    for (const [q, values] of samplesOf) {
      const samples: Samples = { subject: name, unit: 'ns', values };
      findings.push({
        what: `${verb}, ${name}, p${Number((q * 100).toFixed(2))}`,
        unit: 'ns',
        measured: spreadOf(values),
        samples: [inPlot(samples, plot, q)],
      });
    }
  }
  return findings;
}

async function answer(effort: Effort, progress: (step: string) => void): Promise<Finding[]> {
  warmProcess();
  const entryCount = effort.quick ? ENTRIES_OF_A_QUICK_RUN : ENTRIES;
  const options: PeerOptions<string> = { entryCount, values: 'strings', valueOf: stringValue };
  const stream = zipfIndexes(entryCount, STREAM_LENGTH, STREAM_SEED);
  const opened = [await openInProcess(options, stream), await openByMessage(options, stream)];
  const found = await quantilesOf(
    opened.flatMap(({ timed }) => timed),
    effort,
    progress,
  );
  for (const { close } of opened) await close();
  return findingsOf(found);
}

export const question: Question = {
  name: 'latency',
  asks: 'How long does a single call take, and the slowest of a thousand?',
  answer,
};
