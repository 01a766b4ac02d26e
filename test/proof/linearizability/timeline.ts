import type { Operation } from './model.ts';

/**
 * The calls and returns of a history in the order of time, as a doubly linked list from which operations are lifted
 * when they are linearized and to which they are put back in reverse order.
 *
 * Events are numbers: `op` is the call of operation `op`, `count + op` its return. An operation that never returned
 * has no return event. Where a call and a return carry the same time the call comes first: such two are concurrent.
 */
export class Timeline {
  readonly count: number;
  /** Operations that returned, and so must have taken effect. */
  readonly requiredCount: number;
  /** Position of each event in the order of time. */
  readonly rank: Int32Array;
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  readonly #head: number;

  constructor(operations: readonly Operation<unknown, unknown>[]) {
    const count = operations.length;
    const events: { readonly id: number; readonly time: number }[] = [];
    for (const [op, { call, end }] of operations.entries()) {
      events.push({ id: op, time: call });
      if (end !== Infinity) events.push({ id: count + op, time: end });
    }
    // Call events have the smaller numbers.
    events.sort((a, b) => a.time - b.time || a.id - b.id);
    this.count = count;
    this.requiredCount = events.length - count;
    this.#head = 2 * count;
    this.#next = new Int32Array(2 * count + 1);
    this.#previous = new Int32Array(2 * count + 1);
    this.rank = new Int32Array(2 * count);
    let last = this.#head;
    for (const [rank, { id }] of events.entries()) {
      this.rank[id] = rank;
      this.#link(last, id);
      last = id;
    }
    this.#link(last, this.#head);
  }

  /** The first event that has not been lifted, or -1. */
  first(): number {
    return this.after(this.#head);
  }

  /** The event after this one, or -1. */
  after(event: number): number {
    const next = this.#next[event];
    return next === this.#head ? -1 : next;
  }

  isCall(event: number): boolean {
    return event < this.count;
  }

  lift(op: number, returns: boolean): void {
    this.#unlink(op);
    if (returns) this.#unlink(this.count + op);
  }

  /** Undoes the latest lift that has not been undone. */
  putBack(op: number, returns: boolean): void {
    if (returns) this.#relink(this.count + op);
    this.#relink(op);
  }

  #link(left: number, right: number): void {
    this.#next[left] = right;
    this.#previous[right] = left;
  }

  #unlink(event: number): void {
    this.#link(this.#previous[event], this.#next[event]);
  }

  #relink(event: number): void {
    this.#next[this.#previous[event]] = event;
    this.#previous[this.#next[event]] = event;
  }
}
