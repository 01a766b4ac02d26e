/** Stores that are wrong on purpose: the checker must refuse their histories, or it proves nothing about the right one. */
import type { Store } from '../../../src/store.ts';

/** The calls that histories consist of. */
export type StoreCalls = Pick<
  Store,
  | 'get'
  | 'peek'
  | 'has'
  | 'getVersioned'
  | 'set'
  | 'delete'
  | 'clear'
  | 'increment'
  | 'getOrInsert'
  | 'getOrInsertComputed'
  | 'replace'
  | 'compareAndSet'
  | 'update'
  | 'getMany'
  | 'setMany'
  | 'deleteMany'
>;

type Overrides = (store: StoreCalls) => Partial<StoreCalls>;

/** Calls between two of a thread's looks at the real store. */
const STALE_CALLS = 6;
/** One in so many calls goes wrong where a flaw is not in every call. */
const FLAW_PERIOD = 10;

const flaws: Readonly<Record<string, Overrides>> = {
  'a cache in front of get that others do not invalidate': (store) => {
    const cached = new Map<unknown, { readonly value: unknown; left: number }>();
    return {
      get(key) {
        const found = cached.get(key);
        if (found !== undefined && found.left > 0) {
          found.left--;
          return found.value;
        }
        const value = store.get(key);
        cached.set(key, { value, left: STALE_CALLS });
        return value;
      },
    };
  },
  'an increment that reads and then writes': (store) => ({
    increment(key, by = 1) {
      // A value of another type is the real store's to refuse.
      const value = store.get(key) ?? 0;
      if (typeof value !== 'number') return store.increment(key, by);
      store.set(key, value + by);
      return value + by;
    },
  }),
  'a compareAndSet that compares and then sets': (store) => ({
    compareAndSet(key, version, value, options) {
      if ((store.getVersioned(key)?.version ?? 0) !== version) return false;
      store.set(key, value, options);
      return true;
    },
  }),
  'a set that is acknowledged and then forgotten': (store) => {
    let count = 0;
    return {
      set(key, value, options) {
        if (++count % FLAW_PERIOD !== 0) store.set(key, value, options);
        return store as Store;
      },
    };
  },
  'a delete that is undone by the next call of its thread': (store) => {
    let undo: (() => void) | null = null;
    return {
      delete(key) {
        const value = store.get(key);
        const deleted = store.delete(key);
        undo = deleted && value !== undefined ? () => store.set(key, value) : null;
        return deleted;
      },
      get(key) {
        undo?.();
        undo = null;
        return store.get(key);
      },
    };
  },
  'entries that outlive their TTL': (store) => ({
    set(key, value) {
      return store.set(key, value);
    },
  }),
  'entries that end before their TTL does': (store) => ({
    set(key, value, options) {
      if (options?.ttl !== undefined && options.ttl > 2) return store.set(key, value, { ttl: 1 });
      return store.set(key, value, options);
    },
  }),
};

export const FLAW_NAMES: readonly string[] = Object.keys(flaws);

/** The store with the flaw in front of it. */
export function withFlaw(store: StoreCalls, flaw: string | null): StoreCalls {
  if (flaw === null) return store;
  const overrides: Partial<StoreCalls> = flaws[flaw](store);
  return new Proxy(store, {
    get(target, name: keyof StoreCalls) {
      const override = overrides[name];
      if (override !== undefined) return override;
      return (target[name] as (...args: unknown[]) => unknown).bind(target);
    },
  });
}
