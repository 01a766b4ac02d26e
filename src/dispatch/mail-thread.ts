/** What one thread has to do with mail: the calls that it makes, and as an owner those that it answers. */
import type { Store } from '../store.ts';
import type { Words } from '#atomics';
import { getUp, ringBell } from './mail-bell.ts';
import { LinkEnd } from './mail-link.ts';
import { MailLoop, type MailWork } from './mail-loop.ts';
import * as ownerModule from './mail-owner.ts';
import { type Answerer, OwnerEnd } from './mail-owner.ts';
import { MailSender, type SenderHost } from './mail-sender.ts';

// Own constants fold, imported bindings are loaded at every use: see [hot-imports] in CONTRIBUTING.md.
const { hasCall, SERVED, serveNext, settleAnswers, takeOverCall } = ownerModule;

/** Calls of one sender before it is the turn of the next one. */
const CALLS_PER_VISIT = 64;
/** How long an owner answers calls in one turn of its event loop: what else waits there, tasks too, waits no longer. */
const TURN_MS = 1;
/** Calls between two looks at the clock at most. */
const CALLS_PER_LOOK_MAX = 32;

export class MailThread implements MailWork, SenderHost {
  readonly sender: MailSender;
  readonly bells: Words;
  readonly #loop: MailLoop;
  readonly #ends: OwnerEnd[] = [];
  readonly #openLinkTo: (owner: number) => void;
  readonly #callBackTo: (owner: number) => void;
  #firstVisit: number = 0;
  #keepAlive: NodeJS.Timeout | null = null;
  #callsPerLook: number = 1;

  /**
   * @param openLink makes the link to an owner, now or later, and passes it to `sender.addLink`
   * @param callBack starts a thread for an owner that has none
   */
  constructor(
    thread: number,
    bells: Words,
    stores: readonly (readonly [name: string, store: Store])[],
    openLink: (owner: number) => void,
    callBack: (owner: number) => void,
  ) {
    this.bells = bells;
    this.sender = new MailSender(stores, this);
    this.#openLinkTo = openLink;
    this.#callBackTo = callBack;
    this.#loop = new MailLoop(bells, thread, this);
    getUp(bells, thread);
    this.#loop.stir();
  }

  openLink(owner: number): void {
    this.#openLinkTo(owner);
  }

  callBack(owner: number): void {
    this.#callBackTo(owner);
  }

  stir(): void {
    this.#loop.stir();
  }

  hold(isHeld: boolean): void {
    if (isHeld) {
      // Waiting for a bell keeps no process alive.
      this.#keepAlive ??= setInterval(() => {}, 0x7fffffff);
      this.#keepAlive.ref();
    } else this.#keepAlive?.unref();
  }

  /** Answers the calls of a link from now on, after what a predecessor has begun. */
  serve(words: Words, answerer: Answerer): void {
    const end = new OwnerEnd(new LinkEnd(words), answerer);
    takeOverCall(end);
    this.#ends.push(end);
    this.#loop.stir();
  }

  /** Sends its calls to an owner over this link from now on. */
  addLink(words: Words): void {
    this.sender.addLink(new LinkEnd(words));
  }

  /** Answers calls no more that come over links for which this is so. */
  leave(isLeft: (end: OwnerEnd) => boolean): void {
    for (let index = this.#ends.length - 1; index >= 0; index--) {
      if (isLeft(this.#ends[index])) this.#ends.splice(index, 1);
    }
  }

  work(): boolean {
    const isCollected = this.sender.collect();
    return this.#answerCalls() || isCollected;
  }

  hasMail(): boolean {
    return this.sender.hasAnswer() || this.#ends.some(hasCall);
  }

  close(error: Error): void {
    this.#loop.stop();
    this.sender.close(error);
    if (this.#keepAlive !== null) clearInterval(this.#keepAlive);
    this.#keepAlive = null;
  }

  /** Goes round the senders until there is nothing left or the time is over. */
  #answerCalls(): boolean {
    const ends = this.#ends;
    const deadlineMs = ends.length === 0 ? 0 : performance.now() + TURN_MS;
    this.#callsPerLook = 1;
    let isBusy = false;
    let visit = 0;
    // A visit that finds nothing, to each of them in a row, ends the turn.
    for (let empty = 0; empty < ends.length; visit++) {
      const end = ends[(this.#firstVisit + visit) % ends.length];
      const served = this.#visit(end, deadlineMs);
      if (settleAnswers(end)) ringBell(this.bells, end.link.sender);
      empty = served === 0 ? empty + 1 : 0;
      if (served === 0) continue;
      isBusy = true;
      if (performance.now() > deadlineMs) break;
    }
    // Whoever was not reached comes first in the next turn.
    this.#firstVisit = ends.length === 0 ? 0 : (this.#firstVisit + visit + 1) % ends.length;
    return isBusy;
  }

  /** Answers some calls of one sender. Returns how many. */
  #visit(end: OwnerEnd, deadlineMs: number): number {
    let served = 0;
    let untilLook = this.#callsPerLook;
    while (served < CALLS_PER_VISIT && serveNext(end) === SERVED) {
      served += 1;
      untilLook -= 1;
      if (untilLook > 0) continue;
      if (performance.now() > deadlineMs) break;
      // Calls that are over at once are many: the clock is looked at less and less often.
      this.#callsPerLook = Math.min(2 * this.#callsPerLook, CALLS_PER_LOOK_MAX);
      untilLook = this.#callsPerLook;
    }
    return served;
  }
}
