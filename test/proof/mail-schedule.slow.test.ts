import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exploreMailInChild, failuresIn } from './schedule/child.ts';

for (const group of ['peace', 'deaths']) {
  test(`nothing is wrong in the many schedules of mail: ${group}`, async (t) => {
    const report = await exploreMailInChild(group, '--slow');
    t.diagnostic(report.summary);
    assert.ok(report.isGood, failuresIn(report));
  });
}
