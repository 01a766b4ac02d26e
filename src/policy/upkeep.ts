/**
 * When a segment gets which step of upkeep. A glance is a few plain loads of its header; what it finds due is done by one
 * step, and the next glance finds what is left.
 *
 * Time is in ms since 1970 throughout, the clock of expiries. If it is put back, rounds wait until it has caught up; writers
 * and readers go by it alone.
 */
import type { Arena } from '../memory/arena.ts';
import { hasExpiring } from '../segment/expiry.ts';
import {
  COMPACT,
  DONE,
  freeWordsOf,
  GROW,
  growsSoon,
  isWorthCompacting,
  isWorthMerging,
  LOCKED,
  lockOf,
  MERGE,
  REPAIR,
  slotsOf,
  SWEEP,
  Sweep,
  takeStep,
  writesOf,
} from '../segment/upkeep.ts';
import type { Words } from '#atomics';

/** Between the beginnings of two rounds of sweeping of a segment, at least. */
const ROUND_MS = 100;
/** The same where entries may have come since: twice as long after each round that was not worth it, up to this. */
const ROUND_MS_MAX = 4000;
/** A round is worth it that reclaims an entry for every 64 slots. */
const WORTH_SWEEPING_SHIFT = 6;
/** The same for each slot that the rounds of all segments look at, which takes about a twentieth of it. */
const SLOT_MS = 0.002;
/** Since the last write, before records are moved: readers that remember values have to look again after that. */
const QUIET_MS = 250;
/** Until growing is tried again that found no run of pages. */
const REGROW_MS = 1000;
/** For how long a lock has to look the same before the OS is asked whether its holder is dead. */
const HELD_MS = 250;

const NO_STEP = 0;

/** What a glance came to. */
export const IDLE = 0;
/** Nothing is to do, but the segment was written to since the last glance. */
const WRITTEN = 1;
/** A step is due. */
export const DUE = 2;

/** What a thread knows of a segment that it looks after. */
export class SegmentUpkeep {
  readonly segment: number;
  readonly #arena: Arena;
  readonly #sweep: Sweep = new Sweep();
  /** What the last glance found due. */
  #step: number = NO_STEP;
  /** `writesOf` at the last glance, and when it was another one for the last time. */
  #writes: number = -1;
  #writtenMs: number = Number.NEGATIVE_INFINITY;
  /** When the last round began, what was reclaimed before, and `writesOf` then. */
  #roundMs: number = Number.NEGATIVE_INFINITY;
  #roundReclaimed: number = 0;
  #roundWrites: number = -1;
  #roundEveryMs: number = ROUND_MS;
  /** `freeWordsOf` when compaction last gained nothing. */
  #stuckWords: number = 0;
  #regrowMs: number = Number.NEGATIVE_INFINITY;
  /** The lock word at the last glance, and since when it has been that one. */
  #lock: number = 0;
  #lockMs: number = Number.NEGATIVE_INFINITY;

  constructor(arena: Arena, segment: number) {
    this.#arena = arena;
    this.segment = segment;
  }

  /** Entries reclaimed so far. */
  get reclaimed(): number {
    return this.#sweep.reclaimed;
  }

  /** A number that is another one after each write of somebody to the segment. */
  get writes(): number {
    return writesOf(this.#arena.viewOf(this.segment), this.#arena.headOf(this.segment));
  }

  /**
   * Whether there is something to do.
   *
   * @param segmentCount segments that the thread looks after in all
   * @returns IDLE, WRITTEN or DUE
   */
  look(nowMs: number, segmentCount: number): number {
    const words = this.#arena.viewOf(this.segment);
    const head = this.#arena.headOf(this.segment);
    const writes = writesOf(words, head);
    const isWritten = writes !== this.#writes;
    if (isWritten) this.#writtenMs = nowMs;
    this.#writes = writes;
    this.#step = this.#isHeld(words, head, nowMs) ? REPAIR : this.#stepDue(words, head, nowMs, segmentCount);
    if (this.#step !== NO_STEP) return DUE;
    return isWritten ? WRITTEN : IDLE;
  }

  /** Does what is due, one step of it. Returns whether something was done; there may be more. */
  work(nowMs: number, segmentCount: number): boolean {
    const words = this.#arena.viewOf(this.segment);
    const head = this.#arena.headOf(this.segment);
    if (this.#step !== REPAIR && this.look(nowMs, segmentCount) !== DUE) return false;
    const step = this.#step;
    const writes = this.#writes;
    const { place, reclaimed } = this.#sweep;
    this.#step = NO_STEP;
    const outcome = takeStep(this.#arena, this.segment, step, this.#sweep);
    // Its own writes are nobody's.
    this.#writes = writesOf(words, head);
    if (outcome === LOCKED) return false;
    if (step === SWEEP && place === 0) {
      this.#roundMs = nowMs;
      this.#roundReclaimed = reclaimed;
      this.#roundWrites = writes;
    }
    if (step === SWEEP && this.#sweep.place === 0) this.#endRound(words, head);
    if (outcome === DONE) return true;
    if (step === COMPACT) this.#stuckWords = freeWordsOf(words, head);
    if (step === GROW) this.#regrowMs = nowMs + REGROW_MS;
    return false;
  }

  /** Whether somebody may have died in the segment: a writer would have to wait and to repair it. */
  #isHeld(words: Words, head: number, nowMs: number): boolean {
    const lock = lockOf(words, head);
    const isSame = lock !== 0 && lock === this.#lock;
    const isHeld = isSame && nowMs - this.#lockMs >= HELD_MS;
    this.#lock = lock;
    if (!isSame || isHeld) this.#lockMs = nowMs;
    return isHeld;
  }

  /** Growing first: a writer may be about to. */
  #stepDue(words: Words, head: number, nowMs: number, segmentCount: number): number {
    if (nowMs >= this.#regrowMs && growsSoon(this.#arena, words, head, this.segment)) return GROW;
    if (isWorthMerging(words, head)) return MERGE;
    if (this.#isSweepDue(words, head, nowMs, segmentCount)) return SWEEP;
    const isQuiet = nowMs - this.#writtenMs >= QUIET_MS;
    // As much as was in vain and an eighth more.
    return isQuiet && isWorthCompacting(words, head) && freeWordsOf(words, head) * 8 > this.#stuckWords * 9
      ? COMPACT
      : NO_STEP;
  }

  #isSweepDue(words: Words, head: number, nowMs: number, segmentCount: number): boolean {
    if (!hasExpiring(words, head)) {
      this.#sweep.place = 0;
      return false;
    }
    if (this.#sweep.place > 0) return true;
    const sinceMs = nowMs - this.#roundMs;
    // What has come since the last round began may end at any time.
    const isKnown = this.#writes === this.#roundWrites;
    if (isKnown && nowMs < this.#sweep.earliestMs) return false;
    const everyMs = isKnown ? ROUND_MS : this.#roundEveryMs;
    return sinceMs >= Math.max(everyMs, slotsOf(words, head) * segmentCount * SLOT_MS);
  }

  #endRound(words: Words, head: number): void {
    const reclaimed = this.#sweep.reclaimed - this.#roundReclaimed;
    const isWorthIt = reclaimed > slotsOf(words, head) >>> WORTH_SWEEPING_SHIFT;
    this.#roundEveryMs = isWorthIt ? ROUND_MS : Math.min(2 * this.#roundEveryMs, ROUND_MS_MAX);
  }
}
