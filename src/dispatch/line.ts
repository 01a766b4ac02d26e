/** The line from a pool to one of its threads: tasks go out on a port of its own, and answers come back on it. */
import { receiveMessageOnPort, type TransferListItem } from 'node:worker_threads';
import { packError } from './carried-error.ts';
import type { TaskAnswer, TaskCall, ToWorker } from './messages.ts';
import type { Task } from './task.ts';
import type { Thread } from './threads.ts';
import { markAborted, markSent, recall, wasBegun, WINDOW } from './turns.ts';

/** What a thread that has ended leaves behind, in the order of sending. */
export interface Remains {
  /** At most one: its outcome is unknown. */
  readonly begun: readonly Task[];
  readonly unbegun: readonly Task[];
}

export class Line {
  readonly thread: Thread;
  readonly #onAnswer: (task: Task, answer: TaskAnswer) => void;
  /** By turn modulo WINDOW. */
  readonly #sent: (Task | undefined)[] = Array.from({ length: WINDOW });
  #lastTurn: number = 0;
  /** No task before it is with the thread. */
  #firstTurn: number = 1;
  #count: number = 0;

  constructor(thread: Thread, onAnswer: (task: Task, answer: TaskAnswer) => void) {
    this.thread = thread;
    this.#onAnswer = onAnswer;
    thread.port.on('message', (answer: TaskAnswer) => this.#receive(answer));
    thread.port.on('messageerror', (error: Error) => this.#receiveGarbled(error));
    // What keeps the process alive is the pool, while a caller waits.
    thread.port.unref();
  }

  /** Tasks with the thread, begun or not. */
  get count(): number {
    return this.#count;
  }

  get hasSent(): boolean {
    return this.#lastTurn > 0;
  }

  hasRoomFor(task: Task): boolean {
    if (this.#lastTurn + 1 - this.#firstTurn >= WINDOW) return false;
    // What cannot be sent twice is not sent ahead: nothing would be left of it if the thread died before its turn.
    return !task.hasMoved || this.#count === 0;
  }

  /** Throws what the task cannot be cloned or moved for; then it was not sent. */
  send(task: Task): void {
    const { name, payload, transferList, part } = task.order;
    const turn = this.#lastTurn + 1;
    const call: TaskCall = { kind: 'run', turn, name, task: payload, ...(part === undefined ? {} : { part }) };
    markSent(this.thread.turns, turn);
    this.#post(call, transferList);
    task.turn = turn;
    this.#lastTurn = turn;
    this.#sent[turn % WINDOW] = task;
    this.#count += 1;
  }

  /** Takes a task back. False when the thread has begun it. */
  recall(task: Task): boolean {
    if (!recall(this.thread.turns, task.turn)) return false;
    this.#settle(task.turn);
    return true;
  }

  /** Takes back what the thread has not begun and what can be sent again, the last one first. */
  recallAll(): Task[] {
    // From the end: in the other order the thread could pass over a task that was just recalled and begin a later one.
    return this.tasks()
      .reverse()
      .filter((task) => !task.hasMoved && this.recall(task));
  }

  /** Tasks with the thread, in the order of sending. */
  tasks(): Task[] {
    const tasks: Task[] = [];
    for (let turn = this.#firstTurn; turn <= this.#lastTurn; turn++) {
      const task = this.#sent[turn % WINDOW];
      if (task !== undefined) tasks.push(task);
    }
    return tasks;
  }

  has(task: Task): boolean {
    return this.#sent[task.turn % WINDOW] === task;
  }

  /** Tells the thread that nobody waits for a task any more that it has begun. */
  abort(task: Task, reason: unknown): void {
    markAborted(this.thread.turns, task.turn);
    this.#post({ kind: 'abort', turn: task.turn, reason: packError(reason) }, []);
  }

  /** Call it when the thread has ended. */
  close(): Remains {
    const { port, turns } = this.thread;
    // The last answers may still be on their way through this thread's event loop.
    for (let last = receiveMessageOnPort(port); last !== undefined; last = receiveMessageOnPort(port)) {
      this.#receive(last.message as TaskAnswer);
    }
    port.close();
    const tasks = this.tasks();
    return {
      begun: tasks.filter(({ turn }) => wasBegun(turns, turn)),
      unbegun: tasks.filter(({ turn }) => !wasBegun(turns, turn)),
    };
  }

  #post(message: ToWorker, transferList: readonly TransferListItem[]): void {
    this.thread.port.postMessage(message, transferList);
  }

  #receive(answer: TaskAnswer): void {
    const task = this.#sent[answer.turn % WINDOW];
    if (task === undefined || task.turn !== answer.turn) return;
    this.#settle(answer.turn);
    this.#onAnswer(task, answer);
  }

  /** An answer that cannot be read is that of the first task: a thread answers in order. */
  #receiveGarbled(error: Error): void {
    this.#receive({ turn: this.#firstTurn, begunMs: 0, endedMs: 0, ok: false, failure: packError(error) });
  }

  #settle(turn: number): void {
    this.#sent[turn % WINDOW] = undefined;
    this.#count -= 1;
    while (this.#firstTurn <= this.#lastTurn && this.#sent[this.#firstTurn % WINDOW] === undefined)
      this.#firstTurn += 1;
  }
}
