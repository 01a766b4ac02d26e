/** The harness itself: a run of tests fails when it should, and only then. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';

const runner = join(import.meta.dirname, '..', 'run.js');
const fixtures = join(import.meta.dirname, '..', 'fixtures');

function runTests(...args: string[]): { exitCode: number | null; output: string } {
  // In a child that inherits NODE_TEST_CONTEXT, node:test takes a second run() for a mistake and runs nothing.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const child = spawnSync(process.execPath, [runner, ...args], { env, encoding: 'utf8', timeout: 60_000 });
  return { exitCode: child.status, output: child.stdout + child.stderr };
}

test('a run with a failing test exits with 1 and names the test', () => {
  const { exitCode, output } = runTests(join(fixtures, 'failing.canary.js'));
  assert.equal(exitCode, 1, output);
  assert.match(output, /a canary: this test fails on purpose/);
  assert.match(output, /^test summary: 1 passed, 1 failed, 0 skipped, 0 todo in 1 files/m);
});

test('a run whose tests all pass exits with 0', () => {
  const { exitCode, output } = runTests(join(fixtures, 'passing.canary.js'));
  assert.equal(exitCode, 0, output);
  assert.match(output, /^test summary: 1 passed, 0 failed/m);
});

test('a run in which one of two files fails exits with 1', () => {
  const { exitCode, output } = runTests(join(fixtures, 'passing.canary.js'), join(fixtures, 'failing.canary.js'));
  assert.equal(exitCode, 1, output);
  assert.match(output, /^test summary: 2 passed, 1 failed/m);
});

test('a file whose process dies after its tests passed fails the run', () => {
  const { exitCode, output } = runTests(join(fixtures, 'exiting.canary.js'));
  assert.equal(exitCode, 1, output);
  assert.match(output, /^test summary: 1 passed, 1 failed/m);
});

test('a file without a test fails the run', () => {
  const { exitCode, output } = runTests(join(fixtures, 'passing.canary.js'), join(fixtures, 'empty.canary.js'));
  assert.equal(exitCode, 1, output);
  assert.match(output, /no test ran in .*empty\.canary\.js/);
});

test('a filter that matches no file fails the run', () => {
  const { exitCode, output } = runTests('there-is-no-such-test');
  assert.equal(exitCode, 1, output);
  assert.match(output, /^test summary: 0 passed, 0 failed, 0 skipped, 0 todo in 0 files/m);
});

test('an option the runner does not know fails the run', () => {
  const { exitCode, output } = runTests('--fast');
  assert.equal(exitCode, 1, output);
  assert.match(output, /unknown option --fast/);
});
