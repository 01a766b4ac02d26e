/** The buffer between a thread that calls and an owner that answers: made once, used by all lives of both. */
import { MAIL_MAGIC, MAIL_VERSION, mailLink, RING_SOFT_WORDS, RING_WORDS } from '../../native-layout/mailbox.ts';
import { HandleError } from '../errors.ts';
import { load, peek, poke, type Words } from '#atomics';
import { RingEnd } from './mail-ring.ts';

const WORD = mailLink.word;

/** Reserves a link. Its memory is committed as it is used. */
export function createLink(sender: number, owner: number): Words {
  const words: Words = new Int32Array(new SharedArrayBuffer(linkWords(RING_WORDS) * 4));
  formatLink(words, sender, owner, RING_SOFT_WORDS);
  return words;
}

/** Words of a link with rings of this length. */
export function linkWords(ringWords: number): number {
  return WORD.calls + 2 * ringWords;
}

/** Makes a link of words that are all 0. */
export function formatLink(words: Words, sender: number, owner: number, softWords: number): void {
  poke(words, WORD.sender, sender);
  poke(words, WORD.owner, owner);
  poke(words, WORD.ringWords, (words.length - WORD.calls) >> 1);
  poke(words, WORD.softWords, softWords);
  poke(words, WORD.version, MAIL_VERSION);
  poke(words, WORD.magic, MAIL_MAGIC);
}

/** One thread's view of a link, in one of the two roles: it writes one of the rings and reads the other one. */
export class LinkEnd {
  readonly words: Words;
  readonly sender: number;
  readonly owner: number;
  readonly calls: RingEnd;
  readonly answers: RingEnd;

  /** @throws HandleError for words that are no link, or one of another version */
  constructor(words: Words) {
    checkLink(words);
    const sizes = { words, ringWords: peek(words, WORD.ringWords), softWords: peek(words, WORD.softWords) };
    this.words = words;
    this.sender = peek(words, WORD.sender);
    this.owner = peek(words, WORD.owner);
    this.calls = new RingEnd({
      ...sizes,
      headWord: WORD.callHead,
      tailWord: WORD.callTail,
      startWord: WORD.calls,
    });
    this.answers = new RingEnd({
      ...sizes,
      headWord: WORD.answerHead,
      tailWord: WORD.answerTail,
      startWord: WORD.calls + sizes.ringWords,
    });
  }
}

function checkLink(words: Words): void {
  if (words.length < WORD.calls || load(words, WORD.magic) !== MAIL_MAGIC) {
    throw new HandleError(`${words.length * 4} bytes are no mail link`);
  }
  const version = peek(words, WORD.version);
  if (version !== MAIL_VERSION) throw new HandleError(`a mail link is of version ${version}, this is ${MAIL_VERSION}`);
  if (words.length !== linkWords(peek(words, WORD.ringWords))) {
    throw new HandleError(`a mail link of ${words.length * 4} bytes is incomplete`);
  }
}

/** Calls of a link that no owner has begun. */
export function waitingIn(words: Words): number {
  if (load(words, WORD.callTail) === load(words, WORD.callHead)) return 0;
  return (load(words, WORD.lastId) - load(words, WORD.started)) & 0x7fffffff;
}

/** Calls of a link that an owner has begun, modulo 2^31. */
export function begunIn(words: Words): number {
  return load(words, WORD.started);
}
