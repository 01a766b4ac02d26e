/** Where the calls of a thread for one store went, and those that have to wait until earlier ones are answered. */
import type { Store } from '../store.ts';
import type { PendingCall } from './mail-calls.ts';

/** A call that waits for others to be answered, or for its link. */
export interface HeldCall {
  readonly call: PendingCall;
  readonly draft: Int32Array;
}

/** Those of one segment: what was sent before goes first. */
export interface HeldCalls {
  readonly moved: HeldCall[];
  readonly later: HeldCall[];
}

/** A store, and for each of its segments how many calls are unanswered, by which owner, and under which epoch of the ring. */
export class Destination {
  readonly store: Store;
  readonly index: number;
  readonly unanswered: Int32Array;
  readonly via: Int16Array;
  readonly epochs: Int32Array;
  /** By segment. */
  readonly held: Map<number, HeldCalls> = new Map();

  constructor(store: Store, index: number) {
    this.store = store;
    this.index = index;
    this.unanswered = new Int32Array(store.segmentCount);
    this.via = new Int16Array(store.segmentCount);
    this.epochs = new Int32Array(store.segmentCount);
  }

  /** What waits for the answers to a segment's calls. */
  heldFor(segment: number): HeldCalls {
    let held = this.held.get(segment);
    if (held === undefined) this.held.set(segment, (held = { moved: [], later: [] }));
    return held;
  }

  /** Notes a call that is sent to this owner. */
  note(segment: number, owner: number, epoch: number): void {
    this.unanswered[segment] += 1;
    this.via[segment] = owner;
    this.epochs[segment] = epoch;
  }

  /** Whether a call may be sent to this owner: not while calls of its segment are unanswered that were sent by another way. */
  mayGo(segment: number, owner: number, epoch: number): boolean {
    if (this.unanswered[segment] === 0) return true;
    return this.via[segment] === owner && this.epochs[segment] === epoch;
  }
}
