/**
 * The one file that imports piscina: a worker thread that runs one task at a time and is replaced when it dies.
 *
 * Each owner is a Piscina of one thread. A balancer over one Piscina of many threads would route as well, but while it
 * answers "nobody" for a busy owner, tasks for idle ones wait behind it, and a task that is queued never asks it again
 * (measured with piscina 5.3: a 1 ms task for an idle owner finished after 125 ms). With a Piscina each, an owner's queue
 * is its own, and a replaced thread is by construction the same owner.
 */
import { Piscina } from 'piscina';
import type { TaskAnswer, TaskCall, WorkerSetup } from './messages.ts';

export interface ThreadOptions {
  readonly execArgv?: string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly resourceLimits?: {
    readonly maxOldGenerationSizeMb?: number;
    readonly maxYoungGenerationSizeMb?: number;
    readonly codeRangeSizeMb?: number;
    readonly stackSizeMb?: number;
  };
}

const WORKER_URL = new URL('../../workers/task.js', import.meta.url).href;

export class OwnerThread {
  readonly #piscina: Piscina;

  constructor(setup: WorkerSetup, options: ThreadOptions) {
    this.#piscina = new Piscina({
      filename: WORKER_URL,
      name: 'answer',
      minThreads: 1,
      maxThreads: 1,
      concurrentTasksPerWorker: 1,
      // 'sync', the default, stops the event loop of an idle worker: its timers and ports would stand still.
      atomics: 'disabled',
      recordTiming: false,
      workerData: setup,
      ...options,
    });
    // What happens to a worker between tasks is no task's failure: the next task starts a new one.
    this.#piscina.on('error', () => {});
  }

  /** Node.js id of the thread; -1 while there is none. */
  get threadId(): number {
    return this.#piscina.threads[0]?.threadId ?? -1;
  }

  /** Runs one task. Rejects only when the worker died or the message could not be sent: see TaskAnswer for the rest. */
  async run(call: TaskCall, transferList: readonly Transferable[] | undefined): Promise<TaskAnswer> {
    const options = transferList === undefined ? {} : { transferList: [...transferList] as never[] };
    return (await this.#piscina.run(call, options)) as TaskAnswer;
  }

  /** Stops the thread at once. */
  async destroy(): Promise<void> {
    await this.#piscina.destroy();
  }
}

/** What `transferList` may hold. */
export type Transferable = object;
