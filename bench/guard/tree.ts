/** Another commit of this repository, compiled in a directory of its own. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** From dist/bench/guard, where this file runs. */
const ROOT: string = join(import.meta.dirname, '..', '..', '..');

export interface Tree {
  /** The commit, short, as git names it. */
  readonly name: string;
  /** Address of its compiled src/index.js. */
  readonly index: string;
  remove(): void;
}

/** The tree that this program was compiled from. */
export const ownTree: Tree = { name: 'this tree', index: indexOf(ROOT), remove: () => undefined };

/** @throws Error for what git knows no commit by, and for a commit that does not compile */
export function openTree(commit: string): Tree {
  const found = spawnSync(
    'git',
    ['rev-parse', '--verify', '--quiet', '--short=12', '--end-of-options', `${commit}^{commit}`],
    {
      cwd: ROOT,
      encoding: 'utf8',
    },
  );
  if (found.status !== 0) throw new RangeError(`git knows no commit ${commit}`);
  const name = found.stdout.trim();
  const directory = mkdtempSync(join(tmpdir(), `sharena-guard-${name}-`));
  const remove = (): void => rmSync(directory, { recursive: true, force: true });
  process.once('exit', remove);
  const archive = execFileSync('git', ['archive', name], { cwd: ROOT, maxBuffer: 2 ** 30 });
  execFileSync('tar', ['-x', '-C', directory], { input: archive });
  symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'), 'dir');
  // Its benches and tests may need packages that this tree no longer has: what it exports is all that is asked for.
  const compiler = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const compiled = spawnSync(process.execPath, [compiler, '--noCheck'], { cwd: directory, encoding: 'utf8' });
  if (compiled.status !== 0) throw new Error(`${name} does not compile: ${compiled.stdout}${compiled.stderr}`);
  return { name, index: indexOf(directory), remove };
}

function indexOf(root: string): string {
  return pathToFileURL(join(root, 'dist', 'src', 'index.js')).href;
}
