/** Calls of a store as plain data, so that they can be made here or in another thread, and the same calls on a model. */
import { type Store, StoreFullError, ValueError } from '../../src/index.ts';
import { identityOf, keyAt } from './keys.ts';
import type { StoreKind } from './stores.ts';

export interface Call {
  readonly name:
    | 'get'
    | 'has'
    | 'set'
    | 'delete'
    | 'increment'
    | 'replace'
    | 'getOrInsert'
    | 'compareAndSet'
    | 'update'
    | 'getRemainingTTL'
    | 'setMany'
    | 'entries'
    | 'size'
    | 'clear';
  /** Number of the key, see keys.ts. */
  readonly key: number;
  readonly value: unknown;
  /** For compareAndSet: whether the version is the right one. */
  readonly fresh: boolean;
  /** Time to live in ms; 0 for none. */
  readonly ttl: number;
  /** The clock while the call is made. */
  readonly nowMs: number;
}

/** What a call came to: the same for a store and for its model, but for `between`. */
export type Outcome =
  | { readonly returned: unknown }
  /** A number from the first to the second. */
  | { readonly between: readonly [number, number] }
  | { readonly refused: true }
  /** The store was full, and nothing changed. */
  | { readonly full: true };

const INCREMENT = 3;

/** Makes the call, by its own clock. */
export function callStore(store: Store, call: Call): Outcome {
  const realNow = Date.now;
  Date.now = () => call.nowMs;
  try {
    return { returned: callOf(store, call) };
  } catch (error) {
    if (error instanceof StoreFullError) return { full: true };
    if (error instanceof ValueError) return { refused: true };
    throw error;
  } finally {
    Date.now = realNow;
  }
}

function callOf(store: Store, { name, key: index, value, fresh, ttl }: Call): unknown {
  const key = keyAt(index);
  const options = ttl === 0 ? undefined : { ttl };
  switch (name) {
    case 'get':
      return store.get(key);
    case 'has':
      return store.has(key);
    case 'set':
      return void store.set(key, value, options);
    case 'delete':
      return store.delete(key);
    case 'increment':
      return store.increment(key, INCREMENT, options);
    case 'replace':
      return store.replace(key, value, options);
    case 'getOrInsert':
      return store.getOrInsert(key, value, options);
    case 'compareAndSet': {
      const version = store.getVersioned(key)?.version ?? 0;
      return store.compareAndSet(key, fresh ? version : version + 1, value, options);
    }
    case 'update':
      return store.update(key, (old) => (typeof old === 'string' ? `${old}+`.slice(-500) : value), options);
    case 'getRemainingTTL':
      return store.getRemainingTTL(key);
    case 'setMany':
      return void store.setMany([[key, value]], options);
    case 'entries':
      return new Map([...store].map(([found, kept]) => [identityOf(found), kept]));
    case 'size':
      return store.size;
    case 'clear':
      return store.clear();
  }
}

interface ModelEntry {
  readonly value: unknown;
  /** ms since 1970, 0 for none. */
  readonly expiry: number;
}

/** A Map that does what a store of a kind should do. */
export class ModelStore {
  readonly #kind: StoreKind;
  /** Those whose time is over stay until they are overwritten, since the store may count them too. */
  readonly #entries: Map<string, ModelEntry> = new Map();

  constructor(kind: StoreKind) {
    this.#kind = kind;
  }

  values(nowMs: number): unknown[] {
    return [...this.#live(nowMs).values()];
  }

  call(call: Call): Outcome {
    const { name, value, nowMs } = call;
    const key = identityOf(keyAt(call.key));
    const entry = this.#entries.get(key);
    const old = entry === undefined || isOver(entry, nowMs) ? undefined : entry;
    switch (name) {
      case 'get':
        return { returned: old?.value };
      case 'has':
        return { returned: old !== undefined };
      case 'set':
      case 'setMany':
        return this.#write(key, value, call, 0, undefined);
      case 'delete':
        this.#entries.delete(key);
        return { returned: old !== undefined };
      case 'increment':
        return this.#increment(key, old, call);
      case 'replace':
        if (old === undefined) return this.#kind.takes(value) ? { returned: false } : { refused: true };
        return this.#write(key, value, call, 0, true);
      case 'getOrInsert':
        return old === undefined ? this.#write(key, value, call, 0, value) : { returned: old.value };
      case 'compareAndSet':
        if (!call.fresh) return this.#kind.takes(value) ? { returned: false } : { refused: true };
        return this.#write(key, value, call, 0, true);
      case 'update': {
        const made = typeof old?.value === 'string' ? `${old.value}+`.slice(-500) : value;
        return this.#write(key, made, call, old?.expiry ?? 0, made);
      }
      case 'getRemainingTTL':
        if (old === undefined) return { returned: 0 };
        return { returned: old.expiry === 0 ? Number.POSITIVE_INFINITY : old.expiry - nowMs };
      case 'entries':
        return { returned: this.#live(nowMs) };
      case 'size':
        return { between: [this.#live(nowMs).size, this.#entries.size] };
      case 'clear':
        this.#entries.clear();
        return { returned: undefined };
    }
  }

  #live(nowMs: number): Map<string, unknown> {
    const live = [...this.#entries].filter(([, entry]) => !isOver(entry, nowMs));
    return new Map(live.map(([key, { value }]) => [key, value]));
  }

  /** `expiry` is the one that stays where the call brings no TTL of its own. */
  #write(key: string, value: unknown, { ttl, nowMs }: Call, expiry: number, returned: unknown): Outcome {
    if (!this.#kind.takes(value)) return { refused: true };
    this.#entries.set(key, { value, expiry: ttl === 0 ? expiry : nowMs + ttl });
    return { returned };
  }

  #increment(key: string, old: ModelEntry | undefined, call: Call): Outcome {
    if (old !== undefined && typeof old.value !== 'number') return { refused: true };
    const sum = ((old?.value as number | undefined) ?? 0) + INCREMENT;
    if (!this.#kind.takesSum(sum)) return { refused: true };
    this.#entries.set(key, {
      value: sum,
      expiry: old !== undefined ? old.expiry : call.ttl === 0 ? 0 : call.nowMs + call.ttl,
    });
    return { returned: sum };
  }
}

function isOver({ expiry }: ModelEntry, nowMs: number): boolean {
  return expiry !== 0 && expiry <= nowMs;
}
