/** What bench/execute.ts has done in other threads: a number of a key is added to, by an entry processor and by a task of piscina. */
import type { Entry } from '../../src/dispatch/pool.ts';
import { coreTimeMs } from '../harness/core-time.ts';
import { warmProcess } from '../harness/warm.ts';

warmProcess();

export function addPoints(entry: Entry<number>, by: number): number {
  const points = (entry.value ?? 0) + by;
  entry.set(points);
  return points;
}

/** What this thread has been on a core. */
export function coreTime(): number {
  return coreTimeMs();
}

const ofKeys = new Map<string, number>();

/** The task of piscina: all of its data are in the one thread that it has. */
export function addPointsTask({ key, by }: { key: string; by: number }): number {
  const points = (ofKeys.get(key) ?? 0) + by;
  ofKeys.set(key, points);
  return points;
}
