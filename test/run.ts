/**
 * Runs the compiled tests: `node dist/test/run.js [--slow] [filter ...]`.
 *
 * A filter is a part of a path below dist/test, or an existing file, which is run whatever its name. Without `--slow`,
 * files named `*.slow.test.js` are left out. The exit code is 0 only if tests ran, in every file, and none failed.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { Tally } from './tally.ts';

const FILE_CONCURRENCY = 2;
/** A test file that is still running after this long hangs: it is killed and fails. */
const FILE_TIMEOUT_MS: number = 15 * 60_000;
const SLOW_FILE_TIMEOUT_MS: number = 3 * 60 * 60_000;

const testRoot = import.meta.dirname;
const repositoryRoot = join(testRoot, '..', '..');

function testFiles(filters: readonly string[], slow: boolean): string[] {
  const named = filters.filter((filter) => filter.endsWith('.js') && existsSync(filter)).map((file) => resolve(file));
  const parts = filters.filter((filter) => !named.includes(resolve(filter)));
  if (named.length > 0 && parts.length === 0) return named;
  const found = readdirSync(testRoot, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.test.js') && (slow || !path.endsWith('.slow.test.js')))
    .filter((path) => parts.length === 0 || parts.some((part) => path.split(sep).join('/').includes(part)))
    .map((path) => join(testRoot, path));
  return [...new Set([...named, ...found.sort()])];
}

// A process whose event loop runs dry exits with whatever code it has: it has to be a failure until proven otherwise.
process.exitCode = 1;

const args = process.argv.slice(2);
const slow = args.includes('--slow');
const unknownOption = args.find((arg) => arg.startsWith('-') && arg !== '--slow');
if (unknownOption !== undefined) throw new RangeError(`unknown option ${unknownOption}: only --slow is taken`);

const files = testFiles(
  args.filter((arg) => arg !== '--slow'),
  slow,
);
const tally = new Tally(files);
const startMs = performance.now();

// Given an empty list, node:test would look for test files itself.
if (files.length > 0) {
  const events = run({ files, concurrency: FILE_CONCURRENCY, timeout: slow ? SLOW_FILE_TIMEOUT_MS : FILE_TIMEOUT_MS });
  events.on('test:pass', (event) => tally.pass(event));
  events.on('test:fail', (event) => tally.fail(event));
  const report = events.compose(new spec());
  report.pipe(process.stdout, { end: false });
  await new Promise((done) => report.once('end', done));
}

for (const file of tally.filesWithoutTests()) console.log(`no test ran in ${relative(repositoryRoot, file)}`);
const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
console.log(`test summary: ${tally.describe()} in ${files.length} files, ${seconds} s`);
if (tally.isGood()) process.exitCode = 0;
