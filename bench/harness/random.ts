/** Seeded randomness for key choices: the same seed gives the same stream on every machine. */
export class Random {
  #state: number;

  constructor(seed: number) {
    // A state of zero would stay zero for ever.
    this.#state = seed | 0 || 0x9e3779b9;
  }

  /** 32 random bits, as xorshift makes them (Marsaglia, "Xorshift RNGs", 2003). */
  bits(): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return x >>> 0;
  }

  /** From 0 up to, not including, 1. */
  fraction(): number {
    return this.bits() / 2 ** 32;
  }

  /** A whole number from 0 up to, not including, `bound`. */
  below(bound: number): number {
    return Math.floor(this.fraction() * bound);
  }
}

/** The numbers from 0 to `count - 1` in random order (Fisher and Yates). */
export function permutation(count: number, random: Random): Int32Array {
  const order = Int32Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last--) {
    const other = random.below(last + 1);
    const moved = order[last];
    order[last] = order[other];
    order[other] = moved;
  }
  return order;
}
