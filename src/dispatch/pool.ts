/** A pool of workers that own the segments of stores, and tasks that go to the owner of their key. */
import { EventEmitter } from 'node:events';
import type { Key } from '../codec/key.ts';
import { ClosedError } from '../errors.ts';
import { Calls } from './calls.ts';
import { Changes } from './changes.ts';
import { Crew } from './crew.ts';
import { describePool } from './describe.ts';
import { Dispatcher } from './dispatcher.ts';
import { Announcer, type PoolEvents } from './events.ts';
import { type EntryCall, executeAll, executeOne } from './execute.ts';
import { MailOffice } from './mail-office.ts';
import { parcelOf } from './movable.ts';
import {
  checkPoolOptions,
  checkRunOptions,
  checkSegmentsCall,
  checkThreads,
  type PoolOptions,
  type RunOptions,
  type SegmentsOptions,
} from './options.ts';
import { Routes } from './routes.ts';
import { mapOverSegments } from './segments.ts';
import { type OwnerStats, statsOf } from './stats.ts';
import { Watchers } from './watchers.ts';

export type { TaskContext, WorkerContext } from './context.ts';
export type { Entry } from './entry.ts';
export type { EntryCall } from './execute.ts';
export type { OwnerDown, PoolEvents, TaskMessage } from './events.ts';
export type { Latency } from './meter.ts';
export type { CallOptions, PoolOptions, RunOptions, SegmentsOptions, SegmentsProgress } from './options.ts';
export type { SegmentView } from './segment-view.ts';
export type { OwnerStats } from './stats.ts';
export type { UpkeepStats } from './upkeep-counts.ts';
export type { OwnerDeath, OwnerLeave, OwnerStart, RingChange } from './watchers.ts';

/**
 * Worker threads that own the segments of one or several stores.
 *
 * An owner runs one task at a time, in the order of the calls, so tasks of a key never overlap, whatever happens to workers
 * and owners. A worker that dies is replaced at once by one of the same number and segments. An idle pool does not keep the
 * process alive. For its events see `PoolEvents`.
 */
export class Pool extends EventEmitter<PoolEvents> {
  readonly #closeTimeoutMs: number;
  readonly #routes: Routes;
  readonly #dispatcher: Dispatcher;
  readonly #calls: Calls;
  readonly #changes: Changes;
  readonly #mail: MailOffice;
  #closing: Promise<void> | null = null;

  /**
   * Starts the workers. Tasks may be run at once; they wait until the workers have loaded the module.
   *
   * @throws OptionError that names the option, and when another pool has one of the stores; ClosedError when a store was
   *   closed; what `new Worker` throws
   */
  constructor(options: PoolOptions) {
    super();
    const settings = checkPoolOptions(options);
    const { stores, filename, processors, threads, maxQueue, closeTimeoutMs, upkeep, threadOptions } = settings;
    const watchers = new Watchers();
    const announcer = new Announcer(this, (name, event) => (this as EventEmitter).emit(name, event));
    this.#closeTimeoutMs = closeTimeoutMs;
    this.#routes = new Routes(stores, Array.from({ length: threads }).keys());
    this.#dispatcher = new Dispatcher(this.#routes, threads, announcer.answered.bind(announcer));
    this.#mail = new MailOffice(stores, {
      wake: (number) => {
        const owner = this.#dispatcher.owners.find((one) => one.number === number);
        return owner !== undefined && crew.wake(owner);
      },
      begin: () => this.#dispatcher.beginCall(),
    });
    const setup = { filename, processors, stores: this.#routes.handles(), upkeep };
    const crew = new Crew(setup, { ...threadOptions, leaveTimeoutMs: closeTimeoutMs }, watchers, this.#mail);
    watchers.add(this.#mail);
    watchers.add({ ownerDown: (owner, error) => this.#dispatcher.giveUp(owner, error) });
    watchers.add(announcer);
    try {
      for (const owner of this.#dispatcher.owners) crew.enlist(owner);
    } catch (error) {
      void crew.stop();
      this.#mail.close();
      this.#routes.giveUp();
      throw error;
    }
    this.#calls = new Calls(this.#dispatcher, crew, maxQueue);
    this.#changes = new Changes(this.#routes, this.#dispatcher, crew, this.#mail, watchers);
  }

  /** Number of owners: each has a worker, or gets one. */
  get threads(): number {
    return this.#dispatcher.size;
  }

  /** Number of the owner of a key: the worker that its tasks run on. Throws OptionError, KeyError, ClosedError. */
  ownerOf(key: Key, store?: string): number {
    this.#checkOpen();
    return this.#routes.ownerOf(this.#routes.placeOf(key, store));
  }

  /**
   * Runs a task, `fn(task, context)` of the module, and resolves to what it returns: with a key on the owner of the key, else
   * on the owner with the least to do. Task and result are copied as `postMessage` copies, or moved.
   *
   * @throws (rejects) what the task throws; OwnerDiedError when its worker died: it is not run again, and its outcome is
   *   unknown unless the message says otherwise; the signal's reason; TaskTimeoutError; QueueFullError; ClosedError;
   *   OptionError; KeyError; DataCloneError for a task or a result that cannot go to another thread
   */
  async run<Result = unknown>(task: unknown, options: RunOptions = {}): Promise<Result> {
    this.#checkOpen();
    checkRunOptions(options);
    const { name = 'default', key, store, transferList = [] } = options;
    const place = key === undefined ? null : this.#routes.placeOf(key, store);
    options.signal?.throwIfAborted();
    const { value, transferList: moved } = parcelOf(task, transferList);
    const order = { name, payload: value, transferList: moved, place };
    return this.#calls.submit(order, options) as Promise<Result>;
  }

  /**
   * Runs an entry processor, `fn(entry, ...args)` of the module of processors, on the owner of the key, and resolves to what it
   * returns. Calls for a key run one at a time, those of a thread in the order in which it made them, also while owners come
   * and go. The processor reads and changes the entry through `entry`, see there; nothing is locked meanwhile. It has to be
   * synchronous: an owner does nothing else until it returns, and for work that awaits there is `run`.
   *
   * A call runs once at most. What a processor did to the entry is written when it has returned, all of it or nothing; when a
   * thread has written the entry meanwhile without the owner, nothing is, and the call gets ConflictError: it is not
   * run again, since what it did elsewhere cannot be undone.
   *
   * Arguments and result are what `msgpack()` takes, 2 MiB together with the key. The calls go through shared memory: no
   * message, and no turn of the event loop when the owner is awake.
   *
   * @throws (rejects) what the processor throws; OwnerDiedError when its worker died: its outcome is unknown unless the message
   *   says otherwise; ConflictError; ValueError for arguments or a result that cannot be sent; StoreFullError;
   *   MailboxFullError when 65,536 calls of this thread to one owner are unanswered; KeyError; OptionError; ClosedError
   */
  execute<Result = unknown>(
    store: string,
    key: Key,
    processor: string,
    args: readonly unknown[] = [],
  ): Promise<Result> {
    if (this.#closing !== null) return Promise.reject(new ClosedError('the pool was closed'));
    return executeOne(this.#mail.sender, store, key, processor, args) as Promise<Result>;
  }

  /**
   * Several `execute` calls for one store, in their order. Waits where `execute` would throw MailboxFullError.
   *
   * @returns what became of each call, in the order of the calls
   * @throws (rejects) OptionError for a store that the pool does not have
   */
  async executeMany<Result = unknown>(
    store: string,
    calls: Iterable<EntryCall>,
  ): Promise<PromiseSettledResult<Result>[]> {
    this.#checkOpen();
    const end = this.#calls.begin();
    try {
      return (await executeAll(this.#mail.sender, store, calls)) as PromiseSettledResult<Result>[];
    } finally {
      end();
    }
  }

  /**
   * Calls `fn(segment, args, context)` of the module once for every segment of a store, on the owner of the segment: the owners
   * work in parallel, each on its own segments, and on other tasks in between. What a SegmentView shows while others write
   * is said there. When a call fails, what has not begun is not run, and the first error is thrown.
   *
   * @returns what the calls returned, by segment
   * @throws (rejects) like `run`
   */
  async mapSegments<Result = unknown>(
    store: string,
    name: string,
    args?: unknown,
    options: SegmentsOptions = {},
  ): Promise<Result[]> {
    this.#checkOpen();
    checkSegmentsCall(store, name, options);
    return mapOverSegments(this.#calls, this.#routes, { store, name, args, each: false }, options);
  }

  /**
   * `mapSegments`, and what the calls returned put together here by `combine`, in the order of the segments.
   *
   * @throws (rejects) like `run`; what `combine` throws
   */
  // The type of what comes from the workers is known to the caller alone.
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters
  async reduce<Sum, Result = Sum>(
    store: string,
    name: string,
    args: unknown,
    combine: (sum: Sum, result: Result, segment: number) => Sum,
    initial: Sum,
    options: SegmentsOptions = {},
  ): Promise<Sum> {
    const results = await this.mapSegments<Result>(store, name, args, options);
    return results.reduce(combine, initial);
  }

  /**
   * Calls `fn(value, key, args, context)` of the module for every entry of a store, on the owner of the key; see `mapSegments`.
   * No task of the same key runs at that time.
   *
   * @returns the number of calls
   * @throws (rejects) like `run`
   */
  async forEachOwned(store: string, name: string, args?: unknown, options: SegmentsOptions = {}): Promise<number> {
    this.#checkOpen();
    checkSegmentsCall(store, name, options);
    const work = { store, name, args, each: true };
    const counts = await mapOverSegments<number>(this.#calls, this.#routes, work, options);
    return counts.reduce((sum, count) => sum + count, 0);
  }

  /**
   * Changes the number of owners: those with the highest numbers leave, or new ones join. From n to m owners, a share of
   * |n - m| / max(n, m) of the segments moves. Tasks that wait go where their segments go, and none runs while another of its
   * segment still does. Calls of `execute` to the owners that join or leave wait until all that still run under the former
   * shares are over, and for the tasks that run beside them without awaiting.
   *
   * Resolves when the new owners work and the old ones are gone, whose `onStop` has `closeTimeout` ms. Changes of a pool are
   * made one after the other.
   *
   * @throws (rejects) OptionError; ClosedError; what keeps a new worker from being ready: nothing has changed then
   */
  async resize(threads: number): Promise<void> {
    checkThreads(threads);
    this.#checkOpen();
    await this.#calls.whileAlive(this.#changes.resize(threads));
  }

  /**
   * Replaces all workers, one after the other, each when its successor is ready and it has ended what it runs: no call fails.
   * The successors load the module anew. Who leaves has its module's `onStop` called, and answers calls of `execute` until
   * that has ended; after `closeTimeout` ms it is terminated. Needs room for one more thread in the stores' registries.
   *
   * @throws (rejects) what keeps a new worker from being ready: the old one goes on, as do those that are not replaced yet
   */
  async restart(): Promise<void> {
    this.#checkOpen();
    await this.#calls.whileAlive(this.#changes.restart());
  }

  /** What each owner has and does. O(segments + owners). */
  stats(): OwnerStats[] {
    return statsOf(this.#dispatcher.owners, this.#routes.loads(), (owner) => this.#mail.callsOf(owner));
  }

  /** A picture for terminals: the owners of the segments, and what each has to do. O(segments + owners). */
  describe(): string {
    return describePool(this.stats(), this.#routes.rings());
  }

  /**
   * Takes no more tasks, waits for those it has and for `onStop` of all workers, then stops them. The stores stay open. After
   * `closeTimeout` ms tasks that wait get ClosedError, those that run OwnerDiedError.
   */
  close(): Promise<void> {
    this.#closing ??= this.#end(this.#changes.close(this.#closeTimeoutMs));
    return this.#closing;
  }

  /** Stops the workers at once: tasks that wait get ClosedError, those that run OwnerDiedError. */
  async destroy(): Promise<void> {
    this.#dispatcher.dropWaiting('the pool was destroyed');
    this.#closing ??= this.#end(this.#changes.end());
    await this.#changes.end();
    await this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #checkOpen(): void {
    if (this.#closing !== null) throw new ClosedError('the pool was closed');
  }

  async #end(ending: Promise<void>): Promise<void> {
    try {
      await this.#calls.whileAlive(ending);
    } finally {
      this.#mail.close();
      this.#calls.end();
    }
  }
}
