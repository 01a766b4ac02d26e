/** Bar S6: what reading an object costs beyond what its decoder costs anyway. */
import { Decoder, Encoder } from '@msgpack/msgpack';
import { Store } from '../src/index.ts';
import { type Account, account, ACCOUNT_BYTES_ABOUT, weigh } from './harness/accounts.ts';
import { compare, type Samples } from './harness/compare.ts';
import type { Effort } from './harness/effort.ts';
import { freshKey, KEY_LENGTH } from './harness/fresh-keys.ts';
import { atMost, speedRatio, type Finding, type Question } from './harness/question.ts';
import { spreadOf } from './harness/statistics.ts';
import { warmProcess } from './harness/warm.ts';
import { zipfIndexes } from './harness/zipf.ts';
import { openLruCache } from './peers/lru-cache.ts';
import { roomFor } from './peers/sharena.ts';

const ENTRIES = 5000;
const STREAM_LENGTH: number = 2 ** 18;
const STREAM_SEED = 4;
/** What the bar allows for finding and copying the record. */
const ALLOWANCE_NS = 150;

async function answer(effort: Effort, progress: (step: string) => void): Promise<Finding[]> {
  warmProcess();
  progress('get of a 10-field object');
  const store = Store.create<Account>({ memory: roomFor(ENTRIES, ACCOUNT_BYTES_ABOUT) });
  const cache = openLruCache<Account>({ entryCount: ENTRIES, values: 'strings', valueOf: account });
  const encoder = new Encoder();
  const decoder = new Decoder();
  const encoded = Array.from({ length: ENTRIES }, (_, index) => encoder.encode(account(index)).slice());
  for (let index = 0; index < ENTRIES; index++) store.set(freshKey(index), account(index));
  const stream = zipfIndexes(ENTRIES, STREAM_LENGTH, STREAM_SEED);
  const mask = STREAM_LENGTH - 1;

  const samples = compare(
    [
      {
        name: 'sharena',
        run: (from, to) => {
          let sum = 0;
          for (let op = from; op < to; op++) sum += weigh(store.get(freshKey(stream[op & mask])) as Account);
          return sum;
        },
      },
      {
        // Makes a key as well, so that this cost is on both sides.
        name: '@msgpack/msgpack decode',
        run: (from, to) => {
          let sum = 0;
          for (let op = from; op < to; op++) {
            const index = stream[op & mask];
            sum += freshKey(index).length - KEY_LENGTH;
            sum += weigh(decoder.decode(encoded[index]) as Account);
          }
          return sum;
        },
      },
      {
        name: 'lru-cache',
        run: (from, to) => {
          let sum = 0;
          for (let op = from; op < to; op++) {
            sum += weigh(cache.table.get(freshKey(stream[op & mask])) as Account);
          }
          return sum;
        },
      },
    ],
    effort,
  ) as [Samples, Samples, Samples];
  store.close();
  await cache.close();

  const [ours, decode, lru] = samples;
  const beyond = ours.values.map((ns, pair) => Math.max(0, ns - ALLOWANCE_NS) / decode.values[pair]);
  return [
    {
      what: `get of a 10-field object less ${ALLOWANCE_NS} ns, vs decoding`,
      unit: 'x',
      measured: spreadOf(beyond),
      against: { name: decode.subject, kind: 'limit', better: 'below 1' },
      bar: atMost('S6', 1.2),
      detail: `${spreadOf(ours.values).median.toFixed(0)} against ${spreadOf(decode.values).median.toFixed(0)} ns`,
      samples: [ours, decode],
    },
    speedRatio('get of a 10-field object, vs lru-cache (no copy)', ours, lru),
  ];
}

export const question: Question = {
  name: 'objects',
  asks: 'What does reading an object cost beyond decoding it?',
  answer,
};
