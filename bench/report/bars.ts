/** The bars of the project, each with what it asks for: a row of the report even where nothing was measured for it. */
import { meets, type Finding } from '../harness/question.ts';
import { said, tableHtml, type Cell } from './html.ts';
import { findingsOf, type Results } from './results.ts';

const BARS: readonly (readonly [string, string])[] = [
  ['S1', 'get of strings, against a Map of the thread'],
  ['S2', 'get of numbers, against a Map of the thread'],
  ['S3', 'set of strings, against a Map of the thread'],
  ['S4', 'integer keys and counters, against a Map of numbers'],
  ['S5', 'get and set, against lru-cache, lmdb and sharedmap'],
  ['S6', 'get of an object, against decoding it'],
  ['S7', 'get of an object with memo, against lru-cache'],
  ['S8', 'a kibibyte of bytes, against lmdb; leases'],
  ['S9', 'two threads, against one'],
  ['S10', 'eight threads on two cores, against two'],
  ['S11', 'batches of a hundred, against one by one'],
  ['S12', 'execute() on the owner, against piscina run()'],
  ['S13', 'write pauses while the store grows'],
  ['M1', 'bytes of an entry beside key and value'],
  ['M2', 'memory of four threads, against four Maps'],
  ['M3', 'memory lost to fragmentation'],
  ['M4', 'heap of the main thread, and pauses of its collector'],
];

export interface Tally {
  readonly reached: number;
  readonly measured: number;
}

export function tallyOf(results: Results): Tally {
  const judged = findingsOf(results).filter(({ bar }) => bar !== undefined);
  return { reached: judged.filter(meets).length, measured: judged.length };
}

/** One row for each figure that a bar is on, in the order of the bars. */
export function barsHtml(results: Results): string {
  const judged = findingsOf(results).filter(({ bar }) => bar !== undefined);
  const known = new Set(BARS.map(([id]) => id));
  const others = [...new Set(judged.map(({ bar }) => bar?.id ?? ''))].filter((id) => !known.has(id));
  const rows = [...BARS, ...others.map((id) => [id, ''] as const)].flatMap(([id, asks]) => {
    const findings = judged.filter(({ bar }) => bar?.id === id);
    return findings.length > 0 ? findings.map(rowOf) : [[id, `${asks}: not measured in this run`, '', '', '', '']];
  });
  const head = ['bar', 'what', 'measured', '95 % within', 'asked', 'reached'];
  return tableHtml('Every bar and the figure it is on', head, rows, [2, 3, 4]);
}

function rowOf(finding: Finding): (string | Cell)[] {
  const { bar, what, unit, measured, unfinished } = finding;
  const { confidence } = measured;
  const limit = `${bar?.sense === '<=' ? '≤' : '≥'} ${said(bar?.limit ?? Number.NaN, unit)}`;
  return [
    bar?.id ?? '',
    unfinished === true ? `${what} (given up before its end)` : what,
    said(measured.median, unit),
    confidence === undefined ? '' : `${said(confidence.low, unit)} – ${said(confidence.high, unit)}`,
    limit,
    meets(finding) ? { text: '✓ yes', className: 'met' } : { text: '✗ no', className: 'missed' },
  ];
}
