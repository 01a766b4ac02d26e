/** Values from 8 bytes to a mebibyte: what copying costs, and next to what a copy costs in C++ and over loopback. */
import { compare, type Samples } from './harness/compare.ts';
import type { Effort } from './harness/effort.ts';
import { freshKey } from './harness/fresh-keys.ts';
import { inPlot, type PlotName } from './harness/plotted.ts';
import { speedRatio, type Finding, type Question } from './harness/question.ts';
import { compareRoundTrips } from './harness/round-trips.ts';
import { loopsOfItsOwn, type Subject } from './harness/subject.ts';
import { warmProcess } from './harness/warm.ts';
import { zipfIndexes } from './harness/zipf.ts';
import { openLmdb } from './peers/lmdb.ts';
import { openMap } from './peers/map.ts';
import { NATIVE, openNative } from './peers/native.ts';
import type { Peer, PeerOptions } from './peers/peer.ts';
import { openRedis, type RedisPeer } from './peers/redis.ts';
import { openSharena } from './peers/sharena.ts';

const VALUE_BYTES: readonly number[] = [8, 64, 1024, 16 * 1024, 256 * 1024, 1024 * 1024];
const VALUE_BYTES_OF_A_QUICK_RUN: readonly number[] = [8, 1024];
/** All values together take about as much, so that large ones do not fit into any cache. */
const VALUES_BYTES: number = 64 * 1024 * 1024;
const VALUES_BYTES_OF_A_QUICK_RUN: number = 1024 * 1024;
const ENTRIES_MAX = 20_000;
const STREAM_LENGTH: number = 2 ** 18;
const STREAM_SEED = 8;
const NEW_VALUES = 8;
const LEASE = 'sharena lease';

interface Setting {
  readonly options: PeerOptions<Uint8Array>;
  readonly stream: Int32Array;
  readonly values: readonly Uint8Array[];
  readonly valueBytes: number;
  readonly said: string;
}

function settingOf(valueBytes: number, effort: Effort): Setting {
  const bytes = effort.quick ? VALUES_BYTES_OF_A_QUICK_RUN : VALUES_BYTES;
  const entryCount = Math.min(ENTRIES_MAX, Math.floor(bytes / valueBytes));
  const valueOf = (index: number): Uint8Array => new Uint8Array(valueBytes).fill(index);
  return {
    options: { entryCount, values: 'bytes', valueOf },
    stream: zipfIndexes(entryCount, STREAM_LENGTH, STREAM_SEED),
    values: Array.from({ length: NEW_VALUES }, (_, index) => valueOf(index)),
    valueBytes,
    said: valueBytes < 1024 ? `${valueBytes} B` : `${valueBytes / 1024} KiB`,
  };
}

/** Reads first: all peers still hold the same values then. */
async function measure(setting: Setting, effort: Effort): Promise<{ gets: Samples[]; sets: Samples[] }> {
  const { options, stream, values, valueBytes } = setting;
  const sharena = openSharena<Uint8Array>(options);
  const peers: Peer<Uint8Array>[] = [sharena, openMap(options), openLmdb(options)];
  const native = openNative(stream, options.entryCount, valueBytes);
  const getters: Subject[] = [];
  const setters: Subject[] = [];
  for (const { name, table } of peers) {
    const { getBytes, setValues } = await loopsOfItsOwn();
    getters.push({ name, run: (from, to) => getBytes(table, stream, from, to) });
    setters.push({ name, run: (from, to) => setValues(table, stream, from, to, values) });
  }
  const { leaseBytes } = await loopsOfItsOwn();
  getters.push({ name: LEASE, run: (from, to) => leaseBytes(sharena.table, stream, from, to) });
  if (native !== undefined) {
    getters.push(native.get);
    setters.push(native.set);
  }
  const samples = { gets: compare(getters, effort), sets: compare(setters, effort) };
  for (const peer of peers) await peer.close();
  await native?.close();
  return samples;
}

/** The same against Redis, one call after another. */
async function measureRedis(redis: RedisPeer, setting: Setting, effort: Effort): Promise<[Samples[], Samples[]]> {
  const { options, stream, values } = setting;
  const { client } = redis;
  const { table, close } = openSharena<Uint8Array>(options);
  const { getBytes, setValues } = await loopsOfItsOwn();
  for (let index = 0; index < options.entryCount; index++) await client.set(freshKey(index), options.valueOf(index));
  const keyAt = (op: number): string => freshKey(stream[op & (STREAM_LENGTH - 1)]);
  const read = async (from: number, to: number): Promise<number> => {
    let sum = 0;
    for (let op = from; op < to; op++) sum += (await client.get(keyAt(op)))?.length ?? Number.NaN;
    return sum;
  };
  const write = async (from: number, to: number): Promise<number> => {
    for (let op = from; op < to; op++) await client.set(keyAt(op), values[op & (NEW_VALUES - 1)]);
    return to - from;
  };
  const gets = await compareRoundTrips(
    [
      { name: 'sharena', run: (from, to) => getBytes(table, stream, from, to) },
      { name: 'Redis', run: read },
    ],
    effort,
  );
  const sets = await compareRoundTrips(
    [
      { name: 'sharena', run: (from, to) => setValues(table, stream, from, to, values) },
      { name: 'Redis', run: write },
    ],
    effort,
  );
  await close();
  return [gets, sets];
}

function ratios(verb: string, plot: PlotName, { said, valueBytes }: Setting, samples: readonly Samples[]): Finding[] {
  const [ours, ...others] = samples.map((sample) => inPlot(sample, plot, valueBytes)) as [Samples, ...Samples[]];
  return others.map((other) => {
    if (other.subject === LEASE) return speedRatio(`lease of ${said}, vs get`, other, ours, undefined, 'itself');
    const kind = other.subject === NATIVE ? 'limit' : 'rival';
    return speedRatio(`${verb} ${said} of bytes, vs ${other.subject}`, ours, other, undefined, kind);
  });
}

async function answer(effort: Effort, progress: (step: string) => void): Promise<Finding[]> {
  warmProcess();
  const findings: Finding[] = [];
  const redis = await openRedis();
  // Many points instead of one precise one: half the time for each.
  const shorter = { ...effort, batchMs: effort.batchMs / 2 };
  for (const valueBytes of effort.quick ? VALUE_BYTES_OF_A_QUICK_RUN : VALUE_BYTES) {
    const setting = settingOf(valueBytes, effort);
    progress(`values of ${setting.said}`);
    const { gets, sets } = await measure(setting, shorter);
    findings.push(...ratios('get', 'size-get', setting, gets), ...ratios('set', 'size-set', setting, sets));
    if (redis === undefined) continue;
    progress(`values of ${setting.said} in Redis`);
    const [redisGets, redisSets] = await measureRedis(redis, setting, shorter);
    // What sharena does is in the plot already, timed more precisely.
    findings.push(...ratios('get', 'size-get', setting, redisGets), ...ratios('set', 'size-set', setting, redisSets));
  }
  await redis?.close();
  return findings;
}

export const question: Question = {
  name: 'sizes',
  asks: 'How does a call get slower as values get larger?',
  answer,
};
