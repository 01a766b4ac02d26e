/** Two processes, one for each tree, of which one works at a time: what one pair of them says about every operation. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { median } from '../harness/statistics.ts';
import type { GuardMessage, GuardTask } from './process.ts';
import type { Tree } from './tree.ts';

export interface Timing {
  readonly ours: number;
  readonly theirs: number;
}

/** Batches of each operation in each process. */
const BATCHES = 5;

/**
 * A process is a throw of dice: where its code and its data lie decides over several per cent. So a pair counts as one
 * ratio, however many batches it runs, and the interval is formed over pairs.
 *
 * @returns nanoseconds of each operation in both trees, medians over batches that alternate
 */
export async function timePair(
  trees: readonly [Tree, Tree],
  operations: readonly string[],
  batchMs: number,
): Promise<Map<string, Timing>> {
  const children = trees.map(({ index }) => start({ index, operations, batchMs }));
  // One after the other as well: on a machine with few cores they would disturb each other.
  for (const child of children) await child.next();
  const timings = new Map<string, Timing>();
  for (const operation of operations) {
    const times: [number[], number[]] = [[], []];
    for (let batch = 0; batch < BATCHES; batch++) {
      for (const side of batch % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
        times[side].push(await children[side].time(operation));
      }
    }
    timings.set(operation, { ours: median(times[0]), theirs: median(times[1]) });
  }
  for (const child of children) await child.stop();
  return timings;
}

interface Child {
  /** Its next message. @throws Error when it ends instead */
  next(): Promise<GuardMessage>;
  time(operation: string): Promise<number>;
  stop(): Promise<void>;
}

function start(task: GuardTask): Child {
  const process = fork(new URL('./process.js', import.meta.url), [JSON.stringify(task)]);
  const messages = new Inbox(process, task.index);
  return {
    next: () => messages.next(),
    time: async (operation) => {
      process.send(operation);
      const message = await messages.next();
      if ('ready' in message) throw new Error(`${task.index} answered ${operation} with a greeting`);
      return message.nanosecondsAnOp;
    },
    stop: async () => {
      const exited = once(process, 'exit');
      process.disconnect();
      await exited;
    },
  };
}

/** Keeps messages that come before anybody waits for them. */
class Inbox {
  readonly #come: GuardMessage[] = [];
  #waiting: { resolve: (message: GuardMessage) => void; reject: (error: Error) => void } | undefined;
  #ended: Error | undefined;

  constructor(process: ChildProcess, what: string) {
    process.on('message', (message: GuardMessage) => {
      if (this.#waiting === undefined) this.#come.push(message);
      else this.#waiting.resolve(message);
      this.#waiting = undefined;
    });
    process.on('exit', (code, signal) => {
      this.#ended = new Error(`the process of ${what} ended with ${code ?? signal}`);
      this.#waiting?.reject(this.#ended);
    });
  }

  async next(): Promise<GuardMessage> {
    const first = this.#come.shift();
    if (first !== undefined) return first;
    if (this.#ended !== undefined) throw this.#ended;
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }
}
