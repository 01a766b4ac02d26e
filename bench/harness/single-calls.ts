import { Bench } from 'tinybench';
import type { Samples } from './compare.ts';
import type { Effort } from './effort.ts';

/** Calls in one timing: a call takes far less than the clock can tell. */
const CALLS_A_TIMING = 1000;
const TIMINGS_MIN = 20;

/** One call to time. What it returns is added up, so that it cannot be optimised away. */
export interface Call {
  readonly name: string;
  /** @param turn counts up with every call */
  readonly call: (turn: number) => number;
}

/**
 * What single calls cost, one after another, on this thread. Unlike `compare`, it says nothing about ratios: the calls do
 * not share their moments.
 *
 * @returns nanoseconds a call, one sample for each timing of a thousand
 */
export function timeCalls(calls: readonly Call[], effort: Effort): Samples[] {
  const timeMs = effort.batchMs * effort.pairs;
  const bench = new Bench({
    time: timeMs,
    warmupTime: timeMs / 2,
    iterations: TIMINGS_MIN,
    retainSamples: true,
    // A call that throws would otherwise be a result like any other.
    throws: true,
  });
  let sum = 0;
  for (const { name, call } of calls) {
    let turn = 0;
    bench.add(
      name,
      () => {
        const startMs = performance.now();
        for (const end = turn + CALLS_A_TIMING; turn < end; turn++) sum += call(turn);
        const tookMs = performance.now() - startMs;
        // The duration of one call, and what the whole timing took out of the time there is.
        return { overriddenDuration: tookMs / CALLS_A_TIMING, overriddenIterationCost: tookMs };
      },
      { async: false },
    );
  }
  bench.runSync();
  if (Number.isNaN(sum)) throw new Error('a call gave an answer that is no number');
  return bench.tasks.map(({ name, result }) => {
    if (result.state !== 'completed') throw new Error(`${name} ended as ${result.state}`);
    const values = (result.latency.samples ?? []).map((latencyMs) => latencyMs * 1e6);
    return { subject: name, unit: 'ns', values };
  });
}
