import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exploreInChild, failuresIn } from './schedule/child.ts';

for (const group of [
  'pairs',
  'situations',
  'chosen',
  'readers',
  'tables',
  'expiry',
  'fields',
  'memories',
  'random',
  'deaths',
  'failures',
  'witnesses',
  'finders',
  'bereaved',
  'heirs',
  'leases',
  'lease deaths',
  'lease failures',
  'lease witnesses',
  'lease heirs',
]) {
  test(`nothing is wrong in the many schedules of ${group}`, async (t) => {
    const report = await exploreInChild(group, '--slow');
    t.diagnostic(`${group}: ${report.summary}`);
    assert.ok(report.isGood, failuresIn(report));
  });
}
