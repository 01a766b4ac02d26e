/**
 * Merging free blocks, moving records together, and giving pages back. Every function is called under the lock of the
 * segment, works from the headers of the blocks in its extents, and leaves all records reachable at every step.
 */
import {
  segmentHeader,
  slot as slotLayout,
  TABLE_CLASS_SHIFT,
  tableLines,
  LINE_WORDS,
} from '../../native-layout/segment.ts';
import { PAGE_EXTENT, PAGE_SHIFT, PAGE_WORDS } from '../../native-layout/arena.ts';
import { DamagedArenaError } from '../errors.ts';
import type { Arena } from '../memory/arena.ts';
import { chainOf, linkOf, extentPages, runPages, setLink, useOf, type PageTable } from '../memory/page-table.ts';
import { givePages, takePages } from '../memory/pages.ts';
import { moveRun, peek, poke, releaseStore, reuseFence, type Words } from '#atomics';
import { allocate, bumpEpoch, clearBins, listFree, openBump, retireBump } from './heap.ts';
import { isLeased, recordWords } from './record.ts';
import { tableStart } from './table.ts';

const BUMP_END = segmentHeader.word.bumpEnd;
const BUMP_WORD = segmentHeader.word.bumpWord;
const COALESCES = segmentHeader.word.coalesces;
const COMPACTIONS = segmentHeader.word.compactions;
const EXTENTS = segmentHeader.word.extents;
const HEAP_PAGES = segmentHeader.word.heapPages;
const TABLE = segmentHeader.word.table;
const REF = slotLayout.word.ref;
/** Extents with less than 1/16 of free words are not worth emptying. */
const WORTH_EMPTYING_SHIFT = 4;
/** Pages that are emptied into holes at a time. */
const EMPTIED_PAGES_MAX = 32;

/** Words of a block, whether record or free; its sign tells which. It must not reach beyond `end`. */
function blockWords(words: Words, block: number, end: number): number {
  const first = peek(words, block);
  if (first === 0) throw new DamagedArenaError(`block ${block} is neither a record nor free`);
  const size = first < 0 ? -first : recordWords(words, block);
  if (block + size > end) throw new DamagedArenaError(`block ${block} of ${size} words reaches beyond ${end}`);
  return size;
}

/** Where the blocks of an extent end: at its last page, or where the untouched words of the newest extent begin. */
function blocksEnd(words: Words, head: number, start: number, end: number): number {
  const bumpWord = peek(words, head + BUMP_WORD);
  return bumpWord > 0 && bumpWord >= start && bumpWord < end && peek(words, head + BUMP_END) === end ? bumpWord : end;
}

/**
 * Merges neighbouring free blocks and gives extents that are wholly free back. O(blocks of the segment).
 */
export function coalesce(arena: Arena, words: Words, head: number, segment: number, pages: PageTable): void {
  const extents = chainOf(pages, head + EXTENTS, segment, PAGE_EXTENT);
  // [validate-read] Before any border changes: readers that began earlier must not trust what they hold.
  bumpEpoch(words, head);
  clearBins(words, head);
  let before = 0;
  for (const page of extents) {
    const count = runPages(useOf(pages, page));
    const start = page << PAGE_SHIFT;
    const end = start + count * PAGE_WORDS;
    const wholeFree = mergeExtent(words, head, start, blocksEnd(words, head, start, end), end);
    if (wholeFree) unlinkExtent(arena, words, head, pages, page, before, count);
    else before = page;
  }
  poke(words, head + COALESCES, peek(words, head + COALESCES) + 1);
}

/** Returns true, without listing anything, when the extent holds no record and is not the one being cut. */
function mergeExtent(words: Words, head: number, start: number, blocks: number, end: number): boolean {
  let free = 0;
  let freeStart = start;
  for (let block = start; block < blocks; ) {
    const size = blockWords(words, block, blocks);
    if (peek(words, block) < 0) {
      if (free === 0) freeStart = block;
      free += size;
    } else if (free > 0) {
      listFree(words, head, freeStart, free);
      free = 0;
    }
    block += size;
  }
  if (freeStart === start && free === end - start && free > 0) return true;
  if (free === 0) return false;
  if (blocks < end) poke(words, head + BUMP_WORD, freeStart);
  else listFree(words, head, freeStart, free);
  return false;
}

function unlinkExtent(
  arena: Arena,
  words: Words,
  head: number,
  pages: PageTable,
  page: number,
  before: number,
  count: number,
): void {
  // An exhausted newest extent can be wholly free: its end must not be taken for that of another one.
  if (peek(words, head + BUMP_END) === (page + count) << PAGE_SHIFT) {
    poke(words, head + BUMP_WORD, 0);
    poke(words, head + BUMP_END, 0);
  }
  if (before === 0) poke(words, head + EXTENTS, linkOf(pages, page));
  else setLink(pages, before, linkOf(pages, page));
  poke(words, head + HEAP_PAGES, peek(words, head + HEAP_PAGES) - count);
  givePages(arena, pages, page, 0);
}

/** Adds fresh pages to the heap, as many as are to be had between `least` and `most`. */
export function addExtent(
  arena: Arena,
  words: Words,
  head: number,
  segment: number,
  pages: PageTable,
  least: number,
  most: number,
  spare: boolean,
): boolean {
  for (let count = Math.max(most, least); count >= least; count = count > least ? Math.max(least, count >>> 1) : 0) {
    const page = takePages(arena, pages, segment, PAGE_EXTENT, count, spare);
    if (page === 0) continue;
    setLink(pages, page, peek(words, head + EXTENTS));
    poke(words, head + EXTENTS, page);
    poke(words, head + HEAP_PAGES, peek(words, head + HEAP_PAGES) + count);
    openBump(words, head, page, count);
    return true;
  }
  return false;
}

/** Gives whole pages at the untouched end of the newest extent back. Returns whether there were any. */
export function trimBump(arena: Arena, words: Words, head: number, pages: PageTable): boolean {
  const page = peek(words, head + EXTENTS);
  const bumpEnd = peek(words, head + BUMP_END);
  if (page === 0 || bumpEnd === 0) return false;
  const used = peek(words, head + BUMP_WORD) - (page << PAGE_SHIFT);
  const count = runPages(useOf(pages, page));
  const keep = (used + PAGE_WORDS - 1) >>> PAGE_SHIFT;
  if (keep >= count) return false;
  bumpEpoch(words, head);
  if (keep === 0) {
    unlinkExtent(arena, words, head, pages, page, 0, count);
    return true;
  }
  poke(words, head + BUMP_END, bumpEnd - (count - keep) * PAGE_WORDS);
  poke(words, head + HEAP_PAGES, peek(words, head + HEAP_PAGES) - (count - keep));
  givePages(arena, pages, page, keep);
  return true;
}

/**
 * Empties extents: their records move into the holes of the others or, when those do not serve, into fresh pages. Extents
 * with leased records stay as they are: see [lease].
 *
 * A record is copied, published at its new place by one store to its slot, and only then freed at the old one.
 *
 * @returns whether there is more room in one piece than before
 */
export function compact(arena: Arena, words: Words, head: number, segment: number, pages: PageTable): boolean {
  coalesce(arena, words, head, segment, pages);
  retireBump(words, head);
  const done =
    compactIntoHoles(arena, words, head, segment, pages) || compactIntoFreshPages(arena, words, head, segment, pages);
  if (done) poke(words, head + COMPACTIONS, peek(words, head + COMPACTIONS) + 1);
  return done;
}

interface Extent {
  readonly page: number;
  readonly pages: number;
  /** Words of its records. */
  readonly live: number;
  /** Whether it has a record that may not be moved. */
  readonly isPinned: boolean;
}

function freeOf(extent: Extent): number {
  return extent.pages * PAGE_WORDS - extent.live;
}

function surveyExtents(words: Words, head: number, segment: number, pages: PageTable): Extent[] {
  const extents: Extent[] = [];
  for (const page of chainOf(pages, head + EXTENTS, segment, PAGE_EXTENT)) {
    const count = runPages(useOf(pages, page));
    const end = (page + count) << PAGE_SHIFT;
    let live = 0;
    let isPinned = false;
    for (let block = page << PAGE_SHIFT; block < end; ) {
      const size = blockWords(words, block, end);
      if (peek(words, block) > 0) {
        live += size;
        // [lease] A record that is pinned keeps its address.
        isPinned ||= isLeased(words, block);
      }
      block += size;
    }
    extents.push({ page, pages: count, live, isPinned });
  }
  return extents;
}

/** Empties the topmost extents, so that long runs of pages come free there, as far as the holes of the others go. */
function compactIntoHoles(arena: Arena, words: Words, head: number, segment: number, pages: PageTable): boolean {
  const extents = surveyExtents(words, head, segment, pages);
  const before = peek(words, head + HEAP_PAGES);
  let holes = extents.reduce((sum, extent) => sum + freeOf(extent), 0);
  let emptied = 0;
  const victims: Extent[] = [];
  for (const extent of extents.sort((a, b) => b.page - a.page)) {
    if (extent.isPinned) continue;
    holes -= extent.pages * PAGE_WORDS;
    emptied += extent.pages;
    if (holes < 0 || (emptied > EMPTIED_PAGES_MAX && victims.length > 0)) break;
    victims.push(extent);
  }
  if (victims.length === 0) return false;
  listHoles(
    words,
    head,
    extents.filter((extent) => !victims.includes(extent)),
  );
  moveRecords(words, head, victims);
  // Emptied extents are wholly free now: this finds, unlinks and gives them back, after a new epoch.
  coalesce(arena, words, head, segment, pages);
  return peek(words, head + HEAP_PAGES) < before;
}

/** Empties the emptiest extents into the reserve; a whole one comes free for it, so that there is a reserve again. */
function compactIntoFreshPages(arena: Arena, words: Words, head: number, segment: number, pages: PageTable): boolean {
  const whole = extentPages(pages);
  const extents = surveyExtents(words, head, segment, pages)
    .filter((extent) => !extent.isPinned && freeOf(extent) > (extent.pages * PAGE_WORDS) >>> WORTH_EMPTYING_SHIFT)
    .sort((a, b) => Number(b.pages >= whole) - Number(a.pages >= whole) || a.live / a.pages - b.live / b.pages);
  const emptiest = extents[0];
  if (emptiest === undefined) return false;
  const least = (emptiest.live + PAGE_WORDS - 1) >>> PAGE_SHIFT;
  if (least >= emptiest.pages || !addExtent(arena, words, head, segment, pages, least, whole, true)) return false;
  let room = peek(words, head + BUMP_END) - peek(words, head + BUMP_WORD);
  const victims: Extent[] = [];
  for (const extent of extents) {
    if (extent.live > room) continue;
    victims.push(extent);
    room -= extent.live;
  }
  // Nothing but the fresh pages is on offer.
  clearBins(words, head);
  moveRecords(words, head, victims);
  coalesce(arena, words, head, segment, pages);
  return true;
}

/** Leaves only the free blocks of these extents to `allocate`. */
function listHoles(words: Words, head: number, extents: readonly Extent[]): void {
  clearBins(words, head);
  for (const { page, pages } of extents) {
    const end = (page + pages) << PAGE_SHIFT;
    for (let block = page << PAGE_SHIFT; block < end; ) {
      const size = blockWords(words, block, end);
      if (peek(words, block) < 0) listFree(words, head, block, size);
      block += size;
    }
  }
}

/** Moves the records of the victims to wherever `allocate` finds room; those for which it finds none stay. */
function moveRecords(words: Words, head: number, victims: readonly Extent[]): void {
  const lowest = Math.min(...victims.map(({ page }) => page));
  const highest = Math.max(...victims.map(({ page, pages }) => page + pages));
  const isVictim = new Uint8Array(highest - lowest);
  for (const { page, pages } of victims) isVictim.fill(1, page - lowest, page - lowest + pages);
  const table = peek(words, head + TABLE);
  const first = tableStart(table);
  const last = first + tableLines(table >>> TABLE_CLASS_SHIFT) * LINE_WORDS;
  for (let at = first; at < last; at += 2) {
    const ref = peek(words, at + REF);
    if (ref === 0 || isVictim[(ref >>> PAGE_SHIFT) - lowest] !== 1) continue;
    const size = recordWords(words, ref);
    const to = allocate(words, head, size);
    if (to === 0) continue;
    moveRun(words, to, ref, size);
    // [publish-record] The copy is complete before the slot leads to it.
    releaseStore(words, at + REF, to);
    // [free-mark] In no list: the next record must not move in here again.
    releaseStore(words, ref, -size);
    reuseFence(words, ref);
  }
}
