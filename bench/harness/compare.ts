/**
 * Compares subjects on one thread: batches of operations, interleaved in pairs.
 *
 * The machine is shared and its clock rate changes, so only what ran within the same moment is compared: in each round every
 * subject runs one batch, in an order that rotates, and a ratio is formed within the round. A batch is timed by the time it
 * was on a core, see core-time.ts: no subject waits for anything but the processor.
 */
import { coreTimeMs } from './core-time.ts';
import type { Effort } from './effort.ts';
import type { Plotted } from './plotted.ts';
import { PAIRS_MIN } from './statistics.ts';
import type { Subject, Timed } from './subject.ts';

/** Nanoseconds an operation took, one sample for each round; or another quantity, in its unit. */
export interface Samples {
  readonly subject: string;
  readonly unit: 'ns' | 'ops/s' | 'bytes' | 'ms' | '%';
  readonly values: readonly number[];
  /** Where the samples lie in a plot of the report; missing where they are in none. */
  readonly plotted?: Plotted;
}

const PROBE_OPS = 64;
/** Operations a batch has at least, however slow they are. */
const BATCH_OPS_MIN = 4;
/** Operations a batch has at most: a subject this fast is timed precisely by far fewer. */
const BATCH_OPS_MAX = 1 << 24;

/**
 * @returns samples in the order of `subjects`, all of the same length
 * @throws Error when `sameAnswers` is asked for and subjects give different sums over the same operations
 */
export function compare(
  subjects: readonly Subject[],
  effort: Effort,
  { sameAnswers = true }: { sameAnswers?: boolean } = {},
): Samples[] {
  if (effort.pairs < PAIRS_MIN)
    throw new RangeError(`a comparison takes ${PAIRS_MIN} pairs or more, not ${effort.pairs}`);
  if (sameAnswers) refuseDifferentAnswers(subjects);
  const batches = subjects.map((subject) => new Batch(subject, effort.batchMs));
  for (const batch of batches) batch.warmUp();
  const values = subjects.map((): number[] => []);
  for (let round = 0; round < effort.pairs; round++) {
    for (let turn = 0; turn < batches.length; turn++) {
      const index = (round + turn) % batches.length;
      values[index]?.push(batches[index].time());
    }
  }
  return subjects.map((subject, index) => ({ subject: subject.name, unit: 'ns', values: values[index] }));
}

function refuseDifferentAnswers(subjects: readonly Subject[]): void {
  const sums = subjects.map((subject) => subject.run(0, PROBE_OPS));
  if (sums.every((sum) => sum === sums[0])) return;
  const said = subjects.map(({ name }, index) => `${name}: ${sums[index]}`).join(', ');
  throw new Error(`the subjects give different answers to the same ${PROBE_OPS} operations: ${said}`);
}

/** One subject's place in the stream, and how many operations fill a batch. */
class Batch {
  readonly #subject: Subject;
  readonly #batchMs: number;
  #ops: number = PROBE_OPS;
  #next: number = 0;

  constructor(subject: Subject, batchMs: number) {
    this.#subject = subject;
    this.#batchMs = batchMs;
  }

  /** Grows the batch until it fills its time, which also brings the code to its optimised form. */
  warmUp(): void {
    const deadlineMs = performance.now() + 4 * this.#batchMs;
    while (performance.now() < deadlineMs) {
      const tookMs = (this.time() * this.#ops) / 1e6;
      const wanted = (this.#ops * this.#batchMs) / Math.max(tookMs, 0.001);
      this.#ops = Math.round(Math.min(Math.max(wanted, BATCH_OPS_MIN), this.#ops * 8, BATCH_OPS_MAX));
    }
  }

  /** Runs a batch. @returns nanoseconds an operation took */
  time(): number {
    const from = this.#next;
    // Streams are 2^20 operations long at most: the place wraps long before it stops being a small integer.
    this.#next = (from + this.#ops) & 0xff_ffff;
    const { sum, tookMs } = this.#subject.time?.(from, from + this.#ops) ?? this.#timeHere(from);
    if (Number.isNaN(sum)) throw new Error(`${this.#subject.name} gave an answer that is no number`);
    return (tookMs * 1e6) / this.#ops;
  }

  #timeHere(from: number): Timed {
    const startMs = coreTimeMs();
    const sum = this.#subject.run(from, from + this.#ops);
    return { sum, tookMs: coreTimeMs() - startMs };
  }
}
