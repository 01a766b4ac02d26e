/** Compiles the C programs of this directory against sharena.h, where there is a C compiler. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repositoryRoot } from '../house/source-tree.ts';

const FLAGS: readonly string[] = ['-std=c11', '-D_DEFAULT_SOURCE', '-O1', '-Wall', '-Wextra', '-Werror'];

const compiler = [process.env['CC'], 'cc', 'gcc', 'clang']
  .filter((name) => name !== undefined && name !== '')
  .find((name) => spawnSync(name as string, ['--version']).status === 0);

/** Why tests that need a C compiler are to be skipped, else false. */
export const skip: string | false = compiler === undefined ? 'there is no C compiler' : false;

/** A directory of its own for a test file's programs and images. */
export function makeFolder(): string {
  return mkdtempSync(join(tmpdir(), 'sharena-layout-'));
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

/** Compiles `test/layout/NAME.c` into the folder. Returns the path of the program; without a compiler there is none. */
export function compile(name: string, folder: string): string {
  const program = join(folder, name);
  if (compiler === undefined) return program;
  const source = join(repositoryRoot, 'test', 'layout', `${name}.c`);
  execFileSync(compiler, [...FLAGS, '-I', join(repositoryRoot, 'native-layout'), source, '-o', program]);
  return program;
}
