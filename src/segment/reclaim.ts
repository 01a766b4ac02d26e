/**
 * Finding room when the heap of a segment has none: expired entries first, then its own free blocks, then fresh pages,
 * then tidying, then what other segments of the buffer do not use. Every step is bounded by the size of a segment.
 */
import * as arenaLayout from '../../native-layout/arena.ts';
import * as segmentLayout from '../../native-layout/segment.ts';
import { slot as slotLayout } from '../../native-layout/segment.ts';
import { DamagedArenaError } from '../errors.ts';
import type { Arena } from '../memory/arena.ts';
import * as lockModule from '../memory/lock.ts';
import * as pageTableModule from '../memory/page-table.ts';
import type { PageTable } from '../memory/page-table.ts';
import * as pagesModule from '../memory/pages.ts';
import * as atomics from '#atomics';
import type { Words } from '#atomics';
import * as expiryModule from './expiry.ts';
import * as heapModule from './heap.ts';
import * as leaseModule from './lease-table.ts';
import * as recordModule from './record.ts';
import * as tableModule from './table.ts';
import * as tidyModule from './tidy.ts';

// Own constants fold, imported bindings are loaded at every use: see [hot-imports] in CONTRIBUTING.md.
const { LOCK_ABANDONED, LOCK_WAITERS, PAGE_LARGE, PAGE_SHIFT, PAGE_WORDS } = arenaLayout;
const { LINE_WORDS, segmentHeader, TABLE_CLASS_SHIFT, tableLines, EXTENT_RECORD_WORDS_MAX } = segmentLayout;
const { release, tryAcquire } = lockModule;
const { chainOf, linkOf, pageTableOf, runPages, setLink, useOf, extentPages } = pageTableModule;
const { givePages, takePages } = pagesModule;
const { peek, poke, releaseStore } = atomics;
const { mayHaveExpired, setExpiries } = expiryModule;
const { allocate, bumpEpoch, freeBlockOf } = heapModule;
const { detach, leaseTableOf } = leaseModule;
const { expiryOf, hasExpiry, isLeased, recordWords } = recordModule;
const { isOversized, shrinkTable, tableStart, vacate } = tableModule;
const { addExtent, coalesce, compact, trimBump } = tidyModule;

const BUMP_END = segmentHeader.word.bumpEnd;
const BUMP_WORD = segmentHeader.word.bumpWord;
const EXPIRED = segmentHeader.word.expired;
const FREE_WORDS = segmentHeader.word.freeWords;
const FREED_WORDS = segmentHeader.word.freedWords;
const HEAP_PAGES = segmentHeader.word.heapPages;
const LARGE_PAGES = segmentHeader.word.largePages;
const LARGE_RUNS = segmentHeader.word.largeRuns;
const LOCK = segmentHeader.word.lock;
const STUCK_WORDS = segmentHeader.word.stuckWords;
const TABLE = segmentHeader.word.table;
const TTL_COUNT = segmentHeader.word.ttlCount;
const REF = slotLayout.word.ref;

/** Compactions for one block at most. */
const COMPACTIONS_MAX = 4;

/** Takes a block for a record of `size` words; 0 when the buffer has no room for it, whatever is tidied. */
export function allocateSlow(arena: Arena, words: Words, head: number, segment: number, size: number): number {
  const pages = pageTableOf(arena, segment);
  if (size > EXTENT_RECORD_WORDS_MAX) return allocateLarge(arena, words, head, segment, pages, size);
  if (mayHaveExpired(words, head)) sweep(arena, words, head, segment);
  // While there are pages left for the smaller table: a full heap would leave none.
  shrinkTable(arena, words, head, segment);
  const heapWords = peek(words, head + HEAP_PAGES) * PAGE_WORDS;
  const least = (size + PAGE_WORDS - 1) >>> PAGE_SHIFT;
  const share = extentPages(pages);
  let block = 0;
  if (peek(words, head + FREED_WORDS) > heapWords >>> 3) {
    coalesce(arena, words, head, segment, pages);
    block = allocate(words, head, size);
  }
  if (block === 0 && addExtent(arena, words, head, segment, pages, least, share, false))
    block = allocate(words, head, size);
  if (block === 0 && mayTidy(words, head, size)) {
    coalesce(arena, words, head, segment, pages);
    block = allocate(words, head, size);
    for (let round = 0; block === 0 && round < COMPACTIONS_MAX; round++) {
      if (!compact(arena, words, head, segment, pages)) break;
      block = allocate(words, head, size);
      if (block === 0 && addExtent(arena, words, head, segment, pages, least, share, false))
        block = allocate(words, head, size);
    }
    poke(words, head + STUCK_WORDS, block === 0 ? peek(words, head + FREE_WORDS) : 0);
  }
  if (block === 0 && gatherPages(arena, segment)) {
    if (addExtent(arena, words, head, segment, pages, least, share, false)) block = allocate(words, head, size);
  }
  return block;
}

/** Whether tidying may find `size` words: not when it has failed to and less than 1/128 of the heap was freed since. */
function mayTidy(words: Words, head: number, size: number): boolean {
  const free = peek(words, head + FREE_WORDS);
  const stuck = peek(words, head + STUCK_WORDS);
  const heapWords = peek(words, head + HEAP_PAGES) * PAGE_WORDS;
  return free >= size && (stuck === 0 || free > stuck + (heapWords >>> 7));
}

function allocateLarge(
  arena: Arena,
  words: Words,
  head: number,
  segment: number,
  pages: PageTable,
  size: number,
): number {
  const count = Math.ceil(size / PAGE_WORDS);
  let page = takePages(arena, pages, segment, PAGE_LARGE, count, false);
  if (page === 0) {
    tidySegment(arena, words, head, segment);
    page = takePages(arena, pages, segment, PAGE_LARGE, count, false);
  }
  if (page === 0 && gatherPages(arena, segment)) {
    page = takePages(arena, pages, segment, PAGE_LARGE, count, false);
  }
  if (page === 0) return 0;
  setLink(pages, page, peek(words, head + LARGE_RUNS));
  poke(words, head + LARGE_RUNS, page);
  poke(words, head + LARGE_PAGES, peek(words, head + LARGE_PAGES) + count);
  return page << PAGE_SHIFT;
}

/** Gives back a block that no record was written to. */
export function discardBlock(
  arena: Arena,
  words: Words,
  head: number,
  segment: number,
  block: number,
  size: number,
): void {
  if (size > EXTENT_RECORD_WORDS_MAX) freeLarge(arena, words, head, segment, block, size);
  else freeBlockOf(words, head, block, size);
}

/** Gives back the block of a record that no slot leads to any more, once nobody has a lease of it: see [lease]. */
export function freeRecord(arena: Arena, words: Words, head: number, segment: number, ref: number): void {
  const size = recordWords(words, ref);
  if (!(peek(words, ref) > 0)) throw new DamagedArenaError(`a slot leads to ${ref}, where no record is`);
  if (hasExpiry(words, ref)) poke(words, head + TTL_COUNT, peek(words, head + TTL_COUNT) - 1);
  // [lease] The last one who gives a lease of it back frees it.
  if (isLeased(words, ref) && detach(leaseTableOf(arena, segment), head, ref)) return;
  if (size > EXTENT_RECORD_WORDS_MAX) freeLarge(arena, words, head, segment, ref, size);
  else freeBlockOf(words, head, ref, size);
}

function freeLarge(arena: Arena, words: Words, head: number, segment: number, ref: number, size: number): void {
  const pages = pageTableOf(arena, segment);
  const page = ref >>> PAGE_SHIFT;
  const runs = chainOf(pages, head + LARGE_RUNS, segment, PAGE_LARGE);
  const place = ref === page << PAGE_SHIFT ? runs.indexOf(page) : -1;
  if (place < 0) throw new DamagedArenaError(`the record at ${ref} is in none of the large runs of segment ${segment}`);
  // [free-mark]
  releaseStore(words, ref, -size);
  // [validate-read] Another segment may write there next, and it does not speak of this segment's records.
  bumpEpoch(words, head);
  const next = linkOf(pages, page);
  if (place === 0) poke(words, head + LARGE_RUNS, next);
  else setLink(pages, runs[place - 1], next);
  poke(words, head + LARGE_PAGES, peek(words, head + LARGE_PAGES) - runPages(useOf(pages, page)));
  givePages(arena, pages, page, 0);
}

/** Removes all expired entries of a segment. One pass over its slots. */
function sweep(arena: Arena, words: Words, head: number, segment: number): void {
  const table = peek(words, head + TABLE);
  if (table === 0) return;
  const start = tableStart(table);
  const end = start + tableLines(table >>> TABLE_CLASS_SHIFT) * LINE_WORDS;
  const earliest = sweepSlots(arena, words, head, segment, start, end);
  setExpiries(words, head, peek(words, head + TTL_COUNT), earliest);
}

/**
 * Removes the expired entries of the slots from word `start` up to word `end`, and counts them in `expired`.
 *
 * @returns when the first of the others ends that have a TTL, in ms since 1970; Infinity if none has one
 */
export function sweepSlots(
  arena: Arena,
  words: Words,
  head: number,
  segment: number,
  start: number,
  end: number,
): number {
  let earliest = Number.POSITIVE_INFINITY;
  let swept = 0;
  for (let at = start; at < end; at += 2) {
    const ref = peek(words, at + REF);
    const expiry = ref === 0 ? 0 : expiryOf(words, ref);
    if (expiry === 0) continue;
    if (expiry > Date.now()) {
      earliest = Math.min(earliest, expiry);
      continue;
    }
    vacate(words, head, at);
    freeRecord(arena, words, head, segment, ref);
    swept += 1;
  }
  poke(words, head + EXPIRED, peek(words, head + EXPIRED) + swept);
  return earliest;
}

/**
 * Takes pages that other segments of the same buffer hold without need: expired entries, wholly free extents, untouched
 * ends, tables of many deleted keys. Locks that are not free are passed over.
 */
function gatherPages(arena: Arena, segment: number): boolean {
  let gathered = false;
  for (let other = segment % arena.bufferCount; other < arena.segmentCount; other += arena.bufferCount) {
    if (other === segment) continue;
    const words = arena.viewOf(other);
    const head = arena.headOf(other);
    if (!holdsSpare(words, head) || !tryAcquire(arena, words, head + LOCK)) continue;
    try {
      gathered = tidySegment(arena, words, head, other) || gathered;
      release(arena, words, head + LOCK);
    } catch (error) {
      // [full-stack]
      if ((words[head + LOCK] & ~LOCK_WAITERS) === arena.token) words[head + LOCK] = LOCK_ABANDONED;
      throw error;
    }
  }
  return gathered;
}

/** A glance without the lock at whether tidying a segment could free a page. */
function holdsSpare(words: Words, head: number): boolean {
  if (mayHaveExpired(words, head)) return true;
  if (peek(words, head + BUMP_END) - peek(words, head + BUMP_WORD) >= PAGE_WORDS) return true;
  const heapWords = peek(words, head + HEAP_PAGES) * PAGE_WORDS;
  if (peek(words, head + FREE_WORDS) > heapWords >>> 4 && mayTidy(words, head, PAGE_WORDS)) return true;
  return isOversized(words, head);
}

/** Gives back what segments hold without need, this one first, so that its table can grow. Returns whether there was any. */
export function makePages(arena: Arena, words: Words, head: number, segment: number): boolean {
  const gave = holdsSpare(words, head) && tidySegment(arena, words, head, segment);
  return gatherPages(arena, segment) || gave;
}

/** Gives back every page a segment can do without. The caller holds its lock. */
export function tidySegment(arena: Arena, words: Words, head: number, segment: number): boolean {
  const pages = pageTableOf(arena, segment);
  const before = peek(words, head + HEAP_PAGES) + peek(words, head + LARGE_PAGES);
  if (mayHaveExpired(words, head)) sweep(arena, words, head, segment);
  const shrunk = shrinkTable(arena, words, head, segment);
  // Not again and again for an oversized table that finds no pages to shrink into: a full store would crawl.
  const tidies = mayTidy(words, head, PAGE_WORDS);
  if (tidies) {
    coalesce(arena, words, head, segment, pages);
    const heapWords = peek(words, head + HEAP_PAGES) * PAGE_WORDS;
    if (peek(words, head + FREE_WORDS) > heapWords >>> 4) compact(arena, words, head, segment, pages);
  }
  trimBump(arena, words, head, pages);
  const gained = shrunk || peek(words, head + HEAP_PAGES) + peek(words, head + LARGE_PAGES) < before;
  if (tidies) poke(words, head + STUCK_WORDS, gained ? 0 : peek(words, head + FREE_WORDS));
  return gained;
}
