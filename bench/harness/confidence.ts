/**
 * How well samples tell the median of what they were drawn from: the interval between two of the samples themselves, by
 * counting how many of them may fall on one side of the true median (a binomial law, whatever the distribution of the
 * samples). See David and Nagaraja, "Order Statistics", 3rd edition, section 7.1.
 */

const LEVEL = 0.95;
/** From here on the normal law stands in for the binomial one. */
const SAMPLES_COUNTED_MAX = 200;
const NORMAL_DEVIATE_OF_LEVEL = 1.96;

export interface Interval {
  readonly low: number;
  readonly high: number;
  /** The chance that such an interval holds the true median: 0.95 or more, and less only for five samples or fewer. */
  readonly level: number;
}

/**
 * The narrowest symmetric interval of samples that holds the true median with a chance of 95 % or more; with fewer than
 * six samples, from the smallest to the largest, and `level` says what that is worth.
 *
 * @param samples in any order, at least one
 */
export function medianInterval(samples: ArrayLike<number>): Interval {
  if (samples.length === 0) throw new RangeError('an interval needs at least 1 sample, got 0');
  const sorted = Float64Array.from(samples).sort();
  const { left, level } = trimmed(sorted.length);
  return { low: sorted[left], high: sorted[sorted.length - 1 - left], level };
}

/** How many samples may be left out at each end, and what level remains. */
function trimmed(count: number): { left: number; level: number } {
  if (count > SAMPLES_COUNTED_MAX) {
    const left = Math.floor((count - NORMAL_DEVIATE_OF_LEVEL * Math.sqrt(count)) / 2);
    return { left, level: LEVEL };
  }
  // The chance that exactly `below` of the samples lie below the true median, for below = 0, 1, 2 ...
  let chance = 0.5 ** count;
  let outside = 2 * chance;
  let left = 0;
  for (let below = 1; below < count / 2; below++) {
    chance *= (count - below + 1) / below;
    if (1 - (outside + 2 * chance) < LEVEL) break;
    outside += 2 * chance;
    left = below;
  }
  return { left, level: 1 - outside };
}
