/**
 * Work that writers would do when they need it, done ahead of need and in steps by a thread that has the time: sweeping,
 * merging, compacting, growing. Each step is the work that a writer does, under the same lock, so all that is said of
 * writers holds for it; it never waits for a lock.
 */
import { LOCK_ABANDONED, LOCK_WAITERS, PAGE_WORDS } from '../../native-layout/arena.ts';
import {
  homeLine,
  LINE_SLOTS,
  LINE_WORDS,
  PLACE_BITS,
  segmentHeader,
  TABLE_CLASS_SHIFT,
  tableLines,
} from '../../native-layout/segment.ts';
import type { Arena } from '../memory/arena.ts';
import { tryAcquire, tryTakeOver } from '../memory/lock.ts';
import { hasPlenty } from '../memory/free-runs.ts';
import { pageTableOf } from '../memory/page-table.ts';
import { peek, poke, type Words } from '#atomics';
import { hasExpiring } from './expiry.ts';
import { sweepSlots } from './reclaim.ts';
import { recoverSegment } from './recovery.ts';
import { leaveSegment } from './section.ts';
import { growTable, isNearlyCrowded, tableStart } from './table.ts';
import { coalesce, compact } from './tidy.ts';

const BUMP_END = segmentHeader.word.bumpEnd;
const BUMP_WORD = segmentHeader.word.bumpWord;
const EXPIRED = segmentHeader.word.expired;
const FREE_WORDS = segmentHeader.word.freeWords;
const FREED_WORDS = segmentHeader.word.freedWords;
const HEAP_PAGES = segmentHeader.word.heapPages;
const LOCK = segmentHeader.word.lock;
const NEXT_SEQ = segmentHeader.word.nextSeq;
const STUCK_WORDS = segmentHeader.word.stuckWords;
const TABLE = segmentHeader.word.table;

/**
 * Lines of the table that a step sweeps. Measured on 2026-11-24 (AMD EPYC, 2 cores, Node 20.20.2, segments of 512 KiB with
 * 1,500 to 4,000 entries), median and p99 of a step in us: SWEEP 24 and 55, MERGE 27 and 52, COMPACT 38 and 106, GROW 59 to
 * 190 and 120 to 280.
 */
const SWEPT_LINES = 64;
/** Pages of a heap that is tidied in steps; all of it is looked at. By default a segment has 128 pages. */
const HEAP_PAGES_MAX = 256;
/** Pages that a step empties. */
const EMPTIED_PAGES = 8;
/** A heap with less than 1/8 of free words is not worth tidying before a writer needs it. */
const WORTH_TIDYING_SHIFT = 3;

/** Steps, as `takeStep` knows them. */
export const SWEEP = 1;
export const GROW = 2;
export const MERGE = 3;
export const COMPACT = 4;
export const REPAIR = 5;

/** What a step came to. */
export const DONE = 1;
/** There was nothing to do, or no room to do it in. */
const NOTHING = 0;
/** Somebody has the lock. */
export const LOCKED = -1;

/** Where the sweep of a segment is: private to the thread that sweeps. */
export class Sweep {
  /** The place in the order of the hash to go on from; 0 at the beginning, and again at the end. */
  place: number = 0;
  /** When the first of the entries ends that this round has come upon, in ms since 1970. */
  earliestMs: number = Number.POSITIVE_INFINITY;
  /** Entries reclaimed in all rounds. */
  reclaimed: number = 0;
}

/**
 * Does a step of upkeep if nobody has the lock of the segment, or a REPAIR if a dead thread has. Bounded, but for GROW and
 * REPAIR: they take as long as they take the writer who would do it.
 *
 * @param sweep where a SWEEP goes on
 * @returns DONE, NOTHING or LOCKED
 */
export function takeStep(arena: Arena, segment: number, step: number, sweep: Sweep): number {
  const words = arena.viewOf(segment);
  const head = arena.headOf(segment);
  // [owner-died] Only what was taken over is repaired.
  const isTaken = step === REPAIR ? tryTakeOver(arena, words, head + LOCK) : tryAcquire(arena, words, head + LOCK);
  if (!isTaken) return LOCKED;
  let isDone: boolean;
  try {
    isDone = doStep(arena, words, head, segment, step, sweep);
    leaveSegment(arena, words, head);
  } catch (error) {
    // [full-stack]
    if ((words[head + LOCK] & ~LOCK_WAITERS) === arena.token) words[head + LOCK] = LOCK_ABANDONED;
    throw error;
  }
  return isDone ? DONE : NOTHING;
}

/** The glances were without the lock: with it the step looks again. */
function doStep(arena: Arena, words: Words, head: number, segment: number, step: number, sweep: Sweep): boolean {
  if (step === REPAIR) {
    recoverSegment(arena, words, head, segment);
    return true;
  }
  if (step === SWEEP) return hasExpiring(words, head) && sweepSome(arena, words, head, segment, sweep);
  if (step === GROW) return growsSoon(arena, words, head, segment) && growTable(arena, words, head, segment);
  const before = peek(words, head + HEAP_PAGES);
  const pages = pageTableOf(arena, segment);
  let isDone = false;
  if (step === MERGE && isWorthMerging(words, head)) {
    coalesce(arena, words, head, segment, pages);
    isDone = true;
  }
  if (step === COMPACT && isWorthCompacting(words, head)) {
    compact(arena, words, head, segment, pages, EMPTIED_PAGES);
    // Records that went into fresh pages may have left as many: again and again for nothing.
    isDone = peek(words, head + HEAP_PAGES) < before;
  }
  // There is room now that a writer may not have found.
  if (peek(words, head + HEAP_PAGES) < before) poke(words, head + STUCK_WORDS, 0);
  return isDone;
}

/**
 * Whether new keys will soon make the table grow, and there are pages for it that nobody else is in need of. A glance, as all
 * that follow.
 */
export function growsSoon(arena: Arena, words: Words, head: number, segment: number): boolean {
  return isNearlyCrowded(words, head) && hasPlenty(pageTableOf(arena, segment));
}

/** Whether the next record that fits no free block as it is would make its writer merge free blocks. */
export function isWorthMerging(words: Words, head: number): boolean {
  const heapWords = peek(words, head + HEAP_PAGES) * PAGE_WORDS;
  return (
    isWorthCompacting(words, head) &&
    peek(words, head + FREED_WORDS) > heapWords >>> WORTH_TIDYING_SHIFT &&
    peek(words, head + BUMP_END) - peek(words, head + BUMP_WORD) < PAGE_WORDS
  );
}

/** Whether a heap has so much free memory in pieces that moving records together may give pages back. */
export function isWorthCompacting(words: Words, head: number): boolean {
  const heapPages = peek(words, head + HEAP_PAGES);
  const worth = (heapPages * PAGE_WORDS) >>> WORTH_TIDYING_SHIFT;
  return heapPages > 1 && heapPages <= HEAP_PAGES_MAX && peek(words, head + FREE_WORDS) > worth;
}

/** The lock word: not 0 while somebody is in the segment, or has died there. */
export function lockOf(words: Words, head: number): number {
  return peek(words, head + LOCK);
}

/** Words in free blocks. */
export function freeWordsOf(words: Words, head: number): number {
  return peek(words, head + FREE_WORDS);
}

/** A number that is another one after each write to the segment. */
export function writesOf(words: Words, head: number): number {
  return peek(words, head + NEXT_SEQ);
}

/** Slots that a round of sweeping looks at. */
export function slotsOf(words: Words, head: number): number {
  const table = peek(words, head + TABLE);
  return table === 0 ? 0 : tableLines(table >>> TABLE_CLASS_SHIFT) * LINE_SLOTS;
}

/**
 * Sweeps the next lines. Places keep their order when a table is replaced, so a round goes on in another one where it was:
 * what it misses, of a key that has overflowed, the next one finds.
 */
function sweepSome(arena: Arena, words: Words, head: number, segment: number, sweep: Sweep): boolean {
  const table = peek(words, head + TABLE);
  if (table === 0) return false;
  const sizeClass = table >>> TABLE_CLASS_SHIFT;
  const lines = tableLines(sizeClass);
  const first = homeLine(sweep.place, sizeClass);
  const last = Math.min(lines, first + SWEPT_LINES);
  if (sweep.place === 0) sweep.earliestMs = Number.POSITIVE_INFINITY;
  const start = tableStart(table) + first * LINE_WORDS;
  const end = tableStart(table) + last * LINE_WORDS;
  const before = peek(words, head + EXPIRED);
  sweep.earliestMs = Math.min(sweep.earliestMs, sweepSlots(arena, words, head, segment, start, end));
  sweep.reclaimed += (peek(words, head + EXPIRED) - before) | 0;
  sweep.place = last === lines ? 0 : Math.ceil((last * 2 ** PLACE_BITS) / lines);
  return true;
}
