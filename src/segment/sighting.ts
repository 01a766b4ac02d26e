/**
 * Where a record was seen, so that a thread that remembers its value can ask whether the key still has it: with one load as
 * long as nothing was written to the segment, else with six more. See [remembered] in native-layout/README.md.
 */
import * as arenaLayout from '../../native-layout/arena.ts';
import * as recordLayout from '../../native-layout/record.ts';
import * as segmentLayout from '../../native-layout/segment.ts';
import * as atomics from '#atomics';
import type { Words } from '#atomics';

// Own constants fold, imported bindings are loaded at every use: see [hot-imports] in CONTRIBUTING.md.
const { PAGE_SHIFT } = arenaLayout;
const { RECORD_HEADER_WORDS, RECORD_SEQ } = recordLayout;
const { homeLine, LINE_WORDS, PROBE_LINES_MAX, segmentHeader, slot, TABLE_CLASS_SHIFT, TABLE_PAGE_MASK, tableLines } =
  segmentLayout;
const { closingLoad, closingLoadNext, openingLoad, peek } = atomics;

const EPOCH = segmentHeader.word.epoch;
const LOCK = segmentHeader.word.lock;
const NEXT_SEQ = segmentHeader.word.nextSeq;
const TABLE = segmentHeader.word.table;
const REF = slot.word.ref;

/** What `sight` found. Nobody but this file looks inside. */
export class Sighting {
  readonly words: Words;
  readonly head: number;
  /** The segment's next number when nobody was at work in it, 0: somebody was. */
  nextSeq: number = 0;
  epoch: number = 0;
  table: number = 0;
  /** Word index of the slot's ref. */
  slotWord: number = 0;
  ref: number = 0;
  /** Number of the record, the version of the entry; 0: nothing was sighted. */
  seq: number = 0;

  constructor(words: Words, head: number) {
    this.words = words;
    this.head = head;
  }
}

/**
 * Looks for the slot of the record with number `seq`, which a read has just found under `place` and `tag`. O(1) expected.
 *
 * @returns false when it is there no more
 */
export function sight(into: Sighting, place: number, tag: number, seq: number): boolean {
  const { words, head } = into;
  // [remembered] The next number, the lock, all else; and the epoch before the table.
  const nextSeq = openingLoad(words, head + NEXT_SEQ);
  const isQuiet = openingLoad(words, head + LOCK) === 0;
  const epoch = openingLoad(words, head + EPOCH);
  const table = openingLoad(words, head + TABLE);
  if (table === 0) return false;
  const sizeClass = table >>> TABLE_CLASS_SHIFT;
  const start = (table & TABLE_PAGE_MASK) << PAGE_SHIFT;
  const lines = tableLines(sizeClass);
  let line = homeLine(place, sizeClass);
  for (let probed = 0; probed < PROBE_LINES_MAX && probed < lines; probed++) {
    const first = start + line * LINE_WORDS;
    for (let at = first; at < first + LINE_WORDS; at += 2) {
      if (peek(words, at) !== tag) continue;
      const ref = openingLoad(words, at + REF);
      if (ref <= 0 || ref + RECORD_HEADER_WORDS > words.length) continue;
      if (openingLoad(words, ref + RECORD_SEQ) !== seq) continue;
      into.nextSeq = isQuiet ? nextSeq : 0;
      into.epoch = epoch;
      into.table = table;
      into.slotWord = at + REF;
      into.ref = ref;
      into.seq = seq;
      return (
        closingLoad(words, at + REF) === ref &&
        closingLoadNext(words, head + TABLE) === table &&
        closingLoadNext(words, ref + RECORD_SEQ) === seq &&
        closingLoadNext(words, head + EPOCH) === epoch
      );
    }
    line = line + 1 === lines ? 0 : line + 1;
  }
  return false;
}

/**
 * Whether nothing was written to the segment since `sight` or `isStillThere` left this `nextSeq`: then the key still has its
 * value. One load.
 *
 * @param seqWord `seqWordOf` the sighting
 */
export function isUnwritten(words: Words, seqWord: number, nextSeq: number): boolean {
  // [remembered] No number was taken since, so no key of the segment was written.
  return closingLoadNext(words, seqWord) === nextSeq;
}

/** Where `isUnwritten` looks. */
export function seqWordOf({ head }: Sighting): number {
  return head + NEXT_SEQ;
}

/** The same for one key of a segment in which others were written. O(1). */
export function isStillThere(sighting: Sighting): boolean {
  const { words, head, ref } = sighting;
  const nextSeq = openingLoad(words, head + NEXT_SEQ);
  const isQuiet = openingLoad(words, head + LOCK) === 0;
  // [remembered] The slot before the number, the epoch last.
  const isThere =
    closingLoadNext(words, sighting.slotWord) === ref &&
    closingLoadNext(words, head + TABLE) === sighting.table &&
    closingLoadNext(words, ref + RECORD_SEQ) === sighting.seq &&
    closingLoadNext(words, head + EPOCH) === sighting.epoch;
  sighting.nextSeq = isThere && isQuiet ? nextSeq : 0;
  return isThere;
}
