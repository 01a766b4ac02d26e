/** Figures of lines: how speed and memory change with entries, threads and bytes, and how slow the slowest calls are. */
import type { PlotName } from '../harness/plotted.ts';
import { lineFigure } from './figure.ts';
import type { Results } from './results.ts';
import { byteCount, duration, linearScale, logScale, pointScale, short, type Scale } from './scale.ts';
import { asMeasured, linesOf, toMegabytes, toMillionsASecond, type Convert } from './series.ts';

interface LineWords {
  readonly plot: PlotName;
  readonly title: string;
  readonly about: string;
  readonly convert: Convert;
  readonly xName: string;
  readonly yName: string;
  readonly sayX: (x: number) => string;
  readonly say: (value: number) => string;
  readonly xPlace: (x: number) => number;
  readonly yScale: (values: readonly number[]) => Scale;
}

const rate = {
  convert: toMillionsASecond,
  yName: 'million calls a second',
  say: (value: number) => value.toPrecision(3),
};

const LINE_FIGURES: readonly LineWords[] = [
  {
    ...rate,
    plot: 'entries',
    title: 'Reads as the store grows',
    about:
      'One thread gets 16-character strings under fresh 18-character keys, zipf 0.99. The dotted line is a table in C++ that ' +
      'makes no JavaScript strings: about what the memory of this machine allows.',
    xName: 'entries',
    sayX: short,
    xPlace: Math.log10,
    yScale: (values) => logScale(values, short),
  },
  {
    ...rate,
    plot: 'threads',
    title: 'More threads on one store',
    about:
      'All threads together, each with its own stream of keys: reads only, one call in twenty a write (95/5), and half of them ' +
      '(50/50). Maps that each thread has to itself show what the cores can do at best.',
    xName: 'threads',
    sayX: String,
    xPlace: Math.log2,
    yScale: (values) => linearScale(values, short),
  },
  {
    ...rate,
    plot: 'size-get',
    title: 'Reads by size of value',
    about:
      'Values of bytes, copied out for the caller; Map hands out its own, and a lease lends a view. Redis answers over ' +
      'loopback, one call after another.',
    xName: 'bytes of a value',
    sayX: byteCount,
    xPlace: Math.log2,
    yScale: (values) => logScale(values, short),
  },
  {
    ...rate,
    plot: 'size-set',
    title: 'Writes by size of value',
    about: 'Overwriting values of bytes with others of the same size. A Map keeps a reference and copies nothing.',
    xName: 'bytes of a value',
    sayX: byteCount,
    xPlace: Math.log2,
    yScale: (values) => logScale(values, short),
  },
  latencyWords('latency-get', 'How long a read takes', 'Every get is timed by itself'),
  latencyWords('latency-set', 'How long a write takes', 'Every set over an entry is timed by itself'),
  {
    plot: 'memory',
    title: 'Memory as threads are added',
    about:
      'Resident memory of a whole process whose threads all read the same entries: from one store, or from a Map that each ' +
      'thread has to itself.',
    convert: toMegabytes,
    xName: 'threads',
    yName: 'MB resident',
    sayX: String,
    say: (megabytes) => `${megabytes.toFixed(0)} MB`,
    xPlace: Math.log2,
    yScale: (values) => linearScale(values, (megabytes) => megabytes.toLocaleString('en-US')),
  },
];

function latencyWords(plot: PlotName, title: string, about: string): LineWords {
  return {
    plot,
    title,
    about: `${about}: half of the calls are faster than p50, all but one of a thousand faster than p99.9. Less is better.`,
    convert: asMeasured,
    xName: 'quantile of the calls',
    yName: 'time of a call',
    sayX: (q) => `p${Number((q * 100).toFixed(2))}`,
    say: duration,
    xPlace: (q) => -Math.log10(1 - q),
    yScale: (values) => logScale(values, duration),
  };
}

/** The figures of lines, in reading order, by the names of their plots. */
export function lineFigures(results: Results): Map<PlotName, string> {
  const figures = new Map<PlotName, string>();
  for (const words of LINE_FIGURES) {
    const lines = linesOf(results, words.plot, words.convert);
    if (lines.length === 0) continue;
    const { plot: id, title, about, sayX, say, xName, yName } = words;
    const xs = lines.flatMap(({ points }) => points.map(({ x }) => Number(x)));
    const ys = lines.flatMap(({ points }) => points.map(({ y }) => y));
    const plot = { lines, x: pointScale(xs, sayX, words.xPlace), y: words.yScale(ys), xName, yName };
    figures.set(id, lineFigure({ id, title, about, sayX, say, plot }));
  }
  return figures;
}
