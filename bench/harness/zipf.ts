import { permutation, Random } from './random.ts';

/** The exponent of YCSB's default key choice, and of every bar. */
const ZIPF_EXPONENT = 0.99;

/** Decides which entries are the popular ones: the same for every stream over a store, as it is in a service. */
const POPULARITY_SEED = 20_260_101;

/**
 * Indexes of entries, chosen by Zipf's law: the entry of rank r is as likely as 1 / r^0.99.
 *
 * Popular entries lie anywhere among the others, not next to each other: ranks go through a fixed permutation.
 *
 * @param entryCount indexes are from 0 to `entryCount - 1`
 */
export function zipfIndexes(entryCount: number, length: number, seed: number): Int32Array {
  const entryOfRank = permutation(entryCount, new Random(POPULARITY_SEED));
  const cumulative = new Float64Array(entryCount);
  let total = 0;
  for (let rank = 0; rank < entryCount; rank++) {
    total += 1 / (rank + 1) ** ZIPF_EXPONENT;
    cumulative[rank] = total;
  }
  const random = new Random(seed);
  const indexes = new Int32Array(length);
  for (let at = 0; at < length; at++) {
    indexes[at] = entryOfRank[firstAtLeast(cumulative, random.fraction() * total)];
  }
  return indexes;
}

/** Indexes of entries, each as likely as any other. */
export function uniformIndexes(entryCount: number, length: number, seed: number): Int32Array {
  const random = new Random(seed);
  return Int32Array.from({ length }, () => random.below(entryCount));
}

/** The same index again and again: one hot key. */
export function hotIndexes(entryCount: number, length: number): Int32Array {
  return new Int32Array(length).fill(entryCount >> 1);
}

/**
 * A zipf stream in which some operations are writes: an index for a read, its complement (`~index`, negative) for a write.
 *
 * @param readFraction from 0 (writes only) to 1 (reads only)
 */
export function mixedIndexes(entryCount: number, length: number, seed: number, readFraction: number): Int32Array {
  const indexes = zipfIndexes(entryCount, length, seed);
  const random = new Random(seed ^ 0x5bd1e995);
  for (let at = 0; at < length; at++) {
    if (random.fraction() >= readFraction) indexes[at] = ~indexes[at];
  }
  return indexes;
}

function firstAtLeast(ascending: Float64Array, wanted: number): number {
  let low = 0;
  let high = ascending.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle] < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
