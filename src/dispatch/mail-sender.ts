/**
 * Calls of one thread to the owners of keys: which link a call goes over, and what comes of it.
 *
 * Calls of a thread for keys of one segment reach their owner in the order in which they were made, also while segments
 * move: an owner answers ANSWER_MOVED to what was addressed under another epoch of the ring. Such a call, and those for its
 * segment that are made meanwhile, wait until all calls for the segment under the old epoch were answered.
 */
import * as mailLayout from '../../native-layout/mailbox.ts';
import * as keyModule from '../codec/key.ts';
import type { Key } from '../codec/key.ts';
import { ClosedError, OptionError } from '../errors.ts';
import * as routeModule from '../hash/route.ts';
import * as storeModule from '../store.ts';
import type { Store } from '../store.ts';
import * as atomics from '#atomics';
import type { Words } from '#atomics';
import * as bellModule from './mail-bell.ts';
import * as callsModule from './mail-calls.ts';
import { type PendingCall, SenderEnd } from './mail-calls.ts';
import { Destination, type HeldCall } from './mail-destination.ts';
import { errorOf } from './mail-errors.ts';
import type { LinkEnd } from './mail-link.ts';
import * as wireModule from './mail-wire.ts';
import * as ownersModule from './owners.ts';
import { NOBODY } from './ring.ts';

// Own constants fold, imported bindings are loaded at every use: see [hot-imports] in CONTRIBUTING.md.
const { ANSWER_MOVED, ANSWER_RESULT, mailAnswer, mailCall } = mailLayout;
const { packKey } = keyModule;
const { segmentOf } = routeModule;
const { peek, peekRun } = atomics;
const { ringBell } = bellModule;
const { answerId, dropAnswer, hasAnswer, lastStarted, nextAnswer, sendBacklog, sendCall, settleCalls, unstick } =
  callsModule;
const { composeCall, valueIn } = wireModule;
const { ownerOf, ringEpoch } = ownersModule;

const OUTCOME = mailAnswer.word.outcome;
const ANSWER_SIZE = mailAnswer.word.size;
const ANSWER_WORDS = mailAnswer.words;
const EPOCH = mailCall.word.epoch;
const CALL_SIZE = mailCall.word.size;

/** Calls of one thread to one owner that may be unanswered. */
export const PENDING_MAX = 65_536;
/** Answers of one owner that are taken in one turn of the event loop. */
const ANSWERS_PER_TURN = 1024;

/** What a sender needs of its thread. */
export interface SenderHost {
  readonly bells: Words;
  /** Makes the link to an owner, now or later: `addLink` is called. */
  openLink(owner: number): void;
  /** The owner has no thread: somebody has to start one. */
  callBack(owner: number): void;
  /** Answers have to be looked for. */
  stir(): void;
  /** Whether calls are unanswered: the process must not end then. */
  hold(isHeld: boolean): void;
}

export class MailSender {
  readonly #host: SenderHost;
  readonly #destinations: Map<string, Destination> = new Map();
  readonly #byIndex: Destination[] = [];
  /** By owner number. */
  readonly #ends: (SenderEnd | undefined)[] = [];
  readonly #open: SenderEnd[] = [];
  readonly #waitingForLink: Map<number, HeldCall[]> = new Map();
  readonly #draft: wireModule.Draft = new wireModule.Draft();
  #heldCount: number = 0;
  #unanswered: number = 0;
  /** Called when there is less to wait for. */
  #onProgress: (() => void)[] = [];
  #closed: Error | null = null;

  constructor(stores: readonly (readonly [name: string, store: Store])[], host: SenderHost) {
    this.#host = host;
    for (const [index, [name, store]] of stores.entries()) {
      const destination = new Destination(store, index);
      this.#destinations.set(name, destination);
      this.#byIndex.push(destination);
    }
  }

  /** Calls that were not answered. */
  get unanswered(): number {
    return this.#unanswered;
  }

  /** Throws OptionError for a store that the pool does not have. */
  destinationOf(storeName: string): number {
    const destination = this.#destinations.get(storeName);
    if (destination !== undefined) return destination.index;
    throw new OptionError(`store: the pool has no ${storeName}, but ${[...this.#destinations.keys()].join(', ')}`);
  }

  /**
   * Makes a call. What is wrong with it is thrown; what comes of it, the pending call is told.
   *
   * @returns false when its owner has as many calls as it may have: it was not made
   */
  submit(storeIndex: number, key: Key, processor: string, args: readonly unknown[], call: PendingCall): boolean {
    if (this.#closed !== null) throw this.#closed;
    const destination = this.#byIndex[storeIndex];
    const arena = storeModule.arenaOf(destination.store);
    const hash = packKey(key, arena.hashKey0, arena.hashKey1);
    const segment = segmentOf(hash, arena.segmentBits);
    composeCall(this.#draft, storeIndex, 0, hash, processor, args);
    const pending = this.#ends[ownerOf(arena, segment)]?.pending.length ?? 0;
    if (pending + this.#heldCount >= PENDING_MAX) return false;
    call.storeIndex = storeIndex;
    call.segment = segment;
    if (this.#unanswered++ === 0) this.#host.hold(true);
    try {
      this.#route(destination, segment, call, this.#draft.words);
    } catch (error) {
      this.#settled();
      throw error;
    }
    return true;
  }

  /** Makes a call as soon as its owner may have it. */
  async submitWhenRoom(
    storeIndex: number,
    key: Key,
    processor: string,
    args: readonly unknown[],
    call: PendingCall,
  ): Promise<void> {
    while (!this.submit(storeIndex, key, processor, args, call)) await this.#progress();
  }

  /** Settles when no call is unanswered. */
  async drained(): Promise<void> {
    while (this.#unanswered > 0) await this.#progress();
  }

  /** A link that was opened, by this thread or for a predecessor of it. */
  addLink(link: LinkEnd): void {
    if (this.#ends[link.owner] !== undefined) return;
    const end = new SenderEnd(link);
    this.#ends[link.owner] = end;
    this.#open.push(end);
    const waiting = this.#waitingForLink.get(link.owner) ?? [];
    this.#waitingForLink.delete(link.owner);
    this.#heldCount -= waiting.length;
    for (const { call, draft } of waiting) sendCall(end, call, draft);
    this.#announce(end);
  }

  /** Takes answers and sends what waits. Returns whether there was anything. */
  collect(): boolean {
    let isBusy = false;
    for (const end of this.#open) {
      end.isRung = false;
      if (end.link.calls.isFresh) this.#announce(end);
      if (this.#collectFrom(end)) isBusy = true;
      end.isRung = false;
    }
    return isBusy;
  }

  /** Whether there is an answer to be taken, as has to be asked before sleep. */
  hasAnswer(): boolean {
    return this.#open.some(hasAnswer);
  }

  /** Rejects the calls that were not answered, and all later ones; see MailThread. */
  close(errorFor: (owner: number, hasBegun: boolean) => Error): void {
    // Answers only: what is sent now would find nobody.
    for (const end of this.#open) while (this.#takeAnswers(end) > 0);
    this.#closed = errorFor(NOBODY, false);
    const rejected: (readonly [call: PendingCall, error: Error])[] = [];
    for (const { link, pending } of this.#open) {
      for (let call = pending.shift(); call !== undefined; call = pending.shift()) {
        rejected.push([call, errorFor(link.owner, call.id === lastStarted(link))]);
      }
    }
    const held = this.#byIndex.flatMap((destination) => [...destination.held.values()]);
    const waiting = [
      ...held.flatMap(({ moved, later }) => [...moved, ...later]),
      ...this.#waitingForLink.values(),
    ].flat();
    for (const { call } of waiting) rejected.push([call, this.#closed]);
    for (const [call, error] of rejected) {
      this.#settled();
      call.reject(error);
    }
  }

  #route(destination: Destination, segment: number, call: PendingCall, draft: Int32Array): void {
    const arena = storeModule.arenaOf(destination.store);
    const epoch = ringEpoch(arena);
    const owner = ownerOf(arena, segment);
    if (owner < 0) throw new ClosedError('no pool owns the segments of the store');
    if (!destination.mayGo(segment, owner, epoch) || (this.#heldCount > 0 && destination.held.has(segment))) {
      destination.heldFor(segment).later.push({ call, draft: draft.slice(0, draft[CALL_SIZE]) });
      this.#heldCount += 1;
      return;
    }
    destination.note(segment, owner, epoch);
    draft[EPOCH] = epoch;
    const end = this.#ends[owner];
    if (end === undefined) {
      this.#sendLater(owner, call, draft);
      return;
    }
    sendCall(end, call, draft);
    this.#announce(end);
  }

  #sendLater(owner: number, call: PendingCall, draft: Int32Array): void {
    const waiting = this.#waitingForLink.get(owner);
    const held = { call, draft: draft.slice(0, draft[CALL_SIZE]) };
    this.#heldCount += 1;
    if (waiting !== undefined) {
      waiting.push(held);
      return;
    }
    this.#waitingForLink.set(owner, [held]);
    this.#host.openLink(owner);
  }

  /** Rings the owner's bell for the calls that were published since it was rung last, once in a turn of the event loop. */
  #announce(end: SenderEnd): void {
    const { link } = end;
    this.#host.stir();
    if (end.isRung || !settleCalls(link)) return;
    end.isRung = true;
    if (!ringBell(this.#host.bells, link.owner)) this.#host.callBack(link.owner);
  }

  #collectFrom(end: SenderEnd): boolean {
    const { link } = end;
    const taken = this.#takeAnswers(end);
    const mustRing = taken > 0 && unstick(link);
    const isSent = end.backlog.length > 0 && sendBacklog(end);
    if (isSent) this.#announce(end);
    else if (mustRing && !ringBell(this.#host.bells, link.owner)) this.#host.callBack(link.owner);
    return taken > 0 || isSent;
  }

  /** Takes as many as may be taken in a turn. Returns how many there were. */
  #takeAnswers(end: SenderEnd): number {
    const { link } = end;
    let taken = 0;
    for (let at = nextAnswer(link); at >= 0; at = taken < ANSWERS_PER_TURN ? nextAnswer(link) : -1) {
      this.#take(end, at);
      taken += 1;
    }
    return taken;
  }

  #take(end: SenderEnd, at: number): void {
    const { link, pending } = end;
    const { words } = link;
    const call = pending.peek();
    // An answer to a predecessor of this thread, or a second one: of a call whose owner died between answering and saying so.
    if (call === undefined || call.id !== answerId(link, at)) {
      dropAnswer(link);
      return;
    }
    pending.shift();
    const outcome = peek(words, at + OUTCOME);
    const destination = this.#byIndex[call.storeIndex];
    if (outcome === ANSWER_MOVED) {
      const draft = new Int32Array(peek(words, at + ANSWER_SIZE) - ANSWER_WORDS);
      peekRun(words, at + ANSWER_WORDS, draft.length, draft);
      dropAnswer(link);
      destination.heldFor(call.segment).moved.push({ call, draft });
      this.#heldCount += 1;
      this.#answered(destination, call.segment);
      return;
    }
    let value: unknown;
    let isResult = outcome === ANSWER_RESULT;
    try {
      value = valueIn(words, at);
      if (!isResult) value = errorOf(value as Uint8Array);
    } catch (error) {
      isResult = false;
      value = error;
    }
    dropAnswer(link);
    this.#answered(destination, call.segment);
    this.#settled();
    if (isResult) call.resolve(value);
    else call.reject(value);
  }

  /** Counts an answer, and sends what has waited for the last one of its segment. */
  #answered(destination: Destination, segment: number): void {
    destination.unanswered[segment] -= 1;
    if (this.#heldCount === 0 || destination.unanswered[segment] > 0) return;
    const held = destination.held.get(segment);
    if (held === undefined) return;
    destination.held.delete(segment);
    this.#heldCount -= held.moved.length + held.later.length;
    for (const { call, draft } of [...held.moved, ...held.later]) {
      try {
        this.#route(destination, segment, call, draft);
      } catch (error) {
        this.#settled();
        call.reject(error);
      }
    }
  }

  #settled(): void {
    this.#unanswered -= 1;
    if (this.#unanswered === 0) this.#host.hold(false);
    if (this.#onProgress.length === 0) return;
    const resolves = this.#onProgress;
    this.#onProgress = [];
    for (const resolve of resolves) resolve();
  }

  #progress(): Promise<void> {
    return new Promise((resolve) => this.#onProgress.push(resolve));
  }
}
