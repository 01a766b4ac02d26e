/** Removing all entries of a segment at once. */
import * as arenaLayout from '../../native-layout/arena.ts';
import * as segmentLayout from '../../native-layout/segment.ts';
import type { Arena } from '../memory/arena.ts';
import * as pageTableModule from '../memory/page-table.ts';
import * as pagesModule from '../memory/pages.ts';
import * as atomics from '#atomics';
import type { Words } from '#atomics';
import * as heapModule from './heap.ts';
import * as numberModule from './number.ts';
import * as recoveryModule from './recovery.ts';
import * as sectionModule from './section.ts';
import * as tableModule from './table.ts';

// Own constants fold, imported bindings are loaded at every use: see [hot-imports] in CONTRIBUTING.md.
const { LOCK_ABANDONED, LOCK_WAITERS, PAGE_EXTENT, PAGE_LARGE } = arenaLayout;
const { segmentHeader, TABLE_PAGE_MASK } = segmentLayout;
const { chainOf, pageTableOf } = pageTableModule;
const { givePages } = pagesModule;
const { peek, poke, store } = atomics;
const { bumpEpoch, clearBins } = heapModule;
const { takeSeq } = numberModule;
const { rebuildSegment } = recoveryModule;
const { enterSegment, leaveSegment } = sectionModule;
const { checkTable } = tableModule;

const BUMP_END = segmentHeader.word.bumpEnd;
const BUMP_WORD = segmentHeader.word.bumpWord;
const EXTENTS = segmentHeader.word.extents;
const HEAP_PAGES = segmentHeader.word.heapPages;
const LARGE_PAGES = segmentHeader.word.largePages;
const LARGE_RUNS = segmentHeader.word.largeRuns;
const LEASES = segmentHeader.word.leases;
const LIVE = segmentHeader.word.live;
const LOCK = segmentHeader.word.lock;
const TABLE = segmentHeader.word.table;
const TTL_COUNT = segmentHeader.word.ttlCount;
const USED = segmentHeader.word.used;

/** Removes all entries of a segment, by one store, and gives its pages back. O(pages of the segment). */
export function clearSegment(arena: Arena, segment: number): void {
  const words = arena.viewOf(segment);
  const head = arena.headOf(segment);
  enterSegment(arena, words, head, segment);
  try {
    clearLocked(arena, words, head, segment);
    leaveSegment(arena, words, head);
  } catch (error) {
    // [full-stack]
    if ((words[head + LOCK] & ~LOCK_WAITERS) === arena.token) words[head + LOCK] = LOCK_ABANDONED;
    throw error;
  }
}

function clearLocked(arena: Arena, words: Words, head: number, segment: number): void {
  const table = peek(words, head + TABLE);
  // Without a table it is empty, but for what leases keep or have kept since the last time.
  if (table === 0 && peek(words, head + EXTENTS) === 0) return;
  const pages = pageTableOf(arena, segment);
  if (table !== 0) checkTable(pages, table, segment);
  const runs = [
    ...chainOf(pages, head + EXTENTS, segment, PAGE_EXTENT),
    ...chainOf(pages, head + LARGE_RUNS, segment, PAGE_LARGE),
  ];
  takeSeq(words, head);
  // [publish-table] From here on the segment is empty; what follows only tidies up, and recovery would do the same.
  store(words, head + TABLE, 0);
  bumpEpoch(words, head);
  if (table === 0 || peek(words, head + LEASES) !== 0) {
    // [lease] What is pinned stays where it is, as in a repair.
    rebuildSegment(arena, words, head, segment);
    return;
  }
  givePages(arena, pages, table & TABLE_PAGE_MASK, 0);
  for (const page of runs) givePages(arena, pages, page, 0);
  clearBins(words, head);
  for (const field of CLEARED) poke(words, head + field, 0);
}

const CLEARED: readonly number[] = [
  LIVE,
  USED,
  HEAP_PAGES,
  LARGE_PAGES,
  EXTENTS,
  LARGE_RUNS,
  BUMP_WORD,
  BUMP_END,
  TTL_COUNT,
];
