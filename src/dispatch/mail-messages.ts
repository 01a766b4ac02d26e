/** What goes by message between a pool and a worker about mail: who has which link. Calls and answers go by the links. */
import type { Words } from '#atomics';
import type { UnsentAnswers } from './mail-owner.ts';

/** The worker makes calls and answers them from now on, over these links and later ones. */
interface ServeMessage {
  readonly kind: 'serve';
  readonly bells: Words;
  readonly links: readonly Words[];
  /** How the last thread of this owner ended; empty for none. */
  readonly lastWords: string;
  /** What the last one had no room for. */
  readonly unsent: UnsentAnswers;
}

/** One more link. */
interface LinkMessage {
  readonly kind: 'link';
  readonly link: Words;
}

/** Another thread takes over: the worker touches no link from its answer, 'rested', on. */
interface RestMessage {
  readonly kind: 'rest';
}

/** Answered with 'settled' between two calls: what the worker had begun is over, and what it begins later sees the ring as it is. */
interface SettleMessage {
  readonly kind: 'settle';
  /** Whether it begins no call from its answer on, until 'resume'. */
  readonly pauses: boolean;
}

/** The worker begins calls again. */
interface ResumeMessage {
  readonly kind: 'resume';
}

export type MailToWorker = ServeMessage | LinkMessage | RestMessage | SettleMessage | ResumeMessage;

/** A worker wants a link to an owner, or has mail for one that has no thread, or says that it has done as it was told. */
export type MailFromWorker =
  | { readonly kind: 'open' | 'callBack'; readonly owner: number }
  | { readonly kind: 'rested'; readonly unsent: UnsentAnswers }
  | { readonly kind: 'settled' };
