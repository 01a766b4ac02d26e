/** Bar M3: what is lost to fragmentation after the budget has been written ten times over with shifting sizes. */
import { bytes, Store, StoreFullError } from '../../src/index.ts';
import type { Effort } from '../harness/effort.ts';
import { freshKey, KEY_LENGTH } from '../harness/fresh-keys.ts';
import { atMost, single, type Finding } from '../harness/question.ts';
import { Random } from '../harness/random.ts';

const MEMORY_BYTES: number = 32 * 1024 * 1024;
const MEMORY_BYTES_OF_A_QUICK_RUN: number = 1024 * 1024;
const LOST_PERCENT_MAX = 10;

/** Smallest and largest value of each phase; a phase writes the whole budget once. The last one is what is compared. */
const PHASES: readonly (readonly [number, number])[] = [
  [8, 24],
  [40, 90],
  [150, 300],
  [16, 32],
  [600, 1200],
  [60, 120],
  [2000, 5000],
  [10, 20],
  [300, 700],
  [50, 150],
];

/** Part of the budget that is freed when a write does not fit: a store near its limit makes room before it needs it. */
const ROOM_SHARE: number = 1 / 64;

/** A store that is kept full: when something does not fit, entries chosen at random are deleted. */
class FullStore {
  readonly #store: Store<Uint8Array>;
  readonly #memory: number;
  readonly #random: Random = new Random(7);
  /** Index and value bytes of each live entry. */
  readonly #live: (readonly [number, number])[] = [];
  #next: number = 0;
  liveBytes: number = 0;

  constructor(memory: number) {
    this.#memory = memory;
    this.#store = Store.create<Uint8Array>({ memory, value: bytes() });
  }

  /** @returns false when the budget is used up; nothing has changed then */
  add([least, most]: readonly [number, number]): boolean {
    const value = new Uint8Array(least + this.#random.below(most - least + 1)).fill(this.#next);
    try {
      this.#store.set(freshKey(this.#next), value);
    } catch (error) {
      if (error instanceof StoreFullError) return false;
      throw error;
    }
    this.#live.push([this.#next, value.length]);
    this.liveBytes += KEY_LENGTH + value.length;
    this.#next += 1;
    return true;
  }

  makeRoom(): void {
    const enough = Math.max(0, this.liveBytes - this.#memory * ROOM_SHARE);
    while (this.liveBytes > enough) this.#removeAny();
  }

  #removeAny(): void {
    const at = this.#random.below(this.#live.length);
    const [index, valueBytes] = this.#live[at];
    this.#live[at] = this.#live.at(-1) as readonly [number, number];
    this.#live.pop();
    if (!this.#store.delete(freshKey(index))) throw new Error(`the entry ${index} was lost`);
    this.liveBytes -= KEY_LENGTH + valueBytes;
  }

  fillUp(sizes: readonly [number, number]): number {
    while (this.add(sizes));
    return this.liveBytes;
  }

  /** Writes `amount` bytes of such values over whatever is there. */
  churn(sizes: readonly [number, number], amount: number): void {
    for (let written = 0; written < amount; written += KEY_LENGTH + (sizes[0] + sizes[1]) / 2) {
      while (!this.add(sizes)) this.makeRoom();
    }
  }

  removeOlderThan(index: number): void {
    for (let at = this.#live.length - 1; at >= 0; at--) {
      const [old, valueBytes] = this.#live[at];
      if (old >= index) continue;
      if (!this.#store.delete(freshKey(old))) throw new Error(`the entry ${old} was lost`);
      this.liveBytes -= KEY_LENGTH + valueBytes;
      this.#live[at] = this.#live.at(-1) as readonly [number, number];
      this.#live.pop();
    }
  }

  get nextIndex(): number {
    return this.#next;
  }

  close(): void {
    this.#store.close();
  }
}

export function measureFragmentation(effort: Effort, progress: (step: string) => void): Finding {
  const memory = effort.quick ? MEMORY_BYTES_OF_A_QUICK_RUN : MEMORY_BYTES;
  const lastSizes = PHASES.at(-1) as readonly [number, number];
  const fresh = new FullStore(memory);
  const freshBytes = fresh.fillUp(lastSizes);
  fresh.close();

  const churned = new FullStore(memory);
  let lastPhaseFrom = 0;
  for (const [phase, sizes] of PHASES.entries()) {
    progress(`churn with shifting sizes, ${phase + 1} of ${PHASES.length}`);
    lastPhaseFrom = churned.nextIndex;
    churned.churn(sizes, memory);
  }
  // What is left of earlier phases goes, so that both stores are full of the same kind of values.
  churned.removeOlderThan(lastPhaseFrom);
  const churnedBytes = churned.fillUp(lastSizes);
  churned.close();

  const lost = 100 * (1 - churnedBytes / freshBytes);
  return {
    what: 'capacity lost after 10x churn with shifting sizes',
    unit: '%',
    measured: single(lost),
    bar: atMost('M3', LOST_PERCENT_MAX),
    detail: `${(churnedBytes / 1e6).toFixed(2)} MB of keys and values fit, ${(freshBytes / 1e6).toFixed(2)} MB when fresh`,
    samples: [
      { subject: 'fresh', unit: 'bytes', values: [freshBytes] },
      { subject: 'churned', unit: 'bytes', values: [churnedBytes] },
    ],
  };
}
