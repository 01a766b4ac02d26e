import type { Key } from '../../../src/index.ts';
import type { StoreHandle } from '../../../src/store.ts';
import type { StoreInput, StoreOutput } from '../linearizability/store-model.ts';
import type { StructField } from '../linearizability/struct-token.ts';
import type { Token } from '../linearizability/values.ts';

/** A call on one key that is one call of the model. */
export type PlainOp =
  | { readonly call: 'get' | 'getVersioned' | 'has' | 'delete'; readonly key: Key }
  | {
      readonly call: 'set' | 'getOrInsert' | 'replace';
      readonly key: Key;
      readonly token: Token;
      readonly ttlMs?: number;
    }
  | { readonly call: 'increment' | 'hit'; readonly key: Key; readonly by: number }
  | { readonly call: 'getField'; readonly key: Key; readonly field: StructField }
  | { readonly call: 'setField'; readonly key: Key; readonly field: StructField; readonly part: number }
  | { readonly call: 'incrementField'; readonly key: Key; readonly field: 'u' | 'v'; readonly by: number };

export type UpkeepStep = 'sweep' | 'grow' | 'merge' | 'compact' | 'repair';

/** What an actor does, as plain data. Tokens name values: see `valueOf`. */
export type Op =
  | PlainOp
  /** A lease is kept until it is released; the bytes are compared then with what they were. */
  | { readonly call: 'lease' | 'release'; readonly key: Key }
  | { readonly call: 'update'; readonly key: Key; readonly token: Token }
  | {
      readonly call: 'compareAndSetSeen';
      readonly key: Key;
      readonly token: Token;
      /** Gets the value once more before. */
      readonly looksAgain?: boolean;
    }
  | { readonly call: 'clear' }
  /** The clock goes on. */
  | { readonly call: 'tick'; readonly ms: number }
  | { readonly call: 'keys' }
  | { readonly call: 'verify' }
  /** What an owner does in idle time, in all segments; segments that somebody is in are passed over. */
  | { readonly call: 'upkeep'; readonly step: UpkeepStep }
  | { readonly call: 'attach' }
  | { readonly call: 'close' };

/** A call on one key and what came of it, as the model of the store takes it; `clear` and `keys` make one for each key. */
export interface Effect {
  readonly key: Key;
  readonly call: number;
  /** Infinity: it never returned. */
  readonly end: number;
  readonly input: StoreInput;
  readonly output: StoreOutput | undefined;
}

/** An operation that was performed, or begun. */
export interface Recorded {
  readonly op: Op;
  readonly effects: readonly Effect[];
  /** What was wrong with the call itself, in words. */
  readonly problem: string | null;
}

/** What the operations of a scenario are about. */
export interface Subject {
  readonly handle: StoreHandle;
  /** Every token that a value may have. */
  readonly tokens: readonly Token[];
  /** Every key that the history is about. */
  readonly keys: readonly Key[];
  /** Keys that are there throughout. */
  readonly others: readonly Key[];
}
