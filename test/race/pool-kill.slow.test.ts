/** Bar D2 for run(). */
import { test } from 'node:test';
import { killOwners } from '../fixtures/pool-kills.ts';

test('D2: through 1,000 deaths of owners each call is answered once, none runs twice, and the order of keys holds', async (t) => {
  await killOwners(t, 1000);
});
