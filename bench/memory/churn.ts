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

/** A store that takes longer than this to write its budget ten times over is not fit to be kept full. */
const CHURN_MS_MAX = 60_000;

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

  /** Returns the bytes of all keys and values in it. */
  fillUp(sizes: readonly [number, number]): number {
    while (this.add(sizes));
    return this.liveBytes;
  }

  /** Writes `amount` bytes of such values over whatever is there. Returns the bytes written before the deadline. */
  churn(sizes: readonly [number, number], amount: number, deadlineMs: number): number {
    let written = 0;
    while (written < amount && performance.now() < deadlineMs) {
      while (!this.add(sizes)) this.makeRoom();
      written += KEY_LENGTH + (this.#live.at(-1)?.[1] ?? 0);
    }
    return written;
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

  /** @throws Error when an entry is not what was written last */
  check(): void {
    for (const [index, valueBytes] of this.#live) {
      const value = this.#store.get(freshKey(index));
      const isRight = value?.length === valueBytes && value[valueBytes - 1] === (index & 255);
      if (!isRight)
        throw new Error(`the entry ${index} of ${valueBytes} bytes is ${value?.length} bytes or other ones`);
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
  const startMs = performance.now();
  const deadlineMs = startMs + CHURN_MS_MAX;
  let lastPhaseFrom = 0;
  let written = 0;
  for (const [phase, sizes] of PHASES.entries()) {
    if (performance.now() >= deadlineMs) break;
    progress(`churn with shifting sizes, ${phase + 1} of ${PHASES.length}`);
    lastPhaseFrom = churned.nextIndex;
    written += churned.churn(sizes, memory, deadlineMs);
  }
  const unfinished = performance.now() >= deadlineMs;
  const megabytesASecond = written / 1000 / (performance.now() - startMs);
  // What is left of earlier phases goes, so that both stores are full of the same kind of values.
  if (!unfinished) churned.removeOlderThan(lastPhaseFrom);
  // To the end, however slow the machine: a store that was not filled up would pass for one that lost its room.
  const churnedBytes = unfinished ? churned.liveBytes : churned.fillUp(lastSizes);
  churned.check();
  churned.close();

  const capacity = `${(churnedBytes / 1e6).toFixed(2)} MB of keys and values, ${(freshBytes / 1e6).toFixed(2)} MB when fresh`;
  const speed = `${megabytesASecond.toFixed(1)} MB/s`;
  const times = (written / memory).toFixed(1);
  return {
    what: 'capacity lost after 10x churn with shifting sizes',
    unit: '%',
    measured: single(100 * (1 - churnedBytes / freshBytes)),
    bar: atMost('M3', LOST_PERCENT_MAX),
    unfinished,
    detail: unfinished ? `given up at ${times}x, ${CHURN_MS_MAX / 1000} s; ${capacity}` : `${capacity}; ${speed}`,
    samples: [
      { subject: 'fresh', unit: 'bytes', values: [freshBytes] },
      { subject: 'churned', unit: 'bytes', values: [churnedBytes] },
    ],
  };
}
