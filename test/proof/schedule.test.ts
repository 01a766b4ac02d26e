import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exploreInChild, failuresIn, repetitionIn } from './schedule/child.ts';

const GROUPS: readonly (readonly [sentence: string, group: string])[] = [
  ['two operations interleave anywhere as if one came after the other', 'pairs'],
  ['growing, tidying, sweeping and gathering are invisible to every operation', 'situations'],
  ['three threads interleave as if one operation came after the other', 'chosen'],
  ['a read that many writes pass by returns a value that was there', 'readers'],
  ['a table that leaves its page, and comes back to it or leaves it to others, is invisible to readers', 'tables'],
  ['an entry that ends is gone for all from one moment on', 'expiry'],
  ['a struct of which fields are written in place is seen whole, and no write to a field is lost', 'fields'],
  ['a value that is remembered is given only while the key has it', 'memories'],
  ['three threads with random priorities find nothing wrong', 'random'],
  ['a thread that dies at any step leaves its operation whole or undone, and nothing else harmed', 'deaths'],
  ['a thread that fails at any step leaves its operation whole or undone, and goes on', 'failures'],
  ['a thread that dies at any step harms nobody in the midst of an operation', 'witnesses'],
  ['of several who find a dead thread at a time one repairs, and all go on', 'finders'],
  ['a repair is invisible to readers', 'bereaved'],
  ['a thread that dies in repairing what a dead one left is repaired after as well', 'heirs'],
];

for (const [sentence, group] of GROUPS) {
  test(sentence, async (t) => {
    const report = await exploreInChild(group);
    t.diagnostic(`${group}: ${report.summary}`);
    assert.ok(report.isGood, failuresIn(report));
  });
}

test('each fault that the engine is given on purpose is found out', async (t) => {
  const report = await exploreInChild('canaries');
  for (const line of report.text.split('\n')) if (line.startsWith('with ')) t.diagnostic(line);
  assert.ok(report.isGood, report.text);
});

test('the command that a failure prints shows the same failure in another process', async () => {
  const report = await exploreInChild('canaries', '--only', 'reads are not validated');
  const again = await exploreInChild(...repetitionIn(report));
  const problem = /^FAILED .*\n(.*)$/m.exec(report.text)?.[1] ?? 'no failure at all';
  assert.ok(!again.isGood && again.text.includes(problem), `it shows something else than ${problem}:\n${again.text}`);
});

test('the same schedule gives the same accesses in another process', async () => {
  const args = ['--scenario', 'three writers of one key', '--choices', '0,12,1,9,2,14,0,3'];
  const traces = await Promise.all([exploreInChild(...args), exploreInChild(...args)]);
  assert.match(traces[0].summary, /trace [0-9a-f]+$/);
  assert.equal(traces[0].summary, traces[1].summary);
  const other = await exploreInChild('--scenario', 'three writers of one key', '--choices', '0,20,1,9,2,14,0,3');
  assert.notEqual(other.summary, traces[0].summary);
});
