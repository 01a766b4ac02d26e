import assert from 'node:assert/strict';
import { test } from 'node:test';
import { announcedSeed, Random } from '../../fixtures/random.ts';
import { compareOn } from './random-programs.ts';

const PROGRAMS = 200;

test('on random programs the enumerator finds as many executions as the axioms allow', (t) => {
  const totals = compareOn(new Random(announcedSeed('axioms')), PROGRAMS);
  t.diagnostic(`${PROGRAMS} programs: ${totals.sc} executions on sc, ${totals.x64} on x64, ${totals.arm64} on arm64`);
  assert.ok(totals.sc < totals.x64 && totals.x64 < totals.arm64);
});
