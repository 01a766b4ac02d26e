import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { announcedSeed, Random } from '../fixtures/random.ts';
import { KILL_PLANS } from './kill-plans.ts';
import { type KillReport, soakKills } from './kill-soak.ts';

const KILLS = 52;
const seed = announcedSeed('kill');
const reports: KillReport[] = [];

for (const [name, plan] of Object.entries(KILL_PLANS)) {
  test(`a worker killed anywhere loses nothing that was acknowledged: ${name}`, async (t) => {
    const report = await soakKills(plan, KILLS / Object.keys(KILL_PLANS).length, new Random(seed));
    t.diagnostic(JSON.stringify(report));
    reports.push(report);
  });
}

test('some of the killed workers held a lock or had a write in flight', () => {
  const recoveries = reports.reduce((sum, report) => sum + report.recoveries, 0);
  const inFlight = reports.reduce((sum, report) => sum + report.inFlight, 0);
  assert.ok(recoveries > 0, 'no death left a lock behind');
  assert.ok(inFlight > 0, 'no death interrupted a write');
});
