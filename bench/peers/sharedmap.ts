import { createRequire } from 'node:module';
import { KEY_LENGTH, VALUE_LENGTH } from '../harness/fresh-keys.ts';
import type { Table } from '../harness/loops.ts';
import { fill, type Peer, type PeerOptions } from './peer.ts';

// The package's declarations do not parse, so it is loaded without them.
type SharedMapClass = new (maxSize: number, keySize: number, objSize: number) => Table<string, string>;
const require = createRequire(import.meta.url);
const SharedMap = require('sharedmap') as SharedMapClass;

/** Its closing zero of a string that fills its field falls into the next entry's field, so fields get room for one. */
const TERMINATOR = 1;

/** sharedmap at half its capacity, where its chains are short. It stores strings only. */
export function openSharedMap(options: PeerOptions<string>): Peer<string> {
  const table = new SharedMap(2 * options.entryCount, KEY_LENGTH + TERMINATOR, VALUE_LENGTH + TERMINATOR);
  fill(table, options);
  return { name: 'sharedmap', table, close: async () => undefined };
}
