import { bytes, float64, Store, text, type Codec } from '../../src/index.ts';
import { fill, type Peer, type PeerOptions } from './peer.ts';

const CODECS = { strings: text, numbers: float64, bytes } as const;

/** Bytes that are reserved for an entry besides its value: twice what it takes. Reserved memory is not used memory. */
const ENTRY_BYTES = 128;
const SPARE_BYTES: number = 16 * 1024 * 1024;

/** A budget in which `entryCount` entries fit with ease, in bytes. */
export function roomFor(entryCount: number, valueBytes: number = 0): number {
  return entryCount * (ENTRY_BYTES + 2 * valueBytes) + SPARE_BYTES;
}

/** The store itself, with the codec for values of a kind. */
export function openSharena<V>(options: PeerOptions<V>): Peer<V> & { table: Store<V> } {
  return openWith(options, 'sharena', CODECS[options.values]() as unknown as Codec<V>);
}

/** The store whose bytes share memory when they are read. */
export function openPooled(options: PeerOptions<Uint8Array>): Peer<Uint8Array> & { table: Store<Uint8Array> } {
  return openWith(options, 'sharena, pooled', bytes({ pooled: true }));
}

function openWith<V>(options: PeerOptions<V>, name: string, value: Codec<V>): Peer<V> & { table: Store<V> } {
  const sample = options.valueOf(0);
  const table = Store.create<V>({
    memory: roomFor(options.entryCount, sample instanceof Uint8Array ? sample.length : 0),
    value,
  });
  fill(table, options);
  return { name, table, close: async () => table.close() };
}
