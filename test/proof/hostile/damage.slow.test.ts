import { test } from 'node:test';
import { announcedSeed } from '../../fixtures/random.ts';
import { runDamage } from './damage-run.ts';

const CASES = 10_000;
const PART = 1_000;

test(`${CASES} arenas that are changed anywhere give typed errors, end every call, and pass verify only with their entries`, async (t) => {
  const seed = announcedSeed('damage, slow');
  const fates = new Map<string, number>();
  for (let from = 0; from < CASES; from += PART) {
    const report = await runDamage(seed, from, from + PART);
    for (const [fate, count] of report.fates) fates.set(fate, (fates.get(fate) ?? 0) + count);
  }
  t.diagnostic(JSON.stringify(Object.fromEntries([...fates].sort())));
});
