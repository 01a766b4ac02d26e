import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exploreMailInChild, failuresIn, repetitionIn } from './schedule/child.ts';

test('calls and answers pass each other anywhere, and nobody sleeps over mail', async (t) => {
  const report = await exploreMailInChild('peace');
  t.diagnostic(report.summary);
  assert.ok(report.isGood, failuresIn(report));
});

test('an owner or a sender that dies at any step loses and doubles no call', async (t) => {
  const report = await exploreMailInChild('deaths');
  t.diagnostic(report.summary);
  assert.ok(report.isGood, failuresIn(report));
});

test('each fault that the mail is given on purpose is found out, and can be shown again', async (t) => {
  const report = await exploreMailInChild('canaries');
  for (const line of report.text.split('\n')) if (line.startsWith('with ')) t.diagnostic(line);
  assert.ok(report.isGood, report.text);
  const again = await exploreMailInChild(...repetitionIn(report));
  const problem = /^FAILED .*\n(.*)$/m.exec(report.text)?.[1] ?? 'no failure at all';
  assert.ok(!again.isGood && again.text.includes(problem), `it shows something else than ${problem}`);
});
