/**
 * An owner of the pool: its number, the tasks that wait for it, and the line to the thread that runs them at the time.
 *
 * The number outlives the thread. An owner runs one task at a time, in the order in which they came.
 */
import { OwnerDiedError } from '../errors.ts';
import { unpackError } from './carried-error.ts';
import { Line } from './line.ts';
import type { TaskAnswer } from './messages.ts';
import { Meter } from './meter.ts';
import { type Task, TaskQueue } from './task.ts';
import type { Thread, ThreadEnd } from './threads.ts';
import { newUpkeepCounts } from './upkeep-counts.ts';
import type { Words } from '#atomics';

export interface OwnerEvents {
  /** No worker runs the task, or will. */
  taskEnded(task: Task): void;
  /** Its worker has answered a task, with a result or an error. */
  answered(task: Task, owner: Owner, answer: TaskAnswer): void;
  /** It has a thread and nothing to do. */
  idle(owner: Owner): void;
}

export class Owner {
  readonly number: number;
  readonly meter: Meter = new Meter();
  readonly upkeepCounts: Words = newUpkeepCounts();
  /** It has no thread and gets none for now: threads in a row have died without having begun anything. */
  isDown: boolean = false;
  /** With a key, and without. */
  readonly #keyed: TaskQueue = new TaskQueue();
  readonly #keyless: TaskQueue = new TaskQueue();
  readonly #events: OwnerEvents;
  #line: Line | null = null;
  #isHeld: boolean = false;
  #onQuiet: (() => void) | null = null;

  constructor(number: number, events: OwnerEvents) {
    this.number = number;
    this.#events = events;
  }

  get thread(): Thread | null {
    return this.#line?.thread ?? null;
  }

  /** Tasks that the worker runs: 0 or 1. */
  get running(): number {
    return this.#line !== null && this.#line.count > 0 ? 1 : 0;
  }

  get waiting(): number {
    return this.load - this.running;
  }

  /** Tasks running and waiting. */
  get load(): number {
    return this.#keyed.size + this.#keyless.size + (this.#line?.count ?? 0);
  }

  /** A task given now would run at once. */
  get isFree(): boolean {
    return this.#line !== null && !this.#isHeld && this.load === 0;
  }

  /** What it is given waits until `resume`. */
  get isHeld(): boolean {
    return this.#isHeld;
  }

  /** Lets a thread work for this owner, from now on or, if it is held, from `resume` on. What it had before has no task. */
  connect(thread: Thread): void {
    this.#line?.close();
    this.#line = new Line(thread, (task, answer) => this.#onAnswer(task, answer));
    this.isDown = false;
    this.pump();
  }

  take(task: Task): void {
    (task.order.place === null ? this.#keyless : this.#keyed).push(task);
    this.pump();
  }

  /** Sends what the thread has room for. */
  pump(): void {
    const line = this.#line;
    if (line === null || this.#isHeld) return;
    for (let task = this.#first(); task !== null && line.hasRoomFor(task); task = this.#first()) {
      task.queue?.remove(task);
      this.#send(line, task);
    }
    if (this.load === 0) this.#events.idle(this);
  }

  /** Takes a task back that has not begun. False when it has, or is not here. */
  recall(task: Task): boolean {
    if (this.#line === null || !this.#line.has(task) || !this.#line.recall(task)) return false;
    this.#checkQuiet();
    return true;
  }

  /** The caller of a task that has begun gave up. */
  abort(task: Task, reason: unknown): void {
    if (this.#line?.has(task) === true) this.#line.abort(task, reason);
  }

  /** A task without a key that has not begun and that would begin later than at once, for an owner that is idle. */
  spare(): Task | null {
    if (this.#keyless.size === 0 && (this.#line === null || this.#line.count < 2)) return null;
    const waiting = this.#keyless.shift();
    if (waiting !== null) return waiting;
    const sent = this.#line?.tasks().slice(1) ?? [];
    return sent.find((task) => task.order.place === null && !task.hasMoved && this.recall(task)) ?? null;
  }

  /** Takes all tasks that have not begun into the queues, where the pool can share them out again. */
  recallAll(): void {
    for (const task of this.#line?.recallAll() ?? []) this.#putBack(task);
    this.#checkQuiet();
  }

  /** Takes out what waits, in no order across keys. */
  drain(): Task[] {
    return [...this.#keyed.drain(), ...this.#keyless.drain()];
  }

  /** The tasks that are with the thread. */
  tasksWithThread(): Task[] {
    return this.#line?.tasks() ?? [];
  }

  /** Sends nothing more to any thread until `resume`, whichever comes meanwhile. Resolves when the thread has no task. */
  async hold(): Promise<void> {
    this.#isHeld = true;
    this.recallAll();
    await this.#quiet();
  }

  resume(): void {
    this.#isHeld = false;
    this.pump();
  }

  /** The thread has ended: the task that it had begun fails, the others wait again. */
  disconnect({ exitCode, reason }: ThreadEnd): void {
    const line = this.#line;
    if (line === null) return;
    // First: answers that are still to be read have nothing more sent on this line.
    this.#line = null;
    const { begun, unbegun } = line.close();
    const died = `owner ${this.number} died (thread ${line.thread.id}, exit code ${exitCode})`;
    const says = reason instanceof Error ? reason.message : String(reason);
    for (const task of begun) {
      const what = `${died} while it ran ${task.order.name}, what that has done is unknown: ${says}`;
      this.#fail(task, new OwnerDiedError(what, { cause: reason }));
    }
    for (const task of unbegun.toReversed()) {
      if (!task.hasMoved) {
        this.#putBack(task);
        continue;
      }
      const what = `${died} before it ran ${task.order.name}, which had no effect and whose buffers are gone: ${says}`;
      this.#fail(task, new OwnerDiedError(what, { cause: reason }));
    }
    this.#checkQuiet();
  }

  #first(): Task | null {
    const keyed = this.#keyed.head;
    const keyless = this.#keyless.head;
    if (keyed === null || keyless === null) return keyed ?? keyless;
    return keyed.id < keyless.id ? keyed : keyless;
  }

  #send(line: Line, task: Task): void {
    try {
      line.send(task);
    } catch (error) {
      // What cannot be cloned or moved is the caller's mistake.
      this.#fail(task, error);
    }
  }

  #putBack(task: Task): void {
    (task.order.place === null ? this.#keyless : this.#keyed).pushFront(task);
  }

  #fail(task: Task, error: unknown): void {
    task.fail(error);
    this.#events.taskEnded(task);
  }

  #onAnswer(task: Task, answer: TaskAnswer): void {
    this.meter.completed += 1;
    if (answer.begunMs > 0) this.meter.record(task.givenMs, answer.begunMs, answer.endedMs);
    if (answer.ok) task.succeed(answer.value);
    else {
      this.meter.failed += 1;
      task.fail(unpackError(answer.failure));
    }
    this.#events.answered(task, this, answer);
    this.pump();
    this.#checkQuiet();
    this.#events.taskEnded(task);
  }

  async #quiet(): Promise<void> {
    if (this.running === 0) return;
    await new Promise<void>((resolve) => {
      this.#onQuiet = resolve;
    });
  }

  #checkQuiet(): void {
    if (this.running > 0) return;
    this.#onQuiet?.();
    this.#onQuiet = null;
  }
}
