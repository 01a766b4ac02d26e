/** Options of a store: what a user may pass, checked once, with an OptionError that names the option and what it takes. */
import { defaultSegmentCount, MEMORY_BYTES_MAX, MEMORY_BYTES_MIN, SEGMENTS_MAX } from '../../native-layout/geometry.ts';
import type { Codec } from '../codec/codec.ts';
import { OptionError } from '../errors.ts';
import { checkedTtl } from '../policy/expiry.ts';

export interface StoreOptions<V> {
  /** The whole budget in bytes, metadata included: a number, or a string such as '64MiB' or '2GiB'. Default '64MiB'. */
  readonly memory?: number | string;
  /**
   * How values become bytes: `msgpack()` (default), `text()`, `bytes()`, `float64()`, `int32()`, `json()`, `struct({...})`, or
   * your own.
   */
  readonly value?: Codec<V>;
  /** What a write does when the budget is used up. Only 'throw' (a StoreFullError) so far. */
  readonly whenFull?: 'throw';
  /** Default time to live of entries in ms; none by default. */
  readonly ttl?: number;
  /** Number of segments, a power of two; by default chosen from `memory`. */
  readonly segments?: number;
  /** A name for people; shown by stats(). */
  readonly name?: string;
  /** Longest wait in ms for a lock that a living thread holds. Default 5000. */
  readonly lockTimeout?: number;
  /**
   * Each thread remembers the values that `get`, `peek` and `getMany` have decoded, so that they need not be decoded again
   * while no thread has changed them. What these calls return is then deeply frozen and shared with later calls; values with a
   * part that cannot be frozen, such as a Map or bytes, are private copies as without it. `true` stands for at most 100,000
   * values of together 32 MiB as encoded, in each thread. Off by default.
   */
  readonly memo?: boolean | MemoOptions;
}

/** Bounds of what a thread remembers. */
export interface MemoOptions {
  /** Values, 1 to 2 ** 24. Default 100,000. */
  readonly max?: number;
  /** Bytes of the values as they are encoded: decoded ones take several times as much. No bound by default, if `max` is given. */
  readonly maxBytes?: number | string;
}

/** The checked numbers of a memo. */
export interface MemoLimits {
  readonly max: number;
  readonly maxBytes?: number;
}

/** Options of this thread's view of a store that exists. */
export interface AttachOptions<V> {
  /**
   * Needed for a codec of your own. It must have the name that the store was created with, a struct the same fields. How this
   * thread reads bytes: `bytes({ pooled: true })` or `bytes()`, the default, whatever the store was created with.
   */
  readonly value?: Codec<V>;
  readonly lockTimeout?: number;
  /** What this thread remembers, as in the options of `create`; by default what the store was created with. */
  readonly memo?: boolean | MemoOptions;
}

/** The checked numbers. */
export interface StoreSettings {
  readonly memoryBytes: number;
  readonly segmentCount: number;
  readonly ttlMs: number | undefined;
  readonly name: string;
  readonly lockTimeoutMs: number;
  readonly memo: MemoLimits | undefined;
}

/** The checked options of `attach`; `memo` is null to follow the store. */
export interface AttachSettings {
  readonly lockTimeoutMs: number;
  readonly memo: MemoLimits | undefined | null;
}

const CREATE_NAMES = ['memory', 'value', 'whenFull', 'ttl', 'segments', 'name', 'lockTimeout', 'memo'];
const ATTACH_NAMES = ['value', 'lockTimeout', 'memo'];
const MEMO_NAMES = ['max', 'maxBytes'];
const MEMO_MAX = 100_000;
const MEMO_MAX_LIMIT: number = 2 ** 24;
const MEMO_BYTES_MAX: number = 32 * 2 ** 20;
const UNITS: Readonly<Record<string, number>> = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 };
const LOCK_TIMEOUT_MS = 5000;
const DEFAULT_MEMORY = '64MiB';

/** Throws OptionError for a wrong or unknown option. */
export function checkStoreOptions<V>(options: StoreOptions<V>): StoreSettings {
  checkNames(options, CREATE_NAMES);
  const memoryBytes = memoryOf(options.memory === undefined ? DEFAULT_MEMORY : options.memory);
  if (options.whenFull !== undefined && options.whenFull !== 'throw') {
    throw new OptionError(`whenFull: ${shown(options.whenFull)} is not 'throw', the only policy of this version`);
  }
  if (options.name !== undefined && typeof options.name !== 'string') {
    throw new OptionError(`name: ${shown(options.name)} is no string`);
  }
  return {
    memoryBytes,
    segmentCount: segmentsOf(options.segments, memoryBytes),
    ttlMs: options.ttl === undefined ? undefined : checkedTtl(options.ttl),
    name: options.name ?? '',
    lockTimeoutMs: lockTimeoutOf(options.lockTimeout),
    memo: memoOf(options.memo),
  };
}

/** Throws OptionError for a wrong or unknown option. */
export function checkAttachOptions<V>(options: AttachOptions<V>): AttachSettings {
  checkNames(options, ATTACH_NAMES);
  return {
    lockTimeoutMs: lockTimeoutOf(options.lockTimeout),
    memo: options.memo === undefined ? null : memoOf(options.memo),
  };
}

/** Throws OptionError for options that are no object, or have a name that is none of `names`. */
export function checkNames(options: object, names: readonly string[]): void {
  if (typeof options !== 'object' || options === null) {
    throw new OptionError(`options: ${shown(options)} is no object`);
  }
  const unknown = Object.keys(options).find((name) => !names.includes(name));
  if (unknown !== undefined) throw new OptionError(`${unknown}: no such option, there are ${names.join(', ')}`);
}

function memoOf(memo: boolean | MemoOptions | undefined): MemoLimits | undefined {
  if (memo === undefined || memo === false) return undefined;
  if (memo === true) return { max: MEMO_MAX, maxBytes: MEMO_BYTES_MAX };
  if (typeof memo !== 'object' || memo === null) {
    throw new OptionError(`memo: ${shown(memo)} is neither true, false nor { max, maxBytes }`);
  }
  const unknown = Object.keys(memo).find((name) => !MEMO_NAMES.includes(name));
  if (unknown !== undefined)
    throw new OptionError(`memo.${unknown}: no such option, there are ${MEMO_NAMES.join(', ')}`);
  const { max = MEMO_MAX, maxBytes = memo.max === undefined ? MEMO_BYTES_MAX : undefined } = memo;
  if (!Number.isInteger(max) || max < 1 || max > MEMO_MAX_LIMIT) {
    throw new OptionError(`memo.max: ${shown(max)} is no whole number from 1 to ${MEMO_MAX_LIMIT}`);
  }
  if (maxBytes === undefined) return { max };
  const byteLimit = typeof maxBytes === 'string' ? parseBytes(maxBytes) : maxBytes;
  if (typeof byteLimit !== 'number' || !(byteLimit >= 1)) {
    throw new OptionError(`memo.maxBytes: ${shown(maxBytes)} is no size of at least a byte, such as 1048576 or '1MiB'`);
  }
  return Number.isFinite(byteLimit) ? { max, maxBytes: byteLimit } : { max };
}

function memoryOf(memory: unknown): number {
  const bytes = typeof memory === 'string' ? parseBytes(memory) : memory;
  if (typeof bytes !== 'number' || !(bytes >= MEMORY_BYTES_MIN && bytes <= MEMORY_BYTES_MAX)) {
    throw new OptionError(
      `memory: ${shown(memory)} is no size from ${MEMORY_BYTES_MIN} to ${MEMORY_BYTES_MAX} bytes, such as 1048576 or '64MiB'`,
    );
  }
  return bytes;
}

function parseBytes(text: string): number {
  const match = /^(\d+(?:\.\d+)?) ?(B|KiB|MiB|GiB|TiB)$/.exec(text);
  return match === null ? Number.NaN : Math.floor(Number(match[1]) * UNITS[match[2]]);
}

function segmentsOf(segments: unknown, memoryBytes: number): number {
  if (segments === undefined) return defaultSegmentCount(memoryBytes);
  if (
    typeof segments !== 'number' ||
    !(segments >= 1 && segments <= SEGMENTS_MAX) ||
    !Number.isInteger(Math.log2(segments))
  ) {
    throw new OptionError(`segments: ${shown(segments)} is no power of two from 1 to ${SEGMENTS_MAX}`);
  }
  return segments;
}

function lockTimeoutOf(timeout: unknown): number {
  if (timeout === undefined) return LOCK_TIMEOUT_MS;
  if (typeof timeout !== 'number' || !(timeout > 0) || !Number.isFinite(timeout)) {
    throw new OptionError(`lockTimeout: ${shown(timeout)} is no number of milliseconds above 0`);
  }
  return timeout;
}

/** A value in an error message. */
export function shown(value: unknown): string {
  if (typeof value === 'function') return 'a function';
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}
