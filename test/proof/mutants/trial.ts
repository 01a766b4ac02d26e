/** Runs chosen tests of a copy in a process of their own, for a bounded time. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { TestChoice } from './mutant.ts';

/** The tests chosen here take seconds: one that is still running after this long hangs. */
const LIMIT_MS = 300_000;

export interface Trial {
  readonly passed: number;
  /** Names of the tests that failed, the first one first. */
  readonly failed: readonly string[];
  /** The process ended by itself, otherwise than a process whose tests pass. */
  readonly isBad: boolean;
  readonly isHung: boolean;
  readonly seconds: number;
  readonly output: string;
}

/** Names of the suites and tests that failed: inner ones come before outer ones. */
function failuresIn(tap: string): string[] {
  return [...tap.matchAll(/^ *not ok \d+ - (.*)$/gm)].map(([, name]) => name.replace(/\\(.)/g, '$1'));
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

/** Runs the tests of the copy at `root`. */
export async function tryTests(root: string, { file, test }: TestChoice, limitMs: number = LIMIT_MS): Promise<Trial> {
  const args = ['--test-reporter=tap', ...(test === undefined ? [] : [`--test-name-pattern=${escaped(test)}`])];
  // In a child that inherits NODE_TEST_CONTEXT, node:test reports to a parent that is not there.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const startMs = performance.now();
  // The leader of a process group: tests have children of their own, which must not outlive them.
  const child = spawn(process.execPath, [...args, join(root, 'dist', 'test', `${file}.js`)], {
    cwd: root,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  let isHung = false;
  const timer = setTimeout(() => {
    isHung = true;
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  }, limitMs);
  const code = await new Promise<number | null>((done) => child.once('close', done));
  clearTimeout(timer);
  return {
    passed: Number(/^# pass (\d+)$/m.exec(output)?.[1] ?? 0),
    failed: failuresIn(output),
    isBad: !isHung && code !== 0,
    isHung,
    seconds: (performance.now() - startMs) / 1000,
    output,
  };
}
