/** One colour for each library, the same in every plot and table. The values are in style.ts, for light and for dark. */

/** What a line's name begins with -> the colour's name. The first that fits counts. */
const COLOURS: readonly (readonly [string, string])[] = [
  ['sharena', 'sharena'],
  ['reads of thread-local Maps', 'map'],
  ['reads', 'sharena'],
  ['95/5', 'sharena'],
  ['50/50', 'sharena'],
  ['Map', 'map'],
  ['lru-cache', 'lru-cache'],
  ['quick-lru', 'quick-lru'],
  ['lmdb', 'lmdb'],
  ['sharedmap', 'sharedmap'],
  ['Redis', 'redis'],
  ['piscina', 'piscina'],
  ['C++ table', 'native'],
];

const COLOUR_OF_OTHERS = 'other';

/** The colour of a line, a subject or a rival, as CSS has it: it changes with the reader's scheme. */
export function colourOf(line: string): string {
  return `var(--${COLOURS.find(([start]) => line.startsWith(start))?.[1] ?? COLOUR_OF_OTHERS})`;
}

/** Lines of one library are told apart by their dashes. */
export function dashOf(line: string): 'solid' | 'dashed' | 'dotted' {
  if (line === '95/5' || line === 'sharena lease') return 'dashed';
  return line === '50/50' || line === 'C++ table' ? 'dotted' : 'solid';
}
