/** Cases of damage in a thread of their own, which is given up when it hangs. */
import { strict as assert } from 'node:assert';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { Beacon } from '../../fixtures/beacon.ts';
import type { DamageData, DamageReport } from '../../fixtures/damage-worker.ts';

/** Far more than any stage of a case takes: as time on a core, which a loop takes, and by the clock, for a sleep without end. */
const CORE_PATIENCE_MS = 30_000;
const PATIENCE_MS = 600_000;
const GLANCE_MS = 100;
/** Heap of the thread: no damaged length makes it take much memory. */
const HEAP_MB = 256;

/** Runs cases `from` to `to - 1`, or the one of SHARENA_CASE. Throws what a case threw, or that it hangs. */
export async function runDamage(seed: number, from: number, to: number): Promise<DamageReport> {
  const beacon = new Beacon();
  const only = process.env['SHARENA_CASE'];
  const workerData: DamageData = {
    seed,
    from: only === undefined ? from : Number(only),
    to: only === undefined ? to : Number(only) + 1,
    beacon: beacon.memory,
  };
  const worker = new Worker(new URL('../../fixtures/damage-worker.js', import.meta.url), {
    workerData,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
  });
  let ended: { report: DamageReport } | { error: unknown } | undefined;
  worker.once('message', (report: DamageReport) => (ended = { report }));
  worker.once('error', (error) => (ended = { error }));
  let [seen, coreMs, clockMs] = [-1, 0, 0];
  while (ended === undefined) {
    if (beacon.count !== seen) [seen, coreMs, clockMs] = [beacon.count, coreTimeMs(), performance.now()];
    await sleep(GLANCE_MS);
    if (coreTimeMs() - coreMs < CORE_PATIENCE_MS && performance.now() - clockMs < PATIENCE_MS) continue;
    await worker.terminate();
    assert.fail(`SHARENA_SEED=${seed}: hangs in ${beacon.text}`);
  }
  if ('report' in ended) return ended.report;
  throw new Error(`died in ${beacon.text}`, { cause: ended.error });
}

/** Time on a core that this process has had so far. */
function coreTimeMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
