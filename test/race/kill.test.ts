import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { announcedSeed, Random } from '../fixtures/random.ts';
import { KILL_PLANS } from './kill-plans.ts';
import { type KillReport, soakKills } from './kill-soak.ts';

const KILLS = 52;
/** Times that some more are killed, if the first ones left nothing to repair. */
const MORE_MAX = 20;
const seed = announcedSeed('kill');
const reports: KillReport[] = [];

for (const [name, plan] of Object.entries(KILL_PLANS)) {
  test(`a worker killed anywhere loses nothing that was acknowledged: ${name}`, async (t) => {
    const report = await soakKills(plan, KILLS / Object.keys(KILL_PLANS).length, new Random(seed));
    t.diagnostic(JSON.stringify(report));
    reports.push(report);
  });
}

test('some of the killed workers held a lock, some had a write in flight', async () => {
  const sumOf = (what: 'recoveries' | 'inFlight'): number => reports.reduce((sum, report) => sum + report[what], 0);
  // That is chance, and how likely it is depends on the machine: where it has not come about, more have to die.
  for (let more = 1; more <= MORE_MAX && (sumOf('recoveries') === 0 || sumOf('inFlight') === 0); more++) {
    for (const plan of Object.values(KILL_PLANS)) reports.push(await soakKills(plan, 5, new Random(seed + more)));
  }
  assert.ok(sumOf('recoveries') > 0, 'no death left a lock behind');
  assert.ok(sumOf('inFlight') > 0, 'no death interrupted a write');
});
