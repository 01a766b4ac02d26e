import { fill, type Peer, type PeerOptions } from './peer.ts';

/** The built-in Map of one thread: no budget, no sharing, values by reference. */
export function openMap<V>(options: PeerOptions<V>): Peer<V> {
  const table = new Map<string, V>();
  fill(table, options);
  return { name: 'Map', table, close: async () => table.clear() };
}
