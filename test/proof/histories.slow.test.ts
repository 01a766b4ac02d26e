/** Many histories, with seeds that are new in each run. SHARENA_SEED sets the first one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planHistory } from './linearizability/plan.ts';
import { describeSummary, runSeries } from './linearizability/series.ts';

const HISTORIES = 1200;

test(`${HISTORIES} histories of the store, under kills, growth and want of room, are linearizable, key by key`, async () => {
  const first = Number(process.env['SHARENA_SEED'] ?? Date.now() % 1_000_000_000);
  const plans = Array.from({ length: HISTORIES }, (_, index) => planHistory(first + index));
  const summary = await runSeries(plans);
  console.log(`seeds ${first} to ${first + HISTORIES - 1}: ${describeSummary(summary)}`);
  assert.deepEqual(summary.failures, []);
  assert.equal(summary.refused.length, 0, summary.refused.join('\n\n'));
  assert.equal(summary.unknown, 0);
  // What the histories are meant to run under did happen.
  const { kills, pending, full, growths, compactions, expired } = summary;
  assert.ok(Math.min(kills, pending, full, growths, compactions, expired) > 0, describeSummary(summary));
});
