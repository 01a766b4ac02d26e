/** What an owner has done and how long it took: counts, and histograms of waiting and running. */
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';

/** Quantiles in ms, read from a histogram with two significant figures. 0 while nothing was measured. */
export interface Latency {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** In microseconds. Two figures keep a histogram at about 25 KB. */
const HISTOGRAM = { lowest: 1, highest: 3_600_000_000, figures: 2 };

export class Meter {
  /** Tasks answered, with a result or an error. */
  completed: number = 0;
  /** Those of them that were answered with an error. */
  failed: number = 0;
  readonly #wait: RecordableHistogram = createHistogram(HISTOGRAM);
  readonly #run: RecordableHistogram = createHistogram(HISTOGRAM);

  /** Times of one clock, in ms. */
  record(givenMs: number, begunMs: number, endedMs: number): void {
    this.#wait.record(microseconds(begunMs - givenMs));
    this.#run.record(microseconds(endedMs - begunMs));
  }

  /** From the call to its begin in the worker. */
  get wait(): Latency {
    return latencyOf(this.#wait);
  }

  /** From its begin to its end in the worker. */
  get run(): Latency {
    return latencyOf(this.#run);
  }
}

function microseconds(ms: number): number {
  return Math.min(HISTOGRAM.highest, Math.max(1, Math.round(ms * 1000)));
}

function latencyOf(histogram: RecordableHistogram): Latency {
  if (histogram.count === 0) return { p50: 0, p99: 0, max: 0 };
  return { p50: histogram.percentile(50) / 1000, p99: histogram.percentile(99) / 1000, max: histogram.max / 1000 };
}
