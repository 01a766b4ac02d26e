/** Workers that are kept from one history to the next; the killed are replaced. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { HistoryReport, HistoryTask } from './history-worker.ts';

const workerFile: URL = new URL('./history-worker.js', import.meta.url);

export class WorkerTeam {
  readonly #idle: Worker[] = [];

  /** A worker at work on a task. */
  give(task: HistoryTask): Assignment {
    const worker = this.#idle.pop() ?? new Worker(workerFile);
    const assignment = new Assignment(worker, (survivor) => this.#idle.unshift(survivor));
    worker.postMessage(task);
    return assignment;
  }

  /** Makes sure that so many workers are there or about to be: a new one takes longer to start than a history to run. */
  prepare(count: number): void {
    while (this.#idle.length < count) this.#idle.unshift(new Worker(workerFile));
  }

  async close(): Promise<void> {
    await Promise.all(this.#idle.splice(0).map((worker) => worker.terminate()));
  }
}

export class Assignment {
  /** What the worker says at the end, or null when it was killed before. */
  readonly report: Promise<HistoryReport | null>;
  readonly #worker: Worker;

  constructor(worker: Worker, giveBack: (worker: Worker) => void) {
    this.#worker = worker;
    const exited = new AbortController();
    const isOver = once(worker, 'message', { signal: exited.signal }).then(([report]) => {
      giveBack(worker);
      return report as HistoryReport;
    });
    const onExit = (): void => exited.abort();
    worker.once('exit', onExit);
    this.report = isOver
      .catch((error: unknown) => {
        if (exited.signal.aborted) return null;
        throw error;
      })
      .finally(() => worker.off('exit', onExit));
  }

  /** Terminates the worker where it is. Resolves when its thread has ended. */
  async kill(): Promise<void> {
    await this.#worker.terminate();
  }
}
