/** The tables of this room as text for README.md. Pure: what to do with it is the caller's. render-header.ts is for C. */
import { arenaHeader, pageEntry, ring, threadEntry } from './arena.ts';
import { leaseEntry } from './lease.ts';
import { bell, mailAnswer, mailCall, mailLink } from './mailbox.ts';
import { PACKED_WORDS, type PackedWord } from './packed.ts';
import { freeBlock, record } from './record.ts';
import { LINE_WORDS, segmentHeader, slot } from './segment.ts';
import type { Structure } from './structure.ts';

/** Every structure of an arena, in the order in which they lie there, then those of mail. */
export const STRUCTURES: readonly Structure[] = [
  arenaHeader,
  threadEntry,
  ring,
  leaseEntry,
  segmentHeader,
  pageEntry,
  slot,
  record,
  freeBlock,
  bell,
  mailLink,
  mailCall,
  mailAnswer,
];

type Cell = string | number;

/** A Markdown table; the first `numbers` columns are set right-aligned. */
function markdownTable(titles: readonly string[], numbers: number, rows: readonly (readonly Cell[])[]): string {
  const rule = titles.map((_, column) => (column < numbers ? '--:' : ':--'));
  return [titles, rule, ...rows]
    .map((cells) => `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |\n`)
    .join('');
}

/** Where each field is, who writes it, what it says. A field that begins on a new line of 64 bytes names that line. */
function structureTable(structure: Structure): string {
  const rows: Cell[][] = [];
  let line = -1;
  const push = (word: number, ...rest: Cell[]): void => {
    const newLine = Math.floor(word / LINE_WORDS);
    rows.push([newLine === line ? '' : newLine, word, word * 4, ...rest]);
    line = newLine;
  };
  let end = 0;
  for (const f of structure.fields) {
    const word = structure.word[f.name] ?? 0;
    push(word, f.words === 0 ? 'rest' : f.words, `\`${f.name}\``, f.writer, f.doc);
    end = word + f.words;
  }
  if (end < structure.words) push(end, structure.words - end, '', '', 'spare');
  return markdownTable(['line', 'word', 'byte', 'words', 'field', 'writer', 'what'], 4, rows);
}

/** A picture of the 32 bits, the highest on the left, and what each field says. */
function packedTable({ fields }: PackedWord): string {
  const cells: string[] = [];
  let above = 31;
  for (const { name, shift, mask } of [...fields].reverse()) {
    const top = shift + widthOf(mask) - 1;
    if (top < above) cells.push(rangeText('spare', above, top + 1));
    cells.push(rangeText(name, top, shift));
    above = shift - 1;
  }
  if (above >= 0) cells.push(rangeText('spare', above, 0));
  const rows = fields.map(({ name, shift, mask, doc }) => [shift, widthOf(mask), `\`${name}\``, doc]);
  const table = markdownTable(['bit', 'bits', 'field', 'what'], 2, rows);
  return `\`\`\`\n| ${cells.join(' | ')} |\n\`\`\`\n\n${table}`;
}

/** Number of bits of a mask that is all ones. */
function widthOf(mask: number): number {
  return 32 - Math.clz32(mask);
}

function rangeText(name: string, top: number, bottom: number): string {
  return top === bottom ? `${name} ${top}` : `${name} ${top}..${bottom}`;
}

/**
 * Puts the table of each structure and of each packed word between its markers, `<!-- layout: NAME -->` and
 * `<!-- /layout -->`.
 *
 * Throws `RangeError` when one of them has no markers, or markers have no such name.
 */
export function fillTables(text: string): string {
  const tables = new Map<string, string>();
  for (const structure of STRUCTURES) tables.set(structure.name, structureTable(structure));
  for (const packed of PACKED_WORDS) tables.set(`bits of ${packed.name}`, packedTable(packed));
  const filled = text.replace(/<!-- layout: ([\w ]+) -->\n[^]*?<!-- \/layout -->/g, (_, name: string) => {
    const table = tables.get(name);
    if (table === undefined) throw new RangeError(`no structure for another table ${name}`);
    tables.delete(name);
    return `<!-- layout: ${name} -->\n\n${table}\n<!-- /layout -->`;
  });
  if (tables.size > 0) throw new RangeError(`the text has no place for ${[...tables.keys()].join(', ')}`);
  return filled;
}
