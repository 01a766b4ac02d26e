/** What one thread has to do with mail: the calls that it makes, and as an owner those that it answers. */
import type { Store } from '../store.ts';
import type { Words } from '#atomics';
import { getUp, ringBell } from './mail-bell.ts';
import { LinkEnd } from './mail-link.ts';
import { MailLoop, type MailWork } from './mail-loop.ts';
import * as ownerModule from './mail-owner.ts';
import { type Answerer, OwnerEnd, type UnsentAnswers } from './mail-owner.ts';
import { MailSender, type SenderHost } from './mail-sender.ts';

// Own constants fold, imported bindings are loaded at every use: see [hot-imports] in CONTRIBUTING.md.
const { hasCall, NO_ANSWERS, SERVED, serveNext, settleAnswers, takeOverCall } = ownerModule;

/** Calls of one sender before it is the turn of the next one. */
const CALLS_PER_VISIT = 64;
/** How long an owner answers calls in one turn of its event loop: what else waits there, tasks too, waits no longer. */
const TURN_MS = 1;
/** Calls between two looks at the clock at most. */
const CALLS_PER_LOOK_MAX = 32;

/** What differs between the thread of a pool and its workers. */
export interface MailHost {
  /** Makes the link to an owner, now or later, and passes it to `addLink`. */
  openLink(owner: number): void;
  /** Starts a thread for an owner that has none. */
  callBack(owner: number): void;
  /** Whether calls are unanswered. */
  hold(isHeld: boolean): void;
}

export class MailThread implements MailWork, SenderHost {
  readonly sender: MailSender;
  readonly bells: Words;
  readonly #thread: number;
  readonly #loop: MailLoop;
  readonly #ends: OwnerEnd[] = [];
  readonly #host: MailHost;
  #firstVisit: number = 0;
  #keepAlive: NodeJS.Timeout | null = null;
  #callsPerLook: number = 1;
  #isPaused: boolean = false;

  constructor(
    thread: number,
    bells: Words,
    stores: readonly (readonly [name: string, store: Store])[],
    host: MailHost,
  ) {
    this.bells = bells;
    this.#thread = thread;
    this.sender = new MailSender(stores, this);
    this.#host = host;
    this.#loop = new MailLoop(bells, thread, this);
    getUp(bells, thread);
    this.#loop.stir();
  }

  openLink(owner: number): void {
    this.#host.openLink(owner);
  }

  callBack(owner: number): void {
    this.#host.callBack(owner);
  }

  stir(): void {
    this.#loop.stir();
  }

  /** Whether there has been no mail for a while. */
  get isAsleep(): boolean {
    return this.#loop.isAsleep;
  }

  hold(isHeld: boolean): void {
    if (isHeld) {
      // Waiting for a bell keeps no process alive.
      this.#keepAlive ??= setInterval(() => {}, 0x7fffffff);
      this.#keepAlive.ref();
    } else this.#keepAlive?.unref();
    this.#host.hold(isHeld);
  }

  /** Takes part in a link from now on: as its sender, or as its owner, or both. */
  add(words: Words, answerer: Answerer, unsent: UnsentAnswers = NO_ANSWERS): void {
    const { sender, owner } = new LinkEnd(words);
    if (owner === this.#thread) this.serve(words, answerer, unsent);
    if (sender === this.#thread) this.addLink(words);
  }

  /** Answers the calls of a link from now on, after what a predecessor has begun. */
  serve(words: Words, answerer: Answerer, unsent: UnsentAnswers = NO_ANSWERS): void {
    const link = new LinkEnd(words);
    // Each message brings a SharedArrayBuffer object of its own for the same memory: a link is known by whose it is.
    if (this.#ends.some((known) => known.link.sender === link.sender && known.link.owner === link.owner)) return;
    const end = new OwnerEnd(link, answerer);
    takeOverCall(end, unsent.get(link.sender));
    this.#ends.push(end);
    this.#loop.stir();
  }

  /** Sends its calls to an owner over this link from now on. */
  addLink(words: Words): void {
    this.sender.addLink(new LinkEnd(words));
  }

  /** Answers calls to this owner no more. Returns the answers that are left to be sent. */
  leave(owner: number): UnsentAnswers {
    const left = new Map<number, Int32Array>();
    for (let index = this.#ends.length - 1; index >= 0; index--) {
      const { link, unsent } = this.#ends[index];
      if (link.owner !== owner) continue;
      if (unsent !== null) left.set(link.sender, unsent);
      this.#ends.splice(index, 1);
    }
    return left;
  }

  /** Begins no call until `resume`. Those of its own go on. */
  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#loop.stir();
  }

  work(): boolean {
    const isCollected = this.sender.collect();
    return this.#answerCalls() || isCollected;
  }

  hasMail(): boolean {
    return this.sender.hasAnswer() || (!this.#isPaused && this.#ends.some(hasCall));
  }

  /**
   * Touches no link from now on. Calls that were not answered are rejected, and all later ones.
   *
   * @param errorFor why, told the owner and whether it is known to have begun the call
   */
  close(errorFor: (owner: number, hasBegun: boolean) => Error): void {
    this.#loop.stop();
    this.#ends.length = 0;
    this.sender.close(errorFor);
    if (this.#keepAlive !== null) clearInterval(this.#keepAlive);
    this.#keepAlive = null;
  }

  /** Goes round the senders until there is nothing left or the time is over. */
  #answerCalls(): boolean {
    const ends = this.#ends;
    if (ends.length === 0 || this.#isPaused) return false;
    const deadlineMs = performance.now() + TURN_MS;
    this.#callsPerLook = 1;
    let isBusy = false;
    let visit = 0;
    // Visits that find nothing, to each of them in a row, end the turn.
    for (let empty = 0; empty < ends.length; visit++) {
      const end = ends[(this.#firstVisit + visit) % ends.length];
      const served = this.#visit(end, deadlineMs);
      empty = served === 0 ? empty + 1 : 0;
      // Whoever waits for all of its answers is woken once for them, and whoever does not sleep sees each as it comes.
      if (served < CALLS_PER_VISIT) this.#announce(end);
      if (served === 0) continue;
      isBusy = true;
      if (performance.now() > deadlineMs) break;
    }
    for (const end of ends) this.#announce(end);
    // Whoever was not reached comes first in the next turn.
    this.#firstVisit = (this.#firstVisit + visit + 1) % ends.length;
    return isBusy;
  }

  #announce(end: OwnerEnd): void {
    if (settleAnswers(end)) ringBell(this.bells, end.link.sender);
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
