/** Figures of dots in rows: ratios at a glance, kinds of keys, round trips, pauses. */
import type { Finding } from '../harness/question.ts';
import type { Dot, DotPlot, Row } from './dot-plot.ts';
import { dotFigure } from './figure.ts';
import { said } from './html.ts';
import type { Results } from './results.ts';
import { duration, logScale, short } from './scale.ts';
import { asMeasured, linesOf, type Line } from './series.ts';

/** The questions whose ratios are shown at a glance: one thread, one call. */
const AT_A_GLANCE: readonly string[] = ['get', 'set', 'numbers', 'objects', 'bytes'];

export function glance(results: Results): string | undefined {
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

/** Two or more libraries in each row; at its end, how many times as fast sharena is as the other one. */
export function kinds(results: Results, verb: 'get' | 'set', title: string): string | undefined {
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

export function trips(results: Results): string | undefined {
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

/** Each pause is a dot. */
export function pauses(results: Results): string | undefined {
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
