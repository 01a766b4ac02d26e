/**
 * The page table of a buffer, as it is read: which runs of pages belong to which segment. See [page-run] in
 * native-layout/README.md.
 */
import {
  PAGE_KIND_MASK,
  PAGE_RUN_SHIFT,
  PAGE_SEGMENT_MASK,
  PAGE_SEGMENT_SHIFT,
  pageEntry,
} from '../../native-layout/arena.ts';
import { EXTENT_PAGES_MAX } from '../../native-layout/segment.ts';
import { DamagedArenaError } from '../errors.ts';
import { peek, poke, type Words } from '#atomics';
import type { Arena } from './arena.ts';

const ENTRY_WORDS = pageEntry.words;
const USE = pageEntry.word.use;
const LINK = pageEntry.word.link;

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
