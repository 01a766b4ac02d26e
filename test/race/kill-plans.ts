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
  deaths: { terminate: 85, exit: 5, throw: 5, hoard: 5 },
  holders: 0.8,
  victims: 1,
  steps: 40,
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

/** Deaths of all kinds, eight at a time, in a store where nothing takes long, so that there can be very many. */
export const SOAK_PLAN: KillPlan = {
  memory: '1MiB',
  segments: 4,
  workers: 12,
  counters: 4,
  registers: 4,
  ownKeys: 100,
  sharedKeys: 40,
  valueBytes: 2_000,
  osThreads: true,
  deaths: { terminate: 40, exit: 20, throw: 20, hoard: 20 },
  holders: 0.5,
  victims: 8,
  steps: 20,
};
