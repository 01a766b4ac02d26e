/**
 * The demo: `npm run demo [-- --threads N] [--quick]`.
 *
 * Several threads load the places of the world into one store, each its share, and then all serve a mixed stream of reads,
 * writes and counters from it. Then a pool runs tasks on the workers that own the tasks' keys. Every answer is checked against a plain Map that each thread builds for reference; those Maps
 * also are what a store spares. Exits with 1 when any answer was wrong.
 */
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { Store } from '../src/index.ts';
import { Barrier } from './harness/barrier.ts';
import { Progress } from './harness/progress.ts';
import { counterOf } from './places/data.ts';
import type { Loaded, Order, PlaceSetup, Referred, ServedBy } from './places/place-worker.ts';
import { type Routed, routeTasks } from './places/routed.ts';
import type { Stored } from './places/serve.ts';

const MEMORY = '128MiB';
const OPS_A_THREAD = 400_000;
const OPS_A_THREAD_OF_A_QUICK_RUN = 10_000;
const ROUTED_TASKS = 20_000;
const ROUTED_TASKS_OF_A_QUICK_RUN = 1000;
const THREADS_MAX = 32;
const WRONG_TOLD_MAX = 10;

interface Choice {
  readonly threads: number;
  readonly quick: boolean;
}

function choiceOf(args: string[]): Choice {
  const { values } = parseArgs({ args, options: { threads: { type: 'string' }, quick: { type: 'boolean' } } });
  const threads =
    values.threads === undefined ? Math.max(2, Math.min(4, availableParallelism())) : Number(values.threads);
  if (!Number.isInteger(threads) || threads < 1 || threads > THREADS_MAX) {
    throw new RangeError(`--threads ${values.threads}: takes a whole number from 1 to ${THREADS_MAX}`);
  }
  return { threads, quick: values.quick === true };
}

/** The demo's threads: each order goes to all of them, and is over when all have answered. */
class Threads {
  readonly #workers: readonly Worker[];
  readonly #barrier: Barrier = new Barrier();

  constructor(threads: number, store: Store<Stored>) {
    this.#workers = Array.from({ length: threads }, (_, index) => {
      const workerData: PlaceSetup = { index, threads, handle: store.handle, barrier: this.#barrier.memory };
      return new Worker(new URL('./places/place-worker.js', import.meta.url), { workerData });
    });
  }

  async obey<T>(order: Order): Promise<T[]> {
    this.#barrier.open(this.#workers.length);
    const answers = this.#workers.map(async (worker) => (await once(worker, 'message'))[0] as T);
    for (const worker of this.#workers) worker.postMessage(order);
    return Promise.all(answers);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}

/** What is wrong with the store when all is done; empty when nothing is. */
function wrongAtTheEnd(store: Store<Stored>, placeCount: number, served: readonly ServedBy[]): string[] {
  const wrong: string[] = [];
  const visits = new Map<string, number>();
  for (const thread of served) {
    wrong.push(...thread.wrong);
    const untold = thread.wrongCount - thread.wrong.length;
    if (untold > 0) wrong.push(`${untold} more wrong answers of the same thread`);
    for (const [country, count] of thread.visits) visits.set(country, (visits.get(country) ?? 0) + count);
  }
  for (const [country, count] of visits) {
    const counted = store.get(counterOf(country));
    if (counted !== count)
      wrong.push(`${counterOf(country)} is ${JSON.stringify(counted)}, ${count} visits were counted`);
  }
  const entries = placeCount + visits.size;
  if (store.size !== entries) wrong.push(`${entries} entries were set, the store has ${store.size}`);
  let walked = 0;
  for (const [key] of store.entries()) {
    walked += 1;
    if (typeof key !== 'string') wrong.push(`the store has a key ${String(key)}`);
  }
  if (walked !== entries) wrong.push(`${entries} entries were set, walking over the store gives ${walked}`);
  wrong.push(...store.verify().problems);
  return wrong;
}

const number = (value: number): string => Math.round(value).toLocaleString('en-US');
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

function report(
  store: Store<Stored>,
  loaded: readonly Loaded[],
  maps: readonly Referred[],
  served: readonly ServedBy[],
): string {
  const stats = store.stats();
  const usedBytes = stats.memoryBytes - stats.freeBytes;
  const mapBytes = maps.reduce((sum, { heapBytes }) => sum + heapBytes, 0);
  const first = served.reduce((least, { startNs }) => (startNs < least ? startNs : least), served[0]?.startNs ?? 0n);
  const last = served.reduce((most, { endNs }) => (endNs > most ? endNs : most), 0n);
  const ops = served.reduce((sum, thread) => sum + thread.ops, 0);
  const together = served.reduce((sum, thread) => sum + (thread.ops * 1000) / thread.busyMs, 0);
  const lines = served.map((thread, index) => {
    const rate = number((thread.ops * 1000) / thread.busyMs);
    return `  thread ${index + 1}   loaded ${number(loaded[index]?.places ?? 0)} places, served ${rate} ops/s`;
  });
  return [
    `entries     ${number(stats.entries)} in ${stats.segments} segments`,
    `memory      ${megabytes(usedBytes)} in use by the store, once for all threads`,
    `            ${megabytes(mapBytes)} for the same places in ${maps.length} Maps, one a thread: ${(mapBytes / usedBytes).toFixed(1)} times as much`,
    ...lines,
    `together    ${number(together)} ops/s in the store; ${number(ops)} ops in ${(Number(last - first) / 1e9).toFixed(1)} s with every answer checked`,
  ].join('\n');
}

function reportOfPool({ tasks, tookMs, owners }: Routed): string {
  const lines = owners.map(({ owner, segments, places, completed }) => {
    const owned = `${segments['places']} segments with ${number(places)} places`;
    return `  worker ${owner + 1}   owned ${owned}, ran ${number(completed)} tasks`;
  });
  return [
    `pool        ${number(tasks)} tasks on the owners of their keys, ${number((tasks * 1000) / tookMs)} a second`,
    ...lines,
  ].join('\n');
}

async function main(args: string[]): Promise<void> {
  const { threads, quick } = choiceOf(args);
  // New threads then have a gc(), so that the Maps' memory is measured without garbage.
  setFlagsFromString('--expose-gc');
  const progress = new Progress('places');
  const store = Store.create<Stored>({ memory: MEMORY, name: 'places' });
  const crew = new Threads(threads, store);
  progress.step(`${threads} threads load the places`);
  const loaded = await crew.obey<Loaded>({ do: 'load' });
  progress.step('each thread builds a Map of all places for reference');
  const maps = await crew.obey<Referred>({ do: 'refer' });
  const ops = quick ? OPS_A_THREAD_OF_A_QUICK_RUN : OPS_A_THREAD;
  progress.step(`each thread serves ${number(ops)} requests`);
  const served = await crew.obey<ServedBy>({ do: 'serve', ops });
  progress.step('checking what is in the store');
  const wrong = wrongAtTheEnd(store, maps[0]?.places ?? 0, served);
  await crew.stop();
  const tasks = quick ? ROUTED_TASKS_OF_A_QUICK_RUN : ROUTED_TASKS;
  progress.step(`a pool of ${threads} workers runs ${number(tasks)} tasks`);
  const routed = await routeTasks(store, threads, tasks);
  wrong.push(...routed.wrong.slice(0, WRONG_TOLD_MAX), ...store.verify().problems);
  progress.done();
  console.log(report(store, loaded, maps, served));
  console.log(reportOfPool(routed));
  store.close();
  if (wrong.length === 0) {
    console.log('answers     all right');
    return;
  }
  console.log(`answers     WRONG:\n${wrong.map((line) => `  ${line}`).join('\n')}`);
  process.exitCode = 1;
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
