import { test } from 'node:test';
import { announcedSeed, Random } from '../fixtures/random.ts';
import { KILL_PLANS } from './kill-plans.ts';
import { soakKills } from './kill-soak.ts';

/** SHARENA_KILLS=10000 makes it a soak of hours. */
const KILLS = Number(process.env['SHARENA_KILLS'] ?? 500);
const seed = announcedSeed('kill, slow');

for (const [name, plan] of Object.entries(KILL_PLANS)) {
  test(`hundreds of kills lose nothing that was acknowledged: ${name}`, async (t) => {
    const kills = Math.ceil(KILLS / Object.keys(KILL_PLANS).length);
    t.diagnostic(JSON.stringify(await soakKills(plan, kills, new Random(seed + 1))));
  });
}
