/** Bar D2 for run(): a short slice of pool-kill.slow.test.ts. */
import { test } from 'node:test';
import { killOwners } from '../fixtures/pool-kills.ts';

test('D2: through 30 deaths of owners each call is answered once, none runs twice, and the order of keys holds', async (t) => {
  await killOwners(t, 30);
});
