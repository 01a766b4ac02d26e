/** The stores in which workers are killed. */
import type { KillPlan } from './kill-soak.ts';

/** One lock for all, and so little room that nearly every write tidies. */
const crowded: KillPlan = {
  memory: '512KiB',
  segments: 1,
  workers: 3,
  counters: 4,
  registers: 4,
  ownKeys: 400,
  sharedKeys: 40,
  valueBytes: 2_000,
  osThreads: true,
};

export const KILL_PLANS: Readonly<Record<string, KillPlan>> = {
  'one crowded segment': crowded,
  'segments that take pages from each other': {
    ...crowded,
    memory: '1MiB',
    segments: 4,
    workers: 4,
    valueBytes: 4_000,
  },
  'many small entries in growing tables': { ...crowded, memory: '4MiB', ownKeys: 20_000, valueBytes: 100 },
  'values with pages of their own': { ...crowded, memory: '4MiB', segments: 2, ownKeys: 100, valueBytes: 60_000 },
};
