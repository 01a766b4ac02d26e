/** Situations that a store is in when actors meet there: small, and on the edge of everything that can happen to a segment. */
import { arenaHeader, PAGE_WORDS, threadEntry, THREADS_MAX } from '../../../native-layout/arena.ts';
import { homeLine, LINE_SLOTS, segmentHeader, TABLE_CLASS_SHIFT, tableLines } from '../../../native-layout/segment.ts';
import { StoreFullError } from '../../../src/errors.ts';
import { packKey } from '../../../src/codec/key.ts';
import { placeOf } from '../../../src/hash/route.ts';
import { extentPages, pageTableOf } from '../../../src/memory/page-table.ts';
import { tidySegment } from '../../../src/segment/reclaim.ts';
import { coalesce } from '../../../src/segment/tidy.ts';
import { arenaOf, type SetOptions, type Store } from '../../../src/store.ts';
import { valueOf } from './values.ts';

const H = segmentHeader.word;
/** The highest id that Linux gives, which hardly any process gets. */
const NO_OS_THREAD = 0x3fffff;

/** Entries that operations are about: texts under a and b, a number under n; x is absent. */
export function fewEntries(store: Store): void {
  store.set('a', valueOf('a0:40'));
  store.set('b', valueOf('b0:40'));
  store.set('n', 7);
}

/** A struct under s and two others in the same store. */
export function fewStructs(store: Store): void {
  for (const key of ['r', 's', 'w']) store.set(key, valueOf('x1 y1 t1 u1 v1'));
}

/** One more key makes the table grow. */
export function crowdedTable(store: Store): void {
  fewEntries(store);
  const { words, head } = segmentOf(store, 0);
  const limit = tableLines(words[head + H.table] >>> TABLE_CLASS_SHIFT) * (LINE_SLOTS - 1);
  for (let id = 0; words[head + H.used] < limit; id++) store.set(`f${id}`, id);
}

/** A line of the table that is full, with a key that had to go to the next one; a and x have their home there. */
export function fullLine(store: Store): void {
  store.set('n', 7);
  const keys = neighbours(store, 'a', LINE_SLOTS + 3);
  for (const [id, key] of keys.slice(0, LINE_SLOTS).entries()) store.set(key, id);
  store.set('a', valueOf('a0:40'));
  store.set('b', valueOf('b0:40'));
}

/** Names for absent keys whose home is the line of another. */
export function neighbours(store: Store, of: string, count: number): string[] {
  const home = homeOf(store, of);
  const found: string[] = [];
  for (let id = 0; found.length < count; id++) if (homeOf(store, `k${id}`) === home) found.push(`k${id}`);
  return found;
}

/** Free blocks that are too small until they are merged. */
export function fragmentedHeap(store: Store): void {
  fewEntries(store);
  for (let id = 0; id < 60; id++) store.set(`f${id}`, valueOf(`f${id}:120`));
  exhaustBump(store, 200);
  for (let id = 0; id < 60; id++) if (id % 20 !== 0) store.delete(`f${id}`);
}

/** No free page, and extents that are emptied by moving their records together. */
export function sparseHeap(store: Store): void {
  fewEntries(store);
  const count = fill(store, 1300);
  for (let id = 0; id < count; id++) if (id % 3 !== 0) store.delete(`f${id}`);
}

/** The second record of the segment, under a, between free blocks that the next record of 1100 bytes makes one of. */
export function mergingBlocks(store: Store): void {
  store.set('l', valueOf('l0:900'));
  store.set('a', valueOf('a0:40'));
  store.set('m', valueOf('m0:800'));
  store.set('n', 7);
  exhaustBump(store, 200);
  store.delete('l');
  store.delete('m');
}

/**
 * Of two segments, the one with a has a crowded table, all whose other entries have expired. When it grows, the old page
 * is the last one that is free but for one before it, so it becomes a table again when the other segment needs two pages.
 */
export function restlessTable(store: Store): void {
  const home = store.segmentOf('a');
  const names = (prefix: string, isHome: boolean): (() => string) => {
    let id = 0;
    return () => {
      for (;;) {
        const name = `${prefix}${id++}`;
        if ((store.segmentOf(name) === home) === isHome) return name;
      }
    };
  };
  const away = names('o', false);
  const bulk = (): string => {
    const name = away();
    store.set(name, valueOf(`${name}:3500`));
    return name;
  };
  const first = bulk();
  bulk();
  store.set('a', valueOf('a0:40'));
  const { words, head } = segmentOf(store, home);
  const mine = names('f', true);
  while (words[head + H.used] < tableLines(words[head + H.table] >>> TABLE_CLASS_SHIFT) * (LINE_SLOTS - 1)) {
    store.set(mine(), 1, { ttl: 1000 });
  }
  while (words[arenaHeader.word.freePages] > 2) bulk();
  store.delete(first);
  const other = segmentOf(store, 1 - home);
  tidySegment(arenaOf(store), other.words, other.head, 1 - home);
}

/** Of two segments, the one with a has a crowded table, whose page is the first that the other one will take for its own. */
export function crowdedBesideNothing(store: Store): void {
  const home = store.segmentOf('a');
  store.set('a', valueOf('a0:40'));
  const { words, head } = segmentOf(store, home);
  const limit = tableLines(words[head + H.table] >>> TABLE_CLASS_SHIFT) * (LINE_SLOTS - 1);
  for (let id = 0; words[head + H.used] < limit; id++) {
    if (store.segmentOf(`f${id}`) === home) store.set(`f${id}`, id);
  }
}

/** Keys that are at most in a table of one page. */
const KEYS_IN_ONE_PAGE = 384;

/**
 * A crowded table of one page that grows with one more key and becomes small again when two are deleted, on the page where it
 * was. a has its place behind its home line, where there is room by now. What a longer value takes is fresh pages.
 */
export function tableAboutToReturn(store: Store): void {
  fullLine(store);
  const { words, head } = segmentOf(store, 0);
  const limit = tableLines(words[head + H.table] >>> TABLE_CLASS_SHIFT) * (LINE_SLOTS - 1);
  const keys: string[] = [];
  for (let id = 0; words[head + H.used] < limit; id++) {
    store.set(`f${id}`, id);
    keys.push(`f${id}`);
  }
  for (const key of neighbours(store, 'a', 3)) store.delete(key);
  // A full line keeps the tags of what is deleted, so that the table stays crowded.
  for (const key of keys) {
    if (words[head + H.live] === KEYS_IN_ONE_PAGE) break;
    store.delete(key);
    if (words[head + H.used] < limit) store.set(key, 1);
  }
  if (words[head + H.live] !== KEYS_IN_ONE_PAGE) throw new Error('the lines that are full have too few keys');
  // Blocks are merged now, lest that makes a new epoch later.
  const arena = arenaOf(store);
  coalesce(arena, words, head, 0, pageTableOf(arena, 0));
}

/** A crowded table and no page free to grow into, but a heap that could do with less. */
export function crowdedSparseHeap(store: Store): void {
  crowdedTable(store);
  const { words, head } = segmentOf(store, 0);
  const used = words[head + H.used];
  const keys: string[] = [];
  // Overwritten, so that no key is new.
  for (let id = 0; words[arenaHeader.word.freePages] > 3; id++) {
    const key = `f${id % 400}`;
    store.set(key, valueOf(`${key}:1300`));
    keys.push(key);
  }
  for (const [index, key] of keys.entries()) if (index % 3 !== 0) store.set(key, index);
  if (words[head + H.used] !== used) throw new Error('the table is no longer crowded');
}

/** Of two segments, the one without a has taken pages that it has not touched; no page is free. */
export function untouchedNeighbour(store: Store): void {
  fewEntries(store);
  const home = store.segmentOf('a');
  for (let id = 0; ; id++) {
    if (store.segmentOf(`i${id}`) === home) continue;
    store.set(`i${id}`, id);
    break;
  }
  const { words, head } = segmentOf(store, home);
  const { freePages } = arenaHeader.word;
  const extent = extentPages(pageTableOf(arenaOf(store), home));
  const left = (): number => words[head + H.bumpEnd] - words[head + H.bumpWord];
  // Stops before anything fails: a set that found no room would have gathered what the neighbour has.
  for (let id = 0; words[freePages] >= 2 * extent || left() > 400; id++) {
    if (store.segmentOf(`f${id}`) === home) store.set(`f${id}`, valueOf(`f${id}:1300`));
  }
}

/** Nothing to be had. */
export function fullHeap(store: Store): void {
  fewEntries(store);
  fill(store, 3000);
  fill(store, 200, 'g');
  fill(store, 20, 'h');
}

/** Entries whose time is over, and a heap that is exhausted. */
export function expiredEntries(store: Store): void {
  fewEntries(store);
  for (let id = 0; id < 20; id++) store.set(`t${id}`, valueOf(`t${id}:100`), { ttl: 1000 });
  exhaustBump(store, 200);
}

/** A text and a number that have 100 ms to live, and a heap in which the next kibibyte has to sweep. */
export function endingEntries(store: Store): void {
  fewEntries(store);
  store.set('t', valueOf('t0:40'), { ttl: 100 });
  store.set('u', 7, { ttl: 100 });
  exhaustBump(store, 200);
}

/** A short text and a number that have 100 ms to live, and a rate limit that has long. */
export function endingShortEntries(store: Store): void {
  fewEntries(store);
  store.set('t', valueOf('t0:12'), { ttl: 100 });
  store.set('u', 7, { ttl: 100 });
  store.hit('h', { limit: 1e9, windowMs: 1e9, cost: 5 });
}

/** Values that have pages of their own. */
export function largeValues(store: Store): void {
  store.set('n', 7);
  store.set('b', valueOf('b0:20000'));
  store.set('a', valueOf('a0:20000'));
  store.set('c', valueOf('c0:20000'));
}

/**
 * Of two segments, the one with a has a large value there. Its pages are the next to be taken when they are free, and its
 * number is the next one in the other segment.
 */
export function twinNumbers(store: Store): void {
  const home = store.segmentOf('a');
  for (const isHome of [true, false]) {
    const names = Array.from({ length: 32 }, (_, id) => `i${id}`);
    store.set(names.find((name) => (store.segmentOf(name) === home) === isHome) ?? 'a', 1);
  }
  store.set('a', valueOf('a0:20000'));
}

/** The same, but that the other segment comes to that number by being cleared, which takes one. */
export function twinNumbersBehindClear(store: Store): void {
  const home = store.segmentOf('a');
  store.set(['j0', 'j1', 'j2', 'j3', 'j4', 'j5', 'j6', 'j7'].find((name) => store.segmentOf(name) === home) ?? 'a', 1);
  twinNumbers(store);
}

/**
 * Of two segments, both full of entries that expire within this second: as segments know that by the second, each looks for
 * room in the other, whenever and however often.
 */
export function fullNeighbours(store: Store): void {
  fewEntries(store);
  fill(store, 3000, 'f', { ttl: 900 });
  fill(store, 200, 'g');
  fill(store, 20, 'h');
}

/** Of two segments, the one without a and n holds pages that it could do without; no page is free. */
export function hoardingNeighbour(store: Store): void {
  fewEntries(store);
  const home = store.segmentOf('a');
  let id = 0;
  const hoard: string[] = [];
  try {
    for (; ; id++) {
      const key = `f${id}`;
      if (store.segmentOf(key) === home) continue;
      store.set(key, valueOf(`${key}:1300`));
      hoard.push(key);
    }
  } catch (error) {
    if (!(error instanceof StoreFullError)) throw error;
  }
  exhaustBump(store, 60);
  for (const [index, key] of hoard.entries()) if (index % 6 !== 0) store.delete(key);
}

/** Every place of the registry but one is that of a thread that is gone, some of them since they were taking it. */
export function registryOfTheDead(store: Store): void {
  fewEntries(store);
  const { words, threadsWord } = arenaOf(store);
  const { identity, generation, osThread } = threadEntry.word;
  for (let index = 0; index < THREADS_MAX; index++) {
    const entry = threadsWord + index * threadEntry.words;
    if (words[entry + identity] !== 0) continue;
    words[entry + identity] = index % 2 === 0 ? 900_000 + index : -0x1000000 - NO_OS_THREAD;
    words[entry + generation] = 5;
    words[entry + osThread] = NO_OS_THREAD;
  }
}

/** Sets entries of a size until the store is full. Returns how many there are. */
function fill(store: Store, bytes: number, prefix: string = 'f', options: SetOptions = {}): number {
  for (let id = 0; ; id++) {
    try {
      store.set(`${prefix}${id}`, valueOf(`${prefix}${id}:${bytes}`), options);
    } catch (error) {
      if (error instanceof StoreFullError) return id;
      throw error;
    }
  }
}

/** Sets entries in the segment of a until the untouched end of its heap has less than this many words, and no block is free. */
function exhaustBump(store: Store, wordsLeft: number): void {
  const segment = store.segmentOf('a');
  const { words, head } = segmentOf(store, segment);
  const left = (): number => words[head + H.bumpEnd] - words[head + H.bumpWord];
  for (let id = 0; left() >= wordsLeft || words[head + H.freeWords] > PAGE_WORDS / 4; id++) {
    const key = `e${id}`;
    if (store.segmentOf(key) === segment) store.set(key, valueOf(`${key}:${left() > 1.5 * wordsLeft ? 100 : 16}`));
  }
}

function segmentOf(store: Store, segment: number): { words: Int32Array<SharedArrayBuffer>; head: number } {
  const arena = arenaOf(store);
  return { words: arena.viewOf(segment), head: arena.headOf(segment) };
}

function homeOf(store: Store, key: string): number {
  const arena = arenaOf(store);
  const { words, head } = segmentOf(store, store.segmentOf(key));
  const hash = packKey(key, arena.hashKey0, arena.hashKey1);
  return homeLine(placeOf(hash, arena.segmentBits), words[head + H.table] >>> TABLE_CLASS_SHIFT);
}
