/**
 * The index of a segment: lines of eight slots, searched from the key's home line on.
 *
 * A line with an empty slot (tag 0) has never been full since its table was made, so no key was ever moved past it and a
 * search ends there. That makes deletion simple: in such a line a slot becomes empty again; in a line that was once full
 * it keeps its tag, is vacant, and is used again by the next key that comes by. No tombstones pile up.
 */
import * as arenaLayout from '../../native-layout/arena.ts';
import * as segmentLayout from '../../native-layout/segment.ts';
import { slot as slotLayout } from '../../native-layout/segment.ts';
import { DamagedArenaError } from '../errors.ts';
import type { Arena } from '../memory/arena.ts';
import * as pageTableModule from '../memory/page-table.ts';
import type { PageTable } from '../memory/page-table.ts';
import * as pagesModule from '../memory/pages.ts';
import * as atomics from '#atomics';
import type { Words } from '#atomics';
import * as heapModule from './heap.ts';
import * as numberModule from './number.ts';
import * as recordModule from './record.ts';

// Own constants fold, imported bindings are loaded at every use: see [hot-imports] in CONTRIBUTING.md.
const { PAGE_SHIFT, PAGE_TABLE } = arenaLayout;
const {
  homeLine,
  LINE_WORDS,
  nextTableClass,
  PROBE_LINES_MAX,
  segmentHeader,
  slotInLine,
  TABLE_CLASS_MAX,
  TABLE_CLASS_MIN,
  TABLE_CLASS_SHIFT,
  TABLE_PAGE_MASK,
  tableLines,
  tablePages,
} = segmentLayout;
const { checkRun, pageTableOf, runPages, useOf } = pageTableModule;
const { givePages, takePages } = pagesModule;
const { peek, poke, releaseStore, store, zeroRun } = atomics;
const { bumpEpoch } = heapModule;
const { takeSeq } = numberModule;
const { hasScratchKey } = recordModule;

const GROWTHS = segmentHeader.word.growths;
const LIVE = segmentHeader.word.live;
const TABLE = segmentHeader.word.table;
const USED = segmentHeader.word.used;
const REF = slotLayout.word.ref;
/** Slots of a line that may be used before the table is replaced by a larger one: 7/8. */
const LINE_SLOTS_USED_MAX = 7;
/** Slots of a line that are used at most in a new table: 3/4. */
const LINE_SLOTS_NEW_MAX = 6;

/** First word of a table. */
export function tableStart(table: number): number {
  return (table & TABLE_PAGE_MASK) << PAGE_SHIFT;
}

/** Throws DamagedArenaError unless a table word names a run of pages that is a table of its segment and size. */
export function checkTable(pages: PageTable, table: number, segment: number): void {
  const page = table & TABLE_PAGE_MASK;
  checkRun(pages, page, segment, PAGE_TABLE);
  if (runPages(useOf(pages, page)) !== tablePages(table >>> TABLE_CLASS_SHIFT)) {
    throw new DamagedArenaError(`table ${table} of segment ${segment} is of another size than its pages`);
  }
}

/**
 * Finds the slot of the key in keyScratch. The caller holds the lock. O(1) expected, O(PROBE_LINES_MAX) at worst.
 *
 * @returns the word index of its slot, 0 when the key is absent
 */
export function locate(words: Words, head: number, place: number, tag: number): number {
  const table = peek(words, head + TABLE);
  if (table === 0) return 0;
  const sizeClass = table >>> TABLE_CLASS_SHIFT;
  const start = tableStart(table);
  const lines = tableLines(sizeClass);
  let line = homeLine(place, sizeClass);
  for (let probed = 0; probed < PROBE_LINES_MAX && probed < lines; probed++) {
    let ended = false;
    const lineWord = start + line * LINE_WORDS;
    for (let step = 0; step < LINE_WORDS; step += 2) {
      const at = lineWord + slotInLine(tag, step);
      const slotTag = peek(words, at);
      if (slotTag === tag) {
        const ref = peek(words, at + REF);
        if (ref !== 0 && hasScratchKey(words, ref)) return at;
      } else if (slotTag === 0) ended = true;
    }
    if (ended) break;
    line = line + 1 === lines ? 0 : line + 1;
  }
  return 0;
}

/** The first free slot on the path of an absent key; 0 when there is none. The caller holds the lock. */
export function freeSlot(words: Words, head: number, place: number, tag: number): number {
  const table = peek(words, head + TABLE);
  if (table === 0) return 0;
  const sizeClass = table >>> TABLE_CLASS_SHIFT;
  const start = tableStart(table);
  const lines = tableLines(sizeClass);
  let line = homeLine(place, sizeClass);
  for (let probed = 0; probed < PROBE_LINES_MAX && probed < lines; probed++) {
    const lineWord = start + line * LINE_WORDS;
    // A line with an empty slot has a free one, so a search never has to go past the first line that has either.
    for (let step = 0; step < LINE_WORDS; step += 2) {
      const at = lineWord + slotInLine(tag, step);
      if (peek(words, at + REF) === 0) return at;
    }
    line = line + 1 === lines ? 0 : line + 1;
  }
  return 0;
}

/** Whether a new key should wait for a larger table. */
export function isCrowded(words: Words, head: number): boolean {
  const table = peek(words, head + TABLE);
  return table === 0 || peek(words, head + USED) >= tableLines(table >>> TABLE_CLASS_SHIFT) * LINE_SLOTS_USED_MAX;
}

/** Publishes a record under a new key in a free slot. */
export function occupy(words: Words, head: number, at: number, tag: number, ref: number): void {
  if (peek(words, at) === 0) poke(words, head + USED, peek(words, head + USED) + 1);
  releaseStore(words, at, tag);
  // [publish-record] This store makes the record reachable; everything in it was stored before.
  releaseStore(words, at + REF, ref);
  poke(words, head + LIVE, peek(words, head + LIVE) + 1);
}

/**
 * Makes the record of a slot unreachable: from this store on the key is absent, [remembered] or not. [miss] A line that was ever full keeps its
 * tags, for keys may lie behind it.
 */
export function vacate(words: Words, head: number, at: number): void {
  takeSeq(words, head);
  releaseStore(words, at + REF, 0);
  poke(words, head + LIVE, peek(words, head + LIVE) - 1);
  const line = at & ~(LINE_WORDS - 1);
  for (let other = line; other < line + LINE_WORDS; other += 2) {
    if (peek(words, other) !== 0) continue;
    poke(words, at, 0);
    poke(words, head + USED, peek(words, head + USED) - 1);
    return;
  }
}

/**
 * Replaces the table by one with room for more keys. One bounded pass over the slots: records do not move, and tags are
 * hashes, so no key is read.
 *
 * @returns false when there are no pages for it; the old table is as it was
 */
export function growTable(arena: Arena, words: Words, head: number, segment: number): boolean {
  const present = peek(words, head + TABLE) >>> TABLE_CLASS_SHIFT;
  const sizeClass = Math.max(present, classFor(peek(words, head + LIVE) + 1));
  return rebuildTable(arena, words, head, segment, sizeClass, false);
}

/** Gives a table that deletes have left nearly empty a smaller size. Returns whether pages were given back. */
export function shrinkTable(arena: Arena, words: Words, head: number, segment: number): boolean {
  if (!isOversized(words, head)) return false;
  return rebuildTable(arena, words, head, segment, classFor(peek(words, head + LIVE) + 1), true);
}

/** Whether a table of half the size would do. May be asked without the lock, and be wrong then. */
export function isOversized(words: Words, head: number): boolean {
  const table = peek(words, head + TABLE);
  const wanted = peek(words, head + LIVE) + 1;
  return table !== 0 && tablePages(classFor(wanted)) * 2 <= tablePages(table >>> TABLE_CLASS_SHIFT);
}

/** The smallest size class for that many keys. */
function classFor(keys: number): number {
  let sizeClass = TABLE_CLASS_MIN;
  while (tableLines(sizeClass) * LINE_SLOTS_NEW_MAX < keys) sizeClass = nextTableClass(sizeClass);
  return sizeClass;
}

function rebuildTable(
  arena: Arena,
  words: Words,
  head: number,
  segment: number,
  first: number,
  spare: boolean,
): boolean {
  const old = peek(words, head + TABLE);
  const pages = pageTableOf(arena, segment);
  if (old !== 0) checkTable(pages, old, segment);
  for (let sizeClass = first; sizeClass <= TABLE_CLASS_MAX; sizeClass = nextTableClass(sizeClass)) {
    const page = takePages(arena, pages, segment, PAGE_TABLE, tablePages(sizeClass), spare);
    if (page === 0) return false;
    if (!copySlots(arena, words, old, page, sizeClass)) {
      // So many keys around one place that even the longest probe does not hold them: more lines spread them.
      givePages(arena, pages, page, 0);
      continue;
    }
    poke(words, head + USED, peek(words, head + LIVE));
    // [publish-table] [remembered] The new table is complete before it is named, the old one given back after the epoch.
    store(words, head + TABLE, page | (sizeClass << TABLE_CLASS_SHIFT));
    bumpEpoch(words, head);
    if (old !== 0) givePages(arena, pages, old & TABLE_PAGE_MASK, 0);
    poke(words, head + GROWTHS, peek(words, head + GROWTHS) + 1);
    return true;
  }
  return false;
}

function copySlots(arena: Arena, words: Words, old: number, page: number, sizeClass: number): boolean {
  const start = page << PAGE_SHIFT;
  const lines = tableLines(sizeClass);
  zeroRun(words, start, lines * LINE_WORDS);
  if (old === 0) return true;
  const end = tableStart(old) + tableLines(old >>> TABLE_CLASS_SHIFT) * LINE_WORDS;
  for (let from = tableStart(old); from < end; from += 2) {
    const ref = peek(words, from + REF);
    if (ref === 0) continue;
    const tag = peek(words, from);
    const to = emptySlot(words, start, lines, homeLine((tag << arena.segmentBits) >>> 3, sizeClass), tag);
    if (to === 0) return false;
    poke(words, to, tag);
    poke(words, to + REF, ref);
  }
  return true;
}

function emptySlot(words: Words, start: number, lines: number, home: number, tag: number): number {
  let line = home;
  for (let probed = 0; probed < PROBE_LINES_MAX && probed < lines; probed++) {
    const lineWord = start + line * LINE_WORDS;
    for (let step = 0; step < LINE_WORDS; step += 2) {
      const at = lineWord + slotInLine(tag, step);
      if (peek(words, at) === 0) return at;
    }
    line = line + 1 === lines ? 0 : line + 1;
  }
  return 0;
}
