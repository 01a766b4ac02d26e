import { test } from 'node:test';
import { announcedSeed } from '../../fixtures/random.ts';
import { runDamage } from './damage-run.ts';

const CASES = 300;

test('an arena that is changed anywhere gives typed errors, ends every call, and passes verify only with its entries', async (t) => {
  const { fates, outcomes } = await runDamage(announcedSeed('damage'), 0, CASES);
  t.diagnostic(JSON.stringify(Object.fromEntries([...fates].sort())));
  t.diagnostic(JSON.stringify(Object.fromEntries([...outcomes].sort())));
});
