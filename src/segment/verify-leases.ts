/** What the lease table, the records and the slots of a segment say of each other. */
import { segmentHeader } from '../../native-layout/segment.ts';
import type { Arena } from '../memory/arena.ts';
import { peek, type Words } from '#atomics';
import { firstLease, holderOf, isDetached, leasedRef, leaseSegment, leaseTableOf, nextLease } from './lease-table.ts';
import { isLeased, recordWords } from './record.ts';

const DETACHED_WORDS = segmentHeader.word.detachedWords;

/** Every lease of the segment is in its chain and is of a record, and exactly those records are marked. Returns them. */
export function verifyLeases(
  arena: Arena,
  words: Words,
  head: number,
  segment: number,
  records: Set<number>,
  problems: string[],
): Map<number, boolean> {
  const table = leaseTableOf(arena, segment);
  const chain = new Set<number>();
  for (let number = firstLease(table, head); number !== 0 && !chain.has(number); number = nextLease(table, number)) {
    chain.add(number);
  }
  const leased = new Map<number, boolean>();
  for (let number = 1; number <= table.count; number++) {
    if (leaseSegment(table, number) !== segment) continue;
    const ref = leasedRef(table, number);
    if (!chain.delete(number)) problems.push(`lease ${number} is not in the chain`);
    if (holderOf(table, number) === 0) problems.push(`lease ${number} is nobody's`);
    if (!records.has(ref)) problems.push(`lease ${number} is of ${ref}, which is no record`);
    else if (!isLeased(words, ref)) problems.push(`the record at ${ref} has lease ${number} and no mark`);
    const detached = isDetached(table, number);
    if ((leased.get(ref) ?? detached) !== detached)
      problems.push(`the leases of ${ref} differ in whether it is detached`);
    leased.set(ref, detached);
  }
  for (const number of chain) problems.push(`lease ${number} is in the chain and of no record of the segment`);
  for (const ref of records) {
    if (isLeased(words, ref) && !leased.has(ref)) problems.push(`the record at ${ref} is marked and has no lease`);
  }
  return leased;
}

/** Of the records that no slot leads to, which are left in `records`, each is kept by a lease. */
export function verifyDetached(
  words: Words,
  head: number,
  records: Set<number>,
  leased: ReadonlyMap<number, boolean>,
  problems: string[],
): void {
  let detachedWords = 0;
  for (const [ref, isDetachedRecord] of leased) {
    if (isDetachedRecord !== records.delete(ref)) {
      problems.push(`the leased record at ${ref} is ${isDetachedRecord ? '' : 'not '}detached, its slot disagrees`);
    }
    if (isDetachedRecord) detachedWords += recordWords(words, ref);
  }
  for (const ref of records) problems.push(`the record at ${ref} has no slot: a leak`);
  const counted = peek(words, head + DETACHED_WORDS);
  if (counted !== detachedWords) problems.push(`detachedWords is ${counted}, found ${detachedWords}`);
}
