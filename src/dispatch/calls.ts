/** Calls of a pool, from their options to their answers: limits of queues and times, aborts, and keeping the process alive. */
import { QueueFullError, TaskTimeoutError } from '../errors.ts';
import { whenAborted } from './aborts.ts';
import type { Crew } from './crew.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { CallOptions } from './options.ts';
import { type Order, Task } from './task.ts';

/** Any delay: the timer only keeps the process alive. */
const KEEP_ALIVE_MS: number = 2 ** 30;

export class Calls {
  readonly #dispatcher: Dispatcher;
  readonly #crew: Crew;
  readonly #maxQueue: number;
  readonly #keepAlive: NodeJS.Timeout = setInterval(() => {}, KEEP_ALIVE_MS).unref();
  #count: number = 0;

  constructor(dispatcher: Dispatcher, crew: Crew, maxQueue: number) {
    this.#dispatcher = dispatcher;
    this.#crew = crew;
    this.#maxQueue = maxQueue;
  }

  /**
   * Gives a task to its owner. The answer settles once, whatever happens to the worker.
   *
   * @throws QueueFullError when as many tasks wait for the owner as may; parts of a call over segments are few, and never refused
   */
  submit(order: Order, { signal, timeout }: CallOptions): Promise<unknown> {
    const owner = this.#dispatcher.ownerFor(order.place);
    if (owner.waiting >= this.#maxQueue && !owner.isFree && order.part === undefined) {
      throw new QueueFullError(`${owner.waiting} tasks wait for owner ${owner.number}, maxQueue is ${this.#maxQueue}`);
    }
    const task = new Task(order);
    const stopListening =
      signal === undefined ? null : whenAborted(signal, () => this.#dispatcher.abort(task, () => signal.reason));
    const timer =
      timeout === undefined
        ? undefined
        : setTimeout(() => this.#dispatcher.abort(task, (hasBegun) => late(order.name, timeout, hasBegun)), timeout);
    this.#dispatcher.give(task, owner);
    if (owner.isDown) this.#crew.wake(owner);
    const answer = this.whileAlive(task.answer);
    if (stopListening === null && timer === undefined) return answer;
    return answer.finally(() => {
      stopListening?.();
      clearTimeout(timer);
    });
  }

  /** A call is under way that submits tasks one after the other: the pool waits for it when it closes. Returns what ends it. */
  begin(): () => void {
    return this.#dispatcher.beginCall();
  }

  /** Keeps the process alive meanwhile: threads, ports and their messages do not. */
  async whileAlive<Result>(doing: Promise<Result>): Promise<Result> {
    if (this.#count === 0) this.#keepAlive.ref();
    this.#count += 1;
    try {
      return await doing;
    } finally {
      this.#count -= 1;
      if (this.#count === 0) this.#keepAlive.unref();
    }
  }

  /** No call follows. */
  end(): void {
    clearInterval(this.#keepAlive);
  }
}

function late(name: string, timeout: number, hasBegun: boolean): TaskTimeoutError {
  const state = hasBegun ? 'its worker goes on with it' : 'it had not begun and is not run';
  return new TaskTimeoutError(`task ${name} was not answered within its timeout of ${timeout} ms: ${state}`);
}
