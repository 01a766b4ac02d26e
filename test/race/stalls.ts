/** How long the survivors of a death were held up, beyond the moment at which the dead thread had really ended. */
import { Worker } from 'node:worker_threads';
import { EndWatch } from '../fixtures/end-watch.ts';
import { type Pause, PauseLog, sharedClockMs } from '../fixtures/pauses.ts';

export interface StallReport {
  /**
   * Longest part of an operation, in ms, that went on beyond the end of a thread that died: less the time for which the
   * OS had other threads run, and as the clock on the wall shows it.
   */
  readonly longestMs: number;
  readonly longestWallMs: number;
  /** Stalls of more than 10, 50 and 100 ms, less the time for which the OS had other threads run. */
  readonly over: readonly [number, number, number];
  /** Longest operation in ms while nobody died, likewise. */
  readonly undisturbedMs: number;
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
  #deaths: Death[] = [];
  #longestMs: number = 0;
  #longestWallMs: number = 0;
  #over: [number, number, number] = [0, 0, 0];
  #undisturbedMs: number = 0;
  #undisturbedWallMs: number = 0;
  #longestDyingMs: number = 0;

  constructor(threads: number) {
    this.memory = PauseLog.reserve(threads);
    this.#logs = Array.from({ length: threads }, (_, thread) => new PauseLog(this.memory, thread));
    this.#watcher = new Worker(new URL('../fixtures/end-watching-worker.js', import.meta.url), {
      workerData: this.watch.memory,
    });
  }

  /** A thread that was told to die at one moment had ended at another. */
  countDeath(orderMs: number, endMs: number): void {
    this.#deaths.push({ orderMs, endMs, overMs: Number.POSITIVE_INFINITY });
    this.#longestDyingMs = Math.max(this.#longestDyingMs, endMs - orderMs);
  }

  /** Takes the operations since the last time into account; what begins from now on has nothing to do with the deaths so far. */
  collect(): void {
    for (const death of this.#deaths) death.overMs = Math.min(death.overMs, sharedClockMs());
    for (const log of this.#logs) for (const pause of log.take()) this.#count(pause);
    this.#deaths = this.#deaths.slice(-DEATHS_KEPT);
  }

  report(): StallReport {
    return {
      longestMs: Math.round(this.#longestMs),
      longestWallMs: Math.round(this.#longestWallMs),
      over: this.#over,
      undisturbedMs: Math.round(this.#undisturbedMs),
      undisturbedWallMs: Math.round(this.#undisturbedWallMs),
      longestDyingMs: Math.round(this.#longestDyingMs),
    };
  }

  async close(): Promise<void> {
    this.watch.stop();
    await this.#watcher.terminate();
  }

  #count({ startMs, endMs, delayMs }: Pause): void {
    const near = this.#deaths.filter((death) => death.orderMs < endMs && startMs < death.overMs);
    if (near.length === 0) {
      this.#undisturbedMs = Math.max(this.#undisturbedMs, endMs - startMs - delayMs);
      this.#undisturbedWallMs = Math.max(this.#undisturbedWallMs, endMs - startMs);
    }
    const ended = near.filter((death) => death.endMs < endMs);
    if (ended.length === 0) return;
    const wallMs = endMs - Math.max(startMs, ...ended.map((death) => death.endMs));
    const stallMs = Math.max(0, wallMs - delayMs);
    this.#longestWallMs = Math.max(this.#longestWallMs, wallMs);
    this.#longestMs = Math.max(this.#longestMs, stallMs);
    for (const [index, limitMs] of [10, 50, 100].entries()) if (stallMs > limitMs) this.#over[index] += 1;
  }
}
