/**
 * The sender's end of a link: calls in the order in which they were made, those for which the ring has no room, and the
 * answers, which come in the same order.
 */
import * as mailLayout from '../../native-layout/mailbox.ts';
import * as atomics from '#atomics';
import type { LinkEnd } from './mail-link.ts';
import * as ringModule from './mail-ring.ts';

// Own constants fold, imported bindings are loaded at every use: see [hot-imports] in CONTRIBUTING.md.
const { mailAnswer, mailCall, mailLink } = mailLayout;
const { load, peek, poke, store } = atomics;
const { dropRecord, hasRecord, hasRoom, nextRecord, pushRecord, settleTail } = ringModule;

const CALL_ID = mailCall.word.id;
const CALL_SIZE = mailCall.word.size;
const ANSWER_ID = mailAnswer.word.id;
const ANSWER_HEAD = mailLink.word.answerHead;
const LAST_ID = mailLink.word.lastId;
const STARTED = mailLink.word.started;
const STUCK = mailLink.word.stuck;

const ID_MAX = 0x7fffffff;

/** Several calls that are answered together. */
export interface Batch {
  resolve(index: number, value: unknown): void;
  reject(index: number, error: unknown): void;
}

/** A call that was not answered: one of a batch, or one with a promise of its own. */
export class PendingCall {
  readonly batch: Batch | null;
  /** Which of the batch it is. */
  readonly index: number;
  readonly resolveAlone: ((value: unknown) => void) | null;
  readonly rejectAlone: ((error: unknown) => void) | null;
  storeIndex: number = 0;
  segment: number = 0;
  /** Number on the link that it goes over. */
  id: number = 0;

  constructor(
    batch: Batch | null,
    index: number,
    resolveAlone: ((value: unknown) => void) | null,
    rejectAlone: ((error: unknown) => void) | null,
  ) {
    this.batch = batch;
    this.index = index;
    this.resolveAlone = resolveAlone;
    this.rejectAlone = rejectAlone;
  }

  resolve(value: unknown): void {
    if (this.batch !== null) this.batch.resolve(this.index, value);
    else this.resolveAlone?.(value);
  }

  reject(error: unknown): void {
    if (this.batch !== null) this.batch.reject(this.index, error);
    else this.rejectAlone?.(error);
  }
}

/** A queue without shifting: taken places are cut off now and then. */
export class Queue<T> {
  #items: (T | undefined)[] = [];
  #first: number = 0;

  get length(): number {
    return this.#items.length - this.#first;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  peek(): T | undefined {
    return this.#items[this.#first];
  }

  shift(): T | undefined {
    if (this.#first === this.#items.length) return undefined;
    const item = this.#items[this.#first];
    this.#items[this.#first++] = undefined;
    if (this.#first === this.#items.length) {
      this.#items.length = 0;
      this.#first = 0;
    } else if (this.#first > 4096 && this.#first * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#first);
      this.#first = 0;
    }
    return item;
  }
}

export class SenderEnd {
  readonly link: LinkEnd;
  readonly pending: Queue<PendingCall> = new Queue();
  /** Calls, in words, for which there was no room yet: the last ones of `pending`. */
  readonly backlog: Queue<Int32Array> = new Queue();
  /** Whether the owner's bell was rung in this turn of the event loop: calls since then are told of at the end of it. */
  isRung: boolean = false;
  #lastId: number;

  constructor(link: LinkEnd) {
    this.link = link;
    // A predecessor's calls may still be answered: new ones get other numbers.
    this.#lastId = load(link.words, LAST_ID);
  }

  nextId(): number {
    this.#lastId = this.#lastId === ID_MAX ? 1 : this.#lastId + 1;
    return this.#lastId;
  }
}

/** Sends a call, or keeps it until there is room. `draft` is copied. */
export function sendCall(end: SenderEnd, call: PendingCall, draft: Int32Array): void {
  call.id = end.nextId();
  draft[CALL_ID] = call.id;
  end.pending.push(call);
  if (end.backlog.length > 0 || !pushCall(end.link, draft)) end.backlog.push(draft.slice(0, draft[CALL_SIZE]));
}

/** Sends what waited for room. Returns whether anything was sent. */
export function sendBacklog(end: SenderEnd): boolean {
  let isSent = false;
  for (let draft = end.backlog.peek(); draft !== undefined && pushCall(end.link, draft); draft = end.backlog.peek()) {
    end.backlog.shift();
    isSent = true;
  }
  return isSent;
}

/** Publishes a call that has its number. */
function pushCall(link: LinkEnd, draft: Int32Array): boolean {
  // [mail-started] The number before the call: whoever follows this thread gives later ones.
  poke(link.words, LAST_ID, draft[CALL_ID]);
  return pushRecord(link.calls, draft, draft[CALL_SIZE]);
}

/** Makes the calls so far visible in order, before the owner's bell. Returns whether there were any. */
export function settleCalls({ calls }: LinkEnd): boolean {
  if (!calls.isFresh) return false;
  calls.isFresh = false;
  settleTail(calls);
  return true;
}

/** Takes the answers one by one: the word of the next one in the buffer, or -1. */
export function nextAnswer({ answers }: LinkEnd): number {
  return nextRecord(answers);
}

export function answerId({ words }: LinkEnd, at: number): number {
  return peek(words, at + ANSWER_ID);
}

/** Gives the room of an answer back. */
export function dropAnswer({ answers }: LinkEnd): void {
  dropRecord(answers);
}

/** After answers were taken: whether the owner waits for their room, and has to be woken. */
export function unstick({ words, answers }: LinkEnd): boolean {
  // [mail-stuck] The head before the flag is looked at.
  store(words, ANSWER_HEAD, answers.head);
  if (load(words, STUCK) === 0) return false;
  store(words, STUCK, 0);
  return true;
}

/** Whether there is something to do: an answer, or room for the call that waits for it. To be asked before sleep. */
export function hasAnswer({ link, backlog }: SenderEnd): boolean {
  if (hasRecord(link.answers)) return true;
  // An owner answers a call before it gives back its room, so the last answer comes before the room that it is about.
  const waiting = backlog.peek();
  return waiting !== undefined && hasRoom(link.calls, waiting[CALL_SIZE]);
}

/** The call that the owner has begun last. */
export function lastStarted({ words }: LinkEnd): number {
  return load(words, STARTED);
}
