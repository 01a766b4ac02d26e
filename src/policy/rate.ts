/**
 * Rate limits as steps on three numbers of state; the store makes each step atomic.
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

const FIXED = 0;
const SLIDING = 1;
const BUCKET = 2;

/**
 * One hit after the other, on whatever limits. It keeps nothing between two hits: a limit is set, the state of it, if there
 * is any, and a step is taken. All that it knows is in numbers, so that a step allocates nothing.
 */
export class RateMeter {
  // State of one limit: fixed and sliding: window start, count, count of the window before; bucket: filled at, tokens.
  a: number = 0;
  b: number = 0;
  c: number = 0;
  /** Ms after which the state is as good as none. */
  keepMs: number = 0;
  #algorithm: number = FIXED;
  #limit: number = 1;
  #windowMs: number = 1;
  #cost: number = 1;
  #count: number = 0;
  #remaining: number = 0;
  #resetMs: number = 0;
  #allowed: boolean = false;

  /** Throws OptionError when a part of the limit is missing or out of range. */
  set(rate: RateLimit): void {
    const { limit, windowMs, algorithm = 'fixed', cost = 1 } = rate;
    if (!(limit >= 1) || !Number.isFinite(limit)) throw new OptionError(`limit: ${limit} is no number of at least 1`);
    if (!(windowMs > 0) || !Number.isFinite(windowMs))
      throw new OptionError(`windowMs: ${windowMs} is no number above 0`);
    if (!(cost >= 0) || !Number.isFinite(cost)) throw new OptionError(`cost: ${cost} is no number of at least 0`);
    if (algorithm !== 'fixed' && algorithm !== 'sliding' && algorithm !== 'bucket') {
      throw new OptionError(`algorithm: ${String(algorithm)} is none of fixed, sliding, bucket`);
    }
    this.#algorithm = algorithm === 'fixed' ? FIXED : algorithm === 'sliding' ? SLIDING : BUCKET;
    this.#limit = limit;
    this.#windowMs = windowMs;
    this.#cost = cost;
  }

  /** A hit at `nowMs`. Without a state to begin with, a, b and c say nothing. */
  step(hasState: boolean, nowMs: number): void {
    if (this.#algorithm === FIXED) this.#stepFixed(hasState, nowMs);
    else if (this.#algorithm === SLIDING) this.#stepSliding(hasState, nowMs);
    else this.#stepBucket(hasState, nowMs);
  }

  /** What came of the last step. */
  outcome(): RateOutcome {
    return { count: this.#count, remaining: this.#remaining, resetMs: this.#resetMs, allowed: this.#allowed };
  }

  #stepFixed(hasState: boolean, nowMs: number): void {
    const isRunning = hasState && nowMs < this.a + this.#windowMs && nowMs >= this.a;
    const start = isRunning ? this.a : nowMs;
    const count = (isRunning ? this.b : 0) + this.#cost;
    const resetMs = start + this.#windowMs - nowMs;
    this.#keep(start, count, 0, resetMs);
    this.#tell(count, Math.max(0, this.#limit - count), resetMs, count <= this.#limit);
  }

  #stepSliding(hasState: boolean, nowMs: number): void {
    const windowMs = this.#windowMs;
    const start = Math.floor(nowMs / windowMs) * windowMs;
    const isSame = hasState && this.a === start;
    const before = isSame ? this.c : hasState && this.a === start - windowMs ? this.b : 0;
    const current = isSame ? this.b : 0;
    const weighted = current + before * (1 - (nowMs - start) / windowMs);
    const allowed = weighted + this.#cost <= this.#limit;
    const counted = allowed ? this.#cost : 0;
    const remaining = Math.max(0, Math.floor(this.#limit - weighted - counted));
    this.#keep(start, current + counted, before, start + 2 * windowMs - nowMs);
    this.#tell(Math.ceil(weighted + counted), remaining, start + windowMs - nowMs, allowed);
  }

  #stepBucket(hasState: boolean, nowMs: number): void {
    const limit = this.#limit;
    const perMs = limit / this.#windowMs;
    const filled = hasState ? Math.min(limit, this.b + Math.max(0, nowMs - this.a) * perMs) : limit;
    const allowed = filled >= this.#cost;
    const tokens = allowed ? filled - this.#cost : filled;
    const resetMs = Math.ceil((limit - tokens) / perMs);
    this.#keep(nowMs, tokens, 0, Math.max(1, resetMs));
    this.#tell(Math.ceil(limit - tokens), Math.floor(tokens), resetMs, allowed);
  }

  #keep(a: number, b: number, c: number, keepMs: number): void {
    this.a = a;
    this.b = b;
    this.c = c;
    this.keepMs = keepMs;
  }

  #tell(count: number, remaining: number, resetMs: number, allowed: boolean): void {
    this.#count = count;
    this.#remaining = remaining;
    this.#resetMs = resetMs;
    this.#allowed = allowed;
  }
}
