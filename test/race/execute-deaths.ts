/** Owners that die under a stream of `execute`: what is said of every call, and what the store says of it. */
import assert from 'node:assert/strict';
import type { Worker } from 'node:worker_threads';
import { Pool } from '../../src/dispatch/pool.ts';
import { OwnerDiedError, Store } from '../../src/index.ts';
import type { MortalStep } from '../fixtures/processors.ts';
import type { Random } from '../fixtures/random.ts';

export interface DeathReport {
  readonly deaths: number;
  readonly calls: number;
  /** Calls whose owner died while it ran them, and how many of those had run to the end of what they count. */
  readonly unknown: number;
}

const KEYS = 40;
/** Calls between two looks at what came of them. */
const BATCH = 400;
const DEATHS = ['exit', 'throw', 'late'] as const;

/** Makes calls until that many threads of owners have died, half by what they run and half by `terminate` at any moment. */
export async function dieUnderCalls(deaths: number, random: Random): Promise<DeathReport> {
  const counts = Store.create({ memory: '64MiB', segments: 64 });
  const alive = new Set<Worker>();
  let died = 0;
  const onWorker = (worker: Worker): void => {
    alive.add(worker);
    worker.once('exit', () => {
      alive.delete(worker);
      died += 1;
    });
  };
  process.on('worker', onWorker);
  const pool = new Pool({
    stores: { counts },
    filename: new URL('../fixtures/processors.js', import.meta.url),
    threads: 3,
  });
  let calls = 0;
  let unknown = 0;
  try {
    while (died < deaths) {
      const steps = Array.from({ length: BATCH }, (_, at): MortalStep => {
        const dies = random.below(BATCH / 2) === 0 ? DEATHS[random.below(DEATHS.length)] : 'no';
        return { id: calls + at, dies };
      });
      const before = calls;
      calls += BATCH;
      let answered = 0;
      const killAt = random.below(BATCH * 2);
      const outcomes = await Promise.allSettled(
        steps.map(async (step) => {
          try {
            return await pool.execute<number>('counts', `key ${step.id % KEYS}`, 'step', [step]);
          } finally {
            answered += 1;
            if (answered === killAt) void random.pick([...alive])?.terminate();
          }
        }),
      );
      assert.equal(answered, BATCH, 'each call is answered once');
      unknown += checkOutcomes(outcomes, before, counts);
    }
    assert.equal(counts.get('out of order'), undefined);
    assert.deepEqual(counts.verify(), { ok: true, problems: [] });
  } finally {
    process.off('worker', onWorker);
    await pool.destroy();
    counts.close();
  }
  return { deaths: died, calls, unknown };
}

/** Returns how many calls were answered with OwnerDiedError. */
function checkOutcomes(outcomes: readonly PromiseSettledResult<number>[], firstId: number, counts: Store): number {
  let unknown = 0;
  for (const [at, outcome] of outcomes.entries()) {
    const id = firstId + at;
    const runs = (counts.get(`ran ${id}`) as number | undefined) ?? 0;
    counts.delete(`ran ${id}`);
    if (outcome.status === 'fulfilled') {
      assert.equal(outcome.value, id);
      assert.equal(runs, 1, `call ${id} was answered with its result and ran ${runs} times`);
      continue;
    }
    assert.ok(outcome.reason instanceof OwnerDiedError, String(outcome.reason));
    assert.ok(runs <= 1, `call ${id} ran ${runs} times`);
    unknown += 1;
  }
  return unknown;
}
