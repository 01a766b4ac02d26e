/**
 * What a segment knows of the TTLs of its entries without looking at them: how many have one, and when the first of them may
 * end, so that nobody sweeps for nothing. Under the lock of the segment but for the glance.
 */
import * as segmentLayout from '../../native-layout/segment.ts';
import * as atomics from '#atomics';
import type { Words } from '#atomics';

// Own constants fold, imported bindings are loaded at every use: see [hot-imports] in CONTRIBUTING.md.
const { segmentHeader } = segmentLayout;
const { peek, poke } = atomics;

const EARLIEST_EXPIRY = segmentHeader.word.earliestExpiry;
const TTL_COUNT = segmentHeader.word.ttlCount;
const SECONDS_MAX = 0xffff_ffff;

/** An entry with a TTL has come. `expiry` is in ms since 1970. */
export function noteExpiry(words: Words, head: number, expiry: number): void {
  const count = peek(words, head + TTL_COUNT);
  if (count === 0) poke(words, head + EARLIEST_EXPIRY, secondsOf(expiry));
  else noteNewExpiry(words, head, expiry);
  poke(words, head + TTL_COUNT, count + 1);
}

/** An entry with a TTL gets another one. */
export function noteNewExpiry(words: Words, head: number, expiry: number): void {
  const seconds = secondsOf(expiry);
  if (seconds < peek(words, head + EARLIEST_EXPIRY) >>> 0) poke(words, head + EARLIEST_EXPIRY, seconds);
}

/** The entries with a TTL have been counted, and the first of them ends at `earliest`, in ms since 1970. */
export function setExpiries(words: Words, head: number, count: number, earliest: number): void {
  poke(words, head + TTL_COUNT, count);
  poke(words, head + EARLIEST_EXPIRY, secondsOf(earliest));
}

/** Whether entries of the segment have a TTL. May be asked without the lock, and be wrong then. */
export function hasExpiring(words: Words, head: number): boolean {
  return peek(words, head + TTL_COUNT) > 0;
}

/** Whether the TTL of an entry may be over. May be asked without the lock, and be wrong then. The clock is read only for TTLs. */
export function mayHaveExpired(words: Words, head: number): boolean {
  return hasExpiring(words, head) && earliestExpiryOf(words, head) <= Date.now();
}

/** No entry of the segment ends before, in ms since 1970. */
export function earliestExpiryOf(words: Words, head: number): number {
  return (peek(words, head + EARLIEST_EXPIRY) >>> 0) * 1000;
}

function secondsOf(ms: number): number {
  return Math.min(SECONDS_MAX, Math.floor(ms / 1000));
}
