/** Load on a service from another process, so that who asks is not in the way of who answers. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

export interface Load {
  readonly addresses: readonly string[];
  readonly requests: number;
  readonly connections: number;
  /** Pages that are asked for, the first ones most often. */
  readonly pages: number;
  readonly cookie: string;
  readonly seed: number;
}

export interface Loaded {
  readonly requestsPerSecond: number;
  readonly p99Ms: number;
  readonly answered: number;
  /** Answers that were not 200. */
  readonly refused: number;
}

export class LoadProcess {
  readonly #child: ChildProcess = fork(new URL('./load-process.js', import.meta.url));

  /** Throws (rejects) when a request was not answered. */
  async put(load: Load): Promise<Loaded> {
    const ended = new AbortController();
    const { signal } = ended;
    try {
      const answer = once(this.#child, 'message', { signal });
      const exit = once(this.#child, 'exit', { signal }).then(([code]) => {
        throw new Error(`the load ended with ${code}`);
      });
      exit.catch(() => {});
      this.#child.send(load);
      const [loaded] = (await Promise.race([answer, exit])) as [Loaded];
      return loaded;
    } finally {
      ended.abort();
    }
  }

  async stop(): Promise<void> {
    const exit = once(this.#child, 'exit');
    this.#child.disconnect();
    await exit;
  }
}
