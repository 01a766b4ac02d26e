/** Model runs on stores of several shapes, with a clock of their own. */
import { strict as assert } from 'node:assert';
import { Store } from '../../src/index.ts';
import { Random } from '../fixtures/random.ts';
import { ModelRun, type Shape } from './operations.ts';

export const SHAPES: readonly Shape[] = [
  { memory: '256KiB', segments: 1, keys: 1_000, valueBytes: 3_000, hugeBytes: 60_000 },
  { memory: '512KiB', segments: 2, keys: 8_000, valueBytes: 500, hugeBytes: 0 },
  { memory: '1MiB', segments: 4, keys: 1_500, valueBytes: 20_000, hugeBytes: 200_000 },
  { memory: '2MiB', segments: 1, keys: 3_000, valueBytes: 40_000, hugeBytes: 1_000_000 },
  { memory: '2MiB', segments: 8, keys: 60_000, valueBytes: 300, hugeBytes: 0 },
  { memory: '16MiB', segments: 16, keys: 5_000, valueBytes: 60_000, hugeBytes: 10_000_000 },
];

/** How often a run came to the rarer events. */
export interface Events {
  readonly full: number;
  readonly coalesces: number;
  readonly compactions: number;
  readonly growths: number;
  readonly expired: number;
}

const START_MS = 1_700_000_000_000;

/** Runs `operations` random ones on a fresh store of the shape, and checks it as a whole ever so often. */
export function soak(shape: Shape, seed: number, operations: number): Events {
  const clock = { nowMs: START_MS };
  const realNow = Date.now;
  Date.now = () => clock.nowMs;
  try {
    const store = Store.create({ memory: shape.memory, segments: shape.segments });
    const second = Store.attach(store.handle, { memo: { max: 200 } });
    const run = new ModelRun([store, second], shape, new Random(seed), clock);
    for (let operation = 0; operation < operations; operation++) {
      try {
        run.step();
        if (operation % 5_000 === 4_999) run.verify();
      } catch (error) {
        const where = `operation ${operation} of SHARENA_SEED=${seed} on ${JSON.stringify(shape)}`;
        throw new assert.AssertionError({ message: `${where}: ${(error as Error).stack ?? String(error)}` });
      }
    }
    run.compareAll();
    const { coalesces, compactions, growths, expired } = store.stats();
    second.close();
    store.close();
    return { full: run.fullCount, coalesces, compactions, growths, expired };
  } finally {
    Date.now = realNow;
  }
}
