/**
 * What a thread writes down of its own operations, in shared memory: it outlives the thread.
 *
 * A record is begun before the operation and ended after it, so that one which was called and never returned is known as
 * such. The interval is widened by what the recording costs, never narrowed: nothing is taken for a violation that is none.
 */
import { STORE_CALLS, type StoreCall, type StoreInput, type StoreOperation, type StoreOutput } from './store-model.ts';
import { EMPTY_BYTES, EMPTY_TEXT, type Token, tokenOfId } from './values.ts';

/**
 * How operations are put in order of time. The system's monotonic clock is one for all threads, and reading it orders no
 * memory accesses, but operations that are closer than its step count as concurrent. Tickets of one shared counter order
 * all calls and returns, but drawing one is a fence, behind which a missing fence of the store may hide.
 */
export type HistoryClock = 'monotonic' | 'ticket';

/** Operations of one thread that are recorded; a key of -1 stands for all keys. */
export interface RecordedCall {
  readonly call: StoreCall;
  readonly key: number;
  readonly token?: Token;
  readonly by?: number;
  readonly version?: number;
  readonly ttlMs?: number;
}

const HEADER_WORDS = 1;
const COUNT = 0;
/** 64-bit words of a record, by name. */
const F = {
  call: 0,
  key: 1,
  tokenKind: 2,
  token: 3,
  givenKind: 4,
  given: 5,
  by: 6,
  version: 7,
  ttlMs: 8,
  callNs: 9,
  callTicket: 10,
  resultKind: 11,
  result: 12,
  resultVersion: 13,
  endTicket: 14,
  endNs: 15,
} as const;
const RECORD_WORDS = 16;

/** How a token, or none, is written as two numbers: its kind, and what it says. */
const NO_TOKEN = 0;
const ABSENT = 1;
const NUMBER = 2;
const VALUE = 3;
const TEXT_EMPTY = 4;
const BYTES_EMPTY = 5;
/** Kinds of results besides these. */
const FLAG = 6;
const FULL = 7;
const NOT_A_NUMBER = 8;
const UNREADABLE = 9;
const DONE = 10;

/** When an operation returned. */
export interface Stamp {
  readonly endNs: bigint;
  readonly endTicket: number;
}

/** Made by the main thread, one a thread and history. */
export function createLog(operationsMax: number): SharedArrayBuffer {
  return new SharedArrayBuffer((HEADER_WORDS + operationsMax * RECORD_WORDS) * 8);
}

export class HistoryLog {
  readonly capacity: number;
  readonly #numbers: Float64Array;
  readonly #stamps: BigInt64Array;
  readonly #tickets: Int32Array | null;

  /** @param tickets the shared counter, or null to go by the monotonic clock */
  constructor(buffer: SharedArrayBuffer, tickets: Int32Array | null) {
    this.#numbers = new Float64Array(buffer);
    this.#stamps = new BigInt64Array(buffer);
    this.#tickets = tickets;
    this.capacity = (buffer.byteLength / 8 - HEADER_WORDS) / RECORD_WORDS;
  }

  get count(): number {
    return this.#numbers[COUNT];
  }

  /** Writes down an operation that is about to be called. Returns the number of its record. */
  begin(recorded: RecordedCall): number {
    const index = this.count;
    if (index === this.capacity) throw new RangeError(`a history of more than ${this.capacity} operations`);
    const at = HEADER_WORDS + index * RECORD_WORDS;
    const numbers = this.#numbers;
    numbers[at + F.call] = STORE_CALLS.indexOf(recorded.call);
    numbers[at + F.key] = recorded.key;
    numbers[at + F.by] = recorded.by ?? Number.NaN;
    numbers[at + F.version] = recorded.version ?? Number.NaN;
    numbers[at + F.ttlMs] = recorded.ttlMs ?? Number.NaN;
    this.#writeToken(at + F.tokenKind, recorded.token);
    this.#stamps[at + F.callNs] = process.hrtime.bigint();
    if (this.#tickets !== null) numbers[at + F.callTicket] = Atomics.add(this.#tickets, 0, 1);
    // Last, so that a record that counts is complete.
    numbers[COUNT] = index + 1;
    return index;
  }

  /** Notes what an update is about to do: what it was given, and what it makes of that. */
  amend(index: number, given: Token | null, token: Token): void {
    const at = HEADER_WORDS + index * RECORD_WORDS;
    this.#numbers[at + F.tokenKind] = NO_TOKEN;
    this.#writeToken(at + F.givenKind, given);
    this.#writeToken(at + F.tokenKind, token);
  }

  /** To be called at once when the operation has returned; `end` takes what it returns. */
  stamp(): Stamp {
    const endTicket = this.#tickets === null ? 0 : Atomics.add(this.#tickets, 0, 1);
    return { endNs: process.hrtime.bigint(), endTicket };
  }

  /** Writes down the outcome of an operation; undefined for one of which nobody knows whether it did anything. */
  end(index: number, { endNs, endTicket }: Stamp, output: StoreOutput | undefined): void {
    const at = HEADER_WORDS + index * RECORD_WORDS;
    const numbers = this.#numbers;
    if (output === undefined) numbers[at + F.resultKind] = NO_TOKEN;
    else if ('token' in output) {
      this.#writeToken(at + F.resultKind, output.token);
      numbers[at + F.resultVersion] = 'version' in output ? output.version : Number.NaN;
    } else if ('flag' in output) {
      numbers[at + F.resultKind] = FLAG;
      numbers[at + F.result] = Number(output.flag);
    } else if ('error' in output) numbers[at + F.resultKind] = output.error === 'full' ? FULL : NOT_A_NUMBER;
    else numbers[at + F.resultKind] = 'unreadable' in output ? UNREADABLE : DONE;
    numbers[at + F.endTicket] = endTicket;
    // Last, so that an outcome that counts is complete.
    this.#stamps[at + F.endNs] = endNs;
  }

  /** The operations written down so far. One on all keys becomes one on each of `keyCount` keys. */
  read(thread: number, keyCount: number): StoreOperation[] {
    const operations: StoreOperation[] = [];
    for (let index = 0; index < this.count; index++) operations.push(...this.#operations(index, thread, keyCount));
    return operations;
  }

  #operations(index: number, thread: number, keyCount: number): StoreOperation[] {
    const at = HEADER_WORDS + index * RECORD_WORDS;
    const numbers = this.#numbers;
    const fromNs = Number(this.#stamps[at + F.callNs]);
    const endNs = Number(this.#stamps[at + F.endNs]);
    const untilNs = endNs === 0 ? Infinity : endNs;
    const byTicket = this.#tickets !== null;
    const end = endNs !== 0 && byTicket ? numbers[at + F.endTicket] : untilNs;
    const input: Omit<StoreInput, 'key'> = {
      call: STORE_CALLS[numbers[at + F.call]],
      ...this.#input(at),
      fromNs,
      untilNs,
    };
    const shared = {
      thread,
      call: byTicket ? numbers[at + F.callTicket] : fromNs,
      end,
      output: endNs === 0 ? undefined : this.#output(at),
    };
    const key = numbers[at + F.key];
    const keys = key === -1 ? Array.from({ length: keyCount }, (_, each) => each) : [key];
    return keys.map((each) => ({ ...shared, input: { ...input, key: each } }));
  }

  #input(at: number): Partial<StoreInput> {
    const numbers = this.#numbers;
    const token = this.#readToken(at + F.tokenKind);
    const given = this.#readToken(at + F.givenKind);
    return {
      ...(token === undefined || token === null ? {} : { token }),
      ...(given === undefined ? {} : { given }),
      ...(Number.isNaN(numbers[at + F.by]) ? {} : { by: numbers[at + F.by] }),
      ...(Number.isNaN(numbers[at + F.version]) ? {} : { version: numbers[at + F.version] }),
      ...(Number.isNaN(numbers[at + F.ttlMs]) ? {} : { ttlMs: numbers[at + F.ttlMs] }),
    };
  }

  #output(at: number): StoreOutput | undefined {
    const kind = this.#numbers[at + F.resultKind];
    if (kind === FLAG) return { flag: this.#numbers[at + F.result] === 1 };
    if (kind === FULL) return { error: 'full' };
    if (kind === NOT_A_NUMBER) return { error: 'not a number' };
    if (kind === UNREADABLE) return { unreadable: true };
    const token = this.#readToken(at + F.resultKind);
    if (kind === DONE) return { done: true };
    if (token === undefined) return undefined;
    const version = this.#numbers[at + F.resultVersion];
    return token === null || Number.isNaN(version) ? { token } : { token, version };
  }

  #writeToken(at: number, token: Token | null | undefined): void {
    const numbers = this.#numbers;
    if (token === undefined) numbers[at] = NO_TOKEN;
    else if (token === null) numbers[at] = ABSENT;
    else if (token === EMPTY_TEXT) numbers[at] = TEXT_EMPTY;
    else if (token === EMPTY_BYTES) numbers[at] = BYTES_EMPTY;
    else {
      numbers[at + 1] = typeof token === 'number' ? token : Number(token.slice(1));
      numbers[at] = typeof token === 'number' ? NUMBER : VALUE;
    }
  }

  #readToken(at: number): Token | null | undefined {
    const kind = this.#numbers[at];
    if (kind === ABSENT) return null;
    if (kind === NUMBER) return this.#numbers[at + 1];
    if (kind === VALUE) return tokenOfId(this.#numbers[at + 1]);
    if (kind === TEXT_EMPTY) return EMPTY_TEXT;
    return kind === BYTES_EMPTY ? EMPTY_BYTES : undefined;
  }
}
