/**
 * The one file that imports piscina: threads, each from its start to its end.
 *
 * Each thread has a Piscina of its own. A balancer over one Piscina of many threads would route as well, but while it answers
 * "nobody" for a busy owner, tasks for idle ones wait behind it (measured with piscina 5.3: a 1 ms task for an idle owner
 * finished after 125 ms). A Piscina that lives on after the death of its thread starts another one before the old one has
 * stopped, keeps a queued task for ever when that one dies while it starts, and may start one more after destroy(). One
 * life each leaves nothing to chance: it starts one thread, and its end is the thread's.
 *
 * piscina starts the thread, loads the worker's entry in it and ends it; tasks go by a port of their own. An answer by way of
 * `run` costs a message, a copy and a look through all its threads more.
 */
import { MessageChannel, type MessagePort, type Worker } from 'node:worker_threads';
import { Piscina } from 'piscina';
import type { Words } from '#atomics';
import { unpackError } from './carried-error.ts';
import { JOIN, type JoinAnswer, type JoinCall, LEAVE, type WorkerSetup } from './messages.ts';
import { newTurns } from './turns.ts';

export interface ThreadOptions {
  readonly argv?: string[];
  readonly execArgv?: string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly resourceLimits?: {
    readonly maxOldGenerationSizeMb?: number;
    readonly maxYoungGenerationSizeMb?: number;
    readonly codeRangeSizeMb?: number;
    readonly stackSizeMb?: number;
  };
}

/** Whether a thread came up, and if so, what kept the user's module or the stores from being ready. */
export interface JoinOutcome {
  readonly isUp: boolean;
  readonly failure?: unknown;
  /** What the module's `onStart` returned. */
  readonly started?: unknown;
}

/** How a thread ended. */
export interface ThreadEnd {
  readonly exitCode: number;
  /** What was thrown and not caught, or an error that says what happened. */
  readonly reason: unknown;
}

export interface Thread {
  /** Node.js id. Kept here: the Worker forgets it when the thread ends. */
  readonly id: number;
  readonly worker: Worker;
  /** The pool's end of the line. */
  readonly port: MessagePort;
  /** The same for what mail-messages.ts says. */
  readonly mailPort: MessagePort;
  readonly turns: Words;
  readonly joined: Promise<JoinOutcome>;
  /** The OS thread is gone. */
  readonly ended: Promise<ThreadEnd>;
  /** Calls back once the thread has ended, in a microtask if it has. Returns what takes that back. */
  onEnd(callback: () => void): () => void;
  /** Resolves when the module's `onStop` has, to whether there was one, or when the thread has ended. */
  leave(): Promise<boolean>;
  /** Terminates it. Resolves when it has ended. */
  stop(reason: Error): Promise<void>;
}

const WORKER_URL = new URL('../../workers/entry.cjs', import.meta.url).href;

/** Starts a thread. Throws what `new Worker` throws for options that it cannot take. */
export function startThread(setup: WorkerSetup, options: ThreadOptions): Thread {
  const piscina = new Piscina({
    ...options,
    filename: WORKER_URL,
    workerData: setup,
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
  const { port1, port2 } = new MessageChannel();
  const mail = new MessageChannel();
  const call: JoinCall = { port: port2, mailPort: mail.port2, turns: newTurns() };
  const joined = piscina.run(call, { name: JOIN, transferList: [port2, mail.port2] as never[] }).then(
    ({ failure, started }: JoinAnswer): JoinOutcome =>
      failure === undefined ? { isUp: true, started } : { isUp: true, failure: unpackError(failure) },
    (): JoinOutcome => ({ isUp: false }),
  );
  const [worker] = piscina.threads;
  let reason: unknown;
  /** For certain: what is not caught ends a thread, a moment after it is known here. */
  let isEnding = false;
  worker.once('error', (error) => {
    reason ??= error;
    isEnding = true;
  });
  let hasEnded = false;
  const ended = new Promise<ThreadEnd>((resolve) => {
    worker.once('exit', (exitCode) => {
      isEnding = true;
      hasEnded = true;
      // Answers the first call, in case that the thread never took it.
      void piscina.destroy();
      resolve({ exitCode, reason: reason ?? new Error(`its thread exited with code ${exitCode}`) });
    });
  });
  return {
    id: worker.threadId,
    worker,
    port: port1,
    mailPort: mail.port1,
    turns: call.turns,
    joined,
    ended,
    onEnd: (callback) => {
      if (hasEnded) queueMicrotask(callback);
      else worker.once('exit', callback);
      return () => worker.off('exit', callback);
    },
    leave: async () => {
      // A piscina whose thread is lost would start another one for the call.
      if (!isEnding) {
        const left = (piscina.run(null, { name: LEAVE }) as Promise<boolean>).catch(() => null);
        const hasLeft = await Promise.race([left, ended.then(() => null)]);
        if (hasLeft !== null) return hasLeft;
      }
      await ended;
      return false;
    },
    stop: async (why) => {
      reason ??= why;
      isEnding = true;
      await Promise.all([piscina.destroy(), ended]);
    },
  };
}
