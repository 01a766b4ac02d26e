/** All figures of the page, in reading order. One that nothing was measured for is left out. */
import type { PlotName } from '../harness/plotted.ts';
import { said } from './html.ts';
import type { Finding } from '../harness/question.ts';
import type { Dot, DotPlot, Row } from './dot-plot.ts';
import { dotFigure, lineFigure } from './figure.ts';
import type { Results } from './results.ts';
import { byteCount, duration, linearScale, logScale, pointScale, short, type Scale } from './scale.ts';
import { asMeasured, linesOf, toMegabytes, toMillionsASecond, type Convert, type Line } from './series.ts';

/** The questions whose ratios are shown at a glance: one thread, one call. */
const AT_A_GLANCE: readonly string[] = ['get', 'set', 'numbers', 'objects', 'bytes'];

export function figuresOf(results: Results): string[] {
  return [
    glance(results),
    ...lineFigures(results),
    kinds(results, 'get', 'Reads by kind of key'),
    kinds(results, 'set', 'Writes by kind of key'),
    trips(results),
    ...memoryFigures(results),
  ].filter((html) => html !== undefined);
}

function glance(results: Results): string | undefined {
  const findings = results.questions
    .filter(({ name }) => AT_A_GLANCE.includes(name))
    .flatMap((question) => question.findings)
    .filter(({ against, unit }) => against?.kind === 'rival' && unit === 'x');
  if (findings.length === 0) return undefined;
  const ahead = findings.filter(({ measured }) => measured.median >= 1).length;
  return dotFigure({
    id: 'glance',
    title: 'At a glance',
    about:
      `How many times as fast as others one call on one thread is, each pair measured within the same moment: ` +
      `ahead in ${ahead} of ${findings.length} comparisons. Right of the upright line sharena is faster.`,
    say: (value) => said(value, 'x'),
    plot: {
      rows: findings.toSorted((a, b) => b.measured.median - a.measured.median).map(glanceRow),
      x: logScale(valuesOf(findings), (value) => `${short(value)}×`, [1]),
      xName: 'times as fast',
      parting: 1,
    },
  });
}

function glanceRow({ what, measured, against }: Finding): Row {
  const { median, confidence } = measured;
  const dot = { value: median, low: confidence?.low ?? median, high: confidence?.high ?? median };
  const label = what
    .replace('16-char string', 'string')
    .replace(' entries', '')
    .replace(' -> float64', '')
    .replace(', vs', ' vs');
  return { label, dots: [{ line: against?.name ?? '', ...dot }], note: `${ratioText(median)}×` };
}

function valuesOf(findings: readonly Finding[]): number[] {
  return findings.flatMap(({ measured }) => [measured.median, measured.confidence?.low ?? measured.median]);
}

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
      'Values of bytes, copied out for the caller by all but Map, which hands out its own. Redis answers over loopback, one ' +
      'call after another.',
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
  latencyWords('latency-get', 'How long a read takes', 'Every get is timed by itself, at 100,000 entries'),
  latencyWords(
    'latency-set',
    'How long a write takes',
    'Every set over an entry is timed by itself, at 100,000 entries',
  ),
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

function lineFigures(results: Results): (string | undefined)[] {
  return LINE_FIGURES.map((words) => {
    const lines = linesOf(results, words.plot, words.convert);
    if (lines.length === 0) return undefined;
    const { plot: id, title, about, sayX, say, xName, yName } = words;
    const xs = lines.flatMap(({ points }) => points.map(({ x }) => Number(x)));
    const ys = lines.flatMap(({ points }) => points.map(({ y }) => y));
    const x = pointScale(xs, sayX, words.xPlace);
    return lineFigure({ id, title, about, sayX, say, plot: { lines, x, y: words.yScale(ys), xName, yName } });
  });
}

/** Two or more libraries in each row; at its end, how many times as fast sharena is as the other one. */
function kinds(results: Results, verb: 'get' | 'set', title: string): string | undefined {
  const lines = linesOf(results, `kinds-${verb}`, asMeasured);
  if (lines.length === 0) return undefined;
  const rows = rowsOf(lines).map((row): Row => {
    const [ours, theirs] = ['sharena', 'Map'].map(
      (name) => row.dots.find(({ line }) => line === name)?.value ?? Number.NaN,
    );
    return { ...row, note: `${ratioText(theirs / ours)}×` };
  });
  return dotFigure({
    id: `kinds-${verb}`,
    title,
    about:
      'sharena and a Map of this thread, numbers as values: uniform keys, zipf 0.99, and the same key all the time. At the end of a ' +
      'row: how many times as fast sharena is. Less time is better.',
    say: duration,
    key: lines.map(({ name }) => name),
    plot: { rows, x: logScale(dotValues(rows), duration), xName: 'time of a call' },
  });
}

function trips(results: Results): string | undefined {
  const lines = linesOf(results, 'trips', asMeasured);
  if (lines.length === 0) return undefined;
  const rows = rowsOf(lines).map((row) => ({ ...row, note: duration(row.dots[0]?.value ?? Number.NaN) }));
  return dotFigure({
    id: 'trips',
    title: 'Reading instead of asking',
    about:
      'What a get costs in shared memory, and what it costs to send for the value: to Redis on loopback, and to a worker that ' +
      'piscina hands a task to. By the clock, waiting included.',
    say: duration,
    plot: { rows, x: logScale(dotValues(rows), duration), xName: 'time of a call' },
  });
}

function memoryFigures(results: Results): (string | undefined)[] {
  const lines = linesOf(results, 'memory', toMegabytes);
  const points = lines.flatMap((line) => line.points);
  const say = (megabytes: number): string => `${megabytes.toFixed(0)} MB`;
  const memory =
    lines.length === 0
      ? undefined
      : lineFigure({
          id: 'memory',
          title: 'Memory as threads are added',
          about:
            'Resident memory of a whole process whose threads all read the same entries: from one store, or from a Map that each ' +
            'thread has to itself.',
          sayX: String,
          say,
          plot: {
            lines,
            x: pointScale(
              points.map(({ x }) => Number(x)),
              String,
              Math.log2,
            ),
            y: linearScale(
              points.map(({ y }) => y),
              short,
            ),
            xName: 'threads',
            yName: 'MB resident',
          },
        });
  return [memory, pauses(results)];
}

/** Each pause is a dot. */
function pauses(results: Results): string | undefined {
  const lines = linesOf(results, 'pauses', asMeasured);
  if (lines.length === 0) return undefined;
  const rows = lines.map(({ name, points }): Row => {
    const values = points.flatMap((point) => point.values);
    const dots = values.map((value): Dot => ({ line: name, value, low: value, high: value }));
    const longest = values.length === 0 ? 'none' : `longest ${Math.max(...values).toPrecision(3)} ms`;
    return { label: name, dots, note: longest };
  });
  const plot: DotPlot = {
    rows,
    x: logScale(dotValues(rows), short),
    xName: 'pause of the main thread, ms',
    crowded: true,
  };
  return dotFigure({
    id: 'pauses',
    title: 'Pauses for garbage collection',
    about:
      'Every collection while the entries are overwritten, deleted and set again for some seconds. Each one is a dot.',
    say: (value) => `${value.toPrecision(3)} ms`,
    plot,
  });
}

function rowsOf(lines: readonly Line[]): Row[] {
  const labels = [...new Set(lines.flatMap(({ points }) => points.map(({ x }) => String(x))))];
  return labels.map((label) => {
    const dots = lines.flatMap(({ name, points }) =>
      points.filter(({ x }) => x === label).map(({ y, low, high }): Dot => ({ line: name, value: y, low, high })),
    );
    return { label, dots, note: '' };
  });
}

function dotValues(rows: readonly Row[]): number[] {
  return rows.flatMap(({ dots }) => dots.flatMap(({ value, low, high }) => [value, low, high]));
}

function ratioText(ratio: number): string {
  return ratio >= 10 ? ratio.toFixed(0) : ratio.toFixed(2);
}
