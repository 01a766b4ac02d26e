/** What this thread pins, in memory of its own: the lease table says only that it does. */
import { BUFFER_BYTES_MAX } from '../../native-layout/arena.ts';
import type { Arena } from '../memory/arena.ts';
import type { Words } from '#atomics';
import { valueBytesOf, valueKindOf, valueWord } from './record.ts';

/** A record that this thread pins. */
export class Hold {
  readonly segment: number;
  readonly ref: number;
  /** Its entry of the lease table. */
  readonly number: number;
  /** Whom the entry belongs to. */
  readonly token: number;
  /** Kind, word index and bytes of its value. */
  readonly kind: number;
  readonly at: number;
  readonly byteLength: number;
  /** Open leases of it; 0 for one that failed on its way, whose entry is given back when somebody needs it. */
  count: number;

  constructor(words: Words, segment: number, ref: number, number: number, token: number) {
    this.segment = segment;
    this.ref = ref;
    this.number = number;
    this.token = token;
    this.kind = valueKindOf(words, ref);
    this.at = valueWord(words, ref);
    this.byteLength = valueBytesOf(words, ref);
    this.count = 0;
  }
}

/** By arena, then by segment and ref: what this thread pins. */
const held = new Map<string, Map<number, Hold>>();

/** Segments are few and refs below 2^28, so both fit one number. */
function holdKey(segment: number, ref: number): number {
  return segment * (BUFFER_BYTES_MAX / 4) + ref;
}

/** What this thread knows of its lease of a record. */
export function holdOf(arena: Arena, segment: number, ref: number): Hold | undefined {
  const hold = held.get(arena.id)?.get(holdKey(segment, ref));
  // A thread that left the arena and came back pins nothing any more.
  return hold?.token === arena.token ? hold : undefined;
}

/** Called once the entry is pinned. */
export function keep(arena: Arena, hold: Hold): void {
  let holds = held.get(arena.id);
  if (holds === undefined) held.set(arena.id, (holds = new Map()));
  holds.set(holdKey(hold.segment, hold.ref), hold);
}

/** Called before the entry is given back: if that fails, the entry is one that this thread does not know of. */
export function forget(arena: Arena, hold: Hold): void {
  const holds = held.get(arena.id);
  const key = holdKey(hold.segment, hold.ref);
  if (holds?.get(key) !== hold) return;
  holds.delete(key);
  if (holds.size === 0) held.delete(arena.id);
}
