/** The tasks of one owner: in order, one at a time, each answered once. */
import { ClosedError } from '../errors.ts';
import { whenAborted } from './aborts.ts';
import { unpackError } from './carried-error.ts';
import type { Order, OwnerThread } from './threads.ts';

interface Task {
  readonly order: Order;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export class OwnerQueue {
  readonly owner: number;
  readonly thread: OwnerThread;
  /** Tasks that were sent to the thread and answered. */
  completed: number = 0;
  readonly #waiting: Set<Task> = new Set();
  /** Kept between turns: a new one would pass over the places of all earlier tasks again. */
  #turns: Iterator<Task> = this.#waiting.values();
  #running: Promise<void> | null = null;

  constructor(owner: number, thread: OwnerThread) {
    this.owner = owner;
    this.thread = thread;
  }

  /** 0 or 1. */
  get running(): number {
    return this.#running === null ? 0 : 1;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** Adds a task. An abort takes it out again; once it runs it goes on, for its worker may hold locks. */
  push(order: Order): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const { signal } = order;
      const stopListening =
        signal === undefined
          ? null
          : whenAborted(signal, () => {
              this.#waiting.delete(task);
              reject(signal.reason);
            });
      const task: Task = {
        order,
        resolve: (value) => {
          stopListening?.();
          resolve(value);
        },
        reject: (error) => {
          stopListening?.();
          reject(error);
        },
      };
      this.#waiting.add(task);
      this.#runNext();
    });
  }

  /** Settles when nothing runs and nothing waits. */
  async drained(): Promise<void> {
    while (this.#running !== null) await this.#running;
  }

  /** Rejects what waits. What runs is answered by the end of its worker. */
  rejectWaiting(): void {
    for (let task = this.#take(); task !== null; task = this.#take()) {
      task.reject(new ClosedError('the pool was destroyed before the task ran'));
    }
  }

  #take(): Task | null {
    let turn = this.#turns.next();
    if (turn.done === true) {
      this.#turns = this.#waiting.values();
      turn = this.#turns.next();
    }
    if (turn.done === true) return null;
    this.#waiting.delete(turn.value);
    return turn.value;
  }

  #runNext(): void {
    if (this.#running !== null) return;
    const task = this.#take();
    if (task === null) return;
    this.#running = this.#run(task).finally(() => {
      this.#running = null;
      this.#runNext();
    });
  }

  async #run({ order, resolve, reject }: Task): Promise<void> {
    try {
      const answer = await this.thread.run(order);
      if (answer.ok) resolve(answer.value);
      else reject(unpackError(answer.failure));
    } catch (error) {
      reject(error);
    }
    this.completed += 1;
  }
}
