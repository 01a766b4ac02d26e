/** Calls of entry processors, as users make them in the thread of a pool and in its workers. */
import type { Key } from '../codec/key.ts';
import { MailboxFullError } from '../errors.ts';
import { type Batch, PendingCall } from './mail-calls.ts';
import { type MailSender, PENDING_MAX } from './mail-sender.ts';

/** One call of `executeMany`. */
export interface EntryCall {
  readonly key: Key;
  /** Name of an export of the module of processors. */
  readonly processor: string;
  readonly args?: readonly unknown[];
}

/** Answers to several calls, put together in their order. */
class Answers implements Batch {
  readonly outcomes: PromiseSettledResult<unknown>[] = [];
  #missing: number = 1;
  #resolve: (outcomes: PromiseSettledResult<unknown>[]) => void = () => {};
  readonly all: Promise<PromiseSettledResult<unknown>[]> = new Promise((resolve) => {
    this.#resolve = resolve;
  });

  /** The place of one more call. */
  add(): number {
    this.#missing += 1;
    return this.outcomes.push(NOT_YET) - 1;
  }

  resolve(index: number, value: unknown): void {
    this.outcomes[index] = { status: 'fulfilled', value };
    this.end();
  }

  reject(index: number, reason: unknown): void {
    this.outcomes[index] = { status: 'rejected', reason };
    this.end();
  }

  /** One answer less to wait for: of a call, or the end of the calls. */
  end(): void {
    this.#missing -= 1;
    if (this.#missing === 0) this.#resolve(this.outcomes);
  }
}

const NOT_YET: PromiseSettledResult<unknown> = { status: 'fulfilled', value: undefined };
const NO_ARGS: readonly unknown[] = [];

/** Makes a call. */
export function executeOne(
  sender: MailSender,
  storeName: string,
  key: Key,
  processor: string,
  args: readonly unknown[],
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const call = new PendingCall(null, 0, resolve, reject);
    if (sender.submit(sender.destinationOf(storeName), key, processor, args, call)) return;
    throw new MailboxFullError(
      `an owner has ${PENDING_MAX} unanswered calls of this thread, which is the limit: await some of them, or executeMany`,
    );
  });
}

/** Makes the calls in order, those for an owner that has too many when it has less, and resolves when all are answered. */
export async function executeAll(
  sender: MailSender,
  storeName: string,
  calls: Iterable<EntryCall>,
): Promise<PromiseSettledResult<unknown>[]> {
  const store = sender.destinationOf(storeName);
  const answers = new Answers();
  for (const { key, processor, args = NO_ARGS } of calls) {
    const call = new PendingCall(answers, answers.add(), null, null);
    try {
      if (!sender.submit(store, key, processor, args, call)) {
        await sender.submitWhenRoom(store, key, processor, args, call);
      }
    } catch (error) {
      call.reject(error);
    }
  }
  answers.end();
  return answers.all;
}
