/** Every snippet of the README is run. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readManifest, repositoryRoot } from '../house/source-tree.ts';

const readme = readFileSync(join(repositoryRoot, 'README.md'), 'utf8');

/** Inside of the package, so that it finds itself by its name. */
function withSnippets(run: (directory: string) => void): void {
  mkdirSync(join(repositoryRoot, 'dist'), { recursive: true });
  const directory = mkdtempSync(join(repositoryRoot, 'dist', 'readme-'));
  try {
    for (const [, name, code] of readme.matchAll(/```js\n\/\/ (\S+)\n([^]*?)```/g))
      writeFileSync(join(directory, name), code);
    run(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function output(file: string): string {
  const child = spawnSync(process.execPath, [file], { encoding: 'utf8', timeout: 60_000 });
  assert.equal(child.status, 0, child.stderr);
  return child.stdout;
}

test('the store of the README does what it says', () => {
  withSnippets((directory) => assert.equal(output(join(directory, 'main.js')), '2 Ada Lovelace Grace\n'));
});

test('the pool of the README does what it says', () => {
  withSnippets((directory) => assert.equal(output(join(directory, 'pool.js')), 'welcome 42\n12\n12\n'));
});

test('the service of the README does what it says', () => {
  withSnippets((directory) => assert.equal(output(join(directory, 'service.js')), '99 left\n'));
});

test('structs, memo and leases of the README do what they say', () => {
  withSnippets((directory) => {
    assert.equal(output(join(directory, 'fields.js')), '3 0.5 Home\n');
    assert.equal(output(join(directory, 'memo.js')), 'true true\nfalse\n');
    assert.equal(output(join(directory, 'lease.js')), 'first second\n');
  });
});

test('every js snippet of the README has a name, and every command exists', () => {
  const snippets = [...readme.matchAll(/```js\n(.*)\n/g)].map(([, first]) => first);
  assert.ok(snippets.length >= 9);
  for (const first of snippets) assert.match(first, /^\/\/ \w+\.js$/);
  const { scripts } = readManifest();
  for (const [, script] of readme.matchAll(/npm run ([\w:]+)/g)) assert.ok(script in scripts, script);
});
