/** Order statistics of small samples: what the benches report, and nothing that assumes a normal distribution. */
import { medianInterval, type Interval } from './confidence.ts';

/** Pairs that a comparison has at the least, and samples from which an interval is told. */
export const PAIRS_MIN = 5;

/**
 * The value below which the fraction `q` of the samples lies, interpolated linearly between neighbours.
 *
 * @param samples in any order, at least one, no NaN
 * @param q from 0 (smallest) to 1 (largest)
 */
export function quantile(samples: ArrayLike<number>, q: number): number {
  if (samples.length === 0) throw new RangeError('a quantile needs at least 1 sample, got 0');
  if (!(q >= 0 && q <= 1)) throw new RangeError(`a quantile is asked for with a fraction from 0 to 1, got ${q}`);
  const sorted = Float64Array.from(samples).sort();
  const position = q * (sorted.length - 1);
  const below = Math.floor(position);
  const lower = sorted[below];
  const upper = sorted[Math.min(below + 1, sorted.length - 1)];
  return lower + (upper - lower) * (position - below);
}

export function median(samples: ArrayLike<number>): number {
  return quantile(samples, 0.5);
}

/** A middle, how far the samples lie around it, and how well they tell where it is. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
  /** Of the median. Missing where there are too few samples to say. */
  readonly confidence?: Interval;
}

/** Median, smallest and largest, and from five samples on the interval that the median lies in. */
export function spreadOf(samples: ArrayLike<number>): Spread {
  const spread = { median: median(samples), low: quantile(samples, 0), high: quantile(samples, 1) };
  return samples.length < PAIRS_MIN ? spread : { ...spread, confidence: medianInterval(samples) };
}

/**
 * The ratios of two series that were measured in pairs: `numerators[i] / denominators[i]`.
 *
 * A pair ran within a moment, so what disturbs the machine for longer than that cancels out in its ratio.
 */
export function pairRatios(numerators: readonly number[], denominators: readonly number[]): number[] {
  if (numerators.length !== denominators.length) {
    throw new RangeError(`pairs are asked for, got ${numerators.length} and ${denominators.length} samples`);
  }
  return numerators.map((numerator, pair) => numerator / denominators[pair]);
}

/** Twenty buckets for each power of ten: a quantile is told to about an eighth of itself. */
const BUCKETS_PER_DECADE = 20;
const DECADES = 12;

/** Counts durations in buckets of growing width, so that millions of them cost no memory. */
export class Histogram {
  readonly #counts: Float64Array = new Float64Array(BUCKETS_PER_DECADE * DECADES);
  #count: number = 0;
  #largest: number = 0;

  get count(): number {
    return this.#count;
  }

  get largest(): number {
    return this.#largest;
  }

  /** @param value from 1 up, for example nanoseconds; smaller ones count as 1 */
  record(value: number): void {
    const bucket = value <= 1 ? 0 : Math.floor(Math.log10(value) * BUCKETS_PER_DECADE);
    const last = this.#counts.length - 1;
    this.#counts[Math.min(bucket, last)] = this.#counts[Math.min(bucket, last)] + 1;
    this.#count += 1;
    if (value > this.#largest) this.#largest = value;
  }

  /** The upper end of the bucket that holds the quantile, never more than the largest value recorded. */
  quantile(q: number): number {
    if (this.#count === 0) throw new RangeError('a quantile needs at least 1 recorded value, got 0');
    let left = Math.ceil(q * this.#count);
    for (const [bucket, count] of this.#counts.entries()) {
      left -= count;
      if (left <= 0) return Math.min(10 ** ((bucket + 1) / BUCKETS_PER_DECADE), this.#largest);
    }
    return this.#largest;
  }
}
