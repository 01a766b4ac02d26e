/** What a pool tells the outside: its own events, and messages on channels of node:diagnostics_channel. */
import { type Channel, channel } from 'node:diagnostics_channel';
import type { OwnerDiedError } from '../errors.ts';
import type { TaskAnswer } from './messages.ts';
import type { Owner } from './owner.ts';
import type { Task } from './task.ts';
import type { OwnerDeath, OwnerLeave, OwnerStart, RingChange, Watcher } from './watchers.ts';

/** An owner without a thread for now, because too many have died at once. */
export interface OwnerDown {
  readonly owner: number;
  readonly error: OwnerDiedError;
}

/** Events of a pool. Each is published on the channel `sharena:pool:<event>` too, with `pool` added. */
export interface PoolEvents {
  /** A thread works for an owner that had none before. */
  ownerStarted: [OwnerStart];
  /** A thread has ended that was to go on, and is replaced at once; or one that failed while it left. */
  ownerDied: [OwnerDeath];
  /** Another thread works for the owner: the one before has died, or `restart` has replaced it. */
  ownerReplaced: [OwnerStart];
  /** Threads of an owner have died in a row before they worked. The next is tried when a task comes, or after a second. */
  ownerDown: [OwnerDown];
  /**
   * A thread is to end: `restart` replaces it, `resize` dismisses its owner, or the pool closes. It runs no more tasks; its
   * module's `onStop` is called next, and not before listeners of this event have been.
   */
  ownerLeaving: [OwnerLeave];
  /** An owner has left the pool. */
  ownerLeft: [OwnerLeave];
  /** The segments are shared out anew. */
  resize: [RingChange];
}

/** A message on the channel `sharena:pool:task`, for each task that a worker has answered. */
export interface TaskMessage {
  readonly pool: unknown;
  readonly owner: number;
  readonly name: string;
  /** From the call to its begin in the worker, and from there to its end, in ms. */
  readonly waitMs: number;
  readonly runMs: number;
  /** Whether it was answered with a result. */
  readonly ok: boolean;
}

const CHANNEL_PREFIX = 'sharena:pool:';
const taskChannel: Channel = channel(`${CHANNEL_PREFIX}task`);

/** Turns what happens into events. A listener that throws breaks nothing: it is called in a task of its own. */
export class Announcer implements Watcher {
  readonly #pool: unknown;
  readonly #emit: (name: string, event: unknown) => void;

  constructor(pool: unknown, emit: (name: string, event: unknown) => void) {
    this.#pool = pool;
    this.#emit = emit;
  }

  ownerStarted(start: OwnerStart): void {
    this.#tell(start.previousThreadId === -1 ? 'ownerStarted' : 'ownerReplaced', start);
  }

  ownerDied(death: OwnerDeath): void {
    this.#tell('ownerDied', death);
  }

  ownerDown({ number }: Owner, error: OwnerDiedError): void {
    this.#tell('ownerDown', { owner: number, error });
  }

  ownerLeaving(leave: OwnerLeave): void {
    this.#tell('ownerLeaving', leave);
  }

  ownerLeft(leave: OwnerLeave): void {
    this.#tell('ownerLeft', leave);
  }

  ringChanged(change: RingChange): void {
    this.#tell('resize', change);
  }

  answered({ order, givenMs }: Task, { number }: Owner, { begunMs, endedMs, ok }: TaskAnswer): void {
    if (!taskChannel.hasSubscribers) return;
    const message: TaskMessage = {
      pool: this.#pool,
      owner: number,
      name: order.name,
      waitMs: Math.max(0, begunMs - givenMs),
      runMs: endedMs - begunMs,
      ok,
    };
    taskChannel.publish(message);
  }

  #tell<Name extends keyof PoolEvents>(name: Name, event: PoolEvents[Name][0]): void {
    const outside = channel(`${CHANNEL_PREFIX}${name}`);
    if (outside.hasSubscribers) outside.publish({ ...event, pool: this.#pool });
    queueMicrotask(() => this.#emit(name, event));
  }
}
