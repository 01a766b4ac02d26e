import { test } from 'node:test';
import { runDamage } from './damage-run.ts';

const CASES = 300;
/** The same cases each time; damage.slow.test.ts looks for new ones. */
const SEED = Number(process.env['SHARENA_SEED'] ?? 1);
/** Seeds and numbers of cases that failed once. */
const ONCE_FAILED: readonly (readonly [seed: number, number: number])[] = [
  // Far too many free pages are counted: compaction asked for none, for ever.
  [264_992_251, 1_101],
  // A value beyond the end of its buffer is leased.
  [101, 1_589],
  // A key is not padded with zeros, in bits that its hash has from its length.
  [1_002, 3_126],
];

test('an arena that is changed anywhere gives typed errors, ends every call, and passes verify only with its entries', async (t) => {
  const { fates, outcomes } = await runDamage(SEED, 0, CASES);
  t.diagnostic(JSON.stringify(Object.fromEntries([...fates].sort())));
  t.diagnostic(JSON.stringify(Object.fromEntries([...outcomes].sort())));
});

test('damage that once did harm does none', async () => {
  for (const [seed, number] of ONCE_FAILED) await runDamage(seed, number, number + 1);
});
