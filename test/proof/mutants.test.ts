/** The table of seeded faults fits the sources, and the machinery that tries them tells the caught from the survivors. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Mutant } from './mutants/mutant.ts';
import { MUTANTS } from './mutants/mutants.ts';
import { occurrences, repositoryRoot } from './mutants/mutated-copy.ts';
import { judgeMutant, problemOf } from './mutants/verdict.ts';

const MUTANTS_MIN = 24;

describe('the table of mutants', () => {
  test('has a fault for each line, under a name of its own', () => {
    assert.ok(MUTANTS.length >= MUTANTS_MIN);
    assert.equal(new Set(MUTANTS.map(({ name }) => name)).size, MUTANTS.length);
    for (const { name, from, to } of MUTANTS) assert.notEqual(from, to, name);
  });

  for (const { name, file, from, caughtBy } of MUTANTS) {
    test(`fits the sources: ${name}`, () => {
      assert.equal(occurrences(readFileSync(join(repositoryRoot, file), 'utf8'), from), 1, `in ${file}:\n${from}`);
      const tests = join(repositoryRoot, 'test', `${caughtBy.file}.ts`);
      assert.ok(existsSync(tests), `there is no ${caughtBy.file}`);
      const { test: part = '' } = caughtBy;
      assert.ok(readFileSync(tests, 'utf8').includes(part), `there is no test ${part} in ${caughtBy.file}`);
    });
  }
});

describe('the trial of a mutant', () => {
  const cheap = MUTANTS.find(({ name }) => name === 'a place is given back while stores are open') as Mutant;

  test('names the test that caught it', async () => {
    const { outcome, by, output } = await judgeMutant(cheap);
    assert.equal(outcome, 'caught', output);
    assert.match(by, /a store attached twice in one thread/);
  });

  test('lets a fault survive that is none', async () => {
    const harmless: Mutant = { ...cheap, name: 'harmless', to: '  if (place.holders >= 1) return;\n' };
    const { outcome, by, output } = await judgeMutant(harmless);
    assert.equal(outcome, 'survived', output);
    assert.equal(by, '');
  });

  test('refuses one that does not fit the sources', async () => {
    const stale: Mutant = { ...cheap, name: 'stale', from: 'this text is in no file' };
    await assert.rejects(judgeMutant(stale), /stale: its text occurs 0 times in src\/memory\/membership\.ts/);
  });

  test('asks for tests that are there', async () => {
    const problem = await problemOf(repositoryRoot, { ...cheap.caughtBy, test: 'no test has this name' });
    assert.equal(problem, 'there is no test unit/store-handle.test, no test has this name');
    assert.equal(await problemOf(repositoryRoot, cheap.caughtBy), null);
  });
});
