/** Numbers about a store, read without locks: each is right by itself, together they may be of slightly different moments. */
import { PAGE_BYTES } from '../../native-layout/arena.ts';
import { segmentHeader, TABLE_CLASS_SHIFT, tablePages } from '../../native-layout/segment.ts';
import type { Arena } from '../memory/arena.ts';
import { pageTableOf } from '../memory/page-table.ts';
import { freePagesOf, pageRecoveriesOf } from '../memory/pages.ts';
import { countThreads } from '../memory/threads.ts';
import { countLeases } from '../segment/lease-table.ts';
import { peek } from '#atomics';

const H = segmentHeader.word;

export interface StoreStats {
  readonly name: string;
  readonly codec: string;
  /** Entries, those whose TTL is over but whose memory has not been reclaimed yet included. */
  readonly entries: number;
  /** The budget in bytes, metadata included. */
  readonly memoryBytes: number;
  /** Bytes of the budget in nobody's use. */
  readonly freeBytes: number;
  /** Bytes of records and of the gaps between them. */
  readonly heapBytes: number;
  /** Bytes of those gaps. */
  readonly gapBytes: number;
  /** Bytes of values too large for the heap, in pages of their own. */
  readonly largeBytes: number;
  /** Bytes of the index. */
  readonly tableBytes: number;
  /** Bytes of entries that were overwritten or removed and that leases keep; part of heapBytes and largeBytes. */
  readonly detachedBytes: number;
  /** Leased entries, counted once for each thread that leases them; those of dead threads until they are reclaimed. */
  readonly leases: number;
  readonly segments: number;
  /** Threads attached now, as far as known. */
  readonly threads: number;
  /** Times a segment or a page table was repaired after the death of a thread. */
  readonly recoveries: number;
  /** Times the index of a segment was replaced by a larger or smaller one. */
  readonly growths: number;
  /** Times free memory of a segment was merged. */
  readonly coalesces: number;
  /** Runs of pages emptied by moving records together. */
  readonly compactions: number;
  /** Entries reclaimed because their TTL was over. */
  readonly expired: number;
}

/** Sums up all segments. O(segments and leases). */
export function collectStats(arena: Arena, name: string, codec: string): StoreStats {
  let [entries, heapPages, gapWords, largePages, tables] = [0, 0, 0, 0, 0];
  let detachedWords = 0;
  let [recoveries, growths, coalesces, compactions, expired] = [0, 0, 0, 0, 0];
  for (let segment = 0; segment < arena.segmentCount; segment++) {
    const words = arena.viewOf(segment);
    const head = arena.headOf(segment);
    const table = peek(words, head + H.table);
    entries += peek(words, head + H.live);
    heapPages += peek(words, head + H.heapPages);
    gapWords += peek(words, head + H.freeWords) + peek(words, head + H.bumpEnd) - peek(words, head + H.bumpWord);
    largePages += peek(words, head + H.largePages);
    detachedWords += peek(words, head + H.detachedWords);
    if (table !== 0) tables += tablePages(table >>> TABLE_CLASS_SHIFT);
    recoveries += peek(words, head + H.recoveries);
    growths += peek(words, head + H.growths);
    coalesces += peek(words, head + H.coalesces);
    compactions += peek(words, head + H.compactions);
    expired += peek(words, head + H.expired);
  }
  let freePages = 0;
  for (let buffer = 0; buffer < arena.bufferCount; buffer++) {
    const pages = pageTableOf(arena, buffer);
    freePages += freePagesOf(pages);
    recoveries += pageRecoveriesOf(pages);
  }
  return {
    name,
    codec,
    entries,
    memoryBytes: arena.geometry.memoryPages * PAGE_BYTES,
    freeBytes: freePages * PAGE_BYTES,
    heapBytes: heapPages * PAGE_BYTES,
    gapBytes: gapWords * 4,
    largeBytes: largePages * PAGE_BYTES,
    tableBytes: tables * PAGE_BYTES,
    detachedBytes: detachedWords * 4,
    leases: countLeases(arena),
    segments: arena.segmentCount,
    threads: countThreads(arena.words, arena.threadsWord),
    recoveries,
    growths,
    coalesces,
    compactions,
    expired,
  };
}

/** Entries of all segments, expired ones that were not reclaimed included. O(segments). */
export function countEntries(arena: Arena): number {
  let entries = 0;
  for (let segment = 0; segment < arena.segmentCount; segment++) {
    entries += peek(arena.viewOf(segment), arena.headOf(segment) + H.live);
  }
  return entries;
}
