/**
 * Runs one job on several threads at the same time: the threads are started once, prepare themselves, and then run rounds
 * with as many of them as a round asks for. The others sleep. Rounds with few and many threads can so be interleaved.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { StoreHandle } from '../../src/index.ts';
import { Barrier } from './barrier.ts';

/** What the threads do between the barrier and the end of a round. */
export type CrewTable = 'sharena' | 'map';

export interface CrewOptions {
  readonly threads: number;
  readonly handle: StoreHandle;
  readonly entryCount: number;
  /** Operations of each thread's own stream, a power of two. */
  readonly streamLength: number;
  /** Read fractions for which the threads prepare a stream each. */
  readonly readFractions: readonly number[];
  /** Also fill a Map in each thread, for rounds that show what the machine itself can do. */
  readonly withMaps: boolean;
}

export interface Round {
  readonly threads: number;
  readonly table: CrewTable;
  readonly readFraction: number;
  readonly wallMs: number;
}

/** What one thread did in a round; times are of the clock that all threads share. */
export interface ThreadResult {
  readonly ops: number;
  readonly startNs: bigint;
  readonly endNs: bigint;
  /** Time on a core, see core-time.ts. */
  readonly coreMs: number;
}

export interface RoundResult {
  readonly opsPerSecond: number;
  /** What the threads would do together if each had a core all the time and never waited. */
  readonly opsPerCoreSecond: number;
  readonly ops: number;
  readonly elapsedMs: number;
}

export interface CrewSetup extends CrewOptions {
  readonly index: number;
  readonly barrier: SharedArrayBuffer;
}

export type CrewMessage = { ready: true } | { result: ThreadResult };

export class Crew {
  readonly #workers: Worker[];
  readonly #barrier: Barrier;

  private constructor(workers: Worker[], barrier: Barrier) {
    this.#workers = workers;
    this.#barrier = barrier;
  }

  /** Starts the threads and waits until each has attached and prepared its streams. */
  static async start(options: CrewOptions): Promise<Crew> {
    const barrier = new Barrier();
    const workers = Array.from({ length: options.threads }, (_, index) => {
      const workerData: CrewSetup = { ...options, index, barrier: barrier.memory };
      return new Worker(new URL('./crew-worker.js', import.meta.url), { workerData });
    });
    await Promise.all(workers.map(nextMessage));
    return new Crew(workers, barrier);
  }

  async run(round: Round): Promise<RoundResult> {
    if (round.threads > this.#workers.length) {
      throw new RangeError(`a round asks for ${round.threads} threads, the crew has ${this.#workers.length}`);
    }
    this.#barrier.open(round.threads);
    const active = this.#workers.slice(0, round.threads);
    const answers = active.map(nextMessage);
    for (const worker of active) worker.postMessage(round);
    return totalOf((await Promise.all(answers)).map((message) => ('result' in message ? message.result : fail())));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}

/** From the first thread's start to the last one's end: a thread that comes late or stays long costs all of them. */
export function totalOf(results: readonly ThreadResult[]): RoundResult {
  const ops = results.reduce((sum, result) => sum + result.ops, 0);
  const startNs = results.reduce((least, { startNs: own }) => (own < least ? own : least), results[0].startNs);
  const endNs = results.reduce((most, { endNs: own }) => (own > most ? own : most), 0n);
  const elapsedMs = Number(endNs - startNs) / 1e6;
  const opsPerCoreSecond = results.reduce((sum, result) => sum + (result.ops * 1000) / result.coreMs, 0);
  return { ops, elapsedMs, opsPerSecond: (ops * 1000) / elapsedMs, opsPerCoreSecond };
}

/** The next message of a worker; its error, or its exit, rejects. */
async function nextMessage(worker: Worker): Promise<CrewMessage> {
  const watch = new AbortController();
  const exit = once(worker, 'exit', { signal: watch.signal }).then(() => {
    throw new Error('a thread of the crew ended before it had answered');
  });
  const message = once(worker, 'message', { signal: watch.signal }).then(([first]) => first as CrewMessage);
  try {
    return await Promise.race([message, exit]);
  } finally {
    watch.abort();
    await Promise.allSettled([message, exit]);
  }
}

function fail(): never {
  throw new Error('a thread of the crew answered something else than a result');
}
