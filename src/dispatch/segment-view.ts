/** One segment of a store, as a task over segments sees it. */
import type { Key } from '../codec/key.ts';
import { arenaOf, type Store } from '../store.ts';
import { keysOf } from '../store/iterate.ts';
import type { TaskContext } from './context.ts';

/**
 * The entries of one segment.
 *
 * Other threads may write meanwhile: an entry that is there throughout is seen exactly once, one that comes or goes meanwhile
 * once or not at all, and each with the value it has when it is reached. Tasks of its keys do not run meanwhile, since the
 * owner that runs them runs this. An iteration throws an AbortError when the caller has given up.
 */
export class SegmentView<V = unknown> {
  readonly store: Store<V>;
  /** Its number, 0 to `store.segmentCount - 1`. */
  readonly segment: number;
  readonly #context: TaskContext;

  constructor(store: Store<V>, segment: number, context: TaskContext) {
    this.store = store;
    this.segment = segment;
    this.#context = context;
  }

  *keys(): Generator<Key, undefined, undefined> {
    for (const key of this.#keys()) if (this.store.has(key)) yield key;
  }

  *entries(): Generator<[Key, V], undefined, undefined> {
    for (const key of this.#keys()) {
      const found = this.store.getVersioned(key);
      if (found !== undefined) yield [key, found.value];
    }
  }

  *values(): Generator<V, undefined, undefined> {
    for (const [, value] of this.entries()) yield value;
  }

  [Symbol.iterator](): Generator<[Key, V], undefined, undefined> {
    return this.entries();
  }

  *#keys(): Generator<Key, undefined, undefined> {
    const context = this.#context;
    for (const key of keysOf(arenaOf(this.store), this.segment, this.segment + 1)) {
      if (context.aborted) throw new DOMException('the caller gave up', 'AbortError');
      yield key;
    }
  }
}
