/** What a round trip costs where there is no shared memory: Redis on loopback, and a worker asked through piscina. */
import type { Samples } from './harness/compare.ts';
import type { Effort } from './harness/effort.ts';
import { freshKey, stringValue, VALUE_LENGTH } from './harness/fresh-keys.ts';
import { inPlot } from './harness/plotted.ts';
import { speedRatio, type Finding, type Question } from './harness/question.ts';
import { compareRoundTrips, type RoundTrips } from './harness/round-trips.ts';
import { loopsOfItsOwn } from './harness/subject.ts';
import { warmProcess } from './harness/warm.ts';
import { zipfIndexes } from './harness/zipf.ts';
import { openPiscina } from './peers/piscina.ts';
import { openRedis, type RedisPeer } from './peers/redis.ts';
import { openSharena } from './peers/sharena.ts';

const ENTRIES = 100_000;
const ENTRIES_OF_A_QUICK_RUN = 5000;
const STREAM_LENGTH: number = 2 ** 18;
const STREAM_SEED = 11;
/** Requests on their way at once, where many are. */
const IN_FLIGHT = 100;

/** What the subjects' names begin with. */
const LIBRARIES: readonly string[] = ['sharena', 'piscina run()', 'Redis'];

/** Asks for one key after another, or for a hundred at a time. */
function trips(name: string, stream: Int32Array, length: (key: string) => Promise<number>): RoundTrips[] {
  const keyAt = (op: number): string => freshKey(stream[op & (STREAM_LENGTH - 1)]);
  const oneByOne = async (from: number, to: number): Promise<number> => {
    let sum = 0;
    for (let op = from; op < to; op++) sum += await length(keyAt(op));
    return sum;
  };
  const together = async (from: number, to: number): Promise<number> => {
    let sum = 0;
    for (let op = from; op < to; op += IN_FLIGHT) {
      const asked = Array.from({ length: Math.min(IN_FLIGHT, to - op) }, (_, at) => length(keyAt(op + at)));
      for (const one of await Promise.all(asked)) sum += one;
    }
    return sum;
  };
  return [
    { name: `${name}, one at a time`, run: oneByOne },
    { name: `${name}, ${IN_FLIGHT} in flight`, run: together },
  ];
}

async function fillRedis({ client }: RedisPeer, entryCount: number): Promise<void> {
  for (let index = 0; index < entryCount; index++) void client.set(freshKey(index), stringValue(index));
  await client.ping();
}

async function answer(effort: Effort, progress: (step: string) => void): Promise<Finding[]> {
  warmProcess();
  const entryCount = effort.quick ? ENTRIES_OF_A_QUICK_RUN : ENTRIES;
  const stream = zipfIndexes(entryCount, STREAM_LENGTH, STREAM_SEED);
  const sharena = openSharena<string>({ entryCount, values: 'strings', valueOf: stringValue });
  const { getStrings } = await loopsOfItsOwn();
  const piscina = await openPiscina(entryCount);
  const redis = await openRedis();
  const subjects: RoundTrips[] = [
    { name: 'sharena get', run: (from, to) => getStrings(sharena.table, stream, from, to) },
    ...trips('piscina run()', stream, async (key) => (await piscina.get(key)).length),
  ];
  if (redis === undefined) progress('no Redis is installed: only piscina is asked');
  else {
    await fillRedis(redis, entryCount);
    subjects.push(...trips('Redis GET', stream, async (key) => (await redis.client.get(key))?.length ?? 0));
    const bytes = await redis.client.get(freshKey(0));
    if (bytes?.length !== VALUE_LENGTH)
      throw new Error(`Redis holds ${bytes?.length} bytes instead of ${VALUE_LENGTH}`);
  }
  progress(`${subjects.length} ways to ask`);
  const samples = await compareRoundTrips(subjects, effort);
  await piscina.close();
  await redis?.close();
  await sharena.close();
  const [ours, ...others] = samples.map((sample) =>
    inPlot(
      sample,
      'trips',
      sample.subject,
      LIBRARIES.find((library) => sample.subject.startsWith(library)),
    ),
  ) as [Samples, ...Samples[]];
  return others.map((other) => speedRatio(`get, vs ${other.subject}`, ours, other));
}

export const question: Question = {
  name: 'trips',
  asks: 'What does it cost to send for a value instead of reading it in shared memory?',
  answer,
};
