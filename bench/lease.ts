/** Bar S8: leases of bytes of three sizes against private copies of them. */
import { bytes, Store } from '../src/index.ts';
import { compare, type Samples } from './harness/compare.ts';
import type { Effort } from './harness/effort.ts';
import { atMost, speedRatio, type Finding, type Question } from './harness/question.ts';
import { pairRatios, spreadOf } from './harness/statistics.ts';
import type { Subject } from './harness/subject.ts';
import { warmProcess } from './harness/warm.ts';

const KIB = 1024;
const SIZES: readonly (readonly [label: string, valueBytes: number])[] = [
  ['1 KiB', KIB],
  ['64 KiB', 64 * KIB],
  ['1 MiB', KIB * KIB],
];
const ENTRIES = 16;
/** Constant time, give or take what the machine does. */
const GROWTH_MAX = 1.3;

function storeOf(valueBytes: number): Store<Uint8Array> {
  const store = Store.create<Uint8Array>({ memory: '64MiB', segments: 8, value: bytes() });
  for (let index = 0; index < ENTRIES; index++) store.set(index, new Uint8Array(valueBytes).fill(index));
  return store;
}

/** The first and the last byte of a value, from a lease that is released at once. */
function leases(store: Store<Uint8Array>, valueBytes: number): Subject['run'] {
  return (from, to) => {
    let sum = 0;
    for (let turn = from; turn < to; turn++) {
      const lease = store.lease(turn % ENTRIES);
      if (lease === undefined) throw new Error(`entry ${turn % ENTRIES} is absent`);
      sum += lease.bytes[0] + lease.bytes[valueBytes - 1];
      lease.release();
    }
    return sum;
  };
}

/** The same from a copy. */
function copies(store: Store<Uint8Array>, valueBytes: number): Subject['run'] {
  return (from, to) => {
    let sum = 0;
    for (let turn = from; turn < to; turn++) {
      const value = store.get(turn % ENTRIES);
      if (value === undefined) throw new Error(`entry ${turn % ENTRIES} is absent`);
      sum += value[0] + value[valueBytes - 1];
    }
    return sum;
  };
}

async function answer(effort: Effort, progress: (step: string) => void): Promise<Finding[]> {
  warmProcess();
  progress('lease and get of three sizes');
  const stores = SIZES.map(([, valueBytes]) => storeOf(valueBytes));
  const subjects = SIZES.flatMap(([label, valueBytes], at) => [
    { name: `lease ${label}`, run: leases(stores[at], valueBytes) },
    { name: `get ${label}`, run: copies(stores[at], valueBytes) },
  ]);
  const samples = compare(subjects, effort);
  for (const store of stores) store.close();
  const found = SIZES.map(([label], at) =>
    speedRatio(
      `lease and release ${label} of bytes, vs get`,
      samples[2 * at],
      samples[2 * at + 1],
      undefined,
      'itself',
    ),
  );
  const [small, large] = [samples[0], samples[2 * (SIZES.length - 1)]] as [Samples, Samples];
  return [
    ...found,
    {
      what: `time of a lease of ${SIZES[2][0]}, vs one of ${SIZES[0][0]}`,
      unit: 'x',
      measured: spreadOf(pairRatios(large.values, small.values)),
      bar: atMost('S8', GROWTH_MAX),
      samples: [small, large],
    },
  ];
}

export const question: Question = {
  name: 'lease',
  asks: 'What does a value cost that is read in place, next to a copy of it?',
  answer,
};
