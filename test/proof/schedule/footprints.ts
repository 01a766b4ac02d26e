import { CLOSING_LOAD, LOAD, POKE, RELEASE_STORE } from '../../../src/memory/atomics.scheduled.ts';
import type { Runs, Step } from './plan.ts';

const CHANGED_SHIFT = 4;

/**
 * Which words each actor has looked at and changed in the runs so far.
 *
 * To take the baton from an actor before an access that nobody else can notice, and that notices nobody else, is the same
 * as to take it before its next one (Godefroid, "Partial-order methods", 1996). What a thread reads under a lock is no step
 * at all, so the words that only lock holders read are nobody's business.
 */
export class Footprints {
  /** A bit for each actor that looked at a word, and above them one for each that changed it. */
  readonly #words: Uint8Array;

  constructor(wordCount: number) {
    this.#words = new Uint8Array(wordCount);
  }

  /** Adds the steps of the last run. */
  add(stage: Runs, steps: number): void {
    for (let index = 0; index < steps; index++) {
      const step = stage.stepOf(index);
      if (step.isBetween) continue;
      const bits = (looks(step) ? 1 << step.actor : 0) | (changes(step) ? 1 << (step.actor + CHANGED_SHIFT) : 0);
      for (let word = step.word; word < step.word + step.count; word++) this.#words[word] |= bits;
    }
  }

  /** Whether it matters who goes first, this step or what others do. */
  matters(step: Step): boolean {
    if (step.isBetween) return true;
    const others = 0xf & ~(1 << step.actor);
    for (let word = step.word; word < step.word + step.count; word++) {
      const bits = this.#words[word];
      if (looks(step) && ((bits >> CHANGED_SHIFT) & others) !== 0) return true;
      if (changes(step) && (bits & others) !== 0) return true;
    }
    return false;
  }
}

function looks({ access }: Step): boolean {
  return access <= CLOSING_LOAD || access === LOAD || access > RELEASE_STORE;
}

function changes({ access }: Step): boolean {
  return access >= POKE;
}
