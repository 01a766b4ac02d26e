/**
 * The one file that imports piscina: a thread that runs one task at a time and is replaced when it dies.
 *
 * Each life of an owner's thread is a Piscina of one thread. A balancer over one Piscina of many threads would route as
 * well, but while it answers "nobody" for a busy owner, tasks for idle ones wait behind it (measured with piscina 5.3: a
 * 1 ms task for an idle owner finished after 125 ms). A Piscina that lives on after the death of its thread starts another
 * one before the old one has stopped, keeps a queued task for ever when that one dies while it starts, and may start one
 * more after destroy(). One life each leaves nothing to chance: it starts one thread, and its end is the thread's.
 */
import { MessageChannel, type MessagePort, type TransferListItem, type Worker } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { ClosedError, OwnerDiedError } from '../errors.ts';
import { load, type Words } from '#atomics';
import { whenAborted } from './aborts.ts';
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

/** A task to be sent, as often as it takes until a thread begins it. */
export interface Order {
  readonly name: string;
  readonly task: unknown;
  readonly transferList: readonly TransferListItem[];
  readonly signal: AbortSignal | undefined;
}

/** A thread from its start to its end. */
interface Life {
  readonly piscina: Piscina;
  readonly worker: Worker;
  readonly begun: Words;
  /** Whether the thread came up and took its first call. */
  readonly joined: Promise<boolean>;
  /** The OS thread is gone, and every store knows. */
  readonly ended: Promise<void>;
  /** Tasks sent. */
  turns: number;
  /** It dies or is dead: nothing may be sent to it. */
  isOver: boolean;
  reason: unknown;
}

const WORKER_URL = new URL('../../workers/task.js', import.meta.url).href;
/** Threads of an owner that may die in a row without having begun a task. More is a fault of the module, not bad luck. */
const FAILURES_MAX = 3;

export class OwnerThread {
  readonly #setup: Omit<WorkerSetup, 'begun'>;
  readonly #options: ThreadOptions;
  #life: Life;
  #isStopped: boolean = false;

  /** Starts the thread. Throws what `new Worker` throws for options that it cannot take. */
  constructor(setup: Omit<WorkerSetup, 'begun'>, options: ThreadOptions) {
    this.#setup = setup;
    this.#options = options;
    this.#life = beginLife(setup, options);
  }

  /** Node.js id of the thread; -1 while there is none. */
  get threadId(): number {
    return this.#life.isOver ? -1 : this.#life.worker.threadId;
  }

  /**
   * Runs one task. When the thread dies before it has begun the task, the task goes to the next thread.
   *
   * @throws OwnerDiedError when it died after that, or when FAILURES_MAX threads in a row began nothing
   * @throws the signal's reason when it was aborted before the task was sent
   * @throws ClosedError when `stop` was called before the task began
   * @throws DataCloneError when the task cannot be sent
   */
  async run(order: Order): Promise<TaskAnswer> {
    const { owner } = this.#setup;
    for (let failures = 1; ; failures++) {
      const life = await this.#livingThread();
      const turn = life.turns + 1;
      if (await life.joined) {
        order.signal?.throwIfAborted();
        const answer = await send(life, order);
        if (answer !== null) return answer;
      }
      // Not before the thread is gone for sure: tasks of a key never overlap.
      await life.ended;
      const reason = life.reason instanceof Error ? life.reason.message : String(life.reason);
      if (load(life.begun, 0) === turn) {
        const what = `owner ${owner} died while it ran ${order.name}, what that has done is unknown: ${reason}`;
        throw new OwnerDiedError(what, { cause: life.reason });
      }
      if (this.#isStopped) throw new ClosedError('the pool was destroyed before the task ran');
      if (failures === FAILURES_MAX || order.transferList.length > 0) {
        const what = `owner ${owner} died before it ran ${order.name}, which had no effect: ${reason}`;
        throw new OwnerDiedError(what, { cause: life.reason });
      }
    }
  }

  /** Terminates the thread and waits for its end. A task that runs is answered with OwnerDiedError. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    const life = this.#life;
    life.isOver = true;
    life.reason ??= new Error('the pool was destroyed');
    await Promise.all([life.piscina.destroy(), life.ended]);
  }

  async #livingThread(): Promise<Life> {
    if (this.#life.isOver) {
      await this.#life.ended;
      if (!this.#isStopped) this.#life = beginLife(this.#setup, this.#options);
    }
    if (this.#isStopped) throw new ClosedError('the pool was destroyed before the task ran');
    return this.#life;
  }
}

function beginLife(setup: Omit<WorkerSetup, 'begun'>, options: ThreadOptions): Life {
  const begun: Words = new Int32Array(new SharedArrayBuffer(4));
  const workerData: WorkerSetup = { ...setup, begun };
  const piscina = new Piscina({
    ...options,
    filename: WORKER_URL,
    workerData,
    // The first call starts the thread, and with no minimum piscina starts no other when it dies.
    minThreads: 0,
    maxThreads: 1,
    idleTimeout: Number.POSITIVE_INFINITY,
    // 'sync', the default, stops the event loop of an idle worker: its timers and ports would stand still.
    atomics: 'disabled',
    recordTiming: false,
  });
  // The events of the Worker itself say the same.
  piscina.on('error', () => {});
  const joined = piscina.run(null, { name: 'join' }).then(
    () => true,
    () => false,
  );
  const [worker] = piscina.threads;
  const ended = new Promise<void>((resolve) => {
    worker.once('error', (error) => {
      life.isOver = true;
      life.reason = error;
    });
    worker.once('exit', (exitCode) => {
      life.isOver = true;
      life.reason ??= new Error(`its thread exited with code ${exitCode}`);
      // Answers the first call, in case that the thread never took it.
      void piscina.destroy();
      resolve();
    });
  });
  const life: Life = { piscina, worker, begun, joined, ended, turns: 0, isOver: false, reason: undefined };
  return life;
}

/** Null when the thread died. */
async function send(life: Life, { name, task, transferList, signal }: Order): Promise<TaskAnswer | null> {
  if (life.isOver) return null;
  life.turns += 1;
  const line = signal === undefined ? null : openLine(signal);
  const call: TaskCall = { turn: life.turns, name, task, ...(line === null ? {} : { abortPort: line.remote }) };
  const transfers = line === null ? transferList : [...transferList, line.remote];
  try {
    return (await life.piscina.run(call, { name: 'answer', transferList: [...transfers] as never[] })) as TaskAnswer;
  } catch (error) {
    if (life.isOver) return null;
    throw error;
  } finally {
    line?.close();
  }
}

/** A port that brings the reason of the signal's abort. */
function openLine(signal: AbortSignal): { remote: MessagePort; close: () => void } {
  const { port1, port2 } = new MessageChannel();
  const stopListening = whenAborted(signal, () => postReason(port1, signal.reason));
  return {
    remote: port2,
    close: () => {
      stopListening();
      port1.close();
    },
  };
}

function postReason(port: MessagePort, reason: unknown): void {
  try {
    // A DOMException would arrive as an empty object. Of no reason at all the worker makes the usual AbortError.
    port.postMessage(reason instanceof DOMException ? undefined : reason);
  } catch {
    port.postMessage(undefined);
  }
}
