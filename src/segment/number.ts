/** The numbers of records, which are the versions of entries. */
import * as segmentLayout from '../../native-layout/segment.ts';
import { DamagedArenaError } from '../errors.ts';
import * as atomics from '#atomics';
import type { Words } from '#atomics';

// Own constants fold, imported bindings are loaded at every use: see [hot-imports] in CONTRIBUTING.md.
const { peek, poke, reuseFence } = atomics;

const LOCK = segmentLayout.segmentHeader.word.lock;
const NEXT_SEQ = segmentLayout.segmentHeader.word.nextSeq;

/**
 * Takes the next number of a segment; 1 to 2^31 - 1, then from 1 again. The caller holds the lock.
 *
 * [remembered] One is taken before anything changes for any key of the segment, also where no record gets it.
 */
export function takeSeq(words: Words, head: number): number {
  // Whoever sees the next number sees the lock taken. Where a lock is taken by a store-exclusive, what follows may pass it.
  reuseFence(words, head + LOCK);
  const seq = peek(words, head + NEXT_SEQ);
  if (seq <= 0) throw new DamagedArenaError(`the next record number is ${seq}`);
  poke(words, head + NEXT_SEQ, seq === 0x7fffffff ? 1 : seq + 1);
  return seq;
}
