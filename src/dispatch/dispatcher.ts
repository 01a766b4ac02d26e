/**
 * Which owner runs which task, also while owners come and go: tasks of one segment never overlap and never overtake each
 * other, whichever owners it passes through.
 */
import { ClosedError, OwnerDiedError } from '../errors.ts';
import { Owner, type OwnerEvents } from './owner.ts';
import type { Routes } from './routes.ts';
import { type Place, type Task, TaskQueue } from './task.ts';

/** A segment whose former owner still has tasks of it. */
interface Handover {
  readonly unended: Set<Task>;
  /** What is for the new owner when those have ended. */
  readonly parked: TaskQueue;
}

export class Dispatcher {
  readonly #routes: Routes;
  /** Owners in the ring, by number. */
  readonly #members: Map<number, Owner> = new Map();
  /** Owners that have left the ring and may still run a task. */
  readonly #leavers: Set<Owner> = new Set();
  /** By place. */
  readonly #handovers: Map<string, Handover> = new Map();
  readonly #idleWaiters: Set<() => void> = new Set();
  #unended: number = 0;
  #lastTurn: number = -1;
  /** Why it takes no tasks any more. */
  #refusal: string | null = null;

  readonly #onAnswer: OwnerEvents['answered'];

  /** @param count owners that have all segments of the routes already, with the numbers from 0 on */
  constructor(routes: Routes, count: number, onAnswer: OwnerEvents['answered']) {
    this.#routes = routes;
    this.#onAnswer = onAnswer;
    for (let number = 0; number < count; number++) this.#members.set(number, this.newOwner(number));
  }

  /** Owners in the ring, by number. */
  get owners(): Owner[] {
    return [...this.#members.values()].sort((a, b) => a.number - b.number);
  }

  get size(): number {
    return this.#members.size;
  }

  /** An owner that is not in the ring yet. */
  newOwner(number: number): Owner {
    return new Owner(number, {
      taskEnded: (task) => this.#onTaskEnd(task),
      answered: this.#onAnswer,
      idle: (owner) => this.#findWork(owner),
    });
  }

  /** The owner that a task is for. Throws ClosedError when all tasks were dropped. */
  ownerFor(place: Place | null): Owner {
    if (this.#refusal !== null) throw new ClosedError(this.#refusal);
    if (place === null) return this.#leastBusy();
    const number = this.#routes.ownerOf(place);
    const owner = this.#members.get(number);
    if (owner !== undefined) return owner;
    throw new OwnerDiedError(
      `segment ${place.segment} of ${place.store} has owner ${number}, which is not of this pool`,
    );
  }

  /** Takes a task, for the owner that `ownerFor` has found. */
  give(task: Task, owner: Owner): void {
    this.#unended += 1;
    this.#place(task, owner);
  }

  /**
   * Answers the caller with an error: takes back a task that has not begun, tells the worker of one that has.
   *
   * @param reasonOf makes the error, told whether the task has begun
   */
  abort(task: Task, reasonOf: (hasBegun: boolean) => unknown): void {
    if (task.isEnded) return;
    const holders = [...this.#members.values(), ...this.#leavers];
    if (task.queue !== null) task.queue.remove(task);
    else if (!holders.some((owner) => owner.recall(task))) {
      const reason = reasonOf(true);
      task.desert(reason);
      for (const owner of holders) owner.abort(task, reason);
      return;
    }
    this.#fail(task, reasonOf(false));
    for (const owner of holders) owner.pump();
  }

  /** A call is under way that gives tasks one after the other. Returns what ends it. */
  beginCall(): () => void {
    this.#unended += 1;
    return () => this.#endOne();
  }

  /** Resolves when no call is under way and no owner has a task, begun or not. */
  async idle(): Promise<void> {
    if (this.#unended === 0) return;
    await new Promise<void>((resolve) => {
      this.#idleWaiters.add(resolve);
    });
  }

  /** Gives new owners their shares of the segments, and the tasks that wait for them. Returns the segments that moved. */
  add(owners: readonly Owner[]): number {
    for (const owner of owners) this.#members.set(owner.number, owner);
    return this.#moveSegments();
  }

  /** Takes owners out of the ring. Returns the segments that moved; `hold` of an owner waits for what it still runs. */
  remove(owners: readonly Owner[]): number {
    for (const owner of owners) {
      this.#members.delete(owner.number);
      this.#leavers.add(owner);
    }
    return this.#moveSegments();
  }

  /** An owner that was removed has nothing left. */
  forget(owner: Owner): void {
    this.#leavers.delete(owner);
  }

  /** The owner gets no thread: tasks without a key go to others, those with one fail. */
  giveUp(owner: Owner, error: OwnerDiedError): void {
    owner.isDown = true;
    const others = [...this.#members.values()].some((other) => !other.isDown);
    for (const task of owner.drain()) {
      if (others && task.order.place === null) this.#place(task, this.#leastBusy());
      else this.#fail(task, error);
    }
  }

  /** Answers all that has not begun with a ClosedError, and takes nothing more. */
  dropWaiting(reason: string): void {
    this.#refusal = `${reason} before the task ran`;
    const error = (): ClosedError => new ClosedError(`${reason} before the task ran`);
    for (const { parked } of this.#handovers.values()) for (const task of parked.drain()) this.#fail(task, error());
    for (const owner of [...this.#members.values(), ...this.#leavers]) {
      owner.recallAll();
      for (const task of owner.drain()) this.#fail(task, error());
    }
  }

  #place(task: Task, owner: Owner): void {
    const { place } = task.order;
    const handover = place === null || this.#handovers.size === 0 ? undefined : this.#handovers.get(keyOf(place));
    if (handover === undefined) owner.take(task);
    else handover.parked.push(task);
  }

  #fail(task: Task, error: unknown): void {
    task.fail(error);
    this.#onTaskEnd(task);
  }

  #onTaskEnd(task: Task): void {
    if (this.#handovers.size > 0 && task.order.place !== null) this.#handOver(task, task.order.place);
    this.#endOne();
  }

  #endOne(): void {
    this.#unended -= 1;
    if (this.#unended > 0) return;
    for (const resolve of this.#idleWaiters) resolve();
    this.#idleWaiters.clear();
  }

  #handOver(task: Task, place: Place): void {
    const key = keyOf(place);
    const handover = this.#handovers.get(key);
    if (handover === undefined || !handover.unended.delete(task) || handover.unended.size > 0) return;
    this.#handovers.delete(key);
    if (handover.parked.size === 0) return;
    const owner = this.ownerFor(place);
    for (const parked of handover.parked.drain()) owner.take(parked);
  }

  /** Takes turns among equals, so that a pool with little to do spreads it. */
  #leastBusy(): Owner {
    let best: Owner | null = null;
    let bestCost = Number.POSITIVE_INFINITY;
    const count = this.#members.size;
    for (const owner of this.#members.values()) {
      // Half a task at most for who had one last, one for a thread that is still to come or to leave, all for one that is down.
      const turn = ((owner.number - this.#lastTurn - 1 + 2 * count) % count) / (2 * count);
      const cost = owner.load + turn + (owner.thread === null || owner.isHeld ? 1 : 0) + (owner.isDown ? 2 ** 40 : 0);
      if (cost >= bestCost) continue;
      best = owner;
      bestCost = cost;
    }
    if (best === null) throw new OwnerDiedError('the pool has no owner');
    this.#lastTurn = best.number;
    return best;
  }

  /** No task without a key waits while an owner is idle. */
  #findWork(owner: Owner): void {
    if (this.#members.get(owner.number) !== owner) return;
    const others = [...this.#members.values()].filter((other) => other !== owner && other.waiting > 0);
    for (const other of others.sort((a, b) => b.waiting - a.waiting)) {
      const task = other.spare();
      if (task === null) continue;
      owner.take(task);
      return;
    }
  }

  /** Shares the segments among the members, and what has not begun as the segments are. */
  #moveSegments(): number {
    const former = [...this.#members.values(), ...this.#leavers];
    for (const owner of former) owner.recallAll();
    const moved = this.#routes.plan(this.#members.keys());
    for (const owner of former) {
      for (const task of owner.tasksWithThread()) this.#leaveBehind(task, owner);
    }
    // Tasks of one segment all waited in one queue: in the order of their calls they stay behind each other.
    const waiting = former.flatMap((owner) => owner.drain()).sort((a, b) => a.id - b.id);
    for (const task of waiting) this.#place(task, this.ownerFor(task.order.place));
    for (const owner of former) owner.pump();
    return moved;
  }

  /** A task that stays with the former owner of its segment: those behind it wait for it. */
  #leaveBehind(task: Task, owner: Owner): void {
    const { place } = task.order;
    if (place === null || this.#routes.ownerOf(place) === owner.number) return;
    const key = keyOf(place);
    const handover = this.#handovers.get(key) ?? { unended: new Set(), parked: new TaskQueue() };
    handover.unended.add(task);
    this.#handovers.set(key, handover);
  }
}

function keyOf(place: Place): string {
  return `${place.segment} ${place.store}`;
}
