/**
 * The heap of a segment: blocks in extents of pages. All of it is derived from the index and is rebuilt by recovery;
 * every function here is called under the segment's lock.
 *
 * Free blocks of the same size up to 128 words form a list each, larger ones one list for each power of two, with a bit
 * map of the lists that are not empty (segregated fits; Wilson et al., "Dynamic Storage Allocation", 1995). The newest
 * extent ends in untouched words from which blocks are cut in order. Blocks are merged by `coalesce`, not one by one.
 */
import * as arenaLayout from '../../native-layout/arena.ts';
import * as recordLayout from '../../native-layout/record.ts';
import * as segmentLayout from '../../native-layout/segment.ts';
import { DamagedArenaError } from '../errors.ts';
import * as atomics from '#atomics';
import type { Words } from '#atomics';

// Own constants fold, imported bindings are loaded at every use: see [hot-imports] in CONTRIBUTING.md.
const { PAGE_SHIFT } = arenaLayout;
const { freeBlock } = recordLayout;
const { BIN_COUNT, BIN_MAP_WORDS, EXACT_BINS, segmentHeader } = segmentLayout;
const { peek, poke, releaseStore, reuseFence, store } = atomics;

const BIN_MAP = segmentHeader.word.binMap;
const BINS = segmentHeader.word.bins;
const BUMP_END = segmentHeader.word.bumpEnd;
const BUMP_WORD = segmentHeader.word.bumpWord;
const EPOCH = segmentHeader.word.epoch;
const FREE_WORDS = segmentHeader.word.freeWords;
const FREED_WORDS = segmentHeader.word.freedWords;
const EXTENTS = segmentHeader.word.extents;
const NEXT = freeBlock.word.next;
/** Longer ones would have no bin; extents are far shorter. */
const FREE_BLOCK_WORDS_MAX: number = 2 ** (BIN_COUNT - EXACT_BINS + 7) - 1;

/** Blocks of a list of mixed sizes that are looked at before the next list, where every block is large enough. */
const FIRST_FIT_BLOCKS_MAX = 8;

function binOf(size: number): number {
  return size <= EXACT_BINS ? size - 1 : EXACT_BINS - 7 + (31 - Math.clz32(size));
}

/**
 * Takes a block of exactly `size` words, from the free blocks or from the untouched end of the newest extent. O(1).
 *
 * @returns its word index, or 0 when neither has one
 */
export function allocate(words: Words, head: number, size: number): number {
  const bin = binOf(size);
  if (size <= EXACT_BINS) {
    const block = peek(words, head + BINS + bin);
    if (block !== 0) {
      if (peek(words, block) !== -size) throw damagedBlock(words, block, size);
      popFree(words, head, bin, block);
      poke(words, head + FREE_WORDS, peek(words, head + FREE_WORDS) - size);
      return block;
    }
  }
  const block = takeLarger(words, head, bin, size);
  return block !== 0 ? block : bump(words, head, size);
}

/** Cuts a block from the untouched end of the newest extent; 0 when it is too short. */
function bump(words: Words, head: number, size: number): number {
  const block = peek(words, head + BUMP_WORD);
  const end = peek(words, head + BUMP_END);
  if (block + size > end) return 0;
  if (block < peek(words, head + EXTENTS) << PAGE_SHIFT || end > words.length) throw damagedBlock(words, block, size);
  poke(words, head + BUMP_WORD, block + size);
  return block;
}

function takeLarger(words: Words, head: number, bin: number, size: number): number {
  if (bin >= EXACT_BINS) {
    const block = firstFit(words, head, bin, size);
    if (block !== 0) return split(words, head, block, size);
  }
  const larger = nextBin(words, head, bin + 1);
  if (larger === 0) return 0;
  const block = peek(words, head + BINS + larger);
  popFree(words, head, larger, block);
  return split(words, head, block, size);
}

function firstFit(words: Words, head: number, bin: number, size: number): number {
  let before = head + BINS + bin;
  let block = peek(words, before);
  for (let looked = 0; block !== 0 && looked < FIRST_FIT_BLOCKS_MAX; looked++) {
    if (-peek(words, block) >= size) {
      poke(words, before, peek(words, block + NEXT));
      if (peek(words, head + BINS + bin) === 0) clearBit(words, head, bin);
      return block;
    }
    before = block + NEXT;
    block = peek(words, before);
  }
  return 0;
}

/** Cuts `size` words off a block that is in no list any more; the rest goes back into one. */
function split(words: Words, head: number, block: number, size: number): number {
  const rest = -peek(words, block) - size;
  if (!(rest >= 0 && block + size <= words.length)) throw damagedBlock(words, block, size);
  poke(words, head + FREE_WORDS, peek(words, head + FREE_WORDS) - size);
  if (rest > 0) pushFree(words, head, block + size, rest);
  return block;
}

function damagedBlock(words: Words, block: number, size: number): DamagedArenaError {
  return new DamagedArenaError(`no free block of ${size} words is at ${block}: its first word is ${words[block]}`);
}

/** Makes `size` words at `block` a free block, without counting them. */
function pushFree(words: Words, head: number, block: number, size: number): void {
  if (!(block > 0 && size > 0 && size <= FREE_BLOCK_WORDS_MAX && block + size <= words.length)) {
    throw new DamagedArenaError(`${size} words at ${block} cannot be a free block`);
  }
  // [free-mark] A reader that still holds this block as a record learns from the sign that it no longer is one.
  releaseStore(words, block, -size);
  // The link goes where that record had its meta word.
  reuseFence(words, block);
  if (size < 2) return;
  const bin = binOf(size);
  poke(words, block + NEXT, peek(words, head + BINS + bin));
  poke(words, head + BINS + bin, block);
  const map = head + BIN_MAP + (bin >>> 5);
  poke(words, map, peek(words, map) | (1 << (bin & 31)));
}

/** Makes `size` words at `block` a free block, and counts them. */
export function listFree(words: Words, head: number, block: number, size: number): void {
  pushFree(words, head, block, size);
  poke(words, head + FREE_WORDS, peek(words, head + FREE_WORDS) + size);
}

/** Gives a record's block back. */
export function freeBlockOf(words: Words, head: number, block: number, size: number): void {
  listFree(words, head, block, size);
  poke(words, head + FREED_WORDS, peek(words, head + FREED_WORDS) + size);
}

function popFree(words: Words, head: number, bin: number, block: number): void {
  const next = peek(words, block + NEXT);
  poke(words, head + BINS + bin, next);
  if (next === 0) clearBit(words, head, bin);
}

function clearBit(words: Words, head: number, bin: number): void {
  const map = head + BIN_MAP + (bin >>> 5);
  poke(words, map, peek(words, map) & ~(1 << (bin & 31)));
}

/** First list from `bin` on that holds a block; 0 when there is none (list 0, of one-word blocks, is never filled). */
function nextBin(words: Words, head: number, bin: number): number {
  let index = bin >>> 5;
  if (index >= BIN_MAP_WORDS) return 0;
  let bits = peek(words, head + BIN_MAP + index) & (-1 << (bin & 31));
  while (bits === 0) {
    index += 1;
    if (index >= BIN_MAP_WORDS) return 0;
    bits = peek(words, head + BIN_MAP + index);
  }
  return (index << 5) + 31 - Math.clz32(bits & -bits);
}

/** Forgets all free blocks; the caller lists them anew. */
export function clearBins(words: Words, head: number): void {
  for (let map = 0; map < BIN_MAP_WORDS; map++) poke(words, head + BIN_MAP + map, 0);
  for (let bin = 0; bin < BIN_COUNT; bin++) poke(words, head + BINS + bin, 0);
  poke(words, head + FREE_WORDS, 0);
  poke(words, head + FREED_WORDS, 0);
}

/** Turns the untouched end of the newest extent into a free block, and leaves the segment without one. */
export function retireBump(words: Words, head: number): void {
  const start = peek(words, head + BUMP_WORD);
  const size = peek(words, head + BUMP_END) - start;
  poke(words, head + BUMP_WORD, 0);
  poke(words, head + BUMP_END, 0);
  if (size > 0) listFree(words, head, start, size);
}

/** Starts to cut blocks from a run of fresh pages. */
export function openBump(words: Words, head: number, page: number, pages: number): void {
  retireBump(words, head);
  poke(words, head + BUMP_WORD, page << PAGE_SHIFT);
  poke(words, head + BUMP_END, (page + pages) << PAGE_SHIFT);
}

/** Tells readers that what they hold may have changed its borders or its owner: see [validate-read] and [remembered]. */
export function bumpEpoch(words: Words, head: number): void {
  store(words, head + EPOCH, (peek(words, head + EPOCH) + 1) | 0);
}
