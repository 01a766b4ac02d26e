/** Options of a pool and of a task, checked once, with an OptionError that names the option and what it takes. */
import { availableParallelism } from 'node:os';
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
   * The module whose exports are the tasks: a file URL, or the string of one. Stores with a codec of your own need it
   * there too, as an export `codecs` of an object from the store's name to the codec.
   */
  readonly filename: URL | string;
  /** Worker threads, each an owner; 1 to 254. By default the number of cores less one, at least 1. */
  readonly threads?: number;
}

export interface RunOptions {
  /** The task runs on the worker that owns this key. Without it, on the one with the least to do. */
  readonly key?: Key;
  /** The store that the key is of; needed when the pool has several. */
  readonly store?: string;
  /** The export to call; the default export without it. */
  readonly name?: string;
  /** Takes out a task that waits. One that runs goes on, with `context.signal` aborted, but its caller is rejected. */
  readonly signal?: AbortSignal;
  /** What is moved to the worker instead of copied; see `postMessage` of Node.js. */
  readonly transferList?: readonly TransferListItem[];
}

/** The checked numbers. */
export interface PoolSettings {
  readonly stores: ReadonlyMap<string, Store>;
  /** A file URL. */
  readonly filename: string;
  readonly threads: number;
  readonly threadOptions: ThreadOptions;
}

const POOL_OPTION_NAMES = ['stores', 'filename', 'threads', 'execArgv', 'env', 'resourceLimits'];
const RUN_OPTION_NAMES = ['key', 'store', 'name', 'signal', 'transferList'];

/** Throws OptionError for a wrong or unknown option. */
export function checkPoolOptions(options: PoolOptions): PoolSettings {
  checkNames(options, POOL_OPTION_NAMES);
  const { execArgv, env, resourceLimits } = options;
  return {
    stores: storesOf(options.stores),
    filename: filenameOf(options.filename),
    threads: threadsOf(options.threads),
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
  const { name, store, signal, transferList } = options;
  if (name !== undefined && typeof name !== 'string') throw new OptionError(`name: ${shown(name)} is no string`);
  if (store !== undefined && typeof store !== 'string') throw new OptionError(`store: ${shown(store)} is no string`);
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new OptionError(`signal: ${shown(signal)} is no AbortSignal`);
  }
  if (transferList !== undefined && !Array.isArray(transferList)) {
    throw new OptionError(`transferList: ${shown(transferList)} is no array`);
  }
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
  if (typeof text !== 'string' || !URL.canParse(text) || new URL(text).protocol !== 'file:') {
    throw new OptionError(`filename: ${shown(text)} is no file URL of a module of tasks`);
  }
  return text;
}

function threadsOf(threads: number | undefined): number {
  if (threads === undefined) return Math.min(OWNERS_MAX, Math.max(1, availableParallelism() - 1));
  if (!Number.isInteger(threads) || threads < 1 || threads > OWNERS_MAX) {
    throw new OptionError(`threads: ${shown(threads)} is no whole number from 1 to ${OWNERS_MAX}`);
  }
  return threads;
}
