/** A picture of a pool for terminals: which owner has which segments, and what each has to do. */
import type { OwnerStats } from './stats.ts';

export interface Ring {
  readonly epoch: number;
  /** By segment; -1 for nobody. */
  readonly owners: Int32Array;
}

/** Segments in a line of the picture, and lines of a store at most. */
const LINE_SEGMENTS = 64;
const LINES_MAX = 16;
const BAR_CELLS = 12;

/** At most 64 segments a line and 16 lines a store, then a line for each owner. */
export function describePool(stats: readonly OwnerStats[], rings: ReadonlyMap<string, Ring>): string {
  const pictures = [...rings].flatMap(([store, ring]) => pictureOf(store, ring));
  return [...pictures, ...tableOf(stats)].join('\n');
}

function pictureOf(store: string, { epoch, owners }: Ring): string[] {
  const width = Math.max(1, String(Math.max(...owners)).length);
  const cells = Array.from(owners, (owner) => (owner < 0 ? '.' : String(owner)).padStart(width));
  const perLine = Math.floor(LINE_SEGMENTS / (width === 1 ? 1 : width + 1));
  const lines: string[] = [];
  for (let first = 0; first < cells.length && lines.length < LINES_MAX; first += perLine) {
    const line = cells.slice(first, first + perLine).join(width === 1 ? '' : ' ');
    lines.push(`${String(first).padStart(6)}  ${line}`);
  }
  const shown = lines.length * perLine;
  if (shown < cells.length) lines.push(`${''.padStart(6)}  and ${cells.length - shown} more`);
  return [`${store}: the owners of ${owners.length} segments, epoch ${epoch}`, ...lines, ''];
}

function tableOf(stats: readonly OwnerStats[]): string[] {
  const loadMax = Math.max(1, ...stats.map(({ running, waiting }) => running + waiting));
  const head = [
    'owner',
    'thread',
    'segments',
    'load',
    '',
    'done',
    'failed',
    'wait p50',
    'p99',
    'run p50',
    'p99',
    'busy',
  ];
  const rows = stats.map((owner) => {
    const load = owner.running + owner.waiting;
    return [
      String(owner.owner),
      owner.threadId === -1 ? '-' : String(owner.threadId),
      Object.values(owner.segments).join('+'),
      String(load),
      '#'.repeat(Math.ceil((BAR_CELLS * load) / loadMax)),
      String(owner.completed),
      String(owner.failed),
      ...[owner.wait, owner.run].flatMap(({ p50, p99 }) => [duration(p50), duration(p99)]),
      `${Math.round(100 * owner.utilization)} %`,
    ];
  });
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column].length)));
  const aligned = (row: readonly string[]): string =>
    row
      .map((cell, column) => (head[column] === '' ? cell.padEnd(widths[column]) : cell.padStart(widths[column])))
      .join('  ');
  return [head, ...rows].map(aligned);
}

function duration(ms: number): string {
  if (ms === 0) return '-';
  if (ms < 1) return `${Math.round(ms * 1000)} us`;
  return ms < 1000 ? `${ms.toPrecision(3)} ms` : `${(ms / 1000).toPrecision(3)} s`;
}
