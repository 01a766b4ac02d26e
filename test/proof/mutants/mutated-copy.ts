/** A copy of the repository in a directory of its own, with one text replaced, built. */
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Mutant } from './mutant.ts';

/** From dist/test/proof/mutants, where this file runs, up to the directory of package.json. */
export const repositoryRoot: string = join(import.meta.dirname, '..', '..', '..', '..');

/** What the build and the tests need. */
const COPIED: readonly string[] = [
  'src',
  'native-layout',
  'workers',
  'bench',
  'test',
  'package.json',
  'tsconfig.json',
  'README.md',
];

/** How often a text occurs in another. */
export function occurrences(text: string, part: string): number {
  return text.split(part).length - 1;
}

/** The text of the file with the fault in it. Throws when the table of mutants no longer fits the sources. */
function mutated(text: string, { name, file, from, to }: Mutant): string {
  const count = occurrences(text, from);
  if (count !== 1) throw new Error(`${name}: its text occurs ${count} times in ${file} instead of once:\n${from}`);
  return text.replace(from, () => to);
}

export class MutatedCopy {
  readonly root: string;

  /** @param mutant null for a copy as it is. Throws when the copy cannot be built. */
  constructor(mutant: Mutant | null) {
    this.root = mkdtempSync(join(tmpdir(), 'sharena-mutant-'));
    try {
      for (const path of COPIED.filter((each) => existsSync(join(repositoryRoot, each)))) {
        cpSync(join(repositoryRoot, path), join(this.root, path), { recursive: true });
      }
      symlinkSync(realpathSync(join(repositoryRoot, 'node_modules')), join(this.root, 'node_modules'), 'junction');
      if (mutant !== null) {
        const file = join(this.root, mutant.file);
        writeFileSync(file, mutated(readFileSync(file, 'utf8'), mutant));
      }
      this.#build(mutant);
    } catch (error) {
      this.remove();
      throw error;
    }
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  #build(mutant: Mutant | null): void {
    const tsc = join(this.root, 'node_modules', 'typescript', 'bin', 'tsc');
    // A fault may leave a name unused, but it is one of behaviour: what does not pass the checker proves nothing.
    const args = [tsc, '--noUnusedLocals', 'false', '--noUnusedParameters', 'false'];
    const { status, signal, stdout, stderr } = spawnSync(process.execPath, args, { cwd: this.root, encoding: 'utf8' });
    if (status === 0) return;
    const name = mutant?.name ?? 'the copy without a fault';
    if (signal !== null) throw new Error(`the compiler was killed by ${signal} at ${name}`);
    throw new Error(`${name} does not compile:\n${stdout}${stderr}`);
  }
}
