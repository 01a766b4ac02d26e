/** Lets threads start at the same moment: each waits until all have arrived. */

const ARRIVED = 0;
const GENERATION = 1;
const EXPECTED = 2;
const WORDS = 3;

/** Longer than any thread is kept from running, shorter than a person waits. */
const ARRIVAL_TIMEOUT_MS = 20_000;

export class Barrier {
  readonly memory: SharedArrayBuffer;
  readonly #words: Int32Array;

  /** @param memory of another thread's barrier, to wait at the same one */
  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(WORDS * Int32Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.#words = new Int32Array(memory);
  }

  /** Sets how many threads the next passage waits for. Nobody may be waiting. */
  open(threads: number): void {
    Atomics.store(this.#words, ARRIVED, 0);
    Atomics.store(this.#words, EXPECTED, threads);
  }

  /**
   * Blocks until as many threads are here as `open` asked for.
   *
   * @throws Error when they have not all come within 20 seconds
   */
  pass(): void {
    const generation = Atomics.load(this.#words, GENERATION);
    if (Atomics.add(this.#words, ARRIVED, 1) + 1 === Atomics.load(this.#words, EXPECTED)) {
      Atomics.add(this.#words, GENERATION, 1);
      Atomics.notify(this.#words, GENERATION);
      return;
    }
    if (Atomics.wait(this.#words, GENERATION, generation, ARRIVAL_TIMEOUT_MS) === 'timed-out') {
      const arrived = Atomics.load(this.#words, ARRIVED);
      throw new Error(`${arrived} of ${Atomics.load(this.#words, EXPECTED)} threads came to the barrier in time`);
    }
  }
}
