/**
 * A ring of records from one thread to one other: a bounded queue with a single writer and a single reader (Lamport,
 * "Specifying Concurrent Program Modules", 1983), with records of any length. See [mail-publish] and [mail-room] in
 * native-layout/README.md.
 *
 * Offsets count words from the start of the ring. Head and tail are equal only when it is empty, so the tail never catches
 * up with the head from behind. A record is in one piece: where the rest of the ring is too short, a jump stands.
 */
import * as mailLayout from '../../native-layout/mailbox.ts';
import { DamagedArenaError } from '../errors.ts';
import * as atomics from '#atomics';
import type { Words } from '#atomics';

// Own constants fold, imported bindings are loaded at every use: see [hot-imports] in CONTRIBUTING.md.
const { RING_JUMP } = mailLayout;
const { load, openingLoad, peek, poke, pokeRun, releaseStore, store } = atomics;

/** Above this many words a native copy beats a loop. */
const COPY_LOOP_WORDS_MAX = 48;

/** Where a ring is. */
export interface RingPlace {
  readonly words: Words;
  /** Word of the head, which the reader stores, and of the tail, which the writer stores. */
  readonly headWord: number;
  readonly tailWord: number;
  /** First word of the ring, its length, and from where on its writer prefers to begin again at the start. */
  readonly startWord: number;
  readonly ringWords: number;
  readonly softWords: number;
}

/** One end of a ring, of one thread. Made anew by each thread that takes the end over: it goes on where the last one was. */
export class RingEnd implements RingPlace {
  readonly words: Words;
  readonly headWord: number;
  readonly tailWord: number;
  readonly startWord: number;
  readonly ringWords: number;
  readonly softWords: number;
  /** The own offset, and the other side's as it was last looked at. */
  head: number;
  tail: number;
  /** Of a writer: whether a record was published since the reader's bell was looked at. */
  isFresh: boolean;

  constructor(place: RingPlace) {
    this.words = place.words;
    this.headWord = place.headWord;
    this.tailWord = place.tailWord;
    this.startWord = place.startWord;
    this.ringWords = place.ringWords;
    this.softWords = place.softWords;
    this.head = load(this.words, this.headWord);
    this.tail = load(this.words, this.tailWord);
    // A dead thread may have published and not rung.
    this.isFresh = true;
  }
}

/**
 * Writes a record behind the others and publishes it, if there is room. O(1) and its length.
 *
 * @param source the record, whose first word is its length `count`
 * @returns false when there is no room until the reader has taken more
 */
export function pushRecord(ring: RingEnd, source: Int32Array, count: number): boolean {
  const at = findRoom(ring, count);
  if (at < 0) return false;
  const { words, startWord, tailWord } = ring;
  if (count > COPY_LOOP_WORDS_MAX) pokeRun(words, startWord + at, source, count);
  else for (let word = 0; word < count; word++) poke(words, startWord + at + word, source[word]);
  ring.tail = at + count;
  ring.isFresh = true;
  // [mail-publish] The record before the tail: a reader, and whoever follows a dead writer, finds whole records only.
  releaseStore(words, tailWord, at + count);
  return true;
}

/** The offset for a record; -1 when there is no room. A place at the start comes with a jump to it. */
function findRoom(ring: RingEnd, count: number): number {
  let at = placeFor(ring, count);
  // The other end is looked at only when what is known of it is not enough, for that takes its line from the other core.
  if (at < 0 || ring.tail >= ring.softWords) {
    // [mail-room] The head before the room: the reader has done with what is before it.
    ring.head = openingLoad(ring.words, ring.headWord);
    at = placeFor(ring, count);
  }
  if (at === 0 && ring.tail !== 0) poke(ring.words, ring.startWord + ring.tail, RING_JUMP);
  return at;
}

/** Whether there is room for a record of this length, as a writer that has one waiting has to ask before it sleeps. */
export function hasRoom(ring: RingEnd, count: number): boolean {
  // [mail-bell] After the bell was stored.
  ring.head = load(ring.words, ring.headWord);
  return placeFor(ring, count) >= 0;
}

function placeFor({ head, tail, ringWords, softWords }: RingEnd, count: number): number {
  if (tail < head) return tail + count < head ? tail : -1;
  const fitsAtStart = count < head;
  if (fitsAtStart && tail >= softWords) return 0;
  if (tail + count < ringWords) return tail;
  return fitsAtStart ? 0 : -1;
}

/** Makes the records so far known in the order that [mail-bell] needs: to be called before the reader's bell is looked at. */
export function settleTail(ring: RingEnd): void {
  // [mail-bell] A full barrier: the tail is visible before the bell is read.
  store(ring.words, ring.tailWord, ring.tail);
}

/**
 * The word at which the next record begins, in the buffer; -1 when there is none.
 *
 * @throws DamagedArenaError for a record that leaves the ring
 */
export function nextRecord(ring: RingEnd): number {
  const { words, startWord } = ring;
  if (ring.head === ring.tail) {
    // [mail-publish] The tail before the record.
    ring.tail = openingLoad(words, ring.tailWord);
    if (ring.head === ring.tail) return -1;
  }
  let size = peek(words, startWord + ring.head);
  if (size === RING_JUMP) {
    ring.head = 0;
    size = peek(words, startWord);
  }
  if (size < 2 || ring.head + size >= ring.ringWords) {
    throw new DamagedArenaError(`a record of ${size} words at ${ring.head} in a ring of ${ring.ringWords}`);
  }
  return startWord + ring.head;
}

/** Gives back the room of the record that `nextRecord` found. */
export function dropRecord(ring: RingEnd): void {
  const { words, startWord, headWord } = ring;
  ring.head += peek(words, startWord + ring.head);
  // [mail-room] Everything of the record was read before.
  releaseStore(words, headWord, ring.head);
}

/** Whether there is a record, as a reader has to ask before it sleeps. */
export function hasRecord(ring: RingEnd): boolean {
  // [mail-bell] After the bell was stored.
  return load(ring.words, ring.tailWord) !== ring.head;
}
