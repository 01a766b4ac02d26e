/** The lines and rows of a plot, gathered from the findings of all questions. */
import type { Samples } from '../harness/compare.ts';
import type { PlotName } from '../harness/plotted.ts';
import { spreadOf } from '../harness/statistics.ts';
import { findingsOf, type Results } from './results.ts';

/** The median of samples, and the interval that it is known to lie in; equal to it where there is one sample only. */
export interface Point {
  readonly x: number | string;
  readonly y: number;
  readonly low: number;
  readonly high: number;
  readonly values: readonly number[];
}

export interface Line {
  readonly name: string;
  readonly points: readonly Point[];
}

/** From what a sample says to what the plot shows, for example nanoseconds to operations a second. */
export type Convert = (value: number, unit: Samples['unit']) => number;

/**
 * The lines of a plot, each with its points in the order of x; lines in the order in which they were measured. Where several
 * questions measured the same point, the first one counts.
 */
export function linesOf(results: Results, plot: PlotName, convert: Convert): Line[] {
  const lines = new Map<string, Map<number | string, Point>>();
  for (const { unit, values, plotted } of findingsOf(results).flatMap(({ samples }) => samples)) {
    if (plotted?.plot !== plot) continue;
    const points = lines.get(plotted.line) ?? new Map<number | string, Point>();
    lines.set(plotted.line, points);
    if (points.has(plotted.x)) continue;
    points.set(plotted.x, pointOf(plotted.x, values.map((value) => convert(value, unit)).filter(Number.isFinite)));
  }
  return [...lines].map(([name, points]) => ({ name, points: [...points.values()].sort(byX) }));
}

function pointOf(x: number | string, values: readonly number[]): Point {
  if (values.length === 0) return { x, y: Number.NaN, low: Number.NaN, high: Number.NaN, values };
  const { median, confidence } = spreadOf(values);
  return { x, y: median, low: confidence?.low ?? median, high: confidence?.high ?? median, values };
}

function byX(a: Point, b: Point): number {
  return typeof a.x === 'number' && typeof b.x === 'number' ? a.x - b.x : 0;
}

export const toMillionsASecond: Convert = (value, unit) => (unit === 'ns' ? 1e3 / value : value / 1e6);
export const toMegabytes: Convert = (value) => value / 1e6;
export const asMeasured: Convert = (value) => value;
