/** The tables of this room as text: for README.md, and as the header file for C. Pure: what to do with it is the caller's. */
import * as arenaModule from './arena.ts';
import * as geometryModule from './geometry.ts';
import * as recordModule from './record.ts';
import * as segmentModule from './segment.ts';
import type { Field, Structure } from './structure.ts';

/** Every structure of an arena, in the order in which they lie there. */
export const STRUCTURES: readonly Structure[] = [
  arenaModule.arenaHeader,
  arenaModule.threadEntry,
  arenaModule.ring,
  segmentModule.segmentHeader,
  arenaModule.pageEntry,
  segmentModule.slot,
  recordModule.record,
  recordModule.freeBlock,
];

const MODULES: readonly (readonly [file: string, exports: Readonly<Record<string, unknown>>])[] = [
  ['arena.ts', arenaModule],
  ['geometry.ts', geometryModule],
  ['segment.ts', segmentModule],
  ['record.ts', recordModule],
];

const INT32_MAX = 0x7fffffff;

/** A Markdown table of a structure's fields. */
function markdownTable(structure: Structure): string {
  const rows = structure.fields.map((f) => {
    const word = structure.word[f.name] ?? 0;
    return [word, word * 4, `\`${f.name}\``, f.words === 0 ? 'rest' : f.words, f.writer, f.doc];
  });
  const lines = [
    ['word', 'byte', 'field', 'words', 'writer', 'what'],
    ['--:', '--:', ':--', '--:', ':--', ':--'],
    ...rows,
  ];
  return lines.map((cells) => `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |\n`).join('');
}

/**
 * Puts the table of each structure between its markers, `<!-- layout: NAME -->` and `<!-- /layout -->`.
 *
 * Throws `RangeError` when a structure has no markers, or markers have no structure.
 */
export function fillTables(text: string): string {
  const missing = new Set(STRUCTURES.map((structure) => structure.name));
  const filled = text.replace(/<!-- layout: (\w+) -->\n[^]*?<!-- \/layout -->/g, (_, name: string) => {
    const structure = STRUCTURES.find((candidate) => candidate.name === name);
    if (structure === undefined || !missing.delete(name))
      throw new RangeError(`no structure for another table ${name}`);
    return `<!-- layout: ${name} -->\n\n${markdownTable(structure)}\n<!-- /layout -->`;
  });
  if (missing.size > 0) throw new RangeError(`the text has no place for ${[...missing].join(', ')}`);
  return filled;
}

/** The C header: offsets and sizes of all structures, and all constants, in words of 32 bits unless their name says else. */
export function headerText(): string {
  const structures = STRUCTURES.map(structureDefines);
  const taken = new Set(structures.flatMap((lines) => lines.map(nameOf)));
  const constants = MODULES.map(([file, exports]) => constantDefines(file, exports, taken));
  const sections = [...structures, ...constants].map((lines) => `${lines.join('\n')}\n`);
  return [
    '/* The layout of a sharena arena. Generated from the tables of this directory by `npm run layout`: do not edit. */\n',
    '#ifndef SHARENA_H\n#define SHARENA_H\n\n#include <stdint.h>\n\n',
    sections.join('\n'),
    '\n#endif\n',
  ].join('');
}

function structureDefines(structure: Structure): string[] {
  const prefix = `SHARENA_${structure.name.toUpperCase()}`;
  const fields = structure.fields.filter((f) => !f.name.startsWith('pad'));
  return [
    `/* ${structure.name}: ${structure.doc}. */`,
    `#define ${prefix}_WORDS ${structure.words}`,
    ...fields.flatMap((f) => fieldDefines(prefix, structure, f)),
  ];
}

function fieldDefines(prefix: string, structure: Structure, f: Field): string[] {
  const name = `${prefix}_${upperSnake(f.name)}`;
  const offset = `#define ${name}_WORD ${structure.word[f.name]}`;
  return f.words > 1 ? [offset, `#define ${name}_WORDS ${f.words}`] : [offset];
}

function constantDefines(file: string, exports: Readonly<Record<string, unknown>>, taken: Set<string>): string[] {
  const lines = [`/* Constants of ${file}. */`];
  for (const [name, value] of Object.entries(exports)) {
    if (typeof value !== 'number' || taken.has(`SHARENA_${name}`)) continue;
    taken.add(`SHARENA_${name}`);
    lines.push(`#define SHARENA_${name} ${literal(name, value)}`);
  }
  return lines;
}

function literal(name: string, value: number): string {
  if (/MASK|MAGIC|MARK/.test(name)) return `0x${value.toString(16)}`;
  return value > INT32_MAX ? `INT64_C(${value})` : String(value);
}

function nameOf(define: string): string {
  return define.split(' ')[1] ?? '';
}

function upperSnake(name: string): string {
  return name.replace(/[A-Z]/g, '_$&').toUpperCase();
}
