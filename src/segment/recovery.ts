/**
 * Repair of a segment whose lock holder died or failed midway. See [owner-died] in native-layout/README.md.
 *
 * The index and the lease table are the truth: what a live slot or a lease leads to is a record, every other word of the
 * segment's pages is free. Nothing here touches a slot, nor a record but to complete a replacement in place and to mark
 * which are leased, so readers go on meanwhile; a repair that dies itself is done again from the start.
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
import * as inPlaceModule from './in-place.ts';
import * as leaseModule from './lease-table.ts';
import * as recordModule from './record.ts';
import * as tableModule from './table.ts';

// Own constants fold, imported bindings are loaded at every use: see [hot-imports] in CONTRIBUTING.md.
const { PAGE_EXTENT, PAGE_LARGE, PAGE_SHIFT, PAGE_TABLE, PAGE_WORDS } = arenaLayout;
const { LINE_WORDS, segmentHeader, TABLE_CLASS_SHIFT, TABLE_PAGE_MASK, tableLines } = segmentLayout;
const { pageTableOf, runKind, runPages, runSegment, setLink, useOf } = pageTableModule;
const { givePages } = pagesModule;
const { peek, poke } = atomics;
const { bumpEpoch, clearBins, listFree } = heapModule;
const { completeIntent } = inPlaceModule;
const { relistLeases, unmark } = leaseModule;
const { hasExpiry, isLeased, recordWords } = recordModule;
const { checkTable, tableStart } = tableModule;

const BUMP_END = segmentHeader.word.bumpEnd;
const BUMP_WORD = segmentHeader.word.bumpWord;
const EXTENTS = segmentHeader.word.extents;
const HEAP_PAGES = segmentHeader.word.heapPages;
const LARGE_PAGES = segmentHeader.word.largePages;
const LARGE_RUNS = segmentHeader.word.largeRuns;
const LIVE = segmentHeader.word.live;
const RECOVERIES = segmentHeader.word.recoveries;
const TABLE = segmentHeader.word.table;
const TTL_COUNT = segmentHeader.word.ttlCount;
const USED = segmentHeader.word.used;
const REF = slotLayout.word.ref;

/** [owner-died] Repairs a segment whose lock was taken over. O(n log n) in its entries, see `rebuildSegment`. */
export function recoverSegment(arena: Arena, words: Words, head: number, segment: number): void {
  bumpEpoch(words, head);
  completeIntent(words, head);
  rebuildSegment(arena, words, head, segment);
  poke(words, head + RECOVERIES, peek(words, head + RECOVERIES) + 1);
}

/**
 * Makes all that is derived anew. O(n log n) in the entries of the segment, plus one pass over the buffer's page table,
 * without the page lock: see [page-run]. The caller has bumped the epoch.
 */
export function rebuildSegment(arena: Arena, words: Words, head: number, segment: number): void {
  const pages = pageTableOf(arena, segment);
  const refs = relistLeases(arena, head, segment, liveRefs(words, head, segment, pages));
  clearBins(words, head);
  for (const field of [BUMP_WORD, BUMP_END, EXTENTS, LARGE_RUNS, HEAP_PAGES, LARGE_PAGES]) poke(words, head + field, 0);
  let next = 0;
  for (let page = pages.firstPage; page < pages.pageCount; ) {
    const use = useOf(pages, page);
    const count = runPages(use);
    if (use !== 0 && runSegment(use) === segment) {
      next = adoptRun(arena, words, head, segment, pages, page, use, refs, next);
    }
    page += count;
  }
  if (next < refs.length) throw damaged(segment, refs[next]);
}

function damaged(segment: number, ref: number): DamagedArenaError {
  return new DamagedArenaError(`a slot of segment ${segment} leads to ${ref}, where none of its records can be`);
}

/** Counts the slots anew and returns what they lead to, in order of address, with no mark of a lease. */
function liveRefs(words: Words, head: number, segment: number, pages: PageTable): Int32Array {
  const table = peek(words, head + TABLE);
  if (table !== 0) checkTable(pages, table, segment);
  const slots = table === 0 ? 0 : tableLines(table >>> TABLE_CLASS_SHIFT) * (LINE_WORDS / 2);
  const start = tableStart(table);
  const refs = new Int32Array(slots);
  let live = 0;
  let used = 0;
  let withTtl = 0;
  for (let at = start; at < start + slots * 2; at += 2) {
    if (peek(words, at) !== 0) used += 1;
    const ref = peek(words, at + REF);
    if (ref === 0) continue;
    refs[live++] = ref;
    if (hasExpiry(words, ref)) withTtl += 1;
    if (isLeased(words, ref)) unmark(words, ref);
  }
  poke(words, head + LIVE, live);
  poke(words, head + USED, used);
  poke(words, head + TTL_COUNT, withTtl);
  return refs.subarray(0, live).sort();
}

/** Takes a run of the segment into its chains, or gives it back when nothing lives in it. Returns the next ref to place. */
function adoptRun(
  arena: Arena,
  words: Words,
  head: number,
  segment: number,
  pages: PageTable,
  page: number,
  use: number,
  refs: Int32Array,
  first: number,
): number {
  const start = page << PAGE_SHIFT;
  const end = start + runPages(use) * PAGE_WORDS;
  const table = peek(words, head + TABLE);
  if (runKind(use) === PAGE_TABLE) {
    if (table === 0 || page !== (table & TABLE_PAGE_MASK)) givePages(arena, pages, page, 0);
    return first;
  }
  const lives = first < refs.length && refs[first] < end;
  if (lives && refs[first] < start) throw damaged(segment, refs[first]);
  if (!lives) {
    givePages(arena, pages, page, 0);
    return first;
  }
  if (runKind(use) === PAGE_LARGE) {
    if (refs[first] !== start) throw damaged(segment, refs[first]);
    chain(words, pages, head + LARGE_RUNS, head + LARGE_PAGES, page, runPages(use));
    return first + 1;
  }
  if (runKind(use) === PAGE_EXTENT) chain(words, pages, head + EXTENTS, head + HEAP_PAGES, page, runPages(use));
  return fillGaps(words, head, segment, start, end, refs, first);
}

function chain(words: Words, pages: PageTable, headWord: number, countWord: number, page: number, count: number): void {
  setLink(pages, page, peek(words, headWord));
  poke(words, headWord, page);
  poke(words, countWord, peek(words, countWord) + count);
}

/** Everything in an extent that is no live record becomes free blocks. */
function fillGaps(
  words: Words,
  head: number,
  segment: number,
  start: number,
  end: number,
  refs: Int32Array,
  first: number,
): number {
  let at = start;
  let next = first;
  for (; next < refs.length && refs[next] < end; next++) {
    const ref = refs[next];
    const size = recordWords(words, ref);
    if (ref < at || ref + size > end) throw damaged(segment, ref);
    if (ref > at) listFree(words, head, at, ref - at);
    at = ref + size;
  }
  if (at < end) listFree(words, head, at, end - at);
  return next;
}
