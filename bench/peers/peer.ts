import { freshKey } from '../harness/fresh-keys.ts';
import type { Table } from '../harness/loops.ts';

/** What a store under comparison is built for. */
export interface PeerOptions<V> {
  readonly entryCount: number;
  readonly values: 'strings' | 'numbers' | 'bytes';
  /** The value of an entry at the start. */
  readonly valueOf: (index: number) => V;
}

/** A store under comparison, filled, with the operations that all of them have. */
export interface Peer<V> {
  readonly name: string;
  readonly table: Table<string, V>;
  /** Gives back what the garbage collector does not: files, native memory. */
  close(): Promise<void>;
}

/** Sets all entries, in the order of their indexes. */
export function fill<V>(table: Table<string, V>, { entryCount, valueOf }: PeerOptions<V>): void {
  for (let index = 0; index < entryCount; index++) table.set(freshKey(index), valueOf(index));
}
