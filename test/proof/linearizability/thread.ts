/** One thread's part of a history: chooses operations by seed, performs them on a store, and writes them down. */
import { SharenaError } from '../../../src/errors.ts';
import type { StoreCalls } from './flawed-stores.ts';
import { isCounter, type HistoryPlan, type Key, keysOf } from './plan.ts';
import { Random } from './random.ts';
import type { HistoryLog, RecordedCall } from './recording.ts';
import type { StoreOutput } from './store-model.ts';
import { EMPTY_BYTES, EMPTY_TEXT, type Token, tokenOf, tokenOfId, valueOf } from './values.ts';

type Choice = RecordedCall['call'] | 'getOrInsertComputed' | 'compareAndSetSeen' | 'getMany' | 'setMany' | 'deleteMany';

/** Each as often as it is listed. */
const ON_VALUES: readonly Choice[] = [
  ...repeat('get', 12),
  ...repeat('set', 10),
  ...repeat('has', 3),
  ...repeat('peek', 2),
  ...repeat('getVersioned', 3),
  ...repeat('delete', 4),
  ...repeat('getOrInsert', 3),
  ...repeat('getOrInsertComputed', 2),
  ...repeat('replace', 3),
  ...repeat('compareAndSet', 2),
  ...repeat('compareAndSetSeen', 4),
  ...repeat('update', 4),
  'increment',
  'getMany',
  'setMany',
  'deleteMany',
];
const ON_COUNTERS: readonly Choice[] = [...ON_VALUES, ...repeat('increment', 20), ...repeat('get', 6)];

const CLEAR_PERIOD = 150;
const PAUSE_PERIOD = 25;
const PAUSE_MS = 0.5;
const TTL_MS_MAX = 4;
/** Other entries of each thread. */
const FILLERS = 400;

function repeat(choice: Choice, count: number): Choice[] {
  return Array.from({ length: count }, () => choice);
}

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

  /** Performs one operation, now and then two, or one on several keys. */
  step(): void {
    const random = this.#random;
    for (let count = 0; count < this.#plan.fillers; count++) this.#fill();
    if (this.#plan.usesTtl && random.oneIn(PAUSE_PERIOD)) Atomics.wait(this.#never, 0, 0, random.below(5) * PAUSE_MS);
    const key = random.below(this.#keys.length);
    if (random.oneIn(CLEAR_PERIOD)) this.#clear();
    else this.#perform(random.pick(isCounter(this.#plan, key) ? ON_COUNTERS : ON_VALUES), key);
  }

  /** What the main thread does last: what is found now was written before. */
  readAll(): void {
    for (const key of this.#keys.keys()) {
      this.#perform('get', key);
      this.#perform('has', key);
    }
  }

  #perform(choice: Choice, key: number): void {
    const store = this.#store;
    const name = this.#keys[key];
    switch (choice) {
      case 'get':
      case 'peek':
        return this.#record({ call: choice, key }, () => store[choice](name), valueOutput);
      case 'has':
      case 'delete':
        return this.#record({ call: choice, key }, () => store[choice](name), flagOutput);
      case 'getVersioned':
        return this.#getVersioned(key);
      case 'compareAndSetSeen':
        this.#getVersioned(key);
        return this.#compareAndSet(key, this.#versions[key]);
      case 'compareAndSet':
        return this.#compareAndSet(key, this.#random.oneIn(2) ? 0 : this.#versions[key]);
      case 'increment':
        return this.#increment(key);
      case 'update':
        return this.#update(key);
      case 'getMany':
      case 'setMany':
      case 'deleteMany':
        return this.#performMany(choice);
      case 'clear':
        return this.#clear();
      default:
        return this.#write(choice, key);
    }
  }

  #write(choice: 'set' | 'replace' | 'getOrInsert' | 'getOrInsertComputed', key: number): void {
    const store = this.#store;
    const name = this.#keys[key];
    const token = this.#newToken(key);
    const value = valueOf(token);
    const ttl = this.#ttl();
    const recorded = { key, token, ...(ttl === undefined ? {} : { ttlMs: ttl.ttl }) };
    if (choice === 'set') this.#record({ call: 'set', ...recorded }, () => store.set(name, value, ttl), doneOutput);
    else if (choice === 'replace') {
      this.#record({ call: 'replace', ...recorded }, () => store.replace(name, value, ttl), flagOutput);
    } else {
      const run =
        choice === 'getOrInsert'
          ? () => store.getOrInsert(name, value, ttl)
          : () => store.getOrInsertComputed(name, () => value, ttl);
      this.#record({ call: 'getOrInsert', ...recorded }, run, valueOutput);
    }
  }

  #getVersioned(key: number): void {
    this.#versions[key] = 0;
    this.#record(
      { call: 'getVersioned', key },
      () => this.#store.getVersioned(this.#keys[key]),
      (found) => {
        if (found === undefined) return { token: null };
        this.#versions[key] = found.version;
        const token = tokenOf(found.value);
        return token === null || token === undefined ? { unreadable: true } : { token, version: found.version };
      },
    );
  }

  #compareAndSet(key: number, version: number): void {
    const token = this.#newToken(key);
    const value = valueOf(token);
    const ttl = this.#ttl();
    this.#record(
      { call: 'compareAndSet', key, version, token, ...(ttl === undefined ? {} : { ttlMs: ttl.ttl }) },
      () => this.#store.compareAndSet(this.#keys[key], version, value, ttl),
      flagOutput,
    );
  }

  #increment(key: number): void {
    // Mostly whole numbers, which are added to in place; a half makes the store change the type of the value.
    const by = 1 + this.#random.below(1_000_000) + (this.#random.oneIn(8) ? 0.5 : 0);
    this.#record({ call: 'increment', key, by }, () => this.#store.increment(this.#keys[key], by), valueOutput);
  }

  #update(key: number): void {
    const index = this.#log.begin({ call: 'update', key });
    const change = (old: unknown): unknown => {
      const given = tokenOf(old);
      if (given === null) this.failures.push(`update was given a value that nobody wrote`);
      const token = this.#newToken(key);
      this.#log.amend(index, given ?? null, token);
      return valueOf(token);
    };
    this.#run([index], () => this.#store.update(this.#keys[key], change), valueOutput);
  }

  #performMany(choice: 'getMany' | 'setMany' | 'deleteMany'): void {
    const store = this.#store;
    const keys = [...this.#keys.keys()].filter(() => this.#random.oneIn(2));
    const names = keys.map((key) => this.#keys[key]);
    const log = this.#log;
    if (choice === 'getMany') {
      const indexes = keys.map((key) => log.begin({ call: 'get', key }));
      this.#run(
        indexes,
        () => store.getMany(names),
        (values, nth) => valueOutput(values[nth]),
      );
    } else if (choice === 'deleteMany') {
      const indexes = keys.map((key) => log.begin({ call: 'delete', key }));
      this.#run(indexes, () => store.deleteMany(names), doneOutput);
    } else {
      const tokens = keys.map((key) => this.#newToken(key));
      const entries = names.map((name, nth): [Key, unknown] => [name, valueOf(tokens[nth])]);
      const indexes = keys.map((key, nth) => log.begin({ call: 'set', key, token: tokens[nth] }));
      this.#run(indexes, () => store.setMany(entries), doneOutput);
    }
  }

  #clear(): void {
    this.#record({ call: 'clear', key: -1 }, () => this.#store.clear(), doneOutput);
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
    for (const [nth, index] of indexes.entries()) this.#log.end(index, stamp, outputOf(result, nth));
  }

  #errorOutput(error: unknown): StoreOutput | undefined {
    if (error instanceof SharenaError && error.code === 'ERR_SHARENA_FULL') return { error: 'full' };
    if (error instanceof SharenaError && error.code === 'ERR_SHARENA_VALUE') return { error: 'not a number' };
    this.failures.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return undefined;
  }

  /** Sets or deletes an entry that is in nobody's history. */
  #fill(): void {
    const random = this.#random;
    const name = `filler ${this.#thread} ${random.below(FILLERS)}`;
    try {
      if (random.oneIn(3)) this.#store.delete(name);
      else this.#store.set(name, 'x'.repeat(random.oneIn(10) ? random.below(8000) : random.below(100)));
    } catch (error) {
      this.#errorOutput(error);
    }
  }

  #newToken(key: number): Token {
    // Thread numbers are below 8.
    const id = 1 + this.#thread + 8 * this.#tokenCount++;
    if (isCounter(this.#plan, key)) return id * 50_000;
    if (this.#random.oneIn(30)) return this.#random.oneIn(2) ? EMPTY_TEXT : EMPTY_BYTES;
    return tokenOfId(id);
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
