/** A task of a pool, from the call to its answer, and the queue in which it waits. */
import type { TransferListItem } from 'node:worker_threads';
import { monotonicMs } from './clock.ts';
import type { SegmentPart } from './messages.ts';

/** The segment that a task's key is in: tasks of one segment never overlap, and keep their order. */
export interface Place {
  readonly store: string;
  readonly segment: number;
}

/** A task as the caller gave it. */
export interface Order {
  readonly name: string;
  readonly payload: unknown;
  readonly transferList: readonly TransferListItem[];
  /** Null for a task that any owner may run. */
  readonly place: Place | null;
  readonly part?: SegmentPart;
}

let lastId = 0;

export class Task {
  /** In the order of the calls. */
  readonly id: number;
  readonly order: Order;
  readonly givenMs: number;
  /** Settles once. Settling it does not stop a worker that runs the task. */
  readonly answer: Promise<unknown>;
  /** Its number on the line that it was sent on, see turns.ts. */
  turn: number = 0;
  /** No worker runs it or will. */
  isEnded: boolean = false;
  /** Where it waits. */
  queue: TaskQueue | null = null;
  next: Task | null = null;
  previous: Task | null = null;
  readonly #resolve: (result: unknown) => void;
  readonly #reject: (error: unknown) => void;

  constructor(order: Order) {
    this.id = ++lastId;
    this.order = order;
    this.givenMs = monotonicMs();
    let resolve: (result: unknown) => void = () => {};
    let reject: (error: unknown) => void = () => {};
    this.answer = new Promise((fulfil, refuse) => {
      resolve = fulfil;
      reject = refuse;
    });
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** Buffers are gone with the first message that takes them: the task cannot be sent twice. */
  get hasMoved(): boolean {
    return this.order.transferList.length > 0;
  }

  /** The worker is done with it. */
  succeed(result: unknown): void {
    this.isEnded = true;
    this.#resolve(result);
  }

  /** The worker is done with it, or none will run it. */
  fail(error: unknown): void {
    this.isEnded = true;
    this.#reject(error);
  }

  /** Answers the caller although a worker still runs the task. */
  desert(error: unknown): void {
    this.#reject(error);
  }
}

/** Tasks in order. Every operation but `drain` is O(1). */
export class TaskQueue {
  size: number = 0;
  #head: Task | null = null;
  #tail: Task | null = null;

  get head(): Task | null {
    return this.#head;
  }

  push(task: Task): void {
    task.queue = this;
    task.previous = this.#tail;
    task.next = null;
    if (this.#tail === null) this.#head = task;
    else this.#tail.next = task;
    this.#tail = task;
    this.size += 1;
  }

  pushFront(task: Task): void {
    task.queue = this;
    task.next = this.#head;
    task.previous = null;
    if (this.#head === null) this.#tail = task;
    else this.#head.previous = task;
    this.#head = task;
    this.size += 1;
  }

  /** Takes out a task that is in this queue. */
  remove(task: Task): void {
    if (task.previous === null) this.#head = task.next;
    else task.previous.next = task.next;
    if (task.next === null) this.#tail = task.previous;
    else task.next.previous = task.previous;
    task.queue = null;
    task.next = null;
    task.previous = null;
    this.size -= 1;
  }

  shift(): Task | null {
    const task = this.#head;
    if (task !== null) this.remove(task);
    return task;
  }

  /** Takes out all tasks, in order. */
  drain(): Task[] {
    const tasks: Task[] = [];
    for (let task = this.shift(); task !== null; task = this.shift()) tasks.push(task);
    return tasks;
  }
}
