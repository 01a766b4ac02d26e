/** What a history consists of, as a function of its seed: the same seed gives the same operations, though not the same schedule. */
import { Random } from './random.ts';
import type { HistoryClock } from './recording.ts';

export type Key = string | number | bigint | Uint8Array;

export interface HistoryPlan {
  readonly seed: number;
  readonly threadCount: number;
  readonly keyCount: number;
  readonly operationsPerThread: number;
  readonly clock: HistoryClock;
  readonly memoryBytes: number;
  readonly segments: number;
  /**
   * Values are made before the first operation and looked at after the last one, so that calls follow each other closely
   * and overlap more. A killed thread would leave no outcomes, so there is none then.
   */
  readonly isTight: boolean;
  /** All values that are no numbers are large. */
  readonly isLarge: boolean;
  /** Thread 0 is terminated soon after it has begun this many operations; it would go on for long. */
  readonly killAt: number | null;
  /** Some writes have a TTL of a few ms. */
  readonly usesTtl: boolean;
  /** Writes and deletes of other entries before each operation: with them the table grows and the heap fills up. */
  readonly fillers: number;
  /** Bit n: key n holds numbers, else values of all types. */
  readonly counters: number;
  /** One of FLAW_NAMES: what is wrong with the store on purpose. */
  readonly flaw: string | null;
}

export const THREADS_MAX = 4;
const KEYS_MAX = 5;
/** The last thread of a history is the main thread, which reads every key when the others have finished. */
export const MAIN_THREAD = 7;

const FILLERS: readonly number[] = [0, 0, 1, 5];
const MEMORY_BYTES: readonly number[] = [256 * 1024, 384 * 1024, 1024 * 1024];

export function planHistory(seed: number, flaw: string | null = null): HistoryPlan {
  const random = new Random(seed);
  const threadCount = 2 + random.below(THREADS_MAX - 1);
  const operationsPerThread = 100 + random.below(201);
  const isTight = random.oneIn(2);
  return {
    seed,
    threadCount,
    keyCount: 1 + random.below(KEYS_MAX),
    operationsPerThread,
    clock: random.oneIn(3) ? 'ticket' : 'monotonic',
    memoryBytes: random.pick(MEMORY_BYTES),
    segments: 1 << random.below(4),
    isTight,
    isLarge: random.oneIn(3),
    killAt: !isTight && random.oneIn(2) ? 1 + random.below(operationsPerThread) : null,
    usesTtl: random.oneIn(3),
    fillers: random.pick(FILLERS),
    counters: random.below(1 << KEYS_MAX),
    flaw,
  };
}

export function isCounter(plan: HistoryPlan, key: number): boolean {
  return ((plan.counters >> key) & 1) === 1;
}

/** The keys of a history, of all types and of lengths that are stored in different ways. */
export function keysOf(plan: HistoryPlan): Key[] {
  const random = new Random(plan.seed ^ 0x5eed);
  return Array.from({ length: plan.keyCount }, (_, index) => makeKey(random, index));
}

function makeKey(random: Random, index: number): Key {
  // Different types keep keys apart; within a type the index does.
  switch (random.below(8)) {
    case 0:
      return index;
    case 1:
      return -(index + 0.5);
    case 2:
      return (8n << BigInt(random.below(80))) + BigInt(index);
    case 3:
      return new Uint8Array(1 + random.below(70)).fill(index);
    case 4:
      return `k\u2192${index}`;
    case 5:
      return `key ${index} `.repeat(1 + random.below(200));
    case 6:
      return `\ud800\0${index}`;
    default:
      return `key:${index}`;
  }
}

export function describePlan(plan: HistoryPlan): string {
  const { seed, threadCount, keyCount, operationsPerThread, clock, memoryBytes, segments, killAt } = plan;
  const more = [
    plan.isTight ? ['tight'] : [],
    plan.isLarge ? ['large values'] : [],
    killAt === null ? [] : [`thread 0 killed at ${killAt}`],
    plan.usesTtl ? ['TTLs'] : [],
    plan.fillers === 0 ? [] : [`${plan.fillers} fillers each`],
    plan.flaw === null ? [] : [`flaw: ${plan.flaw}`],
  ].flat();
  return [
    `seed ${seed}: ${threadCount} threads with ${operationsPerThread} operations on ${keyCount} keys`,
    `${memoryBytes / 1024} KiB in ${segments} segments, clock ${clock}`,
    ...more,
  ].join(', ');
}
