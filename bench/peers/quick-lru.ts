import QuickLRU from 'quick-lru';
import { fill, type Peer, type PeerOptions } from './peer.ts';

/** quick-lru with room for all entries. */
export function openQuickLru<V>(options: PeerOptions<V>): Peer<V> {
  const table = new QuickLRU<string, V>({ maxSize: options.entryCount });
  fill(table, options);
  return { name: 'quick-lru', table, close: async () => table.clear() };
}
