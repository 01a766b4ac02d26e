/**
 * Rate limits as pure steps on three numbers of state; the store makes each step atomic.
 *
 * - `fixed`: a window begins with its first hit; all hits count, refused ones too.
 * - `sliding`: the count of the last window is weighted by the part of it still in view (as Cloudflare described in 2017);
 *   refused hits do not count.
 * - `bucket`: a token bucket that holds `limit` tokens and fills up once in `windowMs`; refused hits take nothing.
 */
import { OptionError } from '../errors.ts';

export type RateAlgorithm = 'fixed' | 'sliding' | 'bucket';

export interface RateLimit {
  /** Hits allowed in a window; at least 1. */
  readonly limit: number;
  /** Length of the window in ms; above 0. */
  readonly windowMs: number;
  readonly algorithm?: RateAlgorithm;
  /** How many hits this one counts for; 1 by default. */
  readonly cost?: number;
}

export interface RateOutcome {
  /** Hits in the window, this one included if it counts. */
  readonly count: number;
  /** Hits that would still be allowed now. */
  readonly remaining: number;
  /** Ms until the limit is back to full (fixed, sliding: until the window ends). */
  readonly resetMs: number;
  readonly allowed: boolean;
}

/** State of one limit: fixed and sliding: {window start, count, count of the window before}; bucket: {filled at, tokens}. */
export interface RateState {
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

export interface RateStep {
  readonly state: RateState;
  readonly outcome: RateOutcome;
  /** Ms after which the state is as good as none. */
  readonly keepMs: number;
}

/** Throws OptionError when a part of the limit is missing or out of range. */
export function checkRateLimit(rate: RateLimit): void {
  const { limit, windowMs, algorithm = 'fixed', cost = 1 } = rate;
  if (!(limit >= 1) || !Number.isFinite(limit)) throw new OptionError(`limit: ${limit} is no number of at least 1`);
  if (!(windowMs > 0) || !Number.isFinite(windowMs))
    throw new OptionError(`windowMs: ${windowMs} is no number above 0`);
  if (!(cost >= 0) || !Number.isFinite(cost)) throw new OptionError(`cost: ${cost} is no number of at least 0`);
  if (algorithm !== 'fixed' && algorithm !== 'sliding' && algorithm !== 'bucket') {
    throw new OptionError(`algorithm: ${String(algorithm)} is none of fixed, sliding, bucket`);
  }
}

/** One hit at `nowMs` on a limit with this state, null for none. */
export function stepRate(state: RateState | null, rate: RateLimit, nowMs: number): RateStep {
  switch (rate.algorithm ?? 'fixed') {
    case 'sliding':
      return stepSliding(state, rate, nowMs);
    case 'bucket':
      return stepBucket(state, rate, nowMs);
    default:
      return stepFixed(state, rate, nowMs);
  }
}

function stepFixed(state: RateState | null, { limit, windowMs, cost = 1 }: RateLimit, nowMs: number): RateStep {
  const running = state !== null && nowMs < state.a + windowMs && nowMs >= state.a;
  const start = running ? state.a : nowMs;
  const count = (running ? state.b : 0) + cost;
  const resetMs = start + windowMs - nowMs;
  return {
    state: { a: start, b: count, c: 0 },
    outcome: { count, remaining: Math.max(0, limit - count), resetMs, allowed: count <= limit },
    keepMs: resetMs,
  };
}

function stepSliding(state: RateState | null, { limit, windowMs, cost = 1 }: RateLimit, nowMs: number): RateStep {
  const start = Math.floor(nowMs / windowMs) * windowMs;
  const sameWindow = state !== null && state.a === start;
  const windowBefore = state !== null && state.a === start - windowMs;
  const before = sameWindow ? state.c : windowBefore ? state.b : 0;
  const current = sameWindow ? state.b : 0;
  const weighted = current + before * (1 - (nowMs - start) / windowMs);
  const allowed = weighted + cost <= limit;
  const counted = allowed ? cost : 0;
  return {
    state: { a: start, b: current + counted, c: before },
    outcome: {
      count: Math.ceil(weighted + counted),
      remaining: Math.max(0, Math.floor(limit - weighted - counted)),
      resetMs: start + windowMs - nowMs,
      allowed,
    },
    keepMs: start + 2 * windowMs - nowMs,
  };
}

function stepBucket(state: RateState | null, { limit, windowMs, cost = 1 }: RateLimit, nowMs: number): RateStep {
  const perMs = limit / windowMs;
  const filled = state === null ? limit : Math.min(limit, state.b + Math.max(0, nowMs - state.a) * perMs);
  const allowed = filled >= cost;
  const tokens = allowed ? filled - cost : filled;
  const resetMs = Math.ceil((limit - tokens) / perMs);
  return {
    state: { a: nowMs, b: tokens, c: 0 },
    outcome: { count: Math.ceil(limit - tokens), remaining: Math.floor(tokens), resetMs, allowed },
    keepMs: Math.max(1, resetMs),
  };
}
