/**
 * Where free pages are: the search for a run of them, and what makes it short.
 *
 * Extents are taken from the low end of a buffer, tables and large runs from the high end. The gap is the free pages in a row
 * in between, so that neither search looks at pages one by one. Its words are hints under the page lock, made anew from the
 * page table by a repair.
 */
import { arenaHeader } from '../../native-layout/arena.ts';
import { peek, poke, type Words } from '#atomics';
import { extentPages, type PageTable, runPages, useOf } from './page-table.ts';

const FREE_PAGES = arenaHeader.word.freePages;
const LOW_HINT = arenaHeader.word.lowHint;
const HIGH_HINT = arenaHeader.word.highHint;
const GAP_FROM = arenaHeader.word.gapFrom;
const GAP_TO = arenaHeader.word.gapTo;
/** With more than 1/16 of the pages free there is a run for compaction somewhere. */
const PLENTY_SHIFT = 4;
/** What findRun returns when it has seen no free page at all. */
const NONE_FREE = -1;

function setGap(words: Words, from: number, to: number): void {
  poke(words, GAP_FROM, from);
  poke(words, GAP_TO, to);
}

/** The pages `from` to `to - 1` are taken. O(1). */
export function noteTaken(words: Words, from: number, to: number): void {
  if (to === peek(words, HIGH_HINT)) poke(words, HIGH_HINT, from);
  const first = peek(words, GAP_FROM);
  const end = peek(words, GAP_TO);
  if (to <= first || from >= end) return;
  // What is cut out of the middle leaves the longer side.
  if (from - first >= end - to) poke(words, GAP_TO, Math.max(first, from));
  else poke(words, GAP_FROM, Math.min(to, end));
}

/** The pages `from` to `to - 1` are free again. The gap becomes longer by them or, when they are more, gives way. O(1). */
export function noteGiven(words: Words, from: number, to: number): void {
  if (to > peek(words, HIGH_HINT)) poke(words, HIGH_HINT, to);
  const first = peek(words, GAP_FROM);
  const end = peek(words, GAP_TO);
  if (from === end && first < end) poke(words, GAP_TO, to);
  else if (to === first && first < end) poke(words, GAP_FROM, from);
  else if (to - from > end - first) setGap(words, from, to);
}

/** [owner-died] The use words are the truth, see [page-run]; counters and hints are made from them. O(runs + free pages). */
export function recount(table: PageTable): void {
  const { words } = table;
  let [free, lowest, highest] = [0, table.pageCount, table.firstPage];
  let start = table.firstPage;
  setGap(words, start, start);
  for (let page = table.firstPage; page < table.pageCount; ) {
    const use = useOf(table, page);
    page += runPages(use);
    if (use !== 0) {
      start = page;
      continue;
    }
    free += 1;
    if (page - 1 < lowest) lowest = page - 1;
    highest = page;
    if (page - start > peek(words, GAP_TO) - peek(words, GAP_FROM)) setGap(words, start, page);
  }
  poke(words, FREE_PAGES, free);
  poke(words, LOW_HINT, lowest);
  poke(words, HIGH_HINT, highest);
}

/** What is wrong with the gap, in words: all of its pages are free, and it is within the buffer. The caller has the page lock. */
export function gapProblem(table: PageTable): string | null {
  const { words } = table;
  const from = peek(words, GAP_FROM);
  const to = peek(words, GAP_TO);
  if (from === to) return null;
  const name = `the gap from page ${from} to ${to}`;
  if (from > to || from < table.firstPage || to > table.pageCount) return `${name} is not within the buffer`;
  let page = table.firstPage;
  while (page < from) page += runPages(useOf(table, page));
  while (page < to && useOf(table, page) === 0) page += 1;
  return page === to ? null : `page ${page} is taken in ${name}`;
}

/**
 * The run of an extent's pages that only compaction may take: with nowhere to move records to, a full heap could not be
 * tidied. It is kept in one piece, the last there is; looked for only when little is free. 0: none is kept now.
 */
export function reservedRun(table: PageTable): number {
  if (peek(table.words, FREE_PAGES) > table.pageCount >>> PLENTY_SHIFT) return 0;
  return lastRun(table, extentPages(table), 0);
}

/**
 * The first `count` free pages in a row. `reserved` is the first page of a run of an extent's pages that counts as taken, 0
 * for none. Returns the first page, or 0.
 */
export function firstRun(table: PageTable, count: number, reserved: number): number {
  return Math.max(0, findRun(table, peek(table.words, LOW_HINT), table.pageCount, count, reserved, false));
}

/** The end of the last run that has `count` free pages: tables and large runs keep out of the extents' way. O(1) in the gap. */
export function lastRun(table: PageTable, count: number, reserved: number): number {
  const { words } = table;
  const from = peek(words, GAP_FROM);
  const to = peek(words, GAP_TO);
  const high = peek(words, HIGH_HINT);
  if (from >= table.firstPage && to <= table.pageCount && from < to) {
    const behind = findRun(table, to, high, count, reserved, true);
    if (behind > 0) return behind;
    if (behind === NONE_FREE && to < high) poke(words, HIGH_HINT, to);
    if (reserved === 0 && to - from >= count) return to - count;
  }
  return Math.max(0, findRun(table, peek(words, LOW_HINT), table.pageCount, count, reserved, true));
}

/** [page-run] From one first page to the next, from `from` to `to`. Returns 0 when no free pages in a row are enough. */
function findRun(table: PageTable, from: number, to: number, count: number, reserved: number, isLast: boolean): number {
  let found = NONE_FREE;
  const end = Math.min(to, table.pageCount);
  let start = Math.max(table.firstPage, from);
  for (let page = start; page < end; ) {
    const use = useOf(table, page);
    const isReserved = page === reserved && reserved !== 0;
    page += isReserved ? extentPages(table) : runPages(use);
    if (use === 0 && found === NONE_FREE) found = 0;
    if (use !== 0 || isReserved) start = page;
    else if (page - start >= count) {
      found = page - count;
      if (!isLast) return found;
    }
  }
  return found;
}
