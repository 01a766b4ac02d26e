/** How long the survivors of a death were held up, beyond the moment at which the dead thread had really ended. */
import { Worker } from 'node:worker_threads';
import { EndWatch } from '../fixtures/end-watch.ts';
import { PauseLog } from '../fixtures/pauses.ts';
import { sharedClockMs } from '../fixtures/shared-clock.ts';
import { heldUp, type Operation } from './held-up.ts';

export interface StallReport {
  /**
   * Longest part of an operation, in ms, for which a death held it up beyond the end of the dead thread: it slept at a lock
   * of the dead or of somebody whom the dead held up, or it was at work. Less the time for which the OS ran others.
   */
  readonly longestMs: number;
  /** Stalls of more than 10, 50 and 100 ms. */
  readonly over: readonly [number, number, number];
  /** Operations that slept at a lock of the dead, or of somebody whom the dead held up; the longest by the clock on the wall. */
  readonly heldUp: number;
  readonly heldUpWallMs: number;
  /**
   * Longest operation near a death beyond the end of the dead thread by the clock on the wall, whatever it waited for: a
   * core, the collection of garbage, a living thread.
   */
  readonly longestWallMs: number;
  /** The same while nobody died. */
  readonly undisturbedWallMs: number;
  /** Longest time in ms between the order to die and the real end. */
  readonly longestDyingMs: number;
}

interface Death {
  readonly orderMs: number;
  readonly endMs: number;
  /** When a successor was about to be started, and all that the death held up had begun. */
  overMs: number;
}

/** Deaths that are remembered for operations that have not come back yet. */
const DEATHS_KEPT = 16;

export class Stalls {
  readonly memory: SharedArrayBuffer;
  readonly watch: EndWatch = new EndWatch();
  readonly #watcher: Worker;
  readonly #logs: readonly PauseLog[];
  /** By what stands for them in lock words: the numbers of all threads so far, and the ends of the dead. */
  readonly #threads: Map<number, number> = new Map();
  readonly #ends: Map<number, number> = new Map();
  #deaths: Death[] = [];
  #longestMs: number = 0;
  #over: [number, number, number] = [0, 0, 0];
  #heldUp: number = 0;
  #heldUpWallMs: number = 0;
  #longestWallMs: number = 0;
  #undisturbedWallMs: number = 0;
  #longestDyingMs: number = 0;

  constructor(threads: number) {
    this.memory = PauseLog.reserve(threads);
    this.#logs = Array.from({ length: threads }, (_, thread) => new PauseLog(this.memory, thread));
    this.#watcher = new Worker(new URL('../fixtures/end-watching-worker.js', import.meta.url), {
      workerData: this.watch.memory,
    });
  }

  /** A thread that was told to die at one moment had ended at another; it has no successor yet. */
  countDeath(thread: number, orderMs: number, endMs: number): void {
    const token = this.#logs[thread]?.token ?? 0;
    // A thread that died before it attached has left the token of its predecessor there.
    if (!this.#ends.has(token)) this.#ends.set(token, endMs);
    this.#deaths.push({ orderMs, endMs, overMs: Number.POSITIVE_INFINITY });
    this.#longestDyingMs = Math.max(this.#longestDyingMs, endMs - orderMs);
  }

  /** Takes the operations since the last time into account; what begins from now on has nothing to do with the deaths so far. */
  collect(): void {
    for (const death of this.#deaths) death.overMs = Math.min(death.overMs, sharedClockMs());
    for (const [thread, log] of this.#logs.entries()) this.#threads.set(log.token, thread);
    const operations = this.#logs.flatMap((log, thread) => log.take().map((pause) => ({ ...pause, thread })));
    const stallsMs = new Map<Operation, number>();
    for (const { operation, stallMs, wallMs } of heldUp(operations, this.#ends, this.#threads)) {
      stallsMs.set(operation, stallMs);
      this.#heldUp += 1;
      this.#heldUpWallMs = Math.max(this.#heldUpWallMs, wallMs);
    }
    for (const operation of operations) this.#count(operation, stallsMs.get(operation) ?? 0);
    this.#deaths = this.#deaths.slice(-DEATHS_KEPT);
  }

  report(): StallReport {
    return {
      longestMs: Math.round(this.#longestMs),
      over: [...this.#over],
      heldUp: this.#heldUp,
      heldUpWallMs: Math.round(this.#heldUpWallMs),
      longestWallMs: Math.round(this.#longestWallMs),
      undisturbedWallMs: Math.round(this.#undisturbedWallMs),
      longestDyingMs: Math.round(this.#longestDyingMs),
    };
  }

  async close(): Promise<void> {
    this.watch.stop();
    await this.#watcher.terminate();
  }

  #count({ startMs, endMs, runMs }: Operation, heldUpMs: number): void {
    const near = this.#deaths.filter((death) => death.orderMs < endMs && startMs < death.overMs);
    if (near.length === 0) this.#undisturbedWallMs = Math.max(this.#undisturbedWallMs, endMs - startMs);
    const endedMs = near.map((death) => death.endMs).filter((deathMs) => deathMs < endMs);
    const wallMs = endedMs.length === 0 ? 0 : endMs - Math.max(startMs, Math.min(...endedMs));
    const stallMs = Math.max(heldUpMs, Math.min(wallMs, runMs));
    this.#longestWallMs = Math.max(this.#longestWallMs, wallMs);
    this.#longestMs = Math.max(this.#longestMs, stallMs);
    for (const [index, limitMs] of [10, 50, 100].entries()) if (stallMs > limitMs) this.#over[index] += 1;
  }
}
