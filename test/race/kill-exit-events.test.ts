import { test } from 'node:test';
import { withoutOsThreads } from '../../src/memory/threads.ts';
import { announcedSeed, Random } from '../fixtures/random.ts';
import { KILL_PLANS } from './kill-plans.ts';
import { soakKills } from './kill-soak.ts';

const seed = announcedSeed('kill, exit events');
withoutOsThreads();

for (const [name, plan] of Object.entries(KILL_PLANS)) {
  test(`exit events alone prove deaths where the OS shows no threads: ${name}`, async (t) => {
    t.diagnostic(JSON.stringify(await soakKills({ ...plan, osThreads: false }, 5, new Random(seed))));
  });
}
