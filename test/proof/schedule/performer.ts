import { threadId } from 'node:worker_threads';
import { LOCK_ENTRY_MASK, LOCK_ENTRY_SHIFT, LOCK_GENERATION_SHIFT, threadEntry } from '../../../native-layout/arena.ts';
import { StoreFullError, ValueError } from '../../../src/errors.ts';
import type { Key, Lease } from '../../../src/index.ts';
import { COMPACT, DONE, GROW, MERGE, REPAIR, SWEEP, Sweep, takeStep } from '../../../src/segment/upkeep.ts';
import { arenaOf, Store, type Versioned } from '../../../src/store.ts';
import type { StoreInput, StoreOutput } from '../linearizability/store-model.ts';
import { fieldValueOf, partOfValue, type Struct, structs } from '../linearizability/struct-token.ts';
import type { Token } from '../linearizability/values.ts';
import { failure } from './gate.ts';
import type { Effect, Op, PlainOp, Recorded, Subject, UpkeepStep } from './op.ts';
import { tokenOf, valueOf } from './values.ts';

type Input = Omit<StoreInput, 'key' | 'fromNs' | 'untilNs'>;

/** Where a run is in time. */
export interface Clock {
  /** The number of the next call or return. */
  nextNumber(): number;
  nowMs(): number;
  goOn(ms: number): void;
}

/** A lease that an actor has, and the bytes as they were when it got it. */
interface Leased {
  readonly key: Key;
  readonly lease: Lease;
  readonly bytes: Buffer;
}

/** Performs operations on a store for one actor, and writes down what came of them. */
export class Performer {
  store: Store | null;
  readonly #subject: Subject;
  readonly #clock: Clock;
  #leased: Leased[] = [];
  #called: number = 0;
  #calledNs: number = 0;
  /** Of the operation at hand. */
  #effects: Effect[] = [];
  /** A call that is known to have begun. */
  #begun: { readonly key: Key; readonly input: Input } | null = null;

  constructor(store: Store | null, subject: Subject, clock: Clock) {
    this.store = store;
    this.#subject = subject;
    this.#clock = clock;
  }

  /** Performs one and adds it to the records. Throws what stops an actor, and nothing else. */
  perform(op: Op, records: Recorded[], isStop: (error: unknown) => boolean): void {
    this.#effects = [];
    this.#begun = null;
    this.#called = this.#clock.nextNumber();
    this.#calledNs = this.#clock.nowMs() * 1e6;
    let problem: string | null = null;
    try {
      problem = this.#call(op);
    } catch (error) {
      if (isStop(error) || error === failure) {
        this.#leaveUnfinished(op);
        records.push({ op, effects: this.#effects, problem: null });
        if (error === failure) return;
        throw error;
      }
      problem = this.#refuse(op, error);
    }
    records.push({ op, effects: this.#effects, problem });
  }

  /** Lets go of what a dead actor leased: the thread behind it lives on. What that does to the arena is to be undone. */
  dropLeases(): void {
    for (const { lease } of this.#leased.splice(0)) {
      try {
        lease.release();
      } catch {
        // The arena is as the death left it.
      }
    }
  }

  #leaveUnfinished(op: Op): void {
    if (op.call === 'clear') for (const key of this.#subject.keys) this.#begin(key, { call: 'clear' });
    this.#begin(null);
  }

  #refuse(op: Op, error: unknown): string | null {
    const kind = error instanceof StoreFullError ? 'full' : error instanceof ValueError ? 'not a number' : null;
    if (kind === null || this.#begun === null) return `${op.call} threw: ${(error as Error).stack}`;
    this.#finish({ error: kind });
    return null;
  }

  /** Notes a call that is about to begin; one that was begun before never returned. */
  #begin(key: Key | null, input?: Input): void {
    if (this.#begun !== null) this.#push(this.#begun.key, this.#begun.input, Infinity, undefined);
    this.#begun = key === null || input === undefined ? null : { key, input };
  }

  #finish(output: StoreOutput): void {
    if (this.#begun === null) throw new Error('a call returned that was not begun');
    const { key, input } = this.#begun;
    this.#begun = null;
    this.#push(key, input, this.#clock.nextNumber(), output);
  }

  #push(key: Key, input: Input, end: number, output: StoreOutput | undefined): void {
    const nowNs = this.#clock.nowMs() * 1e6;
    const timed = { ...input, key: 0, fromNs: this.#calledNs, untilNs: nowNs };
    this.#effects.push({ key, call: this.#called, end, input: timed, output });
  }

  #call(op: Op): string | null {
    if (op.call === 'attach') {
      this.store = Store.attach(this.#subject.handle, { lockTimeout: 1e9 });
      return null;
    }
    if (op.call === 'tick') {
      this.#clock.goOn(op.ms);
      return null;
    }
    const { store } = this;
    if (store === null) return `${op.call}: the store is not open`;
    switch (op.call) {
      case 'close':
        if (!hasItsPlace(store)) return 'close: another thread has the place of this one';
        store.close();
        this.store = null;
        return null;
      case 'clear':
        store.clear();
        for (const key of this.#subject.keys) {
          this.#begin(key, { call: 'clear' });
          this.#finish({ done: true });
        }
        return null;
      case 'keys':
        return this.#listKeys(store);
      case 'verify': {
        const { problems } = store.verify();
        return problems.length === 0 ? null : `verify: ${problems.join('; ')}`;
      }
      case 'upkeep':
        lookAfter(store, op.step);
        return null;
      case 'update':
        this.#update(store, op.key, op.token);
        return null;
      case 'compareAndSetSeen':
        this.#compareAndSet(store, op.key, op.token, op.looksAgain === true);
        return null;
      case 'lease':
        this.#begin(op.key, { call: 'get' });
        this.#finish(this.#lease(store, op.key));
        return null;
      case 'release':
        return this.#release(op.key);
      default:
        this.#begin(op.key, inputOf(op));
        this.#finish(this.#callOnKey(store, op));
        return null;
    }
  }

  #callOnKey(store: Store, op: PlainOp): StoreOutput {
    switch (op.call) {
      case 'get':
        return this.#outputOf(store.get(op.key));
      case 'getVersioned':
        return this.#outputOfVersioned(store.getVersioned(op.key));
      case 'has':
        return { flag: store.has(op.key) };
      case 'set':
        store.set(op.key, valueOf(op.token), op.ttlMs === undefined ? undefined : { ttl: op.ttlMs });
        return { done: true };
      case 'delete':
        return { flag: store.delete(op.key) };
      case 'replace':
        return { flag: store.replace(op.key, valueOf(op.token)) };
      case 'getOrInsert':
        return this.#outputOf(store.getOrInsert(op.key, valueOf(op.token)));
      case 'increment':
        return { token: store.increment(op.key, op.by) };
      case 'hit':
        return { token: store.hit(op.key, { ...ENDLESS, cost: op.by }).count };
      case 'setField':
        return { flag: structsIn(store).setField(op.key, op.field, fieldValueOf(op.field, op.part)) };
      case 'incrementField':
        return { token: structsIn(store).incrementField(op.key, op.field, op.by) ?? null };
      case 'getField': {
        const value = structsIn(store).getField(op.key, op.field);
        if (value === undefined) return { token: null };
        const part = partOfValue(op.field, value);
        return part === null ? { unreadable: true } : { token: part };
      }
    }
  }

  #lease(store: Store, key: Key): StoreOutput {
    const lease = store.lease(key);
    if (lease === undefined) return { token: null };
    const bytes = Buffer.from(lease.bytes);
    this.#leased.push({ key, lease, bytes });
    return this.#outputOf(lease.format === 'encoded' ? structs.decode(bytes) : bytes.toString('latin1'));
  }

  #release(key: Key): string | null {
    const own = this.#leased.filter((leased) => leased.key === key);
    this.#leased = this.#leased.filter((leased) => leased.key !== key);
    let problem: string | null = null;
    for (const { lease, bytes } of own) {
      const now = Buffer.from(lease.bytes);
      if (!now.equals(bytes))
        problem = `the leased bytes of ${String(key)} were ${String(bytes)} and became ${String(now)}`;
      lease.release();
    }
    return problem;
  }

  #outputOfVersioned(found: Versioned<unknown> | undefined): StoreOutput {
    const value = this.#outputOf(found?.value);
    const known = found !== undefined && 'token' in value && value.token !== null;
    return known ? { token: value.token, version: found.version } : value;
  }

  #compareAndSet(store: Store, key: Key, token: Token, looksAgain: boolean): void {
    this.#begin(key, { call: 'getVersioned' });
    const found = store.getVersioned(key);
    this.#finish(this.#outputOfVersioned(found));
    const version = found?.version ?? 0;
    if (looksAgain) {
      this.#called = this.#clock.nextNumber();
      this.#begin(key, { call: 'get' });
      this.#finish(this.#outputOf(store.get(key)));
    }
    this.#called = this.#clock.nextNumber();
    this.#begin(key, { call: 'compareAndSet', version, token });
    this.#finish({ flag: store.compareAndSet(key, version, valueOf(token)) });
  }

  /** Each try reads what its callback is given; only the last one writes. */
  #update(store: Store, key: Key, token: Token): void {
    store.update(key, (old) => {
      const given = this.#outputOf(old);
      this.#begun = null;
      this.#begin(key, { call: 'get' });
      this.#finish(given);
      const before = 'token' in given ? given.token : null;
      this.#begin(key, { call: 'update', token, given: before });
      return valueOf(token);
    });
    this.#finish({ token });
  }

  /** A key that is given is there at some moment of the call, one that is not given is absent at some moment. */
  #listKeys(store: Store): string | null {
    const given = [...store.keys()];
    const unique = new Set(given);
    for (const key of this.#subject.keys) {
      this.#begin(key, { call: 'has' });
      this.#finish({ flag: unique.has(key) });
    }
    const missed = this.#subject.others.filter((key) => !unique.has(key));
    if (missed.length > 0) return `keys did not give ${missed.join(', ')}`;
    return unique.size === given.length ? null : `keys gave a key twice: ${given.join(', ')}`;
  }

  #outputOf(value: unknown): StoreOutput {
    if (value === undefined) return { token: null };
    const token = tokenOf(value, this.#subject.tokens);
    return token === null ? { unreadable: true } : { token };
  }
}

/** A limit that only counts. */
const ENDLESS = { limit: 1e9, windowMs: 1e9 };

const STEPS: Readonly<Record<UpkeepStep, number>> = {
  sweep: SWEEP,
  grow: GROW,
  merge: MERGE,
  compact: COMPACT,
  repair: REPAIR,
};

/** Until there is nothing left to do, or somebody is there; a sweep goes round once. */
function lookAfter(store: Store, step: UpkeepStep): void {
  const arena = arenaOf(store);
  for (let segment = 0; segment < arena.segmentCount; segment++) {
    const sweep = new Sweep();
    while (takeStep(arena, segment, STEPS[step], sweep) === DONE) if (sweep.place === 0 && step === 'sweep') break;
  }
}

function structsIn(store: Store): Store<Struct> {
  return store as Store<Struct>;
}

function inputOf(op: PlainOp): Input {
  switch (op.call) {
    case 'set':
    case 'getOrInsert':
    case 'replace':
      return { call: op.call, token: op.token, ...(op.ttlMs === undefined ? {} : { ttlMs: op.ttlMs }) };
    case 'increment':
    case 'hit':
      // The window does not end: a hit counts up.
      return { call: 'increment', by: op.by };
    case 'setField':
      return { call: 'setField', field: op.field, part: op.part };
    case 'incrementField':
      return { call: 'incrementField', field: op.field, by: op.by };
    case 'getField':
      return { call: 'getField', field: op.field };
    default:
      return { call: op.call };
  }
}

/** Whether the entry of the registry that this thread's token names still is this thread's. No access that others see. */
function hasItsPlace(store: Store): boolean {
  const { token, words, threadsWord } = arenaOf(store);
  const index = ((token >>> LOCK_ENTRY_SHIFT) & LOCK_ENTRY_MASK) - 1;
  const entry = threadsWord + index * threadEntry.words;
  const { identity, generation } = threadEntry.word;
  return words[entry + identity] === threadId + 1 && words[entry + generation] === token >>> LOCK_GENERATION_SHIFT;
}
