/** Every bench runs and reports; what it measures is not looked at. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { Environment } from '../../bench/harness/environment.ts';
import type { Finding } from '../../bench/harness/question.ts';
import { questionNames } from '../../bench/harness/questions.ts';

const benchRoot = join(import.meta.dirname, '..', '..', 'bench');
const directory = mkdtempSync(join(tmpdir(), 'sharena-bench-test-'));
after(() => rmSync(directory, { recursive: true, force: true }));

interface Json {
  readonly environment: Environment;
  readonly quick: boolean;
  readonly questions: readonly { name: string; asks: string; findings: readonly Finding[] }[];
}

function start(file: string, ...args: string[]): { exitCode: number | null; stdout: string; stderr: string } {
  const child = spawnSync(process.execPath, [join(benchRoot, file), ...args], { encoding: 'utf8', timeout: 120_000 });
  return { exitCode: child.status, stdout: child.stdout, stderr: child.stderr };
}

function checkFinding(finding: Finding): void {
  const { measured, samples, what, unit } = finding;
  const said = JSON.stringify({ what, unit, measured });
  assert.ok(what.length > 0, said);
  for (const figure of [measured.median, measured.low, measured.high]) assert.ok(Number.isFinite(figure), said);
  assert.ok(measured.low <= measured.median && measured.median <= measured.high, said);
  assert.ok(samples.length > 0, said);
  for (const { subject, values } of samples) {
    assert.ok(subject.length > 0, said);
    assert.ok(values.every(Number.isFinite), said);
  }
}

describe('npm run bench', () => {
  for (const name of questionNames) {
    test(`-- ${name} --quick answers its question and writes every sample as JSON`, () => {
      const file = join(directory, `${name}.json`);
      const { exitCode, stdout, stderr } = start('run.js', name, '--quick', '--json', file);
      assert.equal(exitCode, 0, stderr);
      assert.match(stdout, new RegExp(`^${name}: .+\\?\\nbar +what`, 'm'));
      assert.match(stderr, new RegExp(`${name}: `));
      const { environment, quick, questions } = JSON.parse(readFileSync(file, 'utf8')) as Json;
      assert.equal(quick, true);
      assert.equal(environment.node, process.version);
      assert.ok(environment.cores > 0 && environment.cpu.length > 0);
      assert.ok(!Number.isNaN(Date.parse(environment.date)));
      assert.equal(environment.command, `npm run bench -- ${name} --quick`);
      assert.deepEqual(
        questions.map((question) => question.name),
        [name],
      );
      const findings = questions.flatMap((question) => question.findings);
      assert.ok(findings.length > 0);
      for (const finding of findings) checkFinding(finding);
    });
  }

  test('-- --list names every bench with its question', () => {
    const { exitCode, stdout } = start('run.js', '--list');
    assert.equal(exitCode, 0);
    for (const name of questionNames) assert.match(stdout, new RegExp(`^${name} +.+\\?$`, 'm'));
  });

  test('-- --from FILE --report draws what an earlier run measured', () => {
    const file = join(directory, 'get.json');
    const { exitCode, stdout, stderr } = start('run.js', '--from', file, '--report', '--out', directory);
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /^The report is .*report\.html$/m);
    assert.match(readFileSync(join(directory, 'report.html'), 'utf8'), /<figure id="glance"/);
    assert.deepEqual(readFileSync(join(directory, 'latest.json'), 'utf8'), readFileSync(file, 'utf8'));
  });

  test('refuses a name it does not know, and says which there are', () => {
    const { exitCode, stdout, stderr } = start('run.js', 'get', 'gte', '--quick');
    assert.equal(exitCode, 1);
    assert.match(stderr, /there is no bench gte: there are get, set, /);
    assert.equal(stdout, '');
  });

  test('refuses an option it does not know', () => {
    const { exitCode, stderr } = start('run.js', 'get', '--fast');
    assert.equal(exitCode, 1);
    assert.match(stderr, /--fast/);
  });
});

describe('npm run demo', () => {
  test('-- --quick loads the places, serves them from several threads and finds all answers right', () => {
    const { exitCode, stdout, stderr } = start('places.js', '--quick', '--threads', '2');
    assert.equal(exitCode, 0, stdout + stderr);
    assert.match(stdout, /^entries +13\d,\d{3} /m);
    assert.match(stdout, /^answers +all right$/m);
  });

  test('refuses a number of threads that is none', () => {
    for (const threads of ['0', '1.5', 'many', '1000']) {
      const { exitCode, stderr } = start('places.js', '--threads', threads);
      assert.equal(exitCode, 1);
      assert.match(stderr, new RegExp(`--threads ${threads}: takes a whole number from 1 to`));
    }
  });
});
