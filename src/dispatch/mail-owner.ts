/**
 * The owner's end of a link: calls are begun once, in order, and answered once. See [mail-started] in
 * native-layout/README.md.
 */
import * as mailLayout from '../../native-layout/mailbox.ts';
import * as atomics from '#atomics';
import type { Words } from '#atomics';
import type { LinkEnd } from './mail-link.ts';
import * as ringModule from './mail-ring.ts';

// Own constants fold, imported bindings are loaded at every use: see [hot-imports] in CONTRIBUTING.md.
const { mailAnswer, mailCall, mailLink } = mailLayout;
const { load, peek, releaseStore, store } = atomics;
const { dropRecord, hasRecord, nextRecord, pushRecord, settleTail } = ringModule;

const CALL_ID = mailCall.word.id;
const SIZE = mailAnswer.word.size;
const ANSWER_ID = mailAnswer.word.id;
const STARTED = mailLink.word.started;
const STUCK = mailLink.word.stuck;

/** Answers calls: the words of an answer are left in `draft`, all but its id. */
export interface Answerer {
  readonly draft: Int32Array;
  /** Does what the call at this word of the buffer asks for. It must not throw. */
  answer(words: Words, at: number): void;
  /** Composes the answer to a call that a dead owner has begun. */
  answerForDead(words: Words, at: number): void;
}

/** Answers for which there was no room when their owner stopped, each with its id, by sender: whoever follows sends them. */
export type UnsentAnswers = ReadonlyMap<number, Int32Array>;

export const NO_ANSWERS: UnsentAnswers = new Map();

/** What `serveNext` came to. */
export const NO_CALL = 0;
export const SERVED = 1;
/** There was no room for the answer: nothing more is begun on this link until the sender has taken answers. */
export const NO_ROOM = 2;

export class OwnerEnd {
  readonly link: LinkEnd;
  readonly answerer: Answerer;
  /** An answer for which there was no room. The call that it answers is still the first one of the ring. */
  unsent: Int32Array | null = null;

  constructor(link: LinkEnd, answerer: Answerer) {
    this.link = link;
    this.answerer = answerer;
  }
}

/**
 * Answers in the place of another owner what that had begun and not answered, so that the rest can be served. Called once
 * before anything else, by whoever takes a link over.
 *
 * @param unsent the answer, if the other one is not dead but has stopped and could not send it
 */
export function takeOverCall(end: OwnerEnd, unsent?: Int32Array): number {
  const { calls } = end.link;
  const { words } = calls;
  const at = nextRecord(calls);
  // [mail-started] The first call was begun by somebody else: it is never begun again, and answered once more at worst.
  const id = at < 0 ? 0 : peek(words, at + CALL_ID);
  if (at < 0 || id !== load(words, STARTED)) return NO_CALL;
  if (unsent !== undefined && unsent[ANSWER_ID] === id) {
    end.unsent = unsent;
    return sendUnsent(end);
  }
  end.answerer.answerForDead(words, at);
  return finish(end, id);
}

/** Begins and answers the next call of a link. */
export function serveNext(end: OwnerEnd): number {
  if (end.unsent !== null) return sendUnsent(end);
  const { calls } = end.link;
  const { words } = calls;
  const at = nextRecord(calls);
  if (at < 0) return NO_CALL;
  const id = peek(words, at + CALL_ID);
  // [mail-started] The mark before the first effect.
  releaseStore(words, STARTED, id);
  end.answerer.answer(words, at);
  return finish(end, id);
}

function finish(end: OwnerEnd, id: number): number {
  const { draft } = end.answerer;
  draft[ANSWER_ID] = id;
  // [mail-started] The answer before the room of the call is given back.
  if (pushRecord(end.link.answers, draft, draft[SIZE])) {
    dropRecord(end.link.calls);
    return SERVED;
  }
  end.unsent = draft.slice(0, draft[SIZE]);
  return sendUnsent(end);
}

/** Sends the answer that waits for room, or asks to be woken when there is some. */
function sendUnsent(end: OwnerEnd): number {
  const { unsent, link } = end;
  if (unsent === null) return NO_CALL;
  if (!pushRecord(link.answers, unsent, unsent[SIZE])) {
    // [mail-stuck] The flag before another look at the head: who takes answers after that sees the flag.
    store(link.words, STUCK, 1);
    if (!pushRecord(link.answers, unsent, unsent[SIZE])) return NO_ROOM;
    store(link.words, STUCK, 0);
  }
  end.unsent = null;
  dropRecord(link.calls);
  return SERVED;
}

/** Whether there is something to do on a link: a call, or room for the answer that waits for it. */
export function hasCall(end: OwnerEnd): boolean {
  if (end.unsent === null) return hasRecord(end.link.calls);
  // [mail-stuck] The sender clears the flag when it has made room.
  return load(end.link.words, STUCK) === 0;
}

/** Makes the answers so far visible in order, before the sender's bell. Returns whether there were any. */
export function settleAnswers(end: OwnerEnd): boolean {
  const { answers } = end.link;
  if (!answers.isFresh) return false;
  answers.isFresh = false;
  settleTail(answers);
  return true;
}
