/** One thread's part of a history: chooses operations by seed, performs them on a store, and writes them down. */
import { SharenaError } from '../../../src/errors.ts';
import type { StoreCalls } from './flawed-stores.ts';
import { type Choice, chooseCall } from './mix.ts';
import { isCounter, type HistoryPlan, type Key, keysOf } from './plan.ts';
import { Random } from './random.ts';
import type { HistoryLog, RecordedCall } from './recording.ts';
import type { StoreOutput } from './store-model.ts';
import { EMPTY_BYTES, EMPTY_TEXT, LARGE_ID, type Token, tokenOf, tokenOfId, valueOf } from './values.ts';

/** An operation that is ready to be performed. */
export type Step = () => void;

const PAUSE_PERIOD = 25;
const PAUSE_MS = 0.5;
const TTL_MS_MAX = 4;
/** Other entries of each thread. */
const FILLERS = 400;

export class HistoryThread {
  /** Errors that no call should have thrown. */
  readonly failures: string[] = [];
  readonly #store: StoreCalls;
  readonly #log: HistoryLog;
  readonly #plan: HistoryPlan;
  readonly #thread: number;
  readonly #keys: readonly Key[];
  readonly #random: Random;
  /** The last version seen of each key. */
  readonly #versions: number[];
  readonly #never: Int32Array = new Int32Array(new SharedArrayBuffer(4));
  readonly #unsettled: (() => void)[] = [];
  #tokenCount: number = 0;

  constructor(store: StoreCalls, log: HistoryLog, plan: HistoryPlan, thread: number) {
    this.#store = store;
    this.#log = log;
    this.#plan = plan;
    this.#thread = thread;
    this.#keys = keysOf(plan);
    this.#random = new Random(plan.seed * 8 + thread);
    this.#versions = this.#keys.map(() => 0);
  }

  /** Chooses an operation, now and then two, or one on several keys, and makes the values for it. */
  prepare(): Step {
    const random = this.#random;
    const before = Array.from({ length: this.#plan.fillers }, () => this.#prepareFiller());
    if (this.#plan.usesTtl && random.oneIn(PAUSE_PERIOD)) before.push(this.#preparePause());
    const key = random.below(this.#keys.length);
    const operation = this.#prepare(chooseCall(random, isCounter(this.#plan, key)), key);
    return () => {
      for (const step of before) step();
      operation();
    };
  }

  /** Looks at the values that a tight history has left for later. */
  settle(): void {
    for (const look of this.#unsettled.splice(0)) look();
  }

  /** What the main thread does last: what is found now was written before. */
  readAll(): void {
    for (const key of this.#keys.keys()) {
      this.#prepare('get', key)();
      this.#prepare('has', key)();
    }
    this.settle();
  }

  #prepare(choice: Choice, key: number): Step {
    const store = this.#store;
    const name = this.#keys[key];
    switch (choice) {
      case 'get':
      case 'peek':
        return () => this.#record({ call: choice, key }, () => store[choice](name), valueOutput);
      case 'has':
      case 'delete':
        return () => this.#record({ call: choice, key }, () => store[choice](name), flagOutput);
      case 'getVersioned':
        return () => this.#getVersioned(key);
      case 'compareAndSetSeen':
      case 'compareAndSet':
        return this.#prepareCompareAndSet(choice, key);
      case 'increment':
        return this.#prepareIncrement(key);
      case 'update':
        return () => this.#update(key);
      case 'getMany':
      case 'setMany':
      case 'deleteMany':
        return this.#prepareMany(choice);
      case 'clear':
        return this.#prepareClear();
      default:
        return this.#prepareWrite(choice, key);
    }
  }

  #prepareWrite(choice: 'set' | 'replace' | 'getOrInsert' | 'getOrInsertComputed', key: number): Step {
    const store = this.#store;
    const name = this.#keys[key];
    const token = this.#newToken(key);
    const value = valueOf(token);
    const ttl = this.#ttl();
    const recorded = { key, token, ...(ttl === undefined ? {} : { ttlMs: ttl.ttl }) };
    if (choice === 'set') {
      return () => this.#record({ call: 'set', ...recorded }, () => store.set(name, value, ttl), doneOutput);
    }
    if (choice === 'replace') {
      return () => this.#record({ call: 'replace', ...recorded }, () => store.replace(name, value, ttl), flagOutput);
    }
    const run =
      choice === 'getOrInsert'
        ? () => store.getOrInsert(name, value, ttl)
        : () => store.getOrInsertComputed(name, () => value, ttl);
    return () => this.#record({ call: 'getOrInsert', ...recorded }, run, valueOutput);
  }

  #getVersioned(key: number): void {
    this.#record(
      { call: 'getVersioned', key },
      () => {
        const found = this.#store.getVersioned(this.#keys[key]);
        this.#versions[key] = found?.version ?? 0;
        return found;
      },
      (found) => {
        const token = tokenOf(found?.value);
        if (found === undefined) return { token: null };
        return token === null || token === undefined ? { unreadable: true } : { token, version: found.version };
      },
    );
  }

  #prepareCompareAndSet(choice: 'compareAndSet' | 'compareAndSetSeen', key: number): Step {
    const token = this.#newToken(key);
    const value = valueOf(token);
    const ttl = this.#ttl();
    const recorded = { key, token, ...(ttl === undefined ? {} : { ttlMs: ttl.ttl }) };
    const onAbsence = choice === 'compareAndSet' && this.#random.oneIn(2);
    return () => {
      if (choice === 'compareAndSetSeen') this.#getVersioned(key);
      const version = onAbsence ? 0 : this.#versions[key];
      this.#record(
        { call: 'compareAndSet', version, ...recorded },
        () => this.#store.compareAndSet(this.#keys[key], version, value, ttl),
        flagOutput,
      );
    };
  }

  #prepareIncrement(key: number): Step {
    // Mostly whole numbers, which are added to in place; a half makes the store change the type of the value.
    const by = 1 + this.#random.below(1_000_000) + (this.#random.oneIn(8) ? 0.5 : 0);
    return () =>
      this.#record({ call: 'increment', key, by }, () => this.#store.increment(this.#keys[key], by), valueOutput);
  }

  #update(key: number): void {
    const index = this.#log.begin({ call: 'update', key });
    const change = (old: unknown): unknown => {
      const given = tokenOf(old);
      if (given === null) this.failures.push('update was given a value that nobody wrote');
      const token = this.#newToken(key);
      this.#log.amend(index, given ?? null, token);
      return valueOf(token);
    };
    this.#run([index], () => this.#store.update(this.#keys[key], change), valueOutput);
  }

  #prepareMany(choice: 'getMany' | 'setMany' | 'deleteMany'): Step {
    const store = this.#store;
    const keys = [...this.#keys.keys()].filter(() => this.#random.oneIn(2));
    const names = keys.map((key) => this.#keys[key]);
    const log = this.#log;
    if (choice === 'getMany') {
      return () => {
        const indexes = keys.map((key) => log.begin({ call: 'get', key }));
        this.#run(
          indexes,
          () => store.getMany(names),
          (values, nth) => valueOutput(values[nth]),
        );
      };
    }
    if (choice === 'deleteMany') {
      return () => {
        const indexes = keys.map((key) => log.begin({ call: 'delete', key }));
        this.#run(indexes, () => store.deleteMany(names), doneOutput);
      };
    }
    const tokens = keys.map((key) => this.#newToken(key));
    const entries = names.map((name, nth): [Key, unknown] => [name, valueOf(tokens[nth])]);
    return () => {
      const indexes = keys.map((key, nth) => log.begin({ call: 'set', key, token: tokens[nth] }));
      this.#run(indexes, () => store.setMany(entries), doneOutput);
    };
  }

  #prepareClear(): Step {
    return () => this.#record({ call: 'clear', key: -1 }, () => this.#store.clear(), doneOutput);
  }

  #record<T>(recorded: RecordedCall, run: () => T, outputOf: (result: T, nth: number) => StoreOutput): void {
    this.#run([this.#log.begin(recorded)], run, outputOf);
  }

  #run<T>(indexes: readonly number[], run: () => T, outputOf: (result: T, nth: number) => StoreOutput): void {
    let result: T;
    try {
      result = run();
    } catch (error) {
      const stamp = this.#log.stamp();
      // Of several keys, some may have been written before one found no room.
      const output = indexes.length === 1 ? this.#errorOutput(error) : undefined;
      if (indexes.length > 1) this.#errorOutput(error);
      for (const index of indexes) this.#log.end(index, stamp, output);
      return;
    }
    const stamp = this.#log.stamp();
    const look = (): void => {
      for (const [nth, index] of indexes.entries()) this.#log.end(index, stamp, outputOf(result, nth));
    };
    if (this.#plan.isTight) this.#unsettled.push(look);
    else look();
  }

  #errorOutput(error: unknown): StoreOutput | undefined {
    if (error instanceof SharenaError && error.code === 'ERR_SHARENA_FULL') return { error: 'full' };
    if (error instanceof SharenaError && error.code === 'ERR_SHARENA_VALUE') return { error: 'not a number' };
    this.failures.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return undefined;
  }

  /** Sets or deletes an entry that is in nobody's history. */
  #prepareFiller(): Step {
    const random = this.#random;
    const name = `filler ${this.#thread} ${random.below(FILLERS)}`;
    if (random.oneIn(3)) return () => void this.#store.delete(name);
    const value = 'x'.repeat(random.oneIn(10) ? random.below(8000) : random.below(100));
    return () => {
      try {
        this.#store.set(name, value);
      } catch (error) {
        this.#errorOutput(error);
      }
    };
  }

  #preparePause(): Step {
    const pauseMs = this.#random.below(5) * PAUSE_MS;
    return () => void Atomics.wait(this.#never, 0, 0, pauseMs);
  }

  #newToken(key: number): Token {
    // Thread numbers are below 8.
    const id = 1 + this.#thread + 8 * this.#tokenCount++;
    if (isCounter(this.#plan, key)) return id * 50_000;
    if (this.#random.oneIn(30)) return this.#random.oneIn(2) ? EMPTY_TEXT : EMPTY_BYTES;
    return tokenOfId(this.#plan.isLarge ? LARGE_ID + id : id);
  }

  #ttl(): { readonly ttl: number } | undefined {
    return this.#plan.usesTtl && this.#random.oneIn(2) ? { ttl: 1 + this.#random.below(TTL_MS_MAX) } : undefined;
  }
}

function valueOutput(value: unknown): StoreOutput {
  const token = tokenOf(value);
  if (token === null) return { unreadable: true };
  return { token: token ?? null };
}

function flagOutput(flag: boolean): StoreOutput {
  return { flag };
}

function doneOutput(): StoreOutput {
  return { done: true };
}
