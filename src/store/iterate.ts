/** The keys of a store, one after the other. */
import { type Key, unpackKey } from '../codec/key.ts';
import type { Arena } from '../memory/arena.ts';
import { keyScratch } from '../memory/scratch.ts';
import { BATCH_HEADER_WORDS, collectKeys, KeyBatch } from '../segment/scan.ts';

/**
 * The keys of the segments from `first` up to `end`, `end` excluded; of all without them. Every key that is there
 * throughout exactly once; see segment/scan. A key may be gone by the time it is given.
 */
export function* keysOf(
  arena: Arena,
  first: number = 0,
  end: number = arena.segmentCount,
): Generator<Key, undefined, undefined> {
  const batch = new KeyBatch();
  for (let segment = first; segment < end; segment++) {
    for (let place = 0; place !== -1; ) {
      place = collectKeys(arena, segment, place, batch);
      for (const start of batch.starts) {
        takeBatchKey(batch, start);
        yield unpackKey(keyScratch);
      }
    }
  }
}

function takeBatchKey(batch: KeyBatch, start: number): void {
  keyScratch.kind = batch.words[start];
  keyScratch.byteLength = batch.words[start + 1];
  const first = start + BATCH_HEADER_WORDS;
  keyScratch.words.set(batch.words.subarray(first, first + ((keyScratch.byteLength + 3) >>> 2)));
}
