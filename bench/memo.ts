/** Bar S7: reading an object that this thread has decoded before, against lru-cache, which gives it without asking anybody. */
import { Store } from '../src/index.ts';
import { type Account, account, ACCOUNT_BYTES_ABOUT } from './harness/accounts.ts';
import { compare, type Samples } from './harness/compare.ts';
import type { Effort } from './harness/effort.ts';
import { freshKey } from './harness/fresh-keys.ts';
import { atLeast, type Bar, speedRatio, type Finding, type Question } from './harness/question.ts';
import { loopsOfItsOwn, type Subject } from './harness/subject.ts';
import { warmProcess } from './harness/warm.ts';
import { zipfIndexes } from './harness/zipf.ts';
import { openLruCache } from './peers/lru-cache.ts';
import { openMap } from './peers/map.ts';
import { fill, type Peer, type PeerOptions } from './peers/peer.ts';
import { roomFor } from './peers/sharena.ts';

const STREAM_LENGTH: number = 2 ** 18;
const STREAM_SEED = 4;
const ENTRIES_OF_A_QUICK_RUN = 5000;
const BAR: Bar = atLeast('S7', 0.9);
/** Overwrites by another view of the store for each hundred reads. */
const WRITES_A_HUNDRED = 1;

function openMemo(options: PeerOptions<Account>): Peer<Account> & { table: Store<Account> } {
  const memory = roomFor(options.entryCount, ACCOUNT_BYTES_ABOUT);
  const table = Store.create<Account>({ memory, memo: { max: options.entryCount } });
  fill(table, options);
  return { name: 'sharena with memo', table, close: async () => table.close() };
}

async function reader(
  { name, table }: Peer<Account>,
  stream: Int32Array,
  keys: readonly string[] | null,
): Promise<Subject> {
  const { getAccounts, getAccountsByKeptKeys } = await loopsOfItsOwn();
  if (keys === null) return { name, run: (from, to) => getAccounts(table, stream, from, to) };
  return { name, run: (from, to) => getAccountsByKeptKeys(table, stream, from, to, keys) };
}

/** Reads, and now and then a write through another view, of which the first one learns only by asking the arena. */
async function readerBesideWriter(store: Store<Account>, stream: Int32Array): Promise<Subject> {
  const { getAccounts } = await loopsOfItsOwn();
  const other = Store.attach<Account>(store.handle);
  const mask = stream.length - 1;
  const step = Math.round(100 / WRITES_A_HUNDRED);
  return {
    name: 'sharena with memo',
    run: (from, to) => {
      let sum = 0;
      for (let op = from; op < to; op += step) {
        const index = stream[op & mask];
        other.set(freshKey(index), account(index));
        sum += getAccounts(store, stream, op, Math.min(to, op + step));
      }
      return sum;
    },
  };
}

async function answer(effort: Effort, progress: (step: string) => void): Promise<Finding[]> {
  warmProcess();
  const findings: Finding[] = [];
  for (const entryCount of effort.quick ? [ENTRIES_OF_A_QUICK_RUN] : [5000, 100_000]) {
    progress(`get of a 10-field object, ${entryCount} entries`);
    const options: PeerOptions<Account> = { entryCount, values: 'strings', valueOf: account };
    const ours = openMemo(options);
    const peers = [ours, openLruCache(options), openMap(options)];
    const stream = zipfIndexes(entryCount, STREAM_LENGTH, STREAM_SEED);
    const keys = Array.from({ length: entryCount }, (_, index) => freshKey(index));
    const [fresh, kept] = [
      compare(await Promise.all(peers.map((peer) => reader(peer, stream, null))), effort),
      compare(await Promise.all(peers.map((peer) => reader(peer, stream, keys))), effort),
    ] as unknown as [Samples, Samples, Samples][];
    const beside = [await readerBesideWriter(ours.table, stream), await reader(peers[1], stream, null)];
    const written = compare(beside, effort) as [Samples, Samples];
    for (const peer of peers) await peer.close();
    const what = `get of a remembered 10-field object, ${entryCount} entries`;
    findings.push(
      speedRatio(`${what}, vs lru-cache`, fresh[0], fresh[1], BAR),
      speedRatio(`${what}, vs Map`, fresh[0], fresh[2]),
      speedRatio(`${what}, kept keys, vs lru-cache`, kept[0], kept[1]),
      speedRatio(`${what}, kept keys, vs Map`, kept[0], kept[2]),
      speedRatio(`${what}, ${WRITES_A_HUNDRED} write by another in 100, vs lru-cache without`, written[0], written[1]),
    );
  }
  return findings;
}

export const question: Question = {
  name: 'memo',
  asks: 'Does a remembered object come as fast as from a cache of this thread alone?',
  answer,
};
