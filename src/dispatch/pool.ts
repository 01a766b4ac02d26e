/** A pool of workers that own the segments of stores, and tasks that go to the owner of their key. */
import type { Key } from '../codec/key.ts';
import { ClosedError, OptionError } from '../errors.ts';
import { arenaOf, type Store } from '../store.ts';
import { checkPoolOptions, checkRunOptions, type PoolOptions, type RunOptions } from './options.ts';
import { claimRing, loadsOf, ownerOf, releaseRing } from './owners.ts';
import { OwnerQueue } from './queue.ts';
import { OwnerThread } from './threads.ts';

export type { PoolOptions, RunOptions } from './options.ts';

/** What a task gets as its second argument. */
export interface TaskContext {
  /** The stores of the pool, as this worker has them attached. */
  readonly stores: Readonly<Record<string, Store>>;
  /** Number of the owner that runs the task. */
  readonly owner: number;
  /** Only for a task that was given a signal. Its abort comes through the event loop: a task has to await to see it. */
  readonly signal?: AbortSignal;
}

export interface OwnerStats {
  readonly owner: number;
  /** Node.js id of its thread now; -1 while there is none. */
  readonly threadId: number;
  /** Segments owned, by store. */
  readonly segments: Readonly<Record<string, number>>;
  /** Tasks that run, 0 or 1. */
  readonly running: number;
  /** Tasks that wait for their turn. */
  readonly waiting: number;
  /** Tasks that had their turn and were answered, with a result or an error. */
  readonly completed: number;
}

/**
 * Starts its workers at once. One that dies is replaced, when its owner has a task, by one of the same number and segments.
 *
 * Tasks of an owner run one at a time in the order of their `run` calls, so tasks of the same key never overlap.
 */
export class Pool {
  readonly #stores: ReadonlyMap<string, Store>;
  readonly #owners: readonly OwnerQueue[];
  #closing: Promise<void> | null = null;
  #stopping: Promise<void> | null = null;

  /** @throws OptionError that names the option; ClosedError when a store was closed; what `new Worker` throws */
  constructor(options: PoolOptions) {
    const { stores, filename, threads, threadOptions } = checkPoolOptions(options);
    const handles = Object.fromEntries([...stores].map(([name, store]) => [name, store.handle]));
    const claimed: Store[] = [];
    const owners: OwnerQueue[] = [];
    try {
      const weights = Array.from({ length: threads }, () => 1);
      for (const store of new Set(stores.values())) {
        claimRing(arenaOf(store), weights);
        claimed.push(store);
      }
      for (let owner = 0; owner < threads; owner++) {
        owners.push(new OwnerQueue(owner, new OwnerThread({ owner, filename, stores: handles }, threadOptions)));
      }
    } catch (error) {
      for (const { thread } of owners) void thread.stop();
      for (const store of claimed) releaseRing(arenaOf(store));
      throw error;
    }
    this.#stores = stores;
    this.#owners = owners;
  }

  /** Number of workers. */
  get threads(): number {
    return this.#owners.length;
  }

  /** Number of the owner of a key: the worker that its tasks run on. Throws OptionError, KeyError, ClosedError. */
  ownerOf(key: Key, storeName?: string): number {
    if (this.#closing !== null) throw new ClosedError('the pool was closed');
    const store = this.#storeFor(storeName);
    return ownerOf(arenaOf(store), store.segmentOf(key));
  }

  /**
   * Runs a task, `fn(task, context)` of the module, and resolves to what it returns.
   *
   * @throws what the task throws; OwnerDiedError when its worker died (it is not run again, its outcome is unknown unless
   *   the message says otherwise); the signal's reason; ClosedError; OptionError; KeyError; DataCloneError for a task or
   *   a result that cannot go to another thread
   */
  async run<Result = unknown>(task: unknown, options: RunOptions = {}): Promise<Result> {
    if (this.#closing !== null) throw new ClosedError('the pool was closed');
    checkRunOptions(options);
    const { name = 'default', key, store, signal, transferList = [] } = options;
    const queue = key === undefined ? this.#leastBusy() : this.#owners[this.ownerOf(key, store)];
    signal?.throwIfAborted();
    return (await queue.push({ name, task, transferList, signal })) as Result;
  }

  /** What each owner has and does. O(segments + owners). */
  stats(): OwnerStats[] {
    const loads = [...this.#stores].map(([name, store]) => {
      return { name, segments: store.closed ? [] : loadsOf(arenaOf(store)) };
    });
    return this.#owners.map(({ owner, thread, running, waiting, completed }) => ({
      owner,
      threadId: thread.threadId,
      segments: Object.fromEntries(loads.map(({ name, segments }) => [name, segments[owner] ?? 0])),
      running,
      waiting,
      completed,
    }));
  }

  /** Waits for the tasks that were given so far, then stops the workers. The stores stay open. */
  close(): Promise<void> {
    this.#closing ??= this.#closeWhenDrained();
    return this.#closing;
  }

  /** Stops the workers at once: tasks that wait get ClosedError, those that run OwnerDiedError. */
  destroy(): Promise<void> {
    for (const queue of this.#owners) queue.rejectWaiting();
    this.#closing ??= this.#stop();
    return this.#stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #closeWhenDrained(): Promise<void> {
    await Promise.all(this.#owners.map((queue) => queue.drained()));
    await this.#stop();
  }

  /** Once: by a second time the stores may have another pool. */
  #stop(): Promise<void> {
    this.#stopping ??= this.#stopWorkers();
    return this.#stopping;
  }

  async #stopWorkers(): Promise<void> {
    await Promise.all(this.#owners.map(({ thread }) => thread.stop()));
    for (const store of new Set(this.#stores.values())) if (!store.closed) releaseRing(arenaOf(store));
  }

  #storeFor(name: string | undefined): Store {
    const store = name === undefined ? this.#onlyStore() : this.#stores.get(name);
    if (store !== undefined) return store;
    const names = [...this.#stores.keys()].join(', ');
    throw new OptionError(
      name === undefined
        ? `store: needed with a key, the pool has ${names}`
        : `store: the pool has no ${name}, but ${names}`,
    );
  }

  #onlyStore(): Store | undefined {
    return this.#stores.size === 1 ? [...this.#stores.values()][0] : undefined;
  }

  #leastBusy(): OwnerQueue {
    return this.#owners.reduce((least, queue) => {
      return queue.waiting + queue.running < least.waiting + least.running ? queue : least;
    });
  }
}
