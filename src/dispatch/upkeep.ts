/**
 * Upkeep of the segments of an owner, in the time in which its thread has nothing else to do.
 *
 * In a pass the owner looks at all of its segments, then does what it has found due: one step of at most some 0.2 ms, then a
 * turn of the event loop, in which tasks and mail come first. Writers come in bursts: it waits a little for a moment in
 * which nobody writes, since who comes upon its lock may have to sleep, for longer than a step takes where cores are scarce.
 *
 * After a pass there is a pause, which gets longer as long as there was nothing to do and nobody has written. An idle thread
 * wakes up four times a second for a few loads a segment.
 */
import type { Arena } from '../memory/arena.ts';
import { DUE, IDLE, SegmentUpkeep } from '../policy/upkeep.ts';
import { arenaOf, type Store } from '../store.ts';
import type { Words } from '#atomics';
import { ownerOf } from './owners.ts';
import { countStep } from './upkeep-counts.ts';

/** Between two looks at all segments, in ms: the first is for segments that are written to. */
const PAUSE_MS_MIN = 10;
const PAUSE_MS_MAX = 250;
/** The same for each segment, of which a look takes about 0.2 us. */
const SEGMENT_PAUSE_MS = 0.015;
/** For how long nobody has written before a row of steps, and for how long that is waited for. bench/upkeep.ts set them. */
const HUSH_MS = 1;
const HUSHES_MAX = 10;
const STEPS_IN_A_ROW = 8;
/** Segments that are looked at in one turn, and at most to see whether somebody writes. */
const LOOKS_PER_TURN = 256;

export interface UpkeepSite {
  readonly owner: number;
  readonly stores: Readonly<Record<string, Store>>;
  /** See upkeep-counts.ts. */
  readonly counts: Words;
  /** Whether the thread has nothing else to do. */
  isIdle(): boolean;
}

interface Charge {
  readonly store: Store;
  readonly arena: Arena;
  readonly upkeep: SegmentUpkeep;
  /** A step has failed. Whoever writes to the segment next meets the same and is told. */
  isGivenUp: boolean;
}

export class Upkeep {
  readonly #site: UpkeepSite;
  /** Every segment of every store, owned or not: segments come and go. */
  readonly #charges: readonly Charge[];
  readonly #turn: () => void = () => this.#takeTurn();
  /** The next charge to look at, and what this pass has come upon so far. */
  #at: number = 0;
  #owned: number = 0;
  #due: Charge[] = [];
  #isEventful: boolean = false;
  /** Segments owned in the last pass. */
  #share: number = 1;
  /** Steps that may still be done in this row, and the times that this row was put off. */
  #stepsLeft: number = 0;
  #hushes: number = 0;
  /** `#countWrites` at the last look. */
  #writes: number = 0;
  #pauseMs: number = PAUSE_MS_MIN;
  #timer: NodeJS.Timeout | undefined;

  constructor(site: UpkeepSite) {
    this.#site = site;
    this.#charges = Object.values(site.stores).flatMap((store) => {
      const arena = arenaOf(store);
      return Array.from({ length: arena.segmentCount }, (_, segment) => {
        return { store, arena, upkeep: new SegmentUpkeep(arena, segment), isGivenUp: false };
      });
    });
    this.#rest(PAUSE_MS_MIN);
  }

  /** The thread has done something, which may be the first of much. */
  stir(): void {
    if (this.#pauseMs === PAUSE_MS_MIN) return;
    this.#pauseMs = PAUSE_MS_MIN;
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#rest(PAUSE_MS_MIN);
  }

  #takeTurn(): void {
    this.#timer = undefined;
    if (!this.#site.isIdle()) this.#rest(PAUSE_MS_MIN);
    else if (this.#at < this.#charges.length) this.#lookOn();
    else if (this.#stepsLeft > 0 || this.#isHushed()) this.#workOn();
    else this.#rest(HUSH_MS);
  }

  #lookOn(): void {
    const nowMs = Date.now();
    const end = Math.min(this.#charges.length, this.#at + LOOKS_PER_TURN);
    for (; this.#at < end; this.#at++) {
      const charge = this.#charges[this.#at];
      if (!this.#isInCharge(charge)) continue;
      this.#owned += 1;
      const found = charge.upkeep.look(nowMs, this.#share);
      if (found === DUE) this.#due.push(charge);
      if (found !== IDLE) this.#isEventful = true;
    }
    if (this.#at < this.#charges.length) setImmediate(this.#turn);
    else if (this.#due.length === 0) this.#endPass();
    else this.#awaitHush();
  }

  #workOn(): void {
    const charge = this.#due.at(-1);
    if (charge === undefined) {
      this.#endPass();
      return;
    }
    // Another one when there is nothing left to do here.
    if (this.#isInCharge(charge) && this.#step(charge)) this.#stepsLeft -= 1;
    else this.#due.pop();
    if (this.#stepsLeft > 0) setImmediate(this.#turn);
    else this.#awaitHush();
  }

  #isInCharge({ isGivenUp, store, arena, upkeep }: Charge): boolean {
    return !isGivenUp && !store.closed && ownerOf(arena, upkeep.segment) === this.#site.owner;
  }

  /** Returns whether a step was done. */
  #step(charge: Charge): boolean {
    const { upkeep } = charge;
    const { reclaimed } = upkeep;
    try {
      if (!upkeep.work(Date.now(), this.#share)) return false;
    } catch {
      charge.isGivenUp = true;
      return false;
    }
    countStep(this.#site.counts, upkeep.reclaimed - reclaimed);
    return true;
  }

  #awaitHush(): void {
    this.#stepsLeft = 0;
    this.#hushes = 0;
    this.#writes = this.#countWrites();
    this.#rest(HUSH_MS);
  }

  /** Whether nobody has written since the last look, or that was waited for long enough. */
  #isHushed(): boolean {
    const writes = this.#countWrites();
    const isQuiet = writes === this.#writes;
    this.#writes = writes;
    this.#hushes += 1;
    if (!isQuiet && this.#hushes < HUSHES_MAX) return false;
    this.#stepsLeft = STEPS_IN_A_ROW;
    return true;
  }

  /** A sum of what tells writes, over segments from all parts of the stores. */
  #countWrites(): number {
    const stride = Math.ceil(this.#charges.length / LOOKS_PER_TURN);
    let sum = 0;
    for (let at = 0; at < this.#charges.length; at += stride) {
      const charge = this.#charges[at];
      if (!charge.store.closed) sum += charge.upkeep.writes;
    }
    return sum;
  }

  #endPass(): void {
    this.#share = Math.max(1, this.#owned);
    this.#pauseMs = this.#isEventful ? PAUSE_MS_MIN : Math.min(2 * this.#pauseMs, PAUSE_MS_MAX);
    this.#at = 0;
    this.#owned = 0;
    this.#due = [];
    this.#stepsLeft = 0;
    this.#isEventful = false;
    this.#rest(Math.max(this.#pauseMs, this.#share * SEGMENT_PAUSE_MS));
  }

  /** Keeps no thread alive. */
  #rest(ms: number): void {
    this.#timer = setTimeout(this.#turn, ms).unref();
  }
}
