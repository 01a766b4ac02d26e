import type * as loops from './loops.ts';

export type Loops = typeof loops;

let copies = 0;

/**
 * A new copy of the loops, with type feedback and machine code of its own.
 *
 * A module is instantiated once for each URL, so a query makes a second one of the same file.
 */
export async function loopsOfItsOwn(): Promise<Loops> {
  const url = new URL('./loops.js', import.meta.url);
  copies += 1;
  url.search = `copy=${copies}`;
  return (await import(url.href)) as Loops;
}

/** One side of a comparison. */
export interface Subject {
  readonly name: string;
  /** Runs the operations `from` to `to - 1` and returns a sum over their results. */
  run(from: number, to: number): number;
  /** Runs the same and times it, for a subject that works somewhere else than on this thread. */
  readonly time?: (from: number, to: number) => Timed;
}

/** What a batch summed up to, and how long it was on a core. */
export interface Timed {
  readonly sum: number;
  readonly tookMs: number;
}
