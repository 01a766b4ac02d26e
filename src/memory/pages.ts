/**
 * Taking pages of a buffer and giving them back. See [page-run] in native-layout/README.md.
 *
 * A run is taken or given back by one store to the `use` word of its first page; all other words of the table are 0, so
 * the table can be scanned at any moment by hopping from run to run, whoever died where.
 */
import {
  arenaHeader,
  LOCK_ABANDONED,
  LOCK_WAITERS,
  PAGE_EXTENT,
  PAGE_LARGE,
  PAGE_RUN_MAX,
  PAGE_RUN_SHIFT,
  PAGE_SEGMENT_SHIFT,
  PAGE_TABLE,
  pageEntry,
} from '../../native-layout/arena.ts';
import { DamagedArenaError } from '../errors.ts';
import { peek, poke, releaseStore, store } from '#atomics';
import type { Arena } from './arena.ts';
import { firstRun, gapProblem, lastRun, noteGiven, noteTaken, recount, reservedRun } from './free-runs.ts';
import { acquire, release } from './lock.ts';
import { extentPages, type PageTable, runKind, runPages, runSegment, useOf } from './page-table.ts';

const PAGE_LOCK = arenaHeader.word.pageLock;
const FREE_PAGES = arenaHeader.word.freePages;
const LOW_HINT = arenaHeader.word.lowHint;
const HIGH_HINT = arenaHeader.word.highHint;
const PAGE_RECOVERIES = arenaHeader.word.pageRecoveries;
const ENTRY_WORDS = pageEntry.words;
const USE = pageEntry.word.use;

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
    page = kind === PAGE_EXTENT ? firstRun(table, count, reserved) : lastRun(table, count, reserved);
    if (page !== 0) {
      // [page-run] Taking: one store; until then the pages are free, after it they are the segment's.
      releaseStore(
        words,
        table.tableWord + page * ENTRY_WORDS + USE,
        kind | (segment << PAGE_SEGMENT_SHIFT) | (count << PAGE_RUN_SHIFT),
      );
      poke(words, FREE_PAGES, peek(words, FREE_PAGES) - count);
      if (page === peek(words, LOW_HINT)) poke(words, LOW_HINT, page + count);
      noteTaken(words, page, page + count);
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
    noteGiven(words, page + keep, page + keep + given);
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

/** Compares the table with its counters and hints. Takes the page lock. Returns what is wrong, in words. */
export function verifyPages(arena: Arena, table: PageTable): string[] {
  const { words } = table;
  const problems: string[] = [];
  let [free, lowest, highest, page] = [0, table.pageCount, table.firstPage, table.firstPage];
  let [counted, low, high] = [0, 0, 0];
  let gap: string | null = null;
  enter(arena, table);
  try {
    for (; page < table.pageCount; page += runPages(useOf(table, page))) {
      const use = useOf(table, page);
      if (use === 0) {
        free += 1;
        lowest = Math.min(lowest, page);
        highest = page + 1;
      } else if (!isRun(arena, table, use)) problems.push(`page ${page} has use ${use}, which is no run of a segment`);
    }
    counted = peek(words, FREE_PAGES);
    low = peek(words, LOW_HINT);
    high = peek(words, HIGH_HINT);
    gap = gapProblem(table);
    release(arena, words, PAGE_LOCK);
  } catch (error) {
    // [full-stack]
    if ((words[PAGE_LOCK] & ~LOCK_WAITERS) === arena.token) words[PAGE_LOCK] = LOCK_ABANDONED;
    throw error;
  }
  if (page !== table.pageCount) problems.push(`the last run ends at page ${page} of ${table.pageCount}`);
  if (counted !== free) problems.push(`freePages is ${counted}, ${free} pages are free`);
  if (low > lowest) problems.push(`lowHint is ${low}, page ${lowest} is free`);
  if (high < highest) problems.push(`highHint is ${high}, page ${highest - 1} is free`);
  if (gap !== null) problems.push(gap);
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
    poke(words, PAGE_RECOVERIES, peek(words, PAGE_RECOVERIES) + 1);
  } catch (error) {
    // [full-stack]
    if ((words[PAGE_LOCK] & ~LOCK_WAITERS) === arena.token) words[PAGE_LOCK] = LOCK_ABANDONED;
    throw error;
  }
}
