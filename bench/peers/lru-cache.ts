import { LRUCache } from 'lru-cache';
import type { Table } from '../harness/loops.ts';
import { fill, type Peer, type PeerOptions } from './peer.ts';

/** lru-cache with room for all entries, so that nothing is ever evicted. */
export function openLruCache<V extends {}>(options: PeerOptions<V>): Peer<V> {
  const cache = new LRUCache<string, V>({ max: options.entryCount });
  const table: Table<string, V> = cache;
  fill(table, options);
  return { name: 'lru-cache', table, close: async () => cache.clear() };
}
