/**
 * Thousands of deaths of busy workers: `npm run test:soak`. SHARENA_KILLS says how many, 10,000 by default. Started with
 * the argument `exit-events` it has them proven by exit events alone, as where the OS shows no threads.
 */
import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { withoutOsThreads } from '../../src/memory/threads.ts';
import { announcedSeed, Random } from '../fixtures/random.ts';
import { SOAK_PLAN } from './kill-plans.ts';
import { type KillReport, soakKills } from './kill-soak.ts';

const KILLS = Number(process.env['SHARENA_KILLS'] ?? 10_000);
const osThreads = !process.argv.includes('exit-events');
const proof = osThreads ? 'the OS and exit events' : 'exit events alone';
/** Kills between two lines of figures. */
const REPORTED_KILLS = 500;

if (!osThreads) withoutOsThreads();

function countOf(report: KillReport): number {
  return Object.values(report.kills).reduce((sum, count) => sum + count, 0);
}

test(`${KILLS} deaths that ${proof} prove lose nothing that was acknowledged`, async (t) => {
  const random = new Random(announcedSeed(`soak, ${proof}`));
  const residentBytes = process.memoryUsage.rss();
  let reported = 0;
  const report = await soakKills({ ...SOAK_PLAN, osThreads }, KILLS, random, (soFar) => {
    if (countOf(soFar) < reported + REPORTED_KILLS) return;
    reported = countOf(soFar);
    console.log(JSON.stringify(soFar));
  });
  t.diagnostic(JSON.stringify(report));
  t.diagnostic(`resident memory ${residentBytes >> 20} MiB before, ${process.memoryUsage.rss() >> 20} MiB after`);
  assert.ok(countOf(report) >= KILLS);
  for (const [kind, count] of Object.entries(report.kills)) assert.ok(count > 0, `nobody died of ${kind}`);
});
