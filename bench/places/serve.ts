/** The mixed stream of one thread: made before it is timed, run in batches, checked after each batch. */
import type { Store } from '../../src/index.ts';
import { Random } from '../harness/random.ts';
import { counterOf, isSamePlace, keyOf, type Place } from './data.ts';

/** What is stored: places under `place:<id>`, numbers under `visits:<country>`. */
export type Stored = Place | number;

const READ = 0;
const READ_ABSENT = 1;
const REFRESH = 2;
const COUNT_VISIT = 3;

/** Percent of the stream; the rest are reads. */
const ABSENT_PERCENT = 5;
const REFRESH_PERCENT = 5;
const VISIT_PERCENT = 10;

const BATCH = 512;
/** Wrong answers that are told in full; the rest are counted. */
const WRONG_TOLD_MAX = 10;

export interface Served {
  readonly ops: number;
  /** Time in the store's calls, without making the stream and checking the answers. */
  readonly busyMs: number;
  readonly wrongCount: number;
  readonly wrong: readonly string[];
  /** Visits this thread counted, by country. */
  readonly visits: ReadonlyMap<string, number>;
}

export class Stream {
  readonly #store: Store<Stored>;
  readonly #places: readonly Place[];
  readonly #reference: ReadonlyMap<string, Place>;
  readonly #random: Random;
  readonly #kinds: Uint8Array = new Uint8Array(BATCH);
  readonly #chosen: Place[] = [];
  readonly #answers: (Stored | undefined)[] = [];
  readonly #visits: Map<string, number> = new Map();
  readonly #wrong: string[] = [];
  #wrongCount: number = 0;
  #writes: number = 0;

  constructor(store: Store<Stored>, reference: ReadonlyMap<string, Place>, seed: number) {
    this.#store = store;
    this.#reference = reference;
    this.#places = [...reference.values()];
    this.#random = new Random(seed);
  }

  run(ops: number): Served {
    let busyMs = 0;
    for (let done = 0; done < ops; done += BATCH) {
      this.#choose();
      const startMs = performance.now();
      this.#serve();
      busyMs += performance.now() - startMs;
      this.#check();
    }
    const wholeBatches = Math.ceil(ops / BATCH) * BATCH;
    return { ops: wholeBatches, busyMs, wrongCount: this.#wrongCount, wrong: this.#wrong, visits: this.#visits };
  }

  #choose(): void {
    for (let at = 0; at < BATCH; at++) {
      // The smaller of two choices twice over: some places are asked for far more often than others.
      const a = Math.min(this.#random.below(this.#places.length), this.#random.below(this.#places.length));
      const b = Math.min(this.#random.below(this.#places.length), this.#random.below(this.#places.length));
      this.#chosen[at] = this.#places[Math.min(a, b)];
      const percent = this.#random.below(100);
      if (percent < ABSENT_PERCENT) this.#kinds[at] = READ_ABSENT;
      else if (percent < ABSENT_PERCENT + REFRESH_PERCENT) this.#kinds[at] = REFRESH;
      else if (percent < ABSENT_PERCENT + REFRESH_PERCENT + VISIT_PERCENT) this.#kinds[at] = COUNT_VISIT;
      else this.#kinds[at] = READ;
    }
  }

  #serve(): void {
    const store = this.#store;
    for (let at = 0; at < BATCH; at++) {
      const place = this.#chosen[at];
      let answer: Stored | undefined;
      switch (this.#kinds[at]) {
        case READ:
          answer = store.get(keyOf(place.cityId));
          break;
        case READ_ABSENT:
          answer = store.get(keyOf(-place.cityId));
          break;
        case REFRESH:
          this.#writes += 1;
          store.set(keyOf(place.cityId), { ...place, refreshed: this.#writes });
          break;
        default:
          answer = store.increment(counterOf(place.country));
      }
      this.#answers[at] = answer;
    }
  }

  #check(): void {
    for (let at = 0; at < BATCH; at++) {
      const { cityId, country } = this.#chosen[at];
      const answer = this.#answers[at];
      const place = this.#reference.get(keyOf(cityId)) as Place;
      switch (this.#kinds[at]) {
        case READ:
          if (typeof answer !== 'object' || !isSamePlace(answer, place)) this.#refuse(keyOf(cityId), answer, place);
          break;
        case READ_ABSENT:
          if (answer !== undefined) this.#refuse(keyOf(-cityId), answer, undefined);
          break;
        case REFRESH:
          break;
        default: {
          const own = (this.#visits.get(country) ?? 0) + 1;
          this.#visits.set(country, own);
          // Other threads count too: whatever they did, it is at least what this thread has counted itself.
          if (typeof answer !== 'number' || answer < own) this.#refuse(counterOf(country), answer, own);
        }
      }
    }
  }

  #refuse(key: string, answer: Stored | undefined, expected: Stored | undefined): void {
    this.#wrongCount += 1;
    if (this.#wrong.length >= WRONG_TOLD_MAX) return;
    this.#wrong.push(`${key} is ${JSON.stringify(answer)}, not ${JSON.stringify(expected)}`);
  }
}
