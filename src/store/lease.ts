/** What `Store.lease` gives: a view of a value in the arena, and how it is given back. */
import {
  VALUE_BUFFER,
  VALUE_BYTES,
  VALUE_ENCODED,
  VALUE_LATIN1,
  VALUE_STRUCTURED,
  VALUE_UTF16,
} from '../../native-layout/record.ts';
import { ClosedError, DamagedArenaError, LockTimeoutError } from '../errors.ts';
import type { Arena } from '../memory/arena.ts';
import type { Hold } from '../memory/holds.ts';
import { closeHold } from '../segment/lease.ts';

/**
 * What the bytes of a lease are: those of a Uint8Array; a text in Latin-1, one byte a char, or else in UTF-16; what the
 * store's codec made of the value; or what `v8.serialize` did, for a value that msgpack() cannot give back equal.
 */
export type LeaseFormat = 'bytes' | 'latin1' | 'utf16le' | 'encoded' | 'structured';

const FORMATS: ReadonlyMap<number, LeaseFormat> = new Map<number, LeaseFormat>([
  [VALUE_BYTES, 'bytes'],
  [VALUE_BUFFER, 'bytes'],
  [VALUE_LATIN1, 'latin1'],
  [VALUE_UTF16, 'utf16le'],
  [VALUE_ENCODED, 'encoded'],
  [VALUE_STRUCTURED, 'structured'],
]);

/** What is left to give back. It does not refer to the bytes, so that who drops them can be found out. */
export interface OpenLease {
  readonly arena: Arena;
  readonly hold: Hold;
  /** All open leases of the store, this one among them until it is given back. */
  readonly siblings: Set<OpenLease>;
}

/** Gives back what was forgotten: the lease and its bytes are gone, whatever was made of them is not seen. */
const forgotten = new FinalizationRegistry<OpenLease>((open) => {
  try {
    giveBack(open);
  } catch {
    // Nobody is there to be told; whoever needs the memory tries again.
  }
});

/**
 * A value in the arena that stays valid and unchanged until it is released, whatever happens to its key meanwhile. Of the
 * thread that took it, and of its store: it is released when the store is closed there.
 */
export class Lease {
  readonly format: LeaseFormat;
  readonly #open: OpenLease;
  #bytes: Uint8Array<SharedArrayBuffer> | null;

  constructor(arena: Arena, hold: Hold, siblings: Set<OpenLease>) {
    const format = FORMATS.get(hold.kind);
    if (format === undefined) throw new DamagedArenaError(`a value of kind ${hold.kind} was leased`);
    this.format = format;
    const bytes = new Uint8Array(arena.viewOf(hold.segment).buffer, hold.at * 4, hold.byteLength);
    const open: OpenLease = { arena, hold, siblings };
    this.#bytes = bytes;
    this.#open = open;
    forgotten.register(bytes, open, open);
    siblings.add(open);
    hold.count += 1;
  }

  /**
   * The bytes themselves, no copy. They are shared with all threads: who writes to them breaks the contract, and changes
   * the value under every reader, though never the structure of the store.
   *
   * @throws ClosedError once the lease was released, here or by closing the store
   */
  get bytes(): Uint8Array<SharedArrayBuffer> {
    if (this.#bytes === null || this.released) throw new ClosedError('the lease was released');
    return this.#bytes;
  }

  get released(): boolean {
    return !this.#open.siblings.has(this.#open);
  }

  /**
   * Gives the lease back: the bytes may be anything from here on. Doing it again is no error and does nothing.
   *
   * @throws LockTimeoutError when a living thread keeps the lock of the segment; the lease is released all the same, and
   * its memory is used again later
   */
  release(): void {
    this.#bytes = null;
    giveBack(this.#open);
  }

  [Symbol.dispose](): void {
    this.release();
  }
}

function giveBack(open: OpenLease): void {
  const { arena, hold, siblings } = open;
  if (!siblings.delete(open)) return;
  // In place: on a full stack every call fails, and a hold without leases is found by whoever needs its entry.
  hold.count -= 1;
  forgotten.unregister(open);
  if (hold.count === 0) closeHold(arena, hold);
}

/** Gives back all leases of a store that is being closed. */
export function giveBackAll(leases: ReadonlySet<OpenLease>): void {
  for (const open of leases) {
    try {
      giveBack(open);
    } catch (error) {
      // Its memory is used again later.
      if (!(error instanceof LockTimeoutError)) throw error;
    }
  }
}
