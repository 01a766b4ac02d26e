/** Time to live: from a duration in ms to the moment at which an entry ends, by the one clock all threads share. */
import { OptionError } from '../errors.ts';

/** Latest moment that fits a record. */
const EXPIRY_MAX: number = Number.MAX_SAFE_INTEGER;

/**
 * The expiry of an entry written now: ms since 1970, rounded up to a whole one; 0 for no TTL (undefined or Infinity).
 *
 * @throws OptionError for a TTL that is no number above 0
 */
export function expiryFor(ttlMs: number | undefined): number {
  if (ttlMs === undefined || ttlMs === Number.POSITIVE_INFINITY) return 0;
  return expiryAfter(Date.now(), checkedTtl(ttlMs));
}

/** The expiry of an entry that is written at `nowMs` and has a TTL. */
export function expiryAfter(nowMs: number, ttlMs: number): number {
  return Math.min(EXPIRY_MAX, Math.ceil(nowMs + ttlMs));
}

/** Returns a TTL that is a number of ms above 0, or Infinity. Throws OptionError for anything else. */
export function checkedTtl(ttlMs: unknown): number {
  if (typeof ttlMs !== 'number' || !(ttlMs > 0)) {
    throw new OptionError(`ttl: ${String(ttlMs)} is no number of milliseconds above 0`);
  }
  return ttlMs;
}
