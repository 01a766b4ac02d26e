/**
 * Upkeep of the segments of an owner, in the time in which its thread has nothing else to do: one step of at most some
 * 0.2 ms, then a turn of the event loop, in which tasks and mail come first.
 *
 * When a look at all segments has found nothing to do, the next one is after a pause, which gets longer as long as nobody
 * writes to them. An idle thread wakes up four times a second for a few loads a segment.
 */
import type { Arena } from '../memory/arena.ts';
import { SegmentUpkeep, WORKED, WRITTEN } from '../policy/upkeep.ts';
import { arenaOf, type Store } from '../store.ts';
import type { Words } from '#atomics';
import { ownerOf } from './owners.ts';
import { countStep } from './upkeep-counts.ts';

/** Between two looks at all segments, in ms: the first is for segments that are written to. */
const PAUSE_MS_MIN = 10;
const PAUSE_MS_MAX = 250;
/** The same for each segment, of which a look takes about 0.2 us. */
const SEGMENT_PAUSE_MS = 0.015;
/** Segments that are looked at in one turn. */
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
  #isEventful: boolean = false;
  /** Segments owned in the last pass. */
  #share: number = 1;
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
    if (!this.#site.isIdle()) {
      this.#rest(PAUSE_MS_MIN);
      return;
    }
    const nowMs = Date.now();
    const end = Math.min(this.#charges.length, this.#at + LOOKS_PER_TURN);
    for (; this.#at < end; this.#at++) {
      if (this.#look(this.#charges[this.#at], nowMs)) break;
    }
    if (this.#at < this.#charges.length) setImmediate(this.#turn);
    else this.#endPass();
  }

  /** Returns whether a step was done. */
  #look(charge: Charge, nowMs: number): boolean {
    const { store, arena, upkeep } = charge;
    if (charge.isGivenUp || store.closed || ownerOf(arena, upkeep.segment) !== this.#site.owner) return false;
    const reclaimed = upkeep.reclaimed;
    let outcome: number;
    try {
      outcome = upkeep.look(nowMs, this.#share);
    } catch {
      charge.isGivenUp = true;
      return false;
    }
    if (outcome >= WRITTEN) this.#isEventful = true;
    if (outcome === WORKED) countStep(this.#site.counts, upkeep.reclaimed - reclaimed);
    else this.#owned += 1;
    return outcome === WORKED;
  }

  #endPass(): void {
    this.#share = Math.max(1, this.#owned);
    this.#pauseMs = this.#isEventful ? PAUSE_MS_MIN : Math.min(2 * this.#pauseMs, PAUSE_MS_MAX);
    this.#at = 0;
    this.#owned = 0;
    this.#isEventful = false;
    this.#rest(Math.max(this.#pauseMs, this.#share * SEGMENT_PAUSE_MS));
  }

  /** Keeps no thread alive. */
  #rest(ms: number): void {
    this.#timer = setTimeout(this.#turn, ms).unref();
  }
}
