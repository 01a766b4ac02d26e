/** `performance.now()` has another origin in each thread; this clock is the same in all of them, and never goes back. */
const originMs: number = Number(process.hrtime.bigint()) / 1e6 - performance.now();

/** Ms since some moment in the past, in fractions down to about a microsecond. */
export function monotonicMs(): number {
  return originMs + performance.now();
}
