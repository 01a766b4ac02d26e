/** Cases of damage in a thread of their own, which is given up when it hangs. */
import { strict as assert } from 'node:assert';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { Beacon } from '../../fixtures/beacon.ts';
import type { DamageData, DamageReport } from '../../fixtures/damage-worker.ts';

/** Far more than any stage of a case takes on a loaded machine. */
const PATIENCE_MS = 60_000;
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
  let [seen, quietMs] = [0, 0];
  while (ended === undefined) {
    await sleep(GLANCE_MS);
    quietMs = beacon.count === seen ? quietMs + GLANCE_MS : 0;
    seen = beacon.count;
    if (quietMs < PATIENCE_MS) continue;
    await worker.terminate();
    assert.fail(`SHARENA_SEED=${seed}: hangs in ${beacon.text}`);
  }
  if ('report' in ended) return ended.report;
  throw new Error(`died in ${beacon.text}`, { cause: ended.error });
}
