/** What the guard makes of the ratios of one operation. */
import { medianInterval, type Interval } from '../harness/confidence.ts';
import { median } from '../harness/statistics.ts';

/** How many times as fast as the other commit this tree has to be at the least. */
export const RATIO_MIN = 0.9;

/**
 * `ok` and `slower`: the whole interval lies on that side of the limit. `unsure`: the limit is inside of it, and more ratios
 * may tell.
 */
export type Verdict = 'ok' | 'slower' | 'unsure';

export interface Judged {
  readonly median: number;
  readonly interval: Interval;
  readonly verdict: Verdict;
}

/** @param ratios this tree's speed as a multiple of the other's, one for each pair of processes */
export function judge(ratios: readonly number[], limit: number = RATIO_MIN): Judged {
  const interval = medianInterval(ratios);
  const verdict = interval.low >= limit ? 'ok' : interval.high < limit ? 'slower' : 'unsure';
  return { median: median(ratios), interval, verdict };
}

/** When no more ratios can be had, the median decides what the interval leaves open. */
export function judgeFinally(ratios: readonly number[], limit: number = RATIO_MIN): Judged {
  const judged = judge(ratios, limit);
  if (judged.verdict !== 'unsure') return judged;
  return { ...judged, verdict: judged.median < limit ? 'slower' : 'ok' };
}
