/** Who answers calls to an owner that cannot: without running anything. */
import * as mailLayout from '../../native-layout/mailbox.ts';
import { OwnerDiedError } from '../errors.ts';
import type { Words } from '#atomics';
import { errorBytes } from './mail-errors.ts';
import type { Answerer } from './mail-owner.ts';
import { composeAnswer, composeEcho, Draft, nameIn } from './mail-wire.ts';

const { ANSWER_ERROR, ANSWER_MOVED } = mailLayout;

export class StandIn implements Answerer {
  readonly #draft: Draft = new Draft();
  readonly #owner: number;
  readonly #error: Uint8Array | null;
  readonly #lastWords: string;

  /** @param failure has the answer to all calls, which may be null; null when their segments have other owners now */
  constructor(owner: number, failure: { readonly thrown: unknown } | null, lastWords: string) {
    this.#owner = owner;
    this.#error = failure === null ? null : errorBytes(failure.thrown);
    this.#lastWords = lastWords;
  }

  /** Whether the owner has left: nobody comes for its mail. */
  get isForGood(): boolean {
    return this.#error === null;
  }

  get draft(): Int32Array {
    return this.#draft.words;
  }

  answer(words: Words, at: number): void {
    if (this.#error === null) composeEcho(this.#draft, ANSWER_MOVED, words, at);
    else composeAnswer(this.#draft, ANSWER_ERROR, this.#error);
  }

  answerForDead(words: Words, at: number): void {
    composeAnswer(this.#draft, ANSWER_ERROR, errorBytes(diedRunning(this.#owner, nameIn(words, at), this.#lastWords)));
  }
}

/** The error of a call that was begun by an owner whose thread is dead. */
export function diedRunning(owner: number, processor: string, lastWords: string): OwnerDiedError {
  const how = lastWords === '' ? '' : `: ${lastWords}`;
  return new OwnerDiedError(`owner ${owner} died while it ran ${processor}, what that has done is unknown${how}`);
}
