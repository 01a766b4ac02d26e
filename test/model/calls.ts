/** Calls of a store as plain data, so that they can be made here or in another thread, and the same calls on a Map. */
import { type Store, StoreFullError, ValueError } from '../../src/index.ts';
import { identityOf, keyAt } from './keys.ts';

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
    | 'entries'
    | 'size'
    | 'clear';
  /** Number of the key, see keys.ts. */
  readonly key: number;
  readonly value: unknown;
  /** For compareAndSet: whether the version is the right one. */
  readonly fresh: boolean;
}

/** What a call came to: the same for a store and for a Map. */
export type Outcome =
  | { readonly returned: unknown }
  | { readonly refused: true }
  /** The store was full, and nothing changed. */
  | { readonly full: true };

export function callStore(store: Store, { name, key: index, value, fresh }: Call): Outcome {
  const key = keyAt(index);
  try {
    switch (name) {
      case 'get':
        return { returned: store.get(key) };
      case 'has':
        return { returned: store.has(key) };
      case 'set':
        store.set(key, value);
        return { returned: undefined };
      case 'delete':
        return { returned: store.delete(key) };
      case 'increment':
        return { returned: store.increment(key, 3) };
      case 'replace':
        return { returned: store.replace(key, value) };
      case 'getOrInsert':
        return { returned: store.getOrInsert(key, value) };
      case 'compareAndSet': {
        const version = store.getVersioned(key)?.version ?? 0;
        return { returned: store.compareAndSet(key, fresh ? version : version + 1, value) };
      }
      case 'update':
        return { returned: store.update(key, (old) => (typeof old === 'string' ? `${old}+`.slice(-500) : value)) };
      case 'entries':
        return { returned: new Map([...store].map(([found, kept]) => [identityOf(found), kept])) };
      case 'size':
        return { returned: store.size };
      case 'clear':
        store.clear();
        return { returned: undefined };
    }
  } catch (error) {
    if (error instanceof StoreFullError) return { full: true };
    if (error instanceof ValueError) return { refused: true };
    throw error;
  }
}

export function callMap(map: Map<string, unknown>, { name, key: index, value, fresh }: Call): Outcome {
  const key = identityOf(keyAt(index));
  const old = map.get(key);
  switch (name) {
    case 'get':
      return { returned: old };
    case 'has':
      return { returned: map.has(key) };
    case 'set':
      map.set(key, value);
      return { returned: undefined };
    case 'delete':
      return { returned: map.delete(key) };
    case 'increment': {
      if (map.has(key) && typeof old !== 'number') return { refused: true };
      const sum = ((old as number | undefined) ?? 0) + 3;
      map.set(key, sum);
      return { returned: sum };
    }
    case 'replace':
      if (!map.has(key)) return { returned: false };
      map.set(key, value);
      return { returned: true };
    case 'getOrInsert':
      if (!map.has(key)) map.set(key, value);
      return { returned: map.get(key) };
    case 'compareAndSet':
      if (fresh) map.set(key, value);
      return { returned: fresh };
    case 'update': {
      const made = typeof old === 'string' ? `${old}+`.slice(-500) : value;
      map.set(key, made);
      return { returned: made };
    }
    case 'entries':
      return { returned: new Map(map) };
    case 'size':
      return { returned: map.size };
    case 'clear':
      map.clear();
      return { returned: undefined };
  }
}
