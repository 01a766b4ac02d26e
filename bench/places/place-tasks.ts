/** The tasks of the demo's pool: each runs on the worker that owns its key. */
import type { TaskContext } from '../../src/dispatch/pool.ts';
import { keyOf } from './data.ts';
import type { Stored } from './serve.ts';

export interface Answer {
  readonly owner: number;
  readonly stored: Stored | undefined;
}

export function routedCounterOf(country: string): string {
  return `routed:${country}`;
}

/** Looks a place up. */
export function lookUp(cityId: number, { owner, stores }: TaskContext): Answer {
  return { owner, stored: stores['places'].get(keyOf(cityId)) as Stored | undefined };
}

/** Counts by a get and a set without a lock, with other tasks in between: right because the key has one owner. */
export async function count(country: string, { owner, stores }: TaskContext): Promise<Answer> {
  const counted = (stores['places'].get(routedCounterOf(country)) as number | undefined) ?? 0;
  await Promise.resolve();
  stores['places'].set(routedCounterOf(country), counted + 1);
  return { owner, stored: counted + 1 };
}
