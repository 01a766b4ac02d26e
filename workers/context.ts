/** What the user's code in a worker has at hand: at its start, and for each task. */
import type { TaskContext, WorkerContext } from '../src/dispatch/context.ts';
import { type EntryCall, executeAll, executeOne } from '../src/dispatch/execute.ts';
import type { CarriedError } from '../src/dispatch/messages.ts';
import { unpackError } from '../src/dispatch/carried-error.ts';
import { isAborted } from '../src/dispatch/turns.ts';
import type { Key } from '../src/index.ts';
import type { Words } from '#atomics';
import type { WorkerMail } from './mail.ts';

export class StandingContext implements WorkerContext {
  readonly stores: WorkerContext['stores'];
  readonly owner: number;
  // No methods: they are taken out of the context with `stores` and `owner`.
  readonly execute: WorkerContext['execute'];
  readonly executeMany: WorkerContext['executeMany'];

  constructor(owner: number, stores: WorkerContext['stores'], mail: WorkerMail) {
    this.owner = owner;
    this.stores = stores;
    this.execute = async <Result>(store: string, key: Key, processor: string, args: readonly unknown[] = []) =>
      executeOne(await mail.sender, store, key, processor, args) as Promise<Result>;
    this.executeMany = async <Result>(store: string, calls: Iterable<EntryCall>) =>
      executeAll(await mail.sender, store, calls) as Promise<PromiseSettledResult<Result>[]>;
  }
}

export class RunningContext extends StandingContext implements TaskContext {
  readonly #turns: Words;
  readonly #turn: number;
  #controller: AbortController | null = null;

  constructor(owner: number, stores: WorkerContext['stores'], mail: WorkerMail, turns: Words, turn: number) {
    super(owner, stores, mail);
    this.#turns = turns;
    this.#turn = turn;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }

  get aborted(): boolean {
    return isAborted(this.#turns, this.#turn);
  }

  abort(turn: number, reason: CarriedError): void {
    if (turn !== this.#turn) return;
    this.#controller ??= new AbortController();
    this.#controller.abort(unpackError(reason));
  }
}
