/** The part of a worker in the mail of its pool: it answers calls to its owner, and makes calls in the name of its tasks. */
import type { MessagePort } from 'node:worker_threads';
import type { MailFromWorker, MailToWorker } from '../src/dispatch/mail-messages.ts';
import { type Answerer, NO_ANSWERS, type UnsentAnswers } from '../src/dispatch/mail-owner.ts';
import type { MailSender } from '../src/dispatch/mail-sender.ts';
import { MailThread } from '../src/dispatch/mail-thread.ts';
import { ClosedError, type Store } from '../src/index.ts';
import type { Words } from '#atomics';

/** What the user's modules make of a worker. */
export interface Trade {
  /** Empty when the modules could not be loaded. */
  readonly stores: Readonly<Record<string, Store>>;
  /** @param lastWords how the last thread of the owner ended */
  answererFor(lastWords: string): Answerer;
}

export class WorkerMail {
  readonly #owner: number;
  readonly #port: MessagePort;
  #thread: MailThread | null = null;
  #answerer: Answerer | null = null;
  readonly #sender: Promise<MailSender>;
  #giveSender: (sender: MailSender) => void = () => {};

  constructor(owner: number, port: MessagePort) {
    this.#owner = owner;
    this.#port = port;
    this.#sender = new Promise((resolve) => {
      this.#giveSender = resolve;
    });
  }

  /** Takes messages from now on. Before a thread is connected as its owner's none come. */
  open(trade: Trade): void {
    this.#port.on('message', (message: MailToWorker) => {
      if (message.kind === 'serve') this.#serve(trade, message);
      else if (message.kind === 'link') this.#add(message.link);
      else if (message.kind === 'settle') this.#settle(message.pauses);
      else if (message.kind === 'resume') this.#thread?.resume();
      else this.#rest();
    });
  }

  /** Whether there has been no mail for a while, or never any. */
  get isAsleep(): boolean {
    return this.#thread?.isAsleep ?? true;
  }

  /** What makes calls in the name of this thread; tasks may come a moment before the mail is open. */
  get sender(): MailSender | Promise<MailSender> {
    return this.#thread?.sender ?? this.#sender;
  }

  #serve(trade: Trade, { bells, links, lastWords, unsent }: Extract<MailToWorker, { kind: 'serve' }>): void {
    if (this.#thread === null) {
      this.#answerer = trade.answererFor(lastWords);
      this.#thread = new MailThread(this.#owner, bells, Object.entries(trade.stores), {
        openLink: (owner) => this.#post({ kind: 'open', owner }),
        callBack: (owner) => this.#post({ kind: 'callBack', owner }),
        hold: () => {},
      });
      this.#giveSender(this.#thread.sender);
    }
    for (const link of links) this.#add(link, unsent);
  }

  #add(link: Words, unsent?: UnsentAnswers): void {
    if (this.#thread === null || this.#answerer === null) return;
    this.#thread.add(link, this.#answerer, unsent);
  }

  /** Processors are synchronous: while this runs, no call does. */
  #settle(pauses: boolean): void {
    if (pauses) this.#thread?.pause();
    this.#post({ kind: 'settled' });
  }

  #rest(): void {
    const unsent = this.#thread?.leave(this.#owner) ?? NO_ANSWERS;
    this.#thread?.close(() => new ClosedError('another thread has taken over from this one, which made the call'));
    this.#thread = null;
    this.#post({ kind: 'rested', unsent });
  }

  #post(message: MailFromWorker): void {
    this.#port.postMessage(message);
  }
}
