/** The pool's part in the mail: which threads have which links, across all lives of all owners. */
import { ClosedError, type OwnerDiedError } from '../errors.ts';
import type { Store } from '../store.ts';
import type { Words } from '#atomics';
import { createBells, getUp, markGone } from './mail-bell.ts';
import { begunIn, createLink, waitingIn } from './mail-link.ts';
import type { MailFromWorker, MailToWorker } from './mail-messages.ts';
import { NO_ANSWERS, type UnsentAnswers } from './mail-owner.ts';
import { diedRunning, StandIn } from './mail-stand-in.ts';
import { MailThread } from './mail-thread.ts';
import type { MailSender } from './mail-sender.ts';
import type { Owner } from './owner.ts';
import { OWNERS_MAX } from './owners.ts';
import type { CallStats } from './stats.ts';
import type { Thread } from './threads.ts';
import type { OwnerDeath, OwnerLeave, Watcher } from './watchers.ts';

/** Number of the thread that runs the pool, beside those of owners. */
const POOL = OWNERS_MAX;

/** What the office needs of its pool. */
export interface OfficeHooks {
  /** There is work for an owner without a thread. Returns whether one comes. */
  wake(owner: number): boolean;
  /** A call is under way. Returns what ends it. */
  begin(): () => void;
}

export class MailOffice implements Watcher {
  readonly #bells: Words = createBells(OWNERS_MAX + 1);
  /** By sender, then owner. */
  readonly #links: Map<number, Map<number, Words>> = new Map();
  readonly #hooks: OfficeHooks;
  readonly #desk: MailThread;
  /** By owner: the thread that serves its calls. */
  readonly #threads: Map<number, Thread> = new Map();
  /** By owner that begins no call for now: the thread that has come meanwhile, and serves then. */
  readonly #paused: Map<number, Thread | null> = new Map();
  readonly #lastWords: Map<number, string> = new Map();
  /** By owner: who answers its calls, since it has no thread and may get none. */
  readonly #standIns: Map<number, StandIn> = new Map();
  /** By owner, and by sender: answers that nobody has taken over yet. */
  readonly #unsent: Map<number, UnsentAnswers> = new Map();
  #endCall: (() => void) | null = null;

  constructor(stores: ReadonlyMap<string, Store>, hooks: OfficeHooks) {
    this.#hooks = hooks;
    this.#desk = new MailThread(POOL, this.#bells, [...stores], {
      openLink: (owner) => this.#open(POOL, owner),
      callBack: (owner) => this.#callBack(owner),
      hold: (isHeld) => this.#hold(isHeld),
    });
  }

  /** Makes calls in the name of this thread. */
  get sender(): MailSender {
    return this.#desk.sender;
  }

  /**
   * Lets a thread answer the calls to an owner, and make some. It has to be the only living one of that owner that may, and
   * must not do so already: its bell would say that it is awake while it sleeps.
   */
  connect(owner: number, thread: Thread): void {
    this.#sendAway(owner);
    this.#threads.set(owner, thread);
    getUp(this.#bells, owner);
    thread.mailPort.removeAllListeners('message');
    thread.mailPort.on('message', (message: MailFromWorker) => this.#receive(owner, thread, message));
    thread.mailPort.unref();
    if (this.#paused.has(owner)) this.#paused.set(owner, thread);
    else this.#serve(owner, thread);
  }

  /** Has a thread stop with mail. Resolves when it has, or has ended: another one may be connected then. */
  async rest(owner: number): Promise<void> {
    const thread = this.#threads.get(owner);
    if (thread === undefined) return;
    this.#forget(owner);
    const rested = answerOf(thread, 'rested', ({ unsent }) => this.#keepUnsent(owner, unsent));
    post(thread, { kind: 'rest' });
    await rested;
  }

  /**
   * Has no call begun by these owners until `resume`, whichever threads they get. Resolves when none of them runs one; what
   * is sent to them waits.
   */
  async pause(owners: readonly number[]): Promise<void> {
    for (const owner of owners) {
      this.#paused.set(owner, null);
      // Calls to one that is down wait for whoever answers them after the change.
      if (this.#standIns.get(owner)?.isForGood === false) this.#sendAway(owner);
    }
    await this.#settle(owners, true);
  }

  /** Has calls begun again by owners that were paused. */
  resume(owners: readonly number[]): void {
    for (const owner of owners) {
      const arrived = this.#paused.get(owner) ?? null;
      this.#paused.delete(owner);
      const thread = this.#threads.get(owner);
      if (arrived !== null) this.#serve(owner, arrived);
      else if (thread !== undefined) post(thread, { kind: 'resume' });
    }
  }

  /** Resolves when all calls are over that these owners run now: what they begin later, they begin under the ring of now. */
  async settle(owners: readonly number[]): Promise<void> {
    await this.#settle(owners, false);
  }

  ownerDied({ owner, threadId, exitCode, error }: OwnerDeath): void {
    this.#forget(owner);
    const says = error instanceof Error ? error.message : String(error);
    this.#lastWords.set(owner, `thread ${threadId}, exit code ${exitCode}: ${says}`);
  }

  ownerDown({ number }: Owner, error: OwnerDiedError): void {
    this.#standInFor(number, error);
  }

  ownerLeft({ owner }: OwnerLeave): void {
    this.#forget(owner);
    this.#standInFor(owner, null);
  }

  /** Calls to an owner. O(threads). */
  callsOf(owner: number): CallStats {
    let begun = 0;
    let waiting = 0;
    for (const links of this.#links.values()) {
      const link = links.get(owner);
      if (link === undefined) continue;
      begun += begunIn(link);
      waiting += waitingIn(link);
    }
    return { begun, waiting };
  }

  /** Ends the mail of a pool whose threads have all ended. */
  close(): void {
    this.#desk.close((owner, hasBegun) => {
      if (hasBegun) return diedRunning(owner, 'a processor', this.#lastWords.get(owner) ?? 'the pool was destroyed');
      return new ClosedError('the pool was closed before the call was begun');
    });
  }

  /** The owner has no thread that serves. */
  #forget(owner: number): void {
    this.#threads.delete(owner);
    if (this.#paused.has(owner)) this.#paused.set(owner, null);
  }

  #serve(owner: number, thread: Thread): void {
    const lastWords = this.#lastWords.get(owner) ?? '';
    const unsent = this.#takeUnsent(owner);
    post(thread, { kind: 'serve', bells: this.#bells, links: this.#linksOf(owner), lastWords, unsent });
  }

  async #settle(owners: readonly number[], pauses: boolean): Promise<void> {
    const serving = owners.map((owner) => this.#threads.get(owner)).filter((thread) => thread !== undefined);
    await Promise.all(
      serving.map(async (thread) => {
        const settled = answerOf(thread, 'settled');
        post(thread, { kind: 'settle', pauses });
        await settled;
      }),
    );
  }

  #standInFor(owner: number, error: OwnerDiedError | null): void {
    // Who has sent before it sees that is answered below; who sends after that asks to have somebody called.
    markGone(this.#bells, owner);
    // Whoever stood in before says why that was.
    this.#sendAway(owner);
    const unsent = this.#takeUnsent(owner);
    const standIn = new StandIn(owner, error === null ? null : { thrown: error }, this.#lastWords.get(owner) ?? '');
    this.#standIns.set(owner, standIn);
    for (const links of this.#links.values()) {
      const link = links.get(owner);
      if (link !== undefined) this.#desk.serve(link, standIn, unsent);
    }
  }

  /** Nobody stands in for the owner any more. */
  #sendAway(owner: number): void {
    this.#standIns.delete(owner);
    this.#keepUnsent(owner, this.#desk.leave(owner));
  }

  /** Until somebody answers calls to the owner again. */
  #keepUnsent(owner: number, unsent: UnsentAnswers): void {
    this.#unsent.set(owner, new Map([...(this.#unsent.get(owner) ?? []), ...unsent]));
  }

  #takeUnsent(owner: number): UnsentAnswers {
    const unsent = this.#unsent.get(owner) ?? NO_ANSWERS;
    this.#unsent.delete(owner);
    return unsent;
  }

  #receive(owner: number, thread: Thread, message: MailFromWorker): void {
    if (this.#threads.get(owner) !== thread) return;
    if (message.kind === 'open') this.#open(owner, message.owner);
    else if (message.kind === 'callBack') this.#callBack(message.owner);
  }

  #callBack(owner: number): void {
    const standIn = this.#standIns.get(owner);
    if (standIn === undefined) return;
    if (standIn.isForGood || !this.#hooks.wake(owner)) this.#desk.stir();
    // The next thread answers what comes now, unless it could not be started: then somebody else stands in.
    else if (this.#standIns.get(owner) === standIn) this.#sendAway(owner);
  }

  #open(sender: number, owner: number): void {
    let links = this.#links.get(sender);
    if (links === undefined) this.#links.set(sender, (links = new Map()));
    let link = links.get(owner);
    if (link === undefined) {
      links.set(owner, (link = createLink(sender, owner)));
      const standIn = this.#standIns.get(owner);
      if (standIn !== undefined) this.#desk.serve(link, standIn);
      this.#hand(link, owner);
    }
    if (sender === POOL) this.#desk.addLink(link);
    else if (sender !== owner) this.#hand(link, sender);
  }

  #hand(link: Words, owner: number): void {
    const thread = this.#threads.get(owner);
    if (thread !== undefined) post(thread, { kind: 'link', link });
  }

  #linksOf(number: number): Words[] {
    const links: Words[] = [];
    for (const [sender, ofSender] of this.#links) {
      for (const [owner, link] of ofSender) if (sender === number || owner === number) links.push(link);
    }
    return links;
  }

  /** The pool waits for its calls when it closes. */
  #hold(isHeld: boolean): void {
    if (isHeld) this.#endCall = this.#hooks.begin();
    else {
      this.#endCall?.();
      this.#endCall = null;
    }
  }
}

function post(thread: Thread, message: MailToWorker): void {
  thread.mailPort.postMessage(message);
}

/** Resolves when a worker has given this answer, which `take` is told first, or has ended. */
function answerOf<Kind extends MailFromWorker['kind']>(
  thread: Thread,
  kind: Kind,
  take: (answer: Extract<MailFromWorker, { kind: Kind }>) => void = () => {},
): Promise<void> {
  const { mailPort } = thread;
  return new Promise((resolve) => {
    const hear = (message: MailFromWorker): void => {
      if (message.kind !== kind) return;
      take(message as Extract<MailFromWorker, { kind: Kind }>);
      stopWaiting();
      done();
    };
    const done = (): void => {
      mailPort.off('message', hear);
      resolve();
    };
    mailPort.on('message', hear);
    // No race with `ended`: that would keep something of each answer until the thread ends.
    const stopWaiting = thread.onEnd(done);
  });
}
