import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open } from 'lmdb';
import { fill, type Peer, type PeerOptions } from './peer.ts';

/** The encoding of lmdb that does least for values of a kind. */
const ENCODINGS = { strings: 'string', numbers: 'msgpack', bytes: 'binary' } as const;

/**
 * lmdb with the encoding that does least for the values, and without the wait for the disk, which nobody who shares memory
 * asks for. In a directory of its own that `close` removes. `set` is `putSync`: a transaction for each write, the only kind
 * after which every thread sees the value, as with the other peers.
 */
export function openLmdb<V>(options: PeerOptions<V>): Peer<V> {
  return openIn(options, 'lmdb', { encoding: ENCODINGS[options.values], noSync: true });
}

/** lmdb as it is when one opens it without options: values in msgpack, writes that go to the disk. */
export function openDefaultLmdb<V>(options: PeerOptions<V>): Peer<V> {
  return openIn(options, 'lmdb by default', {});
}

function openIn<V>(
  options: PeerOptions<V>,
  name: string,
  settings: { encoding?: 'string' | 'msgpack' | 'binary'; noSync?: boolean },
): Peer<V> {
  const directory = mkdtempSync(join(tmpdir(), 'sharena-bench-lmdb-'));
  const remove = (): void => rmSync(directory, { recursive: true, force: true });
  // For a bench that throws before it closes its peers.
  process.once('exit', remove);
  const database = open<V, string>({ path: join(directory, 'db'), ...settings });
  const table = {
    get: (key: string): V | undefined => database.get(key),
    set: (key: string, value: V): void => database.putSync(key, value),
  };
  database.transactionSync(() => fill(table, options));
  return {
    name,
    table,
    close: async () => {
      await database.close();
      remove();
      process.off('exit', remove);
    },
  };
}
