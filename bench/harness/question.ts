import type { Samples } from './compare.ts';
import type { Effort } from './effort.ts';
import { pairRatios, spreadOf, type Spread } from './statistics.ts';

/** A bar as the project set it: what the figure has to reach, or stay below. */
export interface Bar {
  readonly id: string;
  readonly sense: '>=' | '<=';
  readonly limit: number;
}

/** The other side of a ratio. */
export interface Against {
  readonly name: string;
  /** A library one could use instead; what the hardware allows at best; another way to do it with sharena. */
  readonly kind: 'rival' | 'limit' | 'itself';
  /** Which side of 1 is sharena's. */
  readonly better: 'above 1' | 'below 1';
}

export type Unit = 'x' | 'ms' | 'bytes' | 'MB' | '%' | 'ops/s' | 'ns';

/** One answer: a row of the report. */
export interface Finding {
  readonly what: string;
  readonly unit: Unit;
  readonly measured: Spread;
  /** Missing for a figure that is no ratio of sharena to something. */
  readonly against?: Against;
  /** Missing for a figure that is told for comparison only. */
  readonly bar?: Bar;
  /** True when the work was given up: the figure is of what was done until then, and reaches no bar. */
  readonly unfinished?: boolean;
  /** What the figure is made of, in few words. */
  readonly detail?: string;
  readonly samples: readonly Samples[];
}

/** A file of this directory: one question, and how it is answered. */
export interface Question {
  readonly name: string;
  readonly asks: string;
  answer(effort: Effort, progress: (step: string) => void): Promise<Finding[]>;
}

export function atLeast(id: string, limit: number): Bar {
  return { id, sense: '>=', limit };
}

export function atMost(id: string, limit: number): Bar {
  return { id, sense: '<=', limit };
}

export function meets(finding: Finding): boolean {
  const { bar, measured } = finding;
  if (bar === undefined) return true;
  if (finding.unfinished === true || !Number.isFinite(measured.median)) return false;
  return bar.sense === '>=' ? measured.median >= bar.limit : measured.median <= bar.limit;
}

/** Whether the other side of the ratio is ahead. */
export function loses({ against, measured }: Finding): boolean {
  if (against === undefined || !Number.isFinite(measured.median)) return false;
  return against.better === 'above 1' ? measured.median < 1 : measured.median > 1;
}

/** How many times as fast `ours` is as `theirs`, both in time an operation. */
export function speedRatio(
  what: string,
  ours: Samples,
  theirs: Samples,
  bar?: Bar,
  kind: Against['kind'] = 'rival',
): Finding {
  const ratios = pairRatios(theirs.values, ours.values);
  return {
    what,
    unit: 'x',
    measured: spreadOf(ratios),
    against: { name: theirs.subject, kind, better: 'above 1' },
    ...(bar === undefined ? {} : { bar }),
    detail: `${spreadOf(ours.values).median.toFixed(0)} against ${spreadOf(theirs.values).median.toFixed(0)} ns`,
    samples: [ours, theirs],
  };
}

/** A figure that was measured once, or whose spread says nothing. */
export function single(value: number): Spread {
  return { median: value, low: value, high: value };
}
