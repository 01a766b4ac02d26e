import {
  arenaHeader,
  BUFFER_BYTES_MAX,
  PAGE_BYTES,
  PAGE_WORDS,
  pageEntry,
  ring,
  threadEntry,
  THREADS_MAX,
} from './arena.ts';
import { LEASE_PAGES, leaseEntry, LEASES_MAX, LEASES_MIN } from './lease.ts';
import { LINE_WORDS, segmentHeader } from './segment.ts';

/** Where everything lies in one buffer. Words are 32-bit words from the start of the buffer. */
export interface BufferGeometry {
  readonly byteLength: number;
  /** Pages in use; one more lies behind them, never written, so that a read of a torn length stays inside the buffer. */
  readonly pageCount: number;
  /** Segments whose header and data are in this buffer. */
  readonly segmentCount: number;
  readonly threadsWord: number;
  readonly ringWord: number;
  readonly leasesWord: number;
  /** Entries of the lease table. */
  readonly leaseCount: number;
  readonly segmentsWord: number;
  readonly pageTableWord: number;
  /** First page that the heap may use; pages below hold the structures above. */
  readonly firstPage: number;
}

/** Sizes of an arena, a pure function of its budget and its segment count. */
export interface Geometry {
  readonly memoryPages: number;
  readonly segmentCount: number;
  readonly buffers: readonly BufferGeometry[];
}

export const MEMORY_BYTES_MIN: number = 256 * 1024;
export const MEMORY_BYTES_MAX: number = 2 ** 40;
export const SEGMENTS_MIN = 1;
export const SEGMENTS_MAX = 4096;
/** Memory for which the default adds one more segment. */
const SEGMENT_BYTES = 512 * 1024;
/** Pages at the end of a buffer that nothing is ever written to. */
export const GUARD_PAGES = 1;

/** The default number of segments: a power of two, one for each 512 KiB, from 8 to 4096. */
export function defaultSegmentCount(memoryBytes: number): number {
  const wanted = memoryBytes / SEGMENT_BYTES;
  let count = 8;
  while (count < wanted && count < SEGMENTS_MAX) count *= 2;
  return count;
}

/**
 * Cuts a budget into buffers of at most 1 GiB and lays out each.
 *
 * @param memoryBytes the whole budget, rounded down to pages
 * @param segmentCount a power of two
 * @returns the geometry, or null when the metadata leave less than two pages a segment
 */
export function computeGeometry(memoryBytes: number, segmentCount: number): Geometry | null {
  const memoryPages = Math.floor(memoryBytes / PAGE_BYTES);
  const bufferCount = Math.ceil(memoryPages / (BUFFER_BYTES_MAX / PAGE_BYTES));
  if (segmentCount < bufferCount) return null;
  const buffers: BufferGeometry[] = [];
  for (let index = 0; index < bufferCount; index++) {
    const share = Math.floor(memoryPages / bufferCount) + (index < memoryPages % bufferCount ? 1 : 0);
    const segments = Math.ceil((segmentCount - index) / bufferCount);
    const buffer = bufferGeometry(share - GUARD_PAGES, segments, segmentCount);
    if (buffer.pageCount - buffer.firstPage < 2 * segments) return null;
    buffers.push(buffer);
  }
  return { memoryPages, segmentCount, buffers };
}

function bufferGeometry(pageCount: number, segmentsHere: number, segmentCount: number): BufferGeometry {
  const threadsWord = arenaHeader.words;
  const ringWord = threadsWord + THREADS_MAX * threadEntry.words;
  const leasesWord = alignTo(LINE_WORDS, ringWord + ring.words + segmentCount);
  const leaseCount = Math.max(LEASES_MIN, Math.min(LEASES_MAX, Math.floor(pageCount / LEASE_PAGES)));
  const segmentsWord = alignToPage(leasesWord + leaseCount * leaseEntry.words);
  const pageTableWord = alignToPage(segmentsWord + segmentsHere * segmentHeader.words);
  const firstPage = alignToPage(pageTableWord + pageCount * pageEntry.words) / PAGE_WORDS;
  return {
    byteLength: (pageCount + GUARD_PAGES) * PAGE_BYTES,
    pageCount,
    segmentCount: segmentsHere,
    threadsWord,
    ringWord,
    leasesWord,
    leaseCount,
    segmentsWord,
    pageTableWord,
    firstPage,
  };
}

function alignToPage(word: number): number {
  return alignTo(PAGE_WORDS, word);
}

function alignTo(unit: number, word: number): number {
  return Math.ceil(word / unit) * unit;
}
