import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open } from 'lmdb';
import { fill, type Peer, type PeerOptions } from './peer.ts';

/** The encoding of lmdb that does least for values of a kind. */
const ENCODINGS = { strings: 'string', numbers: 'msgpack', bytes: 'binary' } as const;

/**
 * lmdb in a directory of its own that `close` removes. `set` is `putSync`: a transaction for each write, the only kind after
 * which every thread sees the value, as with the other peers. `noSync` spares it the wait for the disk, which nobody who
 * shares memory asks for; everything else is as lmdb has it by default.
 */
export function openLmdb<V>(options: PeerOptions<V>): Peer<V> {
  const directory = mkdtempSync(join(tmpdir(), 'sharena-bench-lmdb-'));
  const remove = (): void => rmSync(directory, { recursive: true, force: true });
  // For a bench that throws before it closes its peers.
  process.once('exit', remove);
  const database = open<V, string>({ path: join(directory, 'db'), encoding: ENCODINGS[options.values], noSync: true });
  const table = {
    get: (key: string): V | undefined => database.get(key),
    set: (key: string, value: V): void => database.putSync(key, value),
  };
  database.transactionSync(() => fill(table, options));
  return {
    name: 'lmdb',
    table,
    close: async () => {
      await database.close();
      remove();
      process.off('exit', remove);
    },
  };
}
