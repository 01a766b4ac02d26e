/** piscina: a worker that holds the entries in a Map and is asked by message, the way without shared memory. */
import { Piscina } from 'piscina';
import type { PiscinaPeerSetup } from './piscina-task.ts';

export interface PiscinaPeer {
  get(key: string): Promise<string>;
  close(): Promise<void>;
}

/** One worker, as one owner would hold these entries; it has been asked once when this returns. */
export async function openPiscina(entryCount: number): Promise<PiscinaPeer> {
  const workerData: PiscinaPeerSetup = { entryCount };
  const pool = new Piscina({
    filename: new URL('./piscina-task.js', import.meta.url).href,
    name: 'get',
    workerData,
    minThreads: 1,
    maxThreads: 1,
    concurrentTasksPerWorker: 100,
  });
  const get = (key: string): Promise<string> => pool.run(key) as Promise<string>;
  await get('');
  return { get, close: () => pool.close() };
}

/** Runs tasks that add to a number, in one thread of a piscina with its usual settings. */
export interface TaskRunner {
  run(key: string, by: number): Promise<number>;
  close(): Promise<void>;
}

export function openTaskRunner(): TaskRunner {
  const filename = new URL('./points.js', import.meta.url).href;
  const piscina = new Piscina({ filename, minThreads: 1, maxThreads: 1 });
  return {
    run: (key, by) => piscina.run({ key, by }, { name: 'addPointsTask' }) as Promise<number>,
    close: () => piscina.destroy(),
  };
}
