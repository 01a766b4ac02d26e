/** The part of the README that holds figures: made from the committed ones, between two marks. */
import { quantity } from '../harness/report.ts';
import type { Figure, FiguresFile } from './figures-file.ts';

const START = '<!-- figures: npm run bench:readme writes what is between these marks -->';
const END = '<!-- /figures -->';
const BLOCK = /<!-- figures\b[^]*?-->[^]*?<!-- \/figures -->/;

/** `get 16-char string, 5,000 entries, vs Map`: what, how many entries, against what. */
const OVER_ENTRIES = /^(.+), ([\d,]+) entries, vs (.+)$/;
/** A comparison that is told by the number of its entries belongs to the first table. */
const QUESTIONS_OVER_ENTRIES: readonly string[] = ['get', 'set', 'numbers'];

/** @throws Error for a README without the marks */
export function withBlock(readme: string, figures: FiguresFile): string {
  if (!BLOCK.test(readme)) throw new Error(`the README has no marks for the figures: ${START} and ${END}`);
  return readme.replace(BLOCK, () => renderBlock(figures));
}

/** What stands between the marks now, and the marks. */
export function blockOf(readme: string): string | undefined {
  return BLOCK.exec(readme)?.[0];
}

export function renderBlock({ environment, figures }: FiguresFile): string {
  const { date, command, commit, cpu, cores, node, load } = environment;
  const judged = figures.filter(({ met }) => met !== undefined);
  const overEntries = figures.filter(isOverEntries);
  const others = judged.filter((figure) => !isOverEntries(figure));
  return `${START}
Measured on ${date.slice(0, 10)} with \`${command}\`${commit === null ? '' : ` at ${commit}`} on ${cpu}, ${cores} cores, Node.js ${node}, load ${load}: how
many times as fast as the other one, both in turn in the same run, zipf 0.99, 18-character keys made anew for each call.

${entriesTable(overEntries)}

| what | measured | 95 % within | asked |
|---|--:|--:|--:|
${others.map(otherRow).join('\n')}

${judged.filter(({ met }) => met === true).length} of ${judged.length} figures reach what was asked of them. \`npm run bench\` measures them again and draws a report with
plots, all comparisons, and where sharena loses.
${END}`;
}

function isOverEntries({ question, what }: Figure): boolean {
  return QUESTIONS_OVER_ENTRIES.includes(question) && OVER_ENTRIES.test(what);
}

/** A row for each call and rival, a column for each number of entries. */
function entriesTable(figures: readonly Figure[]): string {
  const rows = new Map<string, Map<number, Figure>>();
  for (const figure of figures) {
    const [, what = '', entries = '', against = ''] = OVER_ENTRIES.exec(figure.what) ?? [];
    const row = `${what.replace('->', 'to')} | ${against}`;
    const cells = rows.get(row) ?? new Map<number, Figure>();
    rows.set(row, cells.set(Number(entries.replaceAll(',', '')), figure));
  }
  const counts = [...new Set([...rows.values()].flatMap((cells) => [...cells.keys()]))].sort((a, b) => a - b);
  const head = counts.map((count) => count.toLocaleString('en-US'));
  const lines = [...rows].map(([row, cells]) => {
    const texts = counts.map((count) => cellText(cells.get(count)));
    return `| ${row} | ${texts.join(' | ')} |`;
  });
  return [
    `| what | against | ${head.join(' | ')} entries |`,
    `|---|---|${counts.map(() => '--:|').join('')}`,
    ...lines,
  ].join('\n');
}

function cellText(figure: Figure | undefined): string {
  return figure === undefined ? '' : quantity(figure.median ?? Number.NaN, 'x').replace('x', '');
}

function otherRow({ what, unit, median, within, bar = '' }: Figure): string {
  const [, sense = '', limit = ''] = bar.split(' ');
  const interval = within === undefined ? '' : within.map((end) => quantity(end ?? Number.NaN, unit)).join(' – ');
  return `| ${what} | ${quantity(median ?? Number.NaN, unit)} | ${interval} | ${sense === '<=' ? '≤' : '≥'} ${quantity(Number(limit), unit)} |`;
}
