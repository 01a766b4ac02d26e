/**
 * The lease table of a buffer: which records threads keep pinned. See [lease] in native-layout/README.md.
 *
 * Entries are taken by compare-exchange and are of a segment while they name one of its records. Those of a segment are
 * in a chain from its header, and change only under its lock. Beside the index they are the truth about what lives: the
 * chain, the mark in a record's meta, and whether a slot leads to it are derived, and made anew by recovery.
 */
import * as arenaLayout from '../../native-layout/arena.ts';
import { LEASE_DETACHED, LEASE_SEGMENT_MASK, leaseEntry } from '../../native-layout/lease.ts';
import { META_LEASED, RECORD_META } from '../../native-layout/record.ts';
import { segmentHeader } from '../../native-layout/segment.ts';
import { DamagedArenaError } from '../errors.ts';
import type { Arena } from '../memory/arena.ts';
import { compareExchange, openingLoad, peek, poke, releaseStore, type Words } from '#atomics';
import { recordWords } from './record.ts';

const { LOCK_ENTRY_MASK, LOCK_ENTRY_SHIFT } = arenaLayout;
const ENTRY_WORDS = leaseEntry.words;
const HOLDER = leaseEntry.word.holder;
const REF = leaseEntry.word.ref;
const PLACE = leaseEntry.word.place;
const NEXT = leaseEntry.word.next;
const LEASES = segmentHeader.word.leases;
const DETACHED_WORDS = segmentHeader.word.detachedWords;
/** Spreads the threads over the table, so that each finds a free entry where it begins to look. */
const SPREAD = 0x9e3779b1;

/** Where the lease table of a segment's buffer is. A plain object, made at each call site. */
export interface LeaseTable {
  readonly words: Words;
  readonly tableWord: number;
  readonly count: number;
}

export function leaseTableOf(arena: Arena, segment: number): LeaseTable {
  const buffer = arena.geometry.buffers[segment % arena.bufferCount];
  return { words: arena.viewOf(segment), tableWord: buffer.leasesWord, count: buffer.leaseCount };
}

/** First word of an entry. Entries are numbered from 1. */
function entryWord(table: LeaseTable, number: number): number {
  return table.tableWord + (number - 1) * ENTRY_WORDS;
}

/** The thread that has an entry; 0 for a free one. Another thread's entry may change at any time. */
export function holderOf(table: LeaseTable, number: number): number {
  const holder = entryWord(table, number) + HOLDER;
  return peek(table.words, holder) === 0 ? 0 : openingLoad(table.words, holder);
}

/** The record of an entry of the segment whose lock the caller holds. */
export function leasedRef(table: LeaseTable, number: number): number {
  return peek(table.words, entryWord(table, number) + REF);
}

/**
 * The record of an entry, which has to be one. The caller holds the lock of its segment.
 *
 * @throws DamagedArenaError for an entry of something else
 */
export function leasedRecord(table: LeaseTable, number: number): number {
  const ref = leasedRef(table, number);
  if (ref > 0 && peek(table.words, ref) > 0) return ref;
  throw new DamagedArenaError(`lease ${number} is of ${ref}, where no record is`);
}

/** Whether no slot leads to the record of an entry any more. The caller holds the lock of its segment. */
export function isDetached(table: LeaseTable, number: number): boolean {
  return (peek(table.words, entryWord(table, number) + PLACE) & LEASE_DETACHED) !== 0;
}

/**
 * The first entry in the chain of the segment whose lock the caller holds; 0 for none.
 *
 * @throws DamagedArenaError when it leads to no entry
 */
export function firstLease(table: LeaseTable, head: number): number {
  const first = peek(table.words, head + LEASES);
  return checkNumber(table, first);
}

/** The entry that follows in the chain of the segment whose lock the caller holds; 0 at the end. Throws likewise. */
export function nextLease(table: LeaseTable, number: number): number {
  const next = peek(table.words, entryWord(table, number) + NEXT);
  return checkNumber(table, next);
}

function checkNumber(table: LeaseTable, number: number): number {
  if (number >= 0 && number <= table.count) return number;
  throw new DamagedArenaError(`the chain of leases of a segment leads to ${number}: there are ${table.count}`);
}

/**
 * The segment of an entry that pins a record, whoever holds the lock of that segment; -1 for one that pins none.
 *
 * [lease] The ref before the place: a ref that is there was stored after its place, and the place stays as long as the ref.
 */
export function leaseSegment(table: LeaseTable, number: number): number {
  const entry = entryWord(table, number);
  if (peek(table.words, entry + REF) === 0 || openingLoad(table.words, entry + REF) === 0) return -1;
  return peek(table.words, entry + PLACE) & LEASE_SEGMENT_MASK;
}

/** Takes a free entry for a thread; 0 when there is none. O(1) but for entries that this thread already has. */
export function claimEntry(table: LeaseTable, token: number): number {
  const { words, count } = table;
  const start = Math.imul((token >>> LOCK_ENTRY_SHIFT) & LOCK_ENTRY_MASK, SPREAD) >>> 0;
  for (let step = 0; step < count; step++) {
    const number = 1 + ((start + step) % count);
    const entry = entryWord(table, number) + HOLDER;
    if (peek(words, entry) === 0 && compareExchange(words, entry, 0, token) === 0) return number;
  }
  return 0;
}

/** Frees an entry that names no record, if its holder is still that one. */
export function freeEntry(table: LeaseTable, number: number, holder: number): boolean {
  return compareExchange(table.words, entryWord(table, number) + HOLDER, holder, 0) === holder;
}

/** Pins a record that a slot leads to. The caller holds the lock of its segment, and the entry. */
export function pin(table: LeaseTable, head: number, segment: number, number: number, ref: number): void {
  const { words } = table;
  const entry = entryWord(table, number);
  poke(words, entry + PLACE, segment);
  poke(words, ref + RECORD_META, peek(words, ref + RECORD_META) | META_LEASED);
  // [lease] Place and mark before the ref: from this store on the record lives until the ref is taken back.
  releaseStore(words, entry + REF, ref);
  poke(words, entry + NEXT, peek(words, head + LEASES));
  poke(words, head + LEASES, number);
}

/**
 * Takes an entry out of the chain of its segment, and its ref back. The caller holds the lock, and frees what nobody pins
 * any more.
 *
 * @returns whether it was the last one of its record
 */
export function unchain(table: LeaseTable, head: number, number: number): boolean {
  const { words } = table;
  const ref = leasedRef(table, number);
  let isLast = true;
  let before = head + LEASES;
  for (let other = firstLease(table, head), steps = 0; other !== 0 && steps < table.count; steps++) {
    const next = nextLease(table, other);
    if (other === number) poke(words, before, next);
    else {
      if (leasedRef(table, other) === ref) isLast = false;
      before = entryWord(table, other) + NEXT;
    }
    other = next;
  }
  // [lease] The last store to the entry: who finds a dead thread's entry without a ref may give it to another at once.
  releaseStore(words, entryWord(table, number) + REF, 0);
  return isLast;
}

/** Takes the mark off a record that nobody pins any more. */
export function unmark(words: Words, ref: number): void {
  poke(words, ref + RECORD_META, peek(words, ref + RECORD_META) & ~META_LEASED);
}

/** Notes that no slot leads to a pinned record any more. Returns false when it is not pinned after all. */
export function detach(table: LeaseTable, head: number, ref: number): boolean {
  const { words } = table;
  let isPinned = false;
  for (let number = firstLease(table, head), steps = 0; number !== 0 && steps < table.count; steps++) {
    if (leasedRef(table, number) === ref) {
      const place = entryWord(table, number) + PLACE;
      poke(words, place, peek(words, place) | LEASE_DETACHED);
      isPinned = true;
    }
    number = nextLease(table, number);
  }
  if (isPinned) poke(words, head + DETACHED_WORDS, peek(words, head + DETACHED_WORDS) + recordWords(words, ref));
  return isPinned;
}

/**
 * Makes the chain of a segment anew and marks its pinned records. The caller holds the lock and has taken the marks off all
 * records that slots lead to. Leases of the dead are left to those who need their room.
 *
 * @param attached what slots lead to, in order of address
 * @returns what lives, in order of address: `attached` and the records that leases alone keep
 */
export function relistLeases(arena: Arena, head: number, segment: number, attached: Int32Array): Int32Array {
  const table = leaseTableOf(arena, segment);
  const { words } = table;
  const detached = new Set<number>();
  poke(words, head + LEASES, 0);
  for (let number = table.count; number > 0; number--) {
    // [lease]
    if (leaseSegment(table, number) !== segment) continue;
    const entry = entryWord(table, number);
    const ref = leasedRecord(table, number);
    const isAttached = includes(attached, ref);
    if (!isAttached) detached.add(ref);
    poke(words, entry + PLACE, isAttached ? segment : segment | LEASE_DETACHED);
    poke(words, ref + RECORD_META, peek(words, ref + RECORD_META) | META_LEASED);
    poke(words, entry + NEXT, peek(words, head + LEASES));
    poke(words, head + LEASES, number);
  }
  let detachedWords = 0;
  for (const ref of detached) detachedWords += recordWords(words, ref);
  poke(words, head + DETACHED_WORDS, detachedWords);
  if (detached.size === 0) return attached;
  const all = new Int32Array(attached.length + detached.size);
  all.set(attached);
  all.set([...detached], attached.length);
  return all.sort();
}

/** Binary search. */
function includes(sorted: Int32Array, wanted: number): boolean {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle] < wanted) low = middle + 1;
    else high = middle;
  }
  return sorted[low] === wanted;
}

/** Records that the leases of an arena pin, counted once for each thread. Reads without locks. O(entries). */
export function countLeases(arena: Arena): number {
  let count = 0;
  for (let buffer = 0; buffer < arena.bufferCount; buffer++) {
    const table = leaseTableOf(arena, buffer);
    for (let number = 1; number <= table.count; number++) if (leaseSegment(table, number) >= 0) count += 1;
  }
  return count;
}
