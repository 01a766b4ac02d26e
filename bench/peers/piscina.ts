import { Piscina } from 'piscina';

/** Runs tasks in one thread of a piscina with its usual settings. */
export interface TaskRunner {
  run(key: string, by: number): Promise<number>;
  close(): Promise<void>;
}

export function openPiscina(): TaskRunner {
  const filename = new URL('./points.js', import.meta.url).href;
  const piscina = new Piscina({ filename, minThreads: 1, maxThreads: 1 });
  return {
    run: (key, by) => piscina.run({ key, by }, { name: 'addPointsTask' }) as Promise<number>,
    close: () => piscina.destroy(),
  };
}
