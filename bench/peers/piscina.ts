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
