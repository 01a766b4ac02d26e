/** The tasks of one owner: in order, one at a time, each answered once. */
import { ClosedError, OwnerDiedError, SharenaError } from '../errors.ts';
import type { TaskAnswer, TaskCall } from './messages.ts';
import type { OwnerThread, Transferable } from './threads.ts';

interface Waiting {
  readonly call: TaskCall;
  readonly transferList: readonly Transferable[] | undefined;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export class OwnerQueue {
  readonly owner: number;
  readonly thread: OwnerThread;
  completed: number = 0;
  readonly #waiting: Waiting[] = [];
  #running: Promise<void> | null = null;

  constructor(owner: number, thread: OwnerThread) {
    this.owner = owner;
    this.thread = thread;
  }

  /** Tasks that wait, the running one included. */
  get length(): number {
    return this.#waiting.length + (this.#running === null ? 0 : 1);
  }

  get isRunning(): boolean {
    return this.#running !== null;
  }

  /** Adds a task. An abort takes it out of the queue; a task that runs goes on, for its worker may hold locks. */
  push(
    call: TaskCall,
    transferList: readonly Transferable[] | undefined,
    signal: AbortSignal | undefined,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        const at = this.#waiting.indexOf(waiting);
        if (at >= 0) this.#waiting.splice(at, 1);
        reject(signal?.reason);
      };
      const settled = <T>(andThen: (value: T) => void): ((value: T) => void) => {
        return (value) => {
          signal?.removeEventListener('abort', onAbort);
          andThen(value);
        };
      };
      const waiting: Waiting = { call, transferList, resolve: settled(resolve), reject: settled(reject) };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#waiting.push(waiting);
      this.#runNext();
    });
  }

  /** Settles when nothing runs and nothing waits. */
  async drained(): Promise<void> {
    while (this.#running !== null) await this.#running;
  }

  /** Rejects what waits. What runs is answered by the end of its worker. */
  rejectWaiting(): void {
    for (const { reject } of this.#waiting.splice(0))
      reject(new ClosedError('the pool was destroyed before the task ran'));
  }

  #runNext(): void {
    if (this.#running !== null) return;
    const next = this.#waiting.shift();
    if (next === undefined) return;
    this.#running = this.#run(next).finally(() => {
      this.#running = null;
      this.#runNext();
    });
  }

  async #run({ call, transferList, resolve, reject }: Waiting): Promise<void> {
    try {
      settle(await this.thread.run(call, transferList), resolve, reject);
    } catch (error) {
      if (isCloneError(error)) reject(error);
      else {
        const why = error instanceof Error ? error.message : String(error);
        reject(new OwnerDiedError(`owner ${this.owner} died while it ran ${call.name}: ${why}`, { cause: error }));
      }
    }
    this.completed += 1;
  }
}

function settle(answer: TaskAnswer, resolve: (value: unknown) => void, reject: (error: unknown) => void): void {
  if (answer.ok) {
    resolve(answer.value);
    return;
  }
  const { error, name, code } = answer;
  if (error instanceof Error) {
    if (name !== null && error.name !== name) Object.defineProperty(error, 'name', { value: name, configurable: true });
    if (code !== undefined && !(error instanceof SharenaError)) Object.assign(error, { code });
  }
  reject(error);
}

function isCloneError(error: unknown): boolean {
  return error instanceof Error && error.name === 'DataCloneError';
}
