import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exploreInChild, failuresIn } from './schedule/child.ts';

const GROUPS: readonly (readonly [sentence: string, group: string])[] = [
  ['upkeep is invisible to every operation, and to other owners', 'upkeep'],
  [
    'an owner that dies at any step of upkeep leaves nothing harmed, and owners repair what others have left',
    'upkeep deaths',
  ],
  ['an owner that dies in repairing what a dead thread left is repaired after as well', 'upkeep heirs'],
];

for (const [sentence, group] of GROUPS) {
  test(sentence, async (t) => {
    const report = await exploreInChild(group);
    t.diagnostic(`${group}: ${report.summary}`);
    assert.ok(report.isGood, failuresIn(report));
  });
}
