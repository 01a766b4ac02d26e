/** What happens to the owners of a pool, told at once and in order to those who have to act on it. */
import type { OwnerDiedError } from '../errors.ts';
import type { Owner } from './owner.ts';

/** A thread that works for an owner from now on. */
export interface OwnerStart {
  readonly owner: number;
  /** Node.js id of the thread. */
  readonly threadId: number;
  /** The thread that worked for the owner before; -1 for none. */
  readonly previousThreadId: number;
  /** What `onStart` of its module returned; missing where that is undefined. */
  readonly started?: unknown;
}

/** How a thread ended that was to go on, or that failed while it left: then its owner gets no other for that. */
export interface OwnerDeath {
  readonly owner: number;
  /** Node.js id of the thread. */
  readonly threadId: number;
  readonly exitCode: number;
  /** What was thrown and not caught, or an Error that names the exit code. */
  readonly error: unknown;
}

/** A thread that is to end after its work: another one takes its place, or its owner leaves the pool, or the pool closes. */
export interface OwnerLeave {
  readonly owner: number;
  readonly threadId: number;
}

export interface RingChange {
  /** Owners before and after. */
  readonly from: number;
  readonly to: number;
  /** Segments that have another owner now, in all stores together. */
  readonly movedSegments: number;
}

/** A watcher must not throw. Each method is optional. */
export interface Watcher {
  ownerStarted?(start: OwnerStart): void;
  /** The thread is gone for sure; its successor is not started yet. */
  ownerDied?(death: OwnerDeath): void;
  /** No thread for the owner for now: too many have died at once. */
  ownerDown?(owner: Owner, error: OwnerDiedError): void;
  /** The thread has ended its last task, and is told to end what else it does. */
  ownerLeaving?(leave: OwnerLeave): void;
  /** The thread has ended, and its owner is not of the pool any more. */
  ownerLeft?(leave: OwnerLeave): void;
  /** The table in the arena has changed: see `ownerOf` and `ringEpoch` in owners.ts. */
  ringChanged?(change: RingChange): void;
}

export class Watchers implements Watcher {
  readonly #watchers: Watcher[] = [];

  add(watcher: Watcher): void {
    this.#watchers.push(watcher);
  }

  ownerStarted(start: OwnerStart): void {
    for (const watcher of this.#watchers) watcher.ownerStarted?.(start);
  }

  ownerDied(death: OwnerDeath): void {
    for (const watcher of this.#watchers) watcher.ownerDied?.(death);
  }

  ownerDown(owner: Owner, error: OwnerDiedError): void {
    for (const watcher of this.#watchers) watcher.ownerDown?.(owner, error);
  }

  ownerLeaving(leave: OwnerLeave): void {
    for (const watcher of this.#watchers) watcher.ownerLeaving?.(leave);
  }

  ownerLeft(leave: OwnerLeave): void {
    for (const watcher of this.#watchers) watcher.ownerLeft?.(leave);
  }

  ringChanged(change: RingChange): void {
    for (const watcher of this.#watchers) watcher.ringChanged?.(change);
  }
}
