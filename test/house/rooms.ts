/** Which room may import from which: downward only. A room is a directory of src, or a top-level one, or a file of src. */
import { posix } from 'node:path';
import { importsOf } from './source-text.ts';

const EVERY_ROOM_OF_SRC = [
  'index',
  'store',
  'dispatch',
  'codec',
  'policy',
  'segment',
  'hash',
  'memory',
  'tier',
  'adapters',
  'errors',
];
const THE_STORES_PARTS = ['codec', 'policy', 'segment', 'hash', 'memory', 'native-layout', 'errors'];

/** Room -> the rooms it may import besides itself. */
const MAY_IMPORT: ReadonlyMap<string, readonly string[]> = new Map([
  ['index', [...EVERY_ROOM_OF_SRC, 'native-layout']],
  ['store', THE_STORES_PARTS],
  ['dispatch', [...THE_STORES_PARTS, 'store']],
  ['codec', ['hash', 'memory', 'native-layout', 'errors']],
  ['policy', ['segment', 'hash', 'memory', 'native-layout', 'errors']],
  ['segment', ['memory', 'native-layout', 'errors']],
  ['hash', ['errors']],
  ['memory', ['native-layout', 'errors']],
  ['native-layout', []],
  ['errors', []],
  ['tier', ['index']],
  ['adapters', ['index']],
  ['workers', EVERY_ROOM_OF_SRC],
]);

/** These import nothing at all from outside themselves, not even from Node.js. */
const SELF_CONTAINED: readonly string[] = ['native-layout', 'errors'];

/** The file that calls Atomics, and its stand-in for proofs: reached as `#atomics`, so that a proof can swap them. */
const ATOMICS_FILE = /^src\/memory\/atomics(\.\w+)?\.ts$/;

export function isAtomicsFile(file: string): boolean {
  return ATOMICS_FILE.test(file);
}

/** The room of a file, or undefined for a file that is in none. */
function roomOf(file: string): string | undefined {
  const parts = file.split('/');
  const room = parts[0] === 'src' ? parts[1]?.replace(/\.ts$/, '') : parts[0];
  return room !== undefined && MAY_IMPORT.has(room) ? room : undefined;
}

export interface House {
  /** Path -> text. */
  readonly files: ReadonlyMap<string, string>;
  /** `#name` -> the path of the source file behind it, as in `imports` of package.json. */
  readonly aliases: ReadonlyMap<string, string>;
  /** The outside packages that package.json declares. */
  readonly packages: readonly string[];
}

/** All breaches of the import rules, as sentences; none when the house is in order. */
export function breaches(house: House): string[] {
  const found: string[] = [];
  const doorsOf = new Map<string, Set<string>>();
  for (const [file, text] of house.files) {
    const room = roomOf(file);
    if (room === undefined) {
      found.push(`${file} is in no room`);
      continue;
    }
    for (const specifier of importsOf(text)) {
      const target = specifier.startsWith('#')
        ? house.aliases.get(specifier)
        : specifier.startsWith('.')
          ? posix.join(posix.dirname(file), specifier)
          : null;
      if (target === undefined) found.push(`${file} imports ${specifier}, which package.json does not define`);
      else if (target !== null) found.push(...breachesInside(file, room, specifier, target));
      else if (SELF_CONTAINED.includes(room)) found.push(`${file} imports ${specifier}: ${room} is self-contained`);
      else if (!specifier.startsWith('node:')) {
        const name = packageOf(specifier);
        if (!house.packages.includes(name)) found.push(`${file} imports ${name}, which package.json does not declare`);
        doorsOf.set(name, (doorsOf.get(name) ?? new Set()).add(file));
      }
    }
  }
  for (const name of house.packages) {
    const doors = [...(doorsOf.get(name) ?? [])];
    if (doors.length !== 1) found.push(`${name} has ${doors.length} import doors instead of one: ${doors.join(', ')}`);
  }
  return found;
}

function breachesInside(file: string, room: string, specifier: string, target: string): string[] {
  const targetRoom = roomOf(target);
  if (targetRoom === undefined) return [`${file} imports ${specifier}, which is in no room`];
  if (targetRoom !== room && MAY_IMPORT.get(room)?.includes(targetRoom) !== true) {
    return [`${file} imports ${specifier}: ${room} may not import ${targetRoom}`];
  }
  if (isAtomicsFile(target) && !isAtomicsFile(file) && !specifier.startsWith('#')) {
    return [`${file} imports ${specifier} by its path instead of as #atomics`];
  }
  return [];
}

function packageOf(specifier: string): string {
  const parts = specifier.split('/');
  return parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
}
