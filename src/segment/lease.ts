/**
 * Leases: a record stays where it is, as it is, until the last of its leases is given back. See [lease] in
 * native-layout/README.md.
 *
 * A thread has one entry of the lease table for each record, however many leases of it are open there: opening one more,
 * or closing one of several, touches no entry.
 */
import * as arenaLayout from '../../native-layout/arena.ts';
import {
  VALUE_BUFFER,
  VALUE_BYTES,
  VALUE_ENCODED,
  VALUE_LATIN1,
  VALUE_STRUCTURED,
  VALUE_UTF16,
} from '../../native-layout/record.ts';
import { segmentHeader, slot as slotLayout } from '../../native-layout/segment.ts';
import { DamagedArenaError, LeaseLimitError, ValueError } from '../errors.ts';
import type { Arena } from '../memory/arena.ts';
import { Hold } from '../memory/holds.ts';
import { tokenIsDead } from '../memory/threads.ts';
import { peek, poke, type Words } from '#atomics';
import {
  claimEntry,
  firstLease,
  freeEntry,
  holderOf,
  isDetached,
  leasedRecord,
  leasedRef,
  leaseSegment,
  type LeaseTable,
  leaseTableOf,
  nextLease,
  pin,
  unchain,
  unmark,
} from './lease-table.ts';
import { discardBlock } from './reclaim.ts';
import { isExpired, recordWords, valueBytesOf, valueKindOf, valueWord } from './record.ts';
import { enterSegment, leaveSegment } from './section.ts';
import { locate } from './table.ts';

const { LOCK_ABANDONED, LOCK_WAITERS } = arenaLayout;
const DETACHED_WORDS = segmentHeader.word.detachedWords;
const LOCK = segmentHeader.word.lock;
const STUCK_WORDS = segmentHeader.word.stuckWords;
const REF = slotLayout.word.ref;

/** Values that are bytes, and that nothing replaces in place. */
const LEASABLE: ReadonlySet<number> = new Set([
  VALUE_LATIN1,
  VALUE_UTF16,
  VALUE_BYTES,
  VALUE_BUFFER,
  VALUE_ENCODED,
  VALUE_STRUCTURED,
]);
/** How often a write without room asks the OS who lives: a question takes longer than the write. */
const ASK_EVERY_MS = 20;
const NO_BYTES = 'no bytes';
const NO_ENTRY = 'no entry';

/**
 * Pins the record of the key in keyScratch. The caller counts its lease in the hold, once nothing can fail any more. O(1)
 * expected, whatever the size of the value.
 *
 * @returns null when there is no such entry, or its time is over
 * @throws LeaseLimitError when the lease table is full of leases of living threads
 * @throws ValueError for a value that is stored without bytes of its own
 */
export function openLease(arena: Arena, segment: number, place: number, tag: number): Hold | null {
  let found = pinEntry(arena, segment, place, tag);
  if (found === NO_ENTRY && reclaimLeases(arena, segment, true)) found = pinEntry(arena, segment, place, tag);
  if (found === NO_ENTRY) {
    const { count } = leaseTableOf(arena, segment);
    throw new LeaseLimitError(
      `${count} records of this buffer of the store are leased at the moment, the most there can be`,
    );
  }
  if (found === NO_BYTES) {
    throw new ValueError('lease: the value is a scalar, which has no bytes of its own: get it instead');
  }
  if (found?.count === 0) arena.holds.keep(segment % arena.bufferCount, found);
  return found;
}

function pinEntry(
  arena: Arena,
  segment: number,
  place: number,
  tag: number,
): Hold | null | typeof NO_BYTES | typeof NO_ENTRY {
  const words = arena.viewOf(segment);
  const head = arena.headOf(segment);
  let found: Hold | null | typeof NO_BYTES | typeof NO_ENTRY;
  enterSegment(arena, words, head, segment);
  try {
    const at = locate(words, head, place, tag);
    found = at === 0 ? null : pinLocked(arena, words, head, segment, peek(words, at + REF));
    leaveSegment(arena, words, head);
  } catch (error) {
    // [full-stack]
    if ((words[head + LOCK] & ~LOCK_WAITERS) === arena.token) words[head + LOCK] = LOCK_ABANDONED;
    throw error;
  }
  return found;
}

function pinLocked(
  arena: Arena,
  words: Words,
  head: number,
  segment: number,
  ref: number,
): Hold | null | typeof NO_BYTES | typeof NO_ENTRY {
  if (isExpired(words, ref)) return null;
  if (!LEASABLE.has(valueKindOf(words, ref))) return NO_BYTES;
  const known = arena.holds.get(segment % arena.bufferCount, ref);
  if (known !== undefined) return known;
  const [at, byteLength] = [valueWord(words, ref), valueBytesOf(words, ref)];
  if (byteLength < 0 || at + ((byteLength + 3) >>> 2) > words.length) {
    throw new DamagedArenaError(`a value of ${byteLength} bytes at word ${at} of ${words.length} cannot be leased`);
  }
  const table = leaseTableOf(arena, segment);
  const number = claimEntry(table, arena.token);
  if (number === 0) return NO_ENTRY;
  pin(table, head, segment, number, ref);
  return new Hold(segment, ref, number, valueKindOf(words, ref), at, byteLength);
}

/**
 * Unpins a record of which no lease is open in this thread any more, and frees it if no other thread pins it and no slot
 * leads to it. O(leases of the segment).
 *
 * @throws LockTimeoutError when a living thread keeps the lock; the record is unpinned later then, when somebody needs it
 */
export function closeHold(arena: Arena, hold: Hold): void {
  const { segment } = hold;
  arena.holds.forget(segment % arena.bufferCount, hold);
  const words = arena.viewOf(segment);
  const head = arena.headOf(segment);
  enterSegment(arena, words, head, segment);
  try {
    const table = leaseTableOf(arena, segment);
    if (holderOf(table, hold.number) === arena.token && leasedRef(table, hold.number) === hold.ref) {
      unpin(arena, words, head, segment, table, hold.number);
    }
    leaveSegment(arena, words, head);
  } catch (error) {
    // [full-stack]
    if ((words[head + LOCK] & ~LOCK_WAITERS) === arena.token) words[head + LOCK] = LOCK_ABANDONED;
    throw error;
  }
}

function unpin(arena: Arena, words: Words, head: number, segment: number, table: LeaseTable, number: number): void {
  const ref = leasedRecord(table, number);
  const wasDetached = isDetached(table, number);
  const holder = holderOf(table, number);
  if (unchain(table, head, number)) {
    // Tidying that found no room because of this record may find some now.
    poke(words, head + STUCK_WORDS, 0);
    if (wasDetached) {
      const size = recordWords(words, ref);
      poke(words, head + DETACHED_WORDS, peek(words, head + DETACHED_WORDS) - size);
      discardBlock(arena, words, head, segment, ref, size);
    } else unmark(words, ref);
  }
  // A dead holder's entry may have been given to another thread since its ref was taken back.
  freeEntry(table, number, holder);
}

/**
 * Gives back leases as `reclaimLeases` does, for a write that found no room. A full store refuses one write after another: the
 * OS is asked now and then only.
 *
 * @returns whether there were any
 */
export function reclaimForRoom(arena: Arena, segment: number): boolean {
  const nowMs = performance.now();
  const asksOs = nowMs - arena.holds.askedMs >= ASK_EVERY_MS;
  if (asksOs) arena.holds.askedMs = nowMs;
  return reclaimLeases(arena, segment, asksOs);
}

/**
 * Gives back what dead threads leased in the buffer of a segment, and what this thread failed to. The caller holds no lock.
 * O(entries of the lease table), and a question to the OS for each other thread that has leases.
 *
 * @returns whether there was any
 */
function reclaimLeases(arena: Arena, segment: number, asksOs: boolean): boolean {
  const table = leaseTableOf(arena, segment);
  const deaths = new Deaths(arena, asksOs);
  const segments = new Set<number>();
  let freed = 0;
  for (let number = 1; number <= table.count; number++) {
    const holder = holderOf(table, number);
    if (holder === 0 || (holder !== arena.token && !deaths.includes(holder))) continue;
    // [lease] The proof before the ref: what a dead one pinned, it pinned before it died.
    const other = leaseSegment(table, number);
    if (holder === arena.token && isKnown(arena, table, other, number)) continue;
    if (other >= arena.segmentCount) throw new DamagedArenaError(`lease ${number} is of segment ${other}`);
    if (other >= 0) segments.add(other);
    // Its thread died before it pinned anything, or after it had unpinned it.
    else if (freeEntry(table, number, holder)) freed += 1;
  }
  for (const other of segments) freed += reclaimSegment(arena, other, asksOs);
  return freed > 0;
}

/** Does that in one segment. Returns how many entries it gave back. */
export function reclaimSegment(arena: Arena, segment: number, asksOs: boolean): number {
  const words = arena.viewOf(segment);
  const head = arena.headOf(segment);
  let dropped: number;
  enterSegment(arena, words, head, segment);
  try {
    dropped = dropOrphans(arena, words, head, segment, asksOs);
    leaveSegment(arena, words, head);
  } catch (error) {
    // [full-stack]
    if ((words[head + LOCK] & ~LOCK_WAITERS) === arena.token) words[head + LOCK] = LOCK_ABANDONED;
    throw error;
  }
  return dropped;
}

/** Unpins what nobody will give back. The caller holds the lock of the segment. Returns how many entries that were. */
function dropOrphans(arena: Arena, words: Words, head: number, segment: number, asksOs: boolean): number {
  const table = leaseTableOf(arena, segment);
  const deaths = new Deaths(arena, asksOs);
  const orphans: number[] = [];
  for (let number = firstLease(table, head), steps = 0; number !== 0 && steps < table.count; steps++) {
    if (leaseSegment(table, number) !== segment) {
      throw new DamagedArenaError(`lease ${number} is in the chain of segment ${segment} and of none of its records`);
    }
    if (isOrphan(arena, table, segment, number, deaths)) orphans.push(number);
    number = nextLease(table, number);
  }
  for (const number of orphans) {
    const hold = arena.holds.get(segment % arena.bufferCount, leasedRef(table, number));
    if (hold?.number === number) arena.holds.forget(segment % arena.bufferCount, hold);
    unpin(arena, words, head, segment, table, number);
  }
  return orphans.length;
}

/** Whether the holder of an entry is dead, or is this thread, which does not know of the lease. */
function isOrphan(arena: Arena, table: LeaseTable, segment: number, number: number, deaths: Deaths): boolean {
  const holder = holderOf(table, number);
  if (holder === arena.token) return !isKnown(arena, table, segment, number);
  return holder !== 0 && deaths.includes(holder);
}

/** Whether this thread knows of a lease for an entry of its own. */
function isKnown(arena: Arena, table: LeaseTable, segment: number, number: number): boolean {
  if (segment < 0) return false;
  const hold = arena.holds.get(segment % arena.bufferCount, leasedRef(table, number));
  return hold !== undefined && hold.number === number && hold.count !== 0;
}

/** Which holders are dead, each asked about once: the proof may need the OS. */
class Deaths {
  readonly #arena: Arena;
  readonly #asksOs: boolean;
  readonly #known: Map<number, boolean> = new Map();

  constructor(arena: Arena, asksOs: boolean) {
    this.#arena = arena;
    this.#asksOs = asksOs;
  }

  includes(holder: number): boolean {
    let isDead = this.#known.get(holder);
    if (isDead === undefined) {
      isDead = tokenIsDead(this.#arena.words, this.#arena.threadsWord, holder, this.#asksOs);
      this.#known.set(holder, isDead);
    }
    return isDead;
  }
}
