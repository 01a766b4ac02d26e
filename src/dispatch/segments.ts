/** Work over all segments of a store, each segment on its owner, the owners in parallel. */
import { TaskTimeoutError } from '../errors.ts';
import { whenAborted } from './aborts.ts';
import type { Calls } from './calls.ts';
import type { SegmentsOptions } from './options.ts';
import type { Routes } from './routes.ts';

/** What is called on the owner, and how. */
export interface SegmentsWork {
  readonly store: string;
  readonly name: string;
  readonly args: unknown;
  /** Once for each entry, not once for the segment. */
  readonly each: boolean;
}

/** Segments of one owner that are under way at a time: with one more the owner need not wait, other tasks wait for few. */
const UNDER_WAY_MAX = 2;

/**
 * Calls the export for every segment. What an owner has under way is bounded, so that other tasks get their turn in between.
 *
 * @returns what it returned, by segment
 */
export async function mapOverSegments<Result>(
  calls: Calls,
  routes: Routes,
  work: SegmentsWork,
  options: SegmentsOptions,
): Promise<Result[]> {
  const total = routes.segmentCountOf(work.store);
  options.signal?.throwIfAborted();
  const end = calls.begin();
  const results: Result[] = [];
  results.length = total;
  const stop = new AbortController();
  const { signal, timeout } = options;
  // Not by AbortSignal.any, whose results pile up at a signal that lives long.
  const stopListening = signal === undefined ? null : whenAborted(signal, () => stop.abort(signal.reason));
  const timer = timeout === undefined ? undefined : setTimeout(() => stop.abort(late(work.name, timeout)), timeout);
  let done = 0;
  const runOne = async (segment: number): Promise<void> => {
    stop.signal.throwIfAborted();
    const { store, name, args, each } = work;
    const place = { store, segment };
    const order = { name, payload: args, transferList: [], place, part: { store, segment, each } };
    results[segment] = (await calls.submit(order, { signal: stop.signal })) as Result;
    done += 1;
    options.onProgress?.({ done, total, segment });
  };
  const lanes = lanesOf(routes, work.store).flatMap((segments) => {
    const waiting = segments.values();
    return Array.from({ length: UNDER_WAY_MAX }, async () => {
      for (const segment of waiting) await runOne(segment);
    });
  });
  try {
    await Promise.all(lanes);
  } catch (error) {
    // What is left of it is of no use any more.
    stop.abort(error);
    await Promise.allSettled(lanes);
    throw error;
  } finally {
    clearTimeout(timer);
    stopListening?.();
    end();
  }
  return results;
}

function late(name: string, timeout: number): TaskTimeoutError {
  return new TaskTimeoutError(`${name} was not done with all segments within its timeout of ${timeout} ms`);
}

/** The segments by owner, as they are now. One that moves meanwhile is run by whoever owns it when its turn comes. */
function lanesOf(routes: Routes, store: string): number[][] {
  const lanes = new Map<number, number[]>();
  for (let segment = 0; segment < routes.segmentCountOf(store); segment++) {
    const owner = routes.ownerOf({ store, segment });
    const lane = lanes.get(owner);
    if (lane === undefined) lanes.set(owner, [segment]);
    else lane.push(segment);
  }
  return [...lanes.values()];
}
