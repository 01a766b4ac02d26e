/** A pool of workers that own the segments of stores, and tasks that go to the owner of their key. */
import { availableParallelism } from 'node:os';
import type { Key } from '../codec/key.ts';
import { ClosedError, OptionError } from '../errors.ts';
import { arenaOf, Store, type StoreHandle } from '../store.ts';
import { currentOwners, ownerOf, setOwners } from './owners.ts';
import { OwnerQueue } from './queue.ts';
import { OwnerThread, type ThreadOptions, type Transferable } from './threads.ts';

export interface PoolOptions extends ThreadOptions {
  /** The stores that tasks find in `context.stores`, under these names. */
  readonly stores: Readonly<Record<string, Store>>;
  /** The module whose exports are the tasks: a file URL, or the string of one. */
  readonly filename: URL | string;
  /** Worker threads, each an owner; 1 to 255. By default the number of cores less one, at least 1. */
  readonly threads?: number;
}

export interface RunOptions {
  /** The task runs on the worker that owns this key. Without it, on the one with the least to do. */
  readonly key?: Key;
  /** The store that the key is of; needed when the pool has several. */
  readonly store?: string;
  /** The export to call; the default export without it. */
  readonly name?: string;
  /** Aborts a task that waits. One that runs goes on, but its caller is rejected. */
  readonly signal?: AbortSignal;
  readonly transferList?: readonly Transferable[];
}

/** What a task gets as its second argument. */
export interface TaskContext {
  readonly stores: Readonly<Record<string, Store>>;
  /** Number of the owner that runs the task. */
  readonly owner: number;
}

export interface OwnerStats {
  readonly owner: number;
  /** Node.js id of its thread now; -1 while it is being replaced. */
  readonly threadId: number;
  /** Segments owned, by store. */
  readonly segments: Readonly<Record<string, number>>;
  readonly running: number;
  readonly waiting: number;
  /** Tasks answered so far, with a result or an error. */
  readonly completed: number;
}

const OPTION_NAMES = ['stores', 'filename', 'threads', 'execArgv', 'env', 'resourceLimits'];
const RUN_OPTION_NAMES = ['key', 'store', 'name', 'signal', 'transferList'];
const THREADS_MAX = 255;

/**
 * Starts its workers at once and keeps their number: one that dies is replaced by one that owns the same segments.
 *
 * Tasks of an owner run one at a time in the order of their `run` calls, so tasks of the same key never overlap.
 */
export class Pool {
  readonly #stores: ReadonlyMap<string, Store>;
  readonly #owners: readonly OwnerQueue[];
  #closing: Promise<void> | null = null;

  /** @throws OptionError that names the option; ClosedError when a store was closed */
  constructor(options: PoolOptions) {
    checkNames(options, OPTION_NAMES);
    this.#stores = storesOf(options.stores);
    const filename = filenameOf(options.filename);
    const threads = threadsOf(options.threads);
    const handles = Object.fromEntries(
      [...this.#stores].map(([name, store]): [string, StoreHandle] => [name, store.handle]),
    );
    this.#takeOwnership(threads);
    const { execArgv, env, resourceLimits } = options;
    const threadOptions = {
      ...(execArgv === undefined ? {} : { execArgv }),
      ...(env === undefined ? {} : { env }),
      ...(resourceLimits === undefined ? {} : { resourceLimits }),
    };
    this.#owners = Array.from({ length: threads }, (_, owner) => {
      return new OwnerQueue(owner, new OwnerThread({ owner, filename, stores: handles }, threadOptions));
    });
  }

  /** Number of workers. */
  get threads(): number {
    return this.#owners.length;
  }

  /** The owner of a key: the worker that its tasks run on. */
  ownerOf(key: Key, storeName?: string): number {
    const store = this.#storeFor(storeName);
    return ownerOf(arenaOf(store), store.segmentOf(key));
  }

  /**
   * Runs a task and resolves to what it returns.
   *
   * @throws what the task throws; OwnerDiedError when its worker died (the task is not run again); ClosedError; OptionError;
   *   KeyError; DataCloneError for a task or result that cannot go to another thread
   */
  async run(task: unknown, options: RunOptions = {}): Promise<unknown> {
    if (this.#closing !== null) throw new ClosedError('the pool was closed');
    checkNames(options, RUN_OPTION_NAMES);
    const { name = 'default', signal } = options;
    if (typeof name !== 'string') throw new OptionError(`name: ${typeof name} is no name of an export`);
    const queue = options.key === undefined ? this.#leastBusy() : this.#queueOf(options.key, options.store);
    signal?.throwIfAborted();
    return queue.push({ name, task }, options.transferList, signal);
  }

  /** What each owner has and does. */
  stats(): OwnerStats[] {
    return this.#owners.map((queue) => ({
      owner: queue.owner,
      threadId: queue.thread.threadId,
      segments: this.#segmentsOf(queue.owner),
      running: queue.isRunning ? 1 : 0,
      waiting: queue.length - (queue.isRunning ? 1 : 0),
      completed: queue.completed,
    }));
  }

  /** Waits for the tasks that were given so far, then stops the workers. The stores stay open. */
  close(): Promise<void> {
    this.#closing ??= this.#end(false);
    return this.#closing;
  }

  /** Stops the workers at once: tasks that wait get ClosedError, those that run OwnerDiedError. */
  destroy(): Promise<void> {
    this.#closing = this.#end(true);
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #end(atOnce: boolean): Promise<void> {
    if (atOnce) for (const queue of this.#owners) queue.rejectWaiting();
    else await Promise.all(this.#owners.map((queue) => queue.drained()));
    await Promise.all(this.#owners.map((queue) => queue.thread.destroy()));
    for (const store of this.#stores.values()) if (!store.closed) setOwners(arenaOf(store), [], false);
  }

  #takeOwnership(threads: number): void {
    const weights = Array.from({ length: threads }, () => 1);
    const taken: Store[] = [];
    try {
      for (const store of this.#stores.values()) {
        setOwners(arenaOf(store), weights, true);
        taken.push(store);
      }
    } catch (error) {
      for (const store of taken) setOwners(arenaOf(store), [], false);
      throw error;
    }
  }

  #segmentsOf(owner: number): Record<string, number> {
    const counts: [string, number][] = [...this.#stores].map(([name, store]) => {
      return [name, currentOwners(arenaOf(store)).filter((other) => other === owner).length];
    });
    return Object.fromEntries(counts);
  }

  #storeFor(name: string | undefined): Store {
    if (name === undefined) {
      const [only] = this.#stores.values();
      if (this.#stores.size === 1 && only !== undefined) return only;
      throw new OptionError(`store: needed with a key, the pool has ${[...this.#stores.keys()].join(', ')}`);
    }
    const store = this.#stores.get(name);
    if (store === undefined)
      throw new OptionError(`store: the pool has no ${name}, but ${[...this.#stores.keys()].join(', ')}`);
    return store;
  }

  #queueOf(key: Key, storeName: string | undefined): OwnerQueue {
    return this.#owners[this.ownerOf(key, storeName)];
  }

  #leastBusy(): OwnerQueue {
    return this.#owners.reduce((least, queue) => (queue.length < least.length ? queue : least));
  }
}

function checkNames(options: object, names: readonly string[]): void {
  if (typeof options !== 'object' || options === null) throw new OptionError('options: not an object');
  const unknown = Object.keys(options).find((name) => !names.includes(name));
  if (unknown !== undefined) throw new OptionError(`${unknown}: no such option, there are ${names.join(', ')}`);
}

function storesOf(stores: unknown): Map<string, Store> {
  const entries = typeof stores === 'object' && stores !== null ? Object.entries(stores) : [];
  if (entries.length === 0) throw new OptionError('stores: an object with at least one store by name is needed');
  for (const [name, store] of entries) {
    if (!(store instanceof Store)) throw new OptionError(`stores: ${name} is no Store`);
  }
  return new Map(entries as [string, Store][]);
}

function filenameOf(filename: unknown): string {
  const text = filename instanceof URL ? filename.href : filename;
  if (typeof text !== 'string' || !text.startsWith('file:')) {
    throw new OptionError(
      `filename: ${typeof text === 'string' ? text : typeof text} is no file URL of a module of tasks`,
    );
  }
  return text;
}

function threadsOf(threads: number | undefined): number {
  if (threads === undefined) return Math.max(1, availableParallelism() - 1);
  if (!Number.isInteger(threads) || threads < 1 || threads > THREADS_MAX) {
    throw new OptionError(`threads: ${String(threads)} is no whole number from 1 to ${THREADS_MAX}`);
  }
  return threads;
}
