/** What this thread pins in an arena, in memory of its own: the lease table says only that it does. */
import { BUFFER_BYTES_MAX } from '../../native-layout/arena.ts';

/** A record that this thread pins. */
export class Hold {
  readonly segment: number;
  readonly ref: number;
  /** Its entry of the lease table. */
  readonly number: number;
  /** Kind, word index and bytes of its value. */
  readonly kind: number;
  readonly at: number;
  readonly byteLength: number;
  /** Open leases of it; 0 while the first one is being made, and for one that failed on its way in or out. */
  count: number;

  constructor(segment: number, ref: number, number: number, kind: number, at: number, byteLength: number) {
    this.segment = segment;
    this.ref = ref;
    this.number = number;
    this.kind = kind;
    this.at = at;
    this.byteLength = byteLength;
    this.count = 0;
  }
}

/** The holds of a thread in one arena. They end with its place there, as the entries that they stand for do. */
export class Holds {
  readonly #byPlace: Map<number, Hold> = new Map();
  /** When a write that found no room last asked the OS which holders of leases live, by performance.now. */
  askedMs: number = Number.NEGATIVE_INFINITY;

  get(buffer: number, ref: number): Hold | undefined {
    return this.#byPlace.get(placeOf(buffer, ref));
  }

  keep(buffer: number, hold: Hold): void {
    this.#byPlace.set(placeOf(buffer, hold.ref), hold);
  }

  /** Called before the entry is given back: if that fails, the entry is one that this thread does not know of. */
  forget(buffer: number, hold: Hold): void {
    const place = placeOf(buffer, hold.ref);
    if (this.#byPlace.get(place) === hold) this.#byPlace.delete(place);
  }
}

/** A word of the arena as one number, a small integer in all but the largest arenas. */
function placeOf(buffer: number, ref: number): number {
  return buffer * (BUFFER_BYTES_MAX / 4) + ref;
}
