/** Options of a pool and of a task, checked once, with an OptionError that names the option and what it takes. */
import { availableParallelism } from 'node:os';
import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { TransferListItem } from 'node:worker_threads';
import type { Key } from '../codec/key.ts';
import { OptionError } from '../errors.ts';
import { Store } from '../store.ts';
import { checkNames, shown } from '../store/options.ts';
import { OWNERS_MAX } from './owners.ts';
import type { ThreadOptions } from './threads.ts';

export interface PoolOptions extends ThreadOptions {
  /** The stores that tasks find in `context.stores`, under these names. */
  readonly stores: Readonly<Record<string, Store>>;
  /**
   * The module whose exports are the tasks: a file URL, the string of one, or an absolute path. Stores with a codec of your
   * own need it there too, as an export `codecs` of an object from the store's name to the codec.
   *
   * For what a worker does besides tasks, such as a server, it may export `onStart(context)`, which is called and awaited in every
   * new worker before its first task, and `onStop()`, which is called after the last one, before the worker is stopped by
   * `restart`, `resize` or `close`. What `onStart` returns is the `started` of the event that announces the worker; what it
   * throws fails the worker's tasks. What `onStop` throws ends the thread like any error that nobody catches. `execute` of the
   * context works from that event on: an `onStart` that awaits it waits for ever.
   */
  readonly filename: URL | string;
  /** The module whose exports are the entry processors that `execute` calls. By default the module of the tasks. */
  readonly processors?: URL | string;
  /** Worker threads, each an owner; 1 to 254. By default the number of cores less one, at least 1. */
  readonly threads?: number;
  /** Tasks that may wait for one owner; a call for one more is refused with QueueFullError. Default Infinity. */
  readonly maxQueue?: number;
  /**
   * How long `close` waits for tasks, in ms, before it ends the workers that still run some. Default 30,000. Also how long a
   * worker that `restart` or `resize` ends has for its module's `onStop`.
   */
  readonly closeTimeout?: number;
  /**
   * Whether owners that have nothing else to do look after their segments, so that writers rarely have to: they reclaim entries
   * whose TTL is over, let tables grow ahead of need, and put free memory together. Default true.
   */
  readonly upkeep?: boolean;
}

/** Options of every call that has workers do something. */
export interface CallOptions {
  /**
   * Its abort rejects the call with the signal's reason. What has not begun is not run; a task that has begun goes on, since its
   * worker may hold locks, and finds the abort in `context.signal`.
   */
  readonly signal?: AbortSignal;
  /** Ms from the call on after which it is rejected with TaskTimeoutError, as if aborted. Default: no limit. */
  readonly timeout?: number;
}

export interface RunOptions extends CallOptions {
  /** The task runs on the worker that owns this key. Without it, on the one with the least to do. */
  readonly key?: Key;
  /** The store that the key is of; needed when the pool has several. */
  readonly store?: string;
  /** The export to call; the default export without it. */
  readonly name?: string;
  /** What is moved to the worker instead of copied; see `postMessage` of Node.js. */
  readonly transferList?: readonly TransferListItem[];
}

export interface SegmentsOptions extends CallOptions {
  /** Called in this thread whenever a segment is done. What it throws fails the call. */
  readonly onProgress?: (progress: SegmentsProgress) => void;
}

export interface SegmentsProgress {
  /** Segments done, and all that are to do. */
  readonly done: number;
  readonly total: number;
  /** The segment that was done last. */
  readonly segment: number;
}

/** The checked numbers. */
export interface PoolSettings {
  readonly stores: ReadonlyMap<string, Store>;
  /** A file URL. */
  readonly filename: string;
  /** A file URL. */
  readonly processors: string;
  readonly threads: number;
  readonly maxQueue: number;
  readonly closeTimeoutMs: number;
  readonly upkeep: boolean;
  readonly threadOptions: ThreadOptions;
}

const POOL_OPTION_NAMES = [
  'stores',
  'filename',
  'processors',
  'threads',
  'maxQueue',
  'closeTimeout',
  'upkeep',
  'execArgv',
  'env',
  'resourceLimits',
];
const CALL_OPTION_NAMES = ['signal', 'timeout'];
const RUN_OPTION_NAMES = ['key', 'store', 'name', 'transferList', ...CALL_OPTION_NAMES];
const SEGMENTS_OPTION_NAMES = ['onProgress', ...CALL_OPTION_NAMES];
const CLOSE_TIMEOUT_MS = 30_000;
/** The longest delay of a timer of Node.js. */
const TIMEOUT_MS_MAX: number = 2 ** 31 - 1;

/** Throws OptionError for a wrong or unknown option. */
export function checkPoolOptions(options: PoolOptions): PoolSettings {
  checkNames(options, POOL_OPTION_NAMES);
  const { execArgv, env, resourceLimits } = options;
  return {
    stores: storesOf(options.stores),
    filename: filenameOf('filename', options.filename),
    processors: filenameOf('processors', options.processors ?? options.filename),
    threads: checkThreads(options.threads ?? Math.min(OWNERS_MAX, Math.max(1, availableParallelism() - 1))),
    maxQueue: maxQueueOf(options.maxQueue),
    closeTimeoutMs: options.closeTimeout === undefined ? CLOSE_TIMEOUT_MS : msOf('closeTimeout', options.closeTimeout),
    upkeep: upkeepOf(options.upkeep),
    threadOptions: {
      ...(execArgv === undefined ? {} : { execArgv }),
      ...(env === undefined ? {} : { env }),
      ...(resourceLimits === undefined ? {} : { resourceLimits }),
    },
  };
}

/** Throws OptionError for a wrong or unknown option. */
export function checkRunOptions(options: RunOptions): void {
  checkNames(options, RUN_OPTION_NAMES);
  const { name, store, transferList } = options;
  if (name !== undefined && typeof name !== 'string') throw new OptionError(`name: ${shown(name)} is no string`);
  if (store !== undefined && typeof store !== 'string') throw new OptionError(`store: ${shown(store)} is no string`);
  if (transferList !== undefined && !Array.isArray(transferList)) {
    throw new OptionError(`transferList: ${shown(transferList)} is no array`);
  }
  checkCallOptions(options);
}

/** Throws OptionError for a wrong or unknown option, or a name that is no name. */
export function checkSegmentsCall(store: string, name: string, options: SegmentsOptions): void {
  checkNames(options, SEGMENTS_OPTION_NAMES);
  if (typeof store !== 'string') throw new OptionError(`store: ${shown(store)} is no string`);
  if (typeof name !== 'string') throw new OptionError(`name: ${shown(name)} is no string`);
  const { onProgress } = options;
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw new OptionError(`onProgress: ${shown(onProgress)} is no function`);
  }
  checkCallOptions(options);
}

/** Throws OptionError for what is no number of workers. */
export function checkThreads(threads: unknown): number {
  if (typeof threads !== 'number' || !Number.isInteger(threads) || threads < 1 || threads > OWNERS_MAX) {
    throw new OptionError(`threads: ${shown(threads)} is no whole number from 1 to ${OWNERS_MAX}`);
  }
  return threads;
}

function checkCallOptions({ signal, timeout }: CallOptions): void {
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new OptionError(`signal: ${shown(signal)} is no AbortSignal`);
  }
  if (timeout !== undefined) msOf('timeout', timeout);
}

function storesOf(stores: unknown): Map<string, Store> {
  const entries = typeof stores === 'object' && stores !== null ? Object.entries(stores) : [];
  if (entries.length === 0) throw new OptionError('stores: an object with at least one store by name is needed');
  for (const [name, store] of entries) {
    if (!(store instanceof Store)) throw new OptionError(`stores: ${name} is no Store`);
  }
  return new Map(entries as [string, Store][]);
}

function filenameOf(option: string, filename: unknown): string {
  if (typeof filename === 'string' && isAbsolute(filename)) return pathToFileURL(filename).href;
  const text = filename instanceof URL ? filename.href : filename;
  if (typeof text !== 'string' || !URL.canParse(text) || new URL(text).protocol !== 'file:') {
    throw new OptionError(`${option}: ${shown(text)} is no file URL and no absolute path of a module`);
  }
  return text;
}

function maxQueueOf(maxQueue: unknown): number {
  if (maxQueue === undefined) return Number.POSITIVE_INFINITY;
  if (typeof maxQueue !== 'number' || !(maxQueue >= 0)) {
    throw new OptionError(`maxQueue: ${shown(maxQueue)} is no number of tasks from 0 to Infinity`);
  }
  return maxQueue;
}

function upkeepOf(upkeep: unknown): boolean {
  if (upkeep === undefined) return true;
  if (typeof upkeep !== 'boolean') throw new OptionError(`upkeep: ${shown(upkeep)} is neither true nor false`);
  return upkeep;
}

function msOf(name: string, value: unknown): number {
  if (typeof value !== 'number' || !(value >= 0 && value <= TIMEOUT_MS_MAX)) {
    throw new OptionError(`${name}: ${shown(value)} is no number of milliseconds from 0 to ${TIMEOUT_MS_MAX}`);
  }
  return value;
}
