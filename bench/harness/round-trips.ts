/**
 * Compares subjects of which some are asked by message: batches, interleaved as in compare.ts, timed by the clock since the
 * time that is spent waiting for an answer is what is asked about.
 */
import type { Samples } from './compare.ts';
import type { Effort } from './effort.ts';
import { PAIRS_MIN } from './statistics.ts';

/** One side of a comparison: runs the operations `from` to `to - 1` and returns a sum over their results. */
export interface RoundTrips {
  readonly name: string;
  run(from: number, to: number): number | Promise<number>;
}

const PROBE_OPS = 16;
const OPS_MAX: number = 2 ** 20;
/** Batches in which the size of a batch is found. */
const WARM_UP_BATCHES = 6;

/** @returns nanoseconds of the clock that an operation took, one sample for each round, in the order of `subjects` */
export async function compareRoundTrips(subjects: readonly RoundTrips[], effort: Effort): Promise<Samples[]> {
  if (effort.pairs < PAIRS_MIN)
    throw new RangeError(`a comparison takes ${PAIRS_MIN} pairs or more, not ${effort.pairs}`);
  const batchOps: number[] = [];
  for (const subject of subjects) batchOps.push(await opsOfABatch(subject, effort.batchMs));
  const values = subjects.map((): number[] => []);
  for (let round = 0; round < effort.pairs; round++) {
    for (let turn = 0; turn < subjects.length; turn++) {
      const index = (round + turn) % subjects.length;
      values[index]?.push(await nanosecondsAnOp(subjects[index], batchOps[index]));
    }
  }
  return subjects.map(({ name }, index) => ({ subject: name, unit: 'ns', values: values[index] }));
}

async function opsOfABatch(subject: RoundTrips, batchMs: number): Promise<number> {
  let ops = PROBE_OPS;
  for (let batch = 0; batch < WARM_UP_BATCHES; batch++) {
    const wanted = (batchMs * 1e6) / (await nanosecondsAnOp(subject, ops));
    ops = Math.round(Math.min(Math.max(wanted, PROBE_OPS), ops * 16, OPS_MAX));
  }
  return ops;
}

async function nanosecondsAnOp(subject: RoundTrips, ops: number): Promise<number> {
  const startMs = performance.now();
  const sum = await subject.run(0, ops);
  const tookMs = performance.now() - startMs;
  if (Number.isNaN(sum)) throw new Error(`${subject.name} gave an answer that is no number`);
  return (tookMs * 1e6) / ops;
}
