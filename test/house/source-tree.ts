/** The source files of this repository, as text, keyed by their path with forward slashes. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';

/** From dist/test/house, where this file runs, up to the directory of package.json. */
export const repositoryRoot: string = join(import.meta.dirname, '..', '..', '..');

function entriesBelow(room: string): string[] {
  const path = join(repositoryRoot, room);
  if (!existsSync(path)) return [];
  return readdirSync(path, { recursive: true, encoding: 'utf8' }).map(
    (entry) => `${room}/${entry.split(sep).join('/')}`,
  );
}

/** The paths of all files and directories of these top-level directories. A directory that does not exist has none. */
export function pathsBelow(...rooms: readonly string[]): string[] {
  return rooms.flatMap(entriesBelow).sort();
}

/** The TypeScript files of these top-level directories. */
export function sourcesBelow(...rooms: readonly string[]): Map<string, string> {
  const files = pathsBelow(...rooms).filter((path) => path.endsWith('.ts'));
  return new Map(files.map((file) => [file, readFileSync(join(repositoryRoot, file), 'utf8')]));
}

export interface Manifest {
  readonly scripts: Readonly<Record<string, string>>;
  readonly imports: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

export function readManifest(): Manifest {
  return JSON.parse(readFileSync(join(repositoryRoot, 'package.json'), 'utf8')) as Manifest;
}
