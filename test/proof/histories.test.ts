/**
 * The real store's histories are linearizable, and those of stores that are wrong on purpose are refused.
 *
 * SHARENA_SEED=n runs history n many times instead: the operations are the same each time, the schedule is not.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FLAW_NAMES } from './linearizability/flawed-stores.ts';
import { planHistory } from './linearizability/plan.ts';
import { describeSummary, runSeries } from './linearizability/series.ts';

const HISTORIES = 100;
/** A flaw shows only when threads meet at the wrong moment, and only in some plans. */
const FLAWED_HISTORIES_MAX = 60;

const seed: number | undefined =
  process.env['SHARENA_SEED'] === undefined ? undefined : Number(process.env['SHARENA_SEED']);
const seeds: readonly number[] = Array.from({ length: HISTORIES }, (_, index) => seed ?? index + 1);

describe('histories', () => {
  test('of the store are linearizable, key by key', async () => {
    const summary = await runSeries(seeds.map((each) => planHistory(each)));
    console.log(`seeds ${seeds[0]} to ${seeds.at(-1)}: ${describeSummary(summary)}`);
    assert.deepEqual(summary.failures, []);
    assert.equal(summary.refused.length, 0, summary.refused.join('\n\n'));
    assert.equal(summary.unknown, 0);
  });

  for (const flaw of FLAW_NAMES) {
    test(`of a store with ${flaw} are refused`, async () => {
      const plans = Array.from({ length: FLAWED_HISTORIES_MAX }, (_, index) => planHistory(index + 1, flaw));
      const summary = await runSeries(plans, ({ verdict }) => verdict === 'not linearizable');
      console.log(`refused after ${summary.histories} histories: ${flaw}`);
      assert.equal(summary.refused.length, 1, `${summary.histories} histories of a flawed store passed`);
    });
  }
});
