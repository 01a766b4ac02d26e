/**
 * Checks everything that a segment's words say of each other. Called by users who want to know and by every test that
 * kills something; it takes the segment's lock, so writers of that segment wait for it.
 */
import {
  LOCK_ABANDONED,
  LOCK_WAITERS,
  PAGE_EXTENT,
  PAGE_LARGE,
  PAGE_SHIFT,
  PAGE_TABLE,
  PAGE_WORDS,
} from '../../native-layout/arena.ts';
import { META_CHANGING, META_KEY_KIND_MASK, KEY_BYTES_MAX, RECORD_META } from '../../native-layout/record.ts';
import {
  BIN_COUNT,
  BIN_MAP_WORDS,
  homeLine,
  LINE_WORDS,
  PROBE_LINES_MAX,
  segmentHeader,
  slot as slotLayout,
  TABLE_CLASS_SHIFT,
  TABLE_PAGE_MASK,
  tableLines,
  tablePages,
} from '../../native-layout/segment.ts';
import { DamagedArenaError } from '../errors.ts';
import type { Arena } from '../memory/arena.ts';
import { linkOf, pageTableOf, runKind, runPages, runSegment, useOf, type PageTable } from '../memory/page-table.ts';
import { peek, type Words } from '#atomics';
import { reclaimSegment } from './lease.ts';
import { earliestExpiryOf } from './expiry.ts';
import { expiryOf, hasExpiry, keyBytesOf, keyWord, recordWords } from './record.ts';
import { enterSegment, leaveSegment } from './section.ts';
import { tableStart } from './table.ts';
import { verifyDetached, verifyLeases } from './verify-leases.ts';

const BIN_MAP = segmentHeader.word.binMap;
const BINS = segmentHeader.word.bins;
const BUMP_END = segmentHeader.word.bumpEnd;
const BUMP_WORD = segmentHeader.word.bumpWord;
const EXTENTS = segmentHeader.word.extents;
const FREE_WORDS = segmentHeader.word.freeWords;
const HEAP_PAGES = segmentHeader.word.heapPages;
const INTENT = segmentHeader.word.intent;
const LARGE_PAGES = segmentHeader.word.largePages;
const LARGE_RUNS = segmentHeader.word.largeRuns;
const LOCK = segmentHeader.word.lock;
const LIVE = segmentHeader.word.live;
const NEXT_SEQ = segmentHeader.word.nextSeq;
const TABLE = segmentHeader.word.table;
const TTL_COUNT = segmentHeader.word.ttlCount;
const USED = segmentHeader.word.used;
const REF = slotLayout.word.ref;

/** Hash of a key's words, as `hashWords` of the hash room. */
export type KeyHash = (words: Words, wordIndex: number, byteLength: number, kind: number) => number;

/** Returns what is wrong in a segment, in words; nothing when it is in order. O(its entries and pages). */
export function verifySegment(arena: Arena, segment: number, hashOf: KeyHash): string[] {
  const words = arena.viewOf(segment);
  const head = arena.headOf(segment);
  const problems: string[] = [];
  try {
    // A section of its own: it writes, and what fails in it has to be repaired.
    reclaimSegment(arena, segment, true);
  } catch (error) {
    if (!(error instanceof DamagedArenaError)) throw error;
    problems.push(`giving leases of the dead back failed: ${error.message}`);
  }
  enterSegment(arena, words, head, segment);
  let failure: unknown;
  try {
    const pages = pageTableOf(arena, segment);
    const blocks = verifyRuns(words, head, segment, pages, problems);
    verifyBump(words, head, pages, problems);
    const leased = verifyLeases(arena, words, head, segment, blocks.records, problems);
    verifySlots(arena, words, head, segment, blocks, hashOf, problems);
    verifyDetached(words, head, blocks.records, leased, problems);
    verifyBins(words, head, blocks, problems);
  } catch (error) {
    failure = error;
  }
  try {
    leaveSegment(arena, words, head);
  } catch (error) {
    // [full-stack]
    if ((words[head + LOCK] & ~LOCK_WAITERS) === arena.token) words[head + LOCK] = LOCK_ABANDONED;
    throw error;
  }
  if (failure !== undefined) problems.push(`reading it failed: ${(failure as Error).message}`);
  return problems.map((problem) => `segment ${segment}: ${problem}`);
}

interface Blocks {
  readonly records: Set<number>;
  readonly free: Map<number, number>;
}

function expectEqual(problems: string[], what: string, counted: number, found: number): void {
  if (counted !== found) problems.push(`${what} is ${counted}, found ${found}`);
}

/** Every page of the segment is in a chain or is its table, and every extent is made of blocks. */
function verifyRuns(words: Words, head: number, segment: number, pages: PageTable, problems: string[]): Blocks {
  const blocks: Blocks = { records: new Set(), free: new Map() };
  const extents = new Set(chainOf(pages, peek(words, head + EXTENTS)));
  const large = new Set(chainOf(pages, peek(words, head + LARGE_RUNS)));
  const table = peek(words, head + TABLE);
  let heapPages = 0;
  let largePages = 0;
  for (let page = pages.firstPage; page < pages.pageCount; page += runPages(useOf(pages, page))) {
    const use = useOf(pages, page);
    if (use === 0 || runSegment(use) !== segment) continue;
    const count = runPages(use);
    const start = page << PAGE_SHIFT;
    if (runKind(use) === PAGE_EXTENT && extents.delete(page)) {
      heapPages += count;
      verifyExtent(words, head, start, start + count * PAGE_WORDS, blocks, problems);
    } else if (runKind(use) === PAGE_LARGE && large.delete(page)) {
      largePages += count;
      blocks.records.add(start);
      if (!(peek(words, start) > 0)) problems.push(`the large run ${page} begins with no record`);
      expectEqual(problems, `pages of the large run ${page}`, count, Math.ceil(recordWords(words, start) / PAGE_WORDS));
    } else if (
      runKind(use) !== PAGE_TABLE ||
      page !== (table & TABLE_PAGE_MASK) ||
      count !== tablePages(table >>> TABLE_CLASS_SHIFT)
    ) {
      problems.push(`the run of ${count} pages at page ${page} of kind ${runKind(use)} is not in use: a leak`);
    }
  }
  if (extents.size + large.size > 0) problems.push(`${extents.size + large.size} runs of its chains are not its own`);
  expectEqual(problems, 'heapPages', peek(words, head + HEAP_PAGES), heapPages);
  expectEqual(problems, 'largePages', peek(words, head + LARGE_PAGES), largePages);
  return blocks;
}

/** The untouched words are at the end of the newest extent, or there are none. */
function verifyBump(words: Words, head: number, pages: PageTable, problems: string[]): void {
  const bumpWord = peek(words, head + BUMP_WORD);
  const bumpEnd = peek(words, head + BUMP_END);
  if (bumpWord === 0 && bumpEnd === 0) return;
  const page = peek(words, head + EXTENTS);
  const end = (page + runPages(useOf(pages, page))) << PAGE_SHIFT;
  if (bumpWord < page << PAGE_SHIFT || bumpWord > bumpEnd || bumpEnd !== end) {
    problems.push(`the untouched words ${bumpWord} to ${bumpEnd} are not at the end of the extent of page ${page}`);
  }
}

function chainOf(pages: PageTable, first: number): number[] {
  const chain: number[] = [];
  for (let page = first; page !== 0 && chain.length < pages.pageCount; page = linkOf(pages, page)) chain.push(page);
  return chain;
}

function verifyExtent(
  words: Words,
  head: number,
  start: number,
  end: number,
  blocks: Blocks,
  problems: string[],
): void {
  const bumpWord = peek(words, head + BUMP_WORD);
  const hasBump = peek(words, head + BUMP_END) === end && bumpWord >= start && bumpWord < end;
  const blocksEnd = hasBump ? bumpWord : end;
  let at = start;
  // The length of a damaged run may lead out of the buffer.
  while (at < blocksEnd && at < words.length) {
    const first = peek(words, at);
    if (first === 0) break;
    if (first > 0) blocks.records.add(at);
    else blocks.free.set(at, -first);
    at += first < 0 ? -first : recordWords(words, at);
  }
  if (at !== blocksEnd) problems.push(`the blocks of the extent at word ${start} end at ${at} instead of ${blocksEnd}`);
}

/** Every slot leads to a record of its own, under its own hash, where a search finds it. Leaves the records without. */
function verifySlots(
  arena: Arena,
  words: Words,
  head: number,
  segment: number,
  blocks: Blocks,
  hashOf: KeyHash,
  problems: string[],
): void {
  const table = peek(words, head + TABLE);
  const sizeClass = table >>> TABLE_CLASS_SHIFT;
  const lines = table === 0 ? 0 : tableLines(sizeClass);
  const start = tableStart(table);
  let live = 0;
  let used = 0;
  let withTtl = 0;
  let earliest = Number.POSITIVE_INFINITY;
  for (let at = start; at < start + lines * LINE_WORDS; at += 2) {
    const tag = peek(words, at);
    const ref = peek(words, at + REF);
    if (tag !== 0) used += 1;
    if (ref === 0) continue;
    live += 1;
    if (!blocks.records.delete(ref)) {
      problems.push(`slot ${at} leads to ${ref}, which is no record or has another slot`);
      continue;
    }
    if (hasExpiry(words, ref)) {
      withTtl += 1;
      earliest = Math.min(earliest, expiryOf(words, ref));
    }
    if ((peek(words, ref + RECORD_META) & META_CHANGING) !== 0)
      problems.push(`the record at ${ref} is marked as changing`);
    const hash = keyHashOf(words, ref, hashOf);
    if (hash !== tag) problems.push(`slot ${at} has tag ${tag}, its key hashes to ${hash}`);
    if (arena.segmentBits > 0 && tag >>> (32 - arena.segmentBits) !== segment)
      problems.push(`tag ${tag} is of another segment`);
    verifyPath(words, start, lines, homeLine((tag << arena.segmentBits) >>> 3, sizeClass), at, problems);
  }
  expectEqual(problems, 'live', peek(words, head + LIVE), live);
  expectEqual(problems, 'used', peek(words, head + USED), used);
  expectEqual(problems, 'ttlCount', peek(words, head + TTL_COUNT), withTtl);
  if (earliest < earliestExpiryOf(words, head)) problems.push(`an entry ends at ${earliest}, before earliestExpiry`);
  expectEqual(problems, 'intent', peek(words, head + INTENT), 0);
  if (peek(words, head + NEXT_SEQ) <= 0) problems.push(`nextSeq is ${peek(words, head + NEXT_SEQ)}`);
}

/** Hash of a record's key; 0, which no key has, for a length or a padding that no key has. */
function keyHashOf(words: Words, ref: number, hashOf: KeyHash): number {
  const meta = peek(words, ref + RECORD_META);
  const keyBytes = keyBytesOf(words, ref);
  if (keyBytes < 0 || keyBytes > KEY_BYTES_MAX) return 0;
  const at = keyWord(words, ref);
  // Searches compare whole words. In the hash, the bytes that fill up the last one share their place with length and kind.
  const lastBytes = keyBytes & 3;
  if (lastBytes !== 0 && peek(words, at + (keyBytes >>> 2)) >>> (lastBytes * 8) !== 0) return 0;
  return hashOf(words, at, keyBytes, meta & META_KEY_KIND_MASK);
}

/** No line between a key's home line and its own has an empty slot, where a search would end. */
function verifyPath(words: Words, start: number, lines: number, home: number, at: number, problems: string[]): void {
  const line = Math.floor((at - start) / LINE_WORDS);
  const steps = (line - home + lines) % lines;
  if (steps >= PROBE_LINES_MAX) problems.push(`slot ${at} is ${steps} lines from its home`);
  for (let step = 0; step < steps; step++) {
    const first = start + ((home + step) % lines) * LINE_WORDS;
    for (let other = first; other < first + LINE_WORDS; other += 2) {
      if (peek(words, other) === 0) problems.push(`a search for slot ${at} ends at slot ${other}`);
    }
  }
}

/** Every free block of two words or more is in exactly one list, and the counter has them all. */
function verifyBins(words: Words, head: number, blocks: Blocks, problems: string[]): void {
  let freeWords = 0;
  for (const size of blocks.free.values()) freeWords += size;
  expectEqual(problems, 'freeWords', peek(words, head + FREE_WORDS), freeWords);
  const unused = peek(words, head + BIN_MAP + BIN_MAP_WORDS - 1) >>> (BIN_COUNT & 31);
  expectEqual(problems, 'bits of lists that do not exist', unused, 0);
  for (let bin = 0; bin < BIN_COUNT; bin++) {
    const first = peek(words, head + BINS + bin);
    const bit = (peek(words, head + BIN_MAP + (bin >>> 5)) >>> (bin & 31)) & 1;
    expectEqual(problems, `bit of list ${bin}`, bit, first === 0 ? 0 : 1);
    for (let block = first; block !== 0; block = peek(words, block + 1)) {
      if (blocks.free.delete(block)) continue;
      problems.push(`list ${bin} has block ${block}, which is not free or is in two lists`);
      break;
    }
  }
  for (const [block, size] of blocks.free)
    if (size > 1) problems.push(`free block ${block} of ${size} words is in no list`);
}
