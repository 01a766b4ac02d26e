import { field, structure, type Structure } from './structure.ts';

/** Free blocks up to this many words have a bin for each size. */
export const EXACT_BINS = 128;
/** Larger ones share a bin with all sizes of the same power of two, from 128 words on. */
export const LARGE_BINS = 16;
export const BIN_COUNT: number = EXACT_BINS + LARGE_BINS;
export const BIN_MAP_WORDS = 5;
/** Records above this size get pages of their own. */
export const EXTENT_RECORD_WORDS_MAX = 4096;
export const EXTENT_PAGES_MAX = 16;
/** Most words of a record that are replaced in place; longer pieces are replaced together with their record. */
export const INTENT_WORDS_MAX = 9;
/** The word `intentAt`. */
export const INTENT_AT_MASK = 0xfffffff;
export const INTENT_COUNT_SHIFT = 28;
export const INTENT_COUNT_MASK = 0xf;

export const segmentHeader: Structure<
  | 'epoch'
  | 'table'
  | 'padRead'
  | 'recoveries'
  | 'growths'
  | 'coalesces'
  | 'compactions'
  | 'expired'
  | 'stuckWords'
  | 'leases'
  | 'detachedWords'
  | 'padCold'
  | 'lock'
  | 'nextSeq'
  | 'live'
  | 'used'
  | 'freeWords'
  | 'heapPages'
  | 'extents'
  | 'largeRuns'
  | 'bumpWord'
  | 'bumpEnd'
  | 'freedWords'
  | 'ttlCount'
  | 'earliestExpiry'
  | 'intent'
  | 'largePages'
  | 'intentSeq'
  | 'intentAt'
  | 'binMap'
  | 'intentWords'
  | 'padBins'
  | 'bins'
> = structure('segment_header', 'a segment', [
  field(
    'epoch',
    'atomic',
    'bumped before blocks change their borders or pages are given back; readers validate against it',
  ),
  field('table', 'atomic', 'page of the slot table | size class << 20; 0: none yet'),
  field('padRead', 'init', 'the line above is all of the header that a read touches', 14),
  field('recoveries', 'lock', 'times the segment was repaired after the death of a lock holder'),
  field('growths', 'lock', 'times the slot table was replaced'),
  field('coalesces', 'lock', 'times free blocks were merged'),
  field('compactions', 'lock', 'extents emptied by moving their records'),
  field('expired', 'lock', 'entries reclaimed because their TTL was over'),
  field('stuckWords', 'lock', 'freeWords when tidying last found no room'),
  field('leases', 'lock', 'number of the first lease entry of the segment, 0: none'),
  field('detachedWords', 'lock', 'words of records that no slot leads to and that leases keep'),
  field('heapPages', 'lock', 'pages in extents'),
  field('largePages', 'lock', 'pages of large runs'),
  field('padCold', 'lock', 'seldom written', 6),
  field('lock', 'atomic', 'lock word: generation | registry entry | waiters'),
  field('nextSeq', 'lock', 'number of the next record, 1 to 2^31 - 1'),
  field('live', 'lock', 'entries; read without the lock by size'),
  field('used', 'lock', 'slots with a tag: entries and vacant slots of lines that were once full'),
  field('freeWords', 'lock', 'words in free blocks'),
  field('extents', 'lock', 'page of the first extent of the chain, the newest; 0: none'),
  field('largeRuns', 'lock', 'page of the first large run of the chain; 0: none'),
  field('bumpWord', 'lock', 'first word of the untouched end of the newest extent'),
  field('bumpEnd', 'lock', 'its end'),
  field('freedWords', 'lock', 'words freed since free blocks were last merged'),
  field('ttlCount', 'lock', 'entries with a TTL'),
  field('intent', 'lock', 'record of which words are being replaced in place, 0: none; recovery completes it'),
  field('intentSeq', 'atomic', 'the number that this record gets; no two intents have the same'),
  field('intentAt', 'lock', 'word index of the first of these words | how many they are << 28'),
  field(
    'intentWords',
    'lock',
    'what they are being replaced by; the first two are in the line of the lock',
    INTENT_WORDS_MAX,
  ),
  field('binMap', 'lock', 'one bit a bin: set when the bin holds a block', BIN_MAP_WORDS),
  field(
    'earliestExpiry',
    'lock',
    'second since 1970 before which no entry ends, unsigned; means nothing while ttlCount is 0',
  ),
  field('padBins', 'lock', 'aligns the bins', 3),
  field('bins', 'lock', 'first free block of each bin', BIN_COUNT),
]);

/** Two words that find a record. Eight slots are a line of 64 bytes, the unit of a probe. */
export const slot: Structure<'tag' | 'ref'> = structure('slot', 'an index cell', [
  field('tag', 'lock', 'the 32-bit hash of the key, never 0; 0: empty, and no key ever overflowed out of this line'),
  field('ref', 'atomic', 'word index of the record; 0: vacant. Storing it publishes the record'),
]);
export const SLOT_WORDS: number = slot.words;
export const LINE_WORDS = 16;
export const LINE_SLOTS = 8;
export const LINES_PER_PAGE = 64;
/** A key is in its home line or in one of the lines after it, at most this many lines in all. */
export const PROBE_LINES_MAX = 128;

/** Table word: page of the table in the low bits, size class above. */
export const TABLE_CLASS_SHIFT = 20;
export const TABLE_PAGE_MASK: number = (1 << TABLE_CLASS_SHIFT) - 1;

/**
 * Size classes of tables: four steps to each doubling, so that a table is at least 4/5 as full after it grew.
 * Class c has (4 + (c & 3)) << (c >> 2) lines. The smallest is one page; small classes that are no whole page are skipped.
 */
export const TABLE_CLASS_MIN = 16;
export const TABLE_CLASS_MAX = 75;

export function tableLines(sizeClass: number): number {
  return (4 + (sizeClass & 3)) << (sizeClass >> 2);
}

/** Pages of a table of a class; a whole number for all classes that `nextTableClass` gives. */
export function tablePages(sizeClass: number): number {
  return tableLines(sizeClass) / LINES_PER_PAGE;
}

/** The smallest class above `sizeClass` that is made of whole pages. */
export function nextTableClass(sizeClass: number): number {
  let next = sizeClass + 1;
  while (tableLines(next) % LINES_PER_PAGE !== 0) next++;
  return next;
}

/** Bits of a hash that place a key in the table of its segment, as a number below 2^29. */
export const PLACE_BITS = 29;

/** Home line of a key: its place scaled to the number of lines, so that lines are in the order of places. */
export function homeLine(place: number, sizeClass: number): number {
  return Math.imul(place | 0, 4 + (sizeClass & 3)) >>> (PLACE_BITS - (sizeClass >> 2));
}

/**
 * Where in a line the search for a tag looks after `step` words: from the slot on that the low bits of the tag name, around
 * the line. Most keys are in the first slot looked at, which the processor predicts.
 */
export function slotInLine(tag: number, step: number): number {
  return ((tag << 1) + step) & (LINE_WORDS - 2);
}
