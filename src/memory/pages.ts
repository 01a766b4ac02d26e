/**
 * The page table of a buffer: which runs of pages belong to which segment. See [page-run] in native-layout/README.md.
 *
 * A run is taken or given back by one store to the `use` word of its first page; all other words of the table are 0, so
 * the table can be scanned at any moment by hopping from run to run, whoever died where.
 */
import {
  arenaHeader,
  LOCK_ABANDONED,
  LOCK_WAITERS,
  PAGE_EXTENT,
  PAGE_KIND_MASK,
  PAGE_LARGE,
  PAGE_RUN_MAX,
  PAGE_RUN_SHIFT,
  PAGE_SEGMENT_MASK,
  PAGE_SEGMENT_SHIFT,
  PAGE_TABLE,
  pageEntry,
} from '../../native-layout/arena.ts';
import { EXTENT_PAGES_MAX } from '../../native-layout/segment.ts';
import { DamagedArenaError } from '../errors.ts';
import { peek, poke, releaseStore, store, type Words } from '#atomics';
import type { Arena } from './arena.ts';
import { acquire, release } from './lock.ts';

const PAGE_LOCK = arenaHeader.word.pageLock;
const FREE_PAGES = arenaHeader.word.freePages;
const LOW_HINT = arenaHeader.word.lowHint;
const PAGE_RECOVERIES = arenaHeader.word.pageRecoveries;
const ENTRY_WORDS = pageEntry.words;
const USE = pageEntry.word.use;
const LINK = pageEntry.word.link;
/** With more than 1/16 of the pages free there is a run for compaction somewhere. */
const PLENTY_SHIFT = 4;

/** Where the page table of a segment's buffer is, and which pages it covers. Plain numbers, made at each call site. */
export interface PageTable {
  readonly words: Words;
  readonly tableWord: number;
  readonly firstPage: number;
  readonly pageCount: number;
  readonly segmentCount: number;
}

/**
 * Pages of an extent. All extents of a buffer have this size while there are runs of it, so that what one gives back
 * serves any other: a sixteenth of what a segment has on average, at most EXTENT_PAGES_MAX.
 */
export function extentPages(table: PageTable): number {
  const average = (table.pageCount - table.firstPage) / table.segmentCount;
  return Math.max(1, Math.min(EXTENT_PAGES_MAX, Math.floor(average / 16)));
}

/** Whether so many pages are free that nobody needs to mind them. May be out of date at once. */
export function hasPlenty(table: PageTable): boolean {
  return peek(table.words, FREE_PAGES) > table.pageCount >>> PLENTY_SHIFT;
}

/**
 * The run of an extent's pages that only compaction may take: with nowhere to move records to, a full heap could not be
 * tidied. It is kept in one piece, the last there is; looked for only when little is free. 0: none is kept now.
 */
function reservedRun(table: PageTable): number {
  if (hasPlenty(table)) return 0;
  return findRun(table, extentPages(table), 0, true);
}

export function pageTableOf(arena: Arena, segment: number): PageTable {
  const index = segment % arena.bufferCount;
  const buffer = arena.geometry.buffers[index];
  return {
    words: arena.viewOf(segment),
    tableWord: buffer.pageTableWord,
    firstPage: buffer.firstPage,
    pageCount: buffer.pageCount,
    segmentCount: buffer.segmentCount,
  };
}

export function runKind(use: number): number {
  return use & PAGE_KIND_MASK;
}

export function runSegment(use: number): number {
  return (use >>> PAGE_SEGMENT_SHIFT) & PAGE_SEGMENT_MASK;
}

/** Length of a run in pages; 1 for a free page, so that `page += runPages(use)` hops to the next. */
export function runPages(use: number): number {
  return use >>> PAGE_RUN_SHIFT || 1;
}

export function useOf(table: PageTable, page: number): number {
  return peek(table.words, table.tableWord + page * ENTRY_WORDS + USE);
}

/** Next run in the chain of the segment that this run is in; the chain is under that segment's lock. */
export function linkOf(table: PageTable, page: number): number {
  return peek(table.words, table.tableWord + page * ENTRY_WORDS + LINK);
}

/**
 * The pages of a chain of a segment, in order. The caller holds the segment's lock.
 *
 * @param head word of the segment's header that names the first page
 * @throws DamagedArenaError when a link leads to no run of that kind and segment, or in a circle
 */
export function chainOf(table: PageTable, head: number, segment: number, kind: number): number[] {
  const chain: number[] = [];
  for (let page = peek(table.words, head); page !== 0; page = linkOf(table, page)) {
    checkRun(table, page, segment, kind);
    if (chain.push(page) > table.pageCount) throw new DamagedArenaError(`a chain of segment ${segment} is a circle`);
  }
  return chain;
}

/** Throws DamagedArenaError unless a run of that segment and kind begins at the page and ends in the buffer. */
export function checkRun(table: PageTable, page: number, segment: number, kind: number): void {
  const isPage = page >= table.firstPage && page < table.pageCount;
  const use = isPage ? useOf(table, page) : 0;
  if (
    runKind(use) !== kind ||
    runSegment(use) !== segment ||
    use >>> PAGE_RUN_SHIFT === 0 ||
    page + runPages(use) > table.pageCount
  ) {
    throw new DamagedArenaError(`page ${page} begins no run of kind ${kind} of segment ${segment}: use is ${use}`);
  }
}

export function setLink(table: PageTable, page: number, next: number): void {
  poke(table.words, table.tableWord + page * ENTRY_WORDS + LINK, next);
}

/**
 * Takes a run of contiguous pages for a segment whose lock the caller holds. O(runs in the buffer) at worst.
 *
 * @param spare true for compaction, which may take the reserve
 * @returns the first page, or 0 when there is no such run
 */
export function takePages(
  arena: Arena,
  table: PageTable,
  segment: number,
  kind: number,
  count: number,
  spare: boolean,
): number {
  const { words } = table;
  // A glance without the lock: a full buffer is refused at once, and a wrong glance is a refusal a moment early or late.
  if (count > PAGE_RUN_MAX || peek(words, FREE_PAGES) < count) return 0;
  enter(arena, table);
  let page = 0;
  try {
    const reserved = spare ? 0 : reservedRun(table);
    page = findRun(table, count, reserved, kind !== PAGE_EXTENT);
    if (page !== 0) {
      // [page-run] Taking: one store; until then the pages are free, after it they are the segment's.
      releaseStore(
        words,
        table.tableWord + page * ENTRY_WORDS + USE,
        kind | (segment << PAGE_SEGMENT_SHIFT) | (count << PAGE_RUN_SHIFT),
      );
      poke(words, FREE_PAGES, peek(words, FREE_PAGES) - count);
      if (page === peek(words, LOW_HINT)) poke(words, LOW_HINT, page + count);
    }
    release(arena, words, PAGE_LOCK);
  } catch (error) {
    // [full-stack]
    if ((words[PAGE_LOCK] & ~LOCK_WAITERS) === arena.token) words[PAGE_LOCK] = LOCK_ABANDONED;
    throw error;
  }
  return page;
}

/** Gives the pages of a run from `keep` on back; 0 gives back all of it. The segment's epoch was bumped before. */
export function givePages(arena: Arena, table: PageTable, page: number, keep: number): void {
  const { words } = table;
  enter(arena, table);
  try {
    const isPage = page >= table.firstPage && page < table.pageCount;
    const use = isPage ? useOf(table, page) : 0;
    const given = runPages(use) - keep;
    if (use === 0 || given <= 0 || page + runPages(use) > table.pageCount)
      throw new DamagedArenaError(`page ${page} is no run of more than ${keep} pages: use is ${use}`);
    // [page-run] Giving back: one store as well.
    const left = keep === 0 ? 0 : (use & ((1 << PAGE_RUN_SHIFT) - 1)) | (keep << PAGE_RUN_SHIFT);
    store(words, table.tableWord + page * ENTRY_WORDS + USE, left);
    poke(words, FREE_PAGES, peek(words, FREE_PAGES) + given);
    if (page + keep < peek(words, LOW_HINT)) poke(words, LOW_HINT, page + keep);
    release(arena, words, PAGE_LOCK);
  } catch (error) {
    // [full-stack]
    if ((words[PAGE_LOCK] & ~LOCK_WAITERS) === arena.token) words[PAGE_LOCK] = LOCK_ABANDONED;
    throw error;
  }
}

/** Free pages of the buffer, the reserve not counted; may be out of date at once. */
export function freePagesOf(table: PageTable): number {
  return Math.max(0, peek(table.words, FREE_PAGES) - extentPages(table));
}

/** Compares the table with its counters. Takes the page lock. Returns what is wrong, in words. */
export function verifyPages(arena: Arena, table: PageTable): string[] {
  const { words } = table;
  const problems: string[] = [];
  let [free, lowest, page, counted, hint] = [0, table.pageCount, table.firstPage, 0, 0];
  enter(arena, table);
  try {
    for (; page < table.pageCount; page += runPages(useOf(table, page))) {
      const use = useOf(table, page);
      if (use === 0) {
        free += 1;
        lowest = Math.min(lowest, page);
      } else if (!isRun(arena, table, use)) problems.push(`page ${page} has use ${use}, which is no run of a segment`);
    }
    counted = peek(words, FREE_PAGES);
    hint = peek(words, LOW_HINT);
    release(arena, words, PAGE_LOCK);
  } catch (error) {
    // [full-stack]
    if ((words[PAGE_LOCK] & ~LOCK_WAITERS) === arena.token) words[PAGE_LOCK] = LOCK_ABANDONED;
    throw error;
  }
  if (page !== table.pageCount) problems.push(`the last run ends at page ${page} of ${table.pageCount}`);
  if (counted !== free) problems.push(`freePages is ${counted}, ${free} pages are free`);
  if (hint > lowest) problems.push(`lowHint is ${hint}, page ${lowest} is free`);
  return problems;
}

/** Whether a `use` word says what one can: a kind, a segment of the buffer, and a length. */
function isRun(arena: Arena, table: PageTable, use: number): boolean {
  const segment = runSegment(use);
  const kind = runKind(use);
  const isKind = kind === PAGE_EXTENT || kind === PAGE_LARGE || kind === PAGE_TABLE;
  return isKind && segment < arena.segmentCount && arena.viewOf(segment) === table.words && use >>> PAGE_RUN_SHIFT > 0;
}

export function pageRecoveriesOf(table: PageTable): number {
  return peek(table.words, PAGE_RECOVERIES);
}

function enter(arena: Arena, table: PageTable): void {
  const { words } = table;
  if (!acquire(arena, words, PAGE_LOCK)) return;
  try {
    recount(table);
  } catch (error) {
    // [full-stack]
    if ((words[PAGE_LOCK] & ~LOCK_WAITERS) === arena.token) words[PAGE_LOCK] = LOCK_ABANDONED;
    throw error;
  }
}

/** [owner-died] The use words are the truth, see [page-run]; the counters are made from them. */
function recount(table: PageTable): void {
  const { words } = table;
  let free = 0;
  let lowest = table.pageCount;
  for (let page = table.firstPage; page < table.pageCount; page += runPages(useOf(table, page))) {
    if (useOf(table, page) !== 0) continue;
    free += 1;
    if (page < lowest) lowest = page;
  }
  poke(words, FREE_PAGES, free);
  poke(words, LOW_HINT, lowest);
  poke(words, PAGE_RECOVERIES, peek(words, PAGE_RECOVERIES) + 1);
}

/**
 * `count` free pages in a row, the first such or, with `isLast`, the end of the last run that has them: tables and large
 * runs keep out of the extents' way. `reserved` is the first page of a run of an extent's pages that counts as taken, 0 for
 * none. [page-run] From one first page to the next. Returns the first page, or 0.
 */
function findRun(table: PageTable, count: number, reserved: number, isLast: boolean): number {
  let found = 0;
  let start = Math.max(table.firstPage, peek(table.words, LOW_HINT));
  for (let page = start; page < table.pageCount; ) {
    const use = useOf(table, page);
    const isReserved = page === reserved && reserved !== 0;
    page += isReserved ? extentPages(table) : runPages(use);
    if (use !== 0 || isReserved) start = page;
    else if (page - start >= count) {
      found = page - count;
      if (!isLast) return found;
    }
  }
  return found;
}
