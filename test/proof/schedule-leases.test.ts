import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exploreInChild, failuresIn } from './schedule/child.ts';

const GROUPS: readonly (readonly [sentence: string, group: string])[] = [
  ['leased bytes stay as they are whatever others do meanwhile', 'leases'],
  ['a thread that dies while it leases leaves nothing pinned, and nothing freed too early', 'lease deaths'],
  ['a thread that fails while it leases goes on, and finds what the failure left pinned', 'lease failures'],
  ['a lease stays while others die in the midst of something', 'lease witnesses'],
  ['a thread that dies in repairing what a dead one leased is repaired after as well', 'lease heirs'],
];

for (const [sentence, group] of GROUPS) {
  test(sentence, async (t) => {
    const report = await exploreInChild(group);
    t.diagnostic(`${group}: ${report.summary}`);
    assert.ok(report.isGood, failuresIn(report));
  });
}
