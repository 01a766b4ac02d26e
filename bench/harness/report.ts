import { meets, type Finding, type Unit } from './question.ts';

/** One row a finding: bar, what, measured, the interval of its median, limit, verdict, detail. Widths fit the rows. */
export function table(findings: readonly Finding[]): string {
  const head = ['bar', 'what', 'measured', '95 %', 'limit', '', 'detail'];
  const rows = [head, ...findings.map(rowOf)];
  const widths = head.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => align(cell, column, widths))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function align(cell: string, column: number, widths: readonly number[]): string {
  const width = widths[column] ?? 0;
  return column >= 2 && column <= 4 ? cell.padStart(width) : cell.padEnd(width);
}

function rowOf(finding: Finding): string[] {
  const { bar, measured, unit } = finding;
  const { confidence } = measured;
  return [
    bar?.id ?? '',
    finding.what,
    quantity(measured.median, unit),
    confidence === undefined ? '' : `${quantity(confidence.low, unit)} - ${quantity(confidence.high, unit)}`,
    bar === undefined ? '' : `${bar.sense} ${quantity(bar.limit, unit)}`,
    bar === undefined ? '' : meets(finding) ? 'ok' : 'SHORT',
    finding.detail ?? '',
  ];
}

/** A number as people read it: three digits that matter, the unit behind. */
export function quantity(value: number, unit: Unit): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  // A quick run may see no pause at all: there is no ratio then, and JSON has made it null.
  if (!Number.isFinite(value)) return 'none';
  const number = value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return unit === 'x' || unit === '%' ? `${number}${unit}` : `${number} ${unit}`;
}

/** `7 of 9 bars reached`, and nothing when there was none. */
export function verdict(findings: readonly Finding[]): string {
  const judged = findings.filter(({ bar }) => bar !== undefined);
  if (judged.length === 0) return '';
  return `${judged.filter(meets).length} of ${judged.length} bars reached`;
}
