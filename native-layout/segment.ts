import { field, structure, type Structure } from './structure.ts';

/** Free blocks up to this many words have a bin for each size. */
export const EXACT_BINS = 128;
/** Larger ones share a bin with all sizes of the same power of two, from 128 words on. */
export const LARGE_BINS = 16;
export const BIN_MAP_WORDS = 5;
/** Records above this size get pages of their own. */
export const EXTENT_RECORD_WORDS_MAX = 4096;
export const EXTENT_PAGES_MAX = 16;

export const segmentHeader: Structure<
  | 'epoch'
  | 'table'
  | 'padRead'
  | 'recoveries'
  | 'growths'
  | 'coalesces'
  | 'expired'
  | 'padCold'
  | 'lock'
  | 'nextSeq'
  | 'live'
  | 'used'
  | 'freeWords'
  | 'heapPages'
  | 'largePages'
  | 'bumpWord'
  | 'bumpEnd'
  | 'freedWords'
  | 'ttlCount'
  | 'expiryMinLo'
  | 'expiryMinHi'
  | 'lockWaits'
  | 'sweepSlot'
  | 'padWriter'
  | 'binMap'
  | 'padBins'
  | 'bins'
> = structure('segment_header', 'a segment', [
  field('epoch', 'atomic', 'bumped before blocks change their borders or a table is freed; readers validate against it'),
  field('table', 'atomic', 'page of the slot table | size class << 20; 0: none yet'),
  field('padRead', 'init', 'the line above is all of the header that a read touches', 14),
  field('recoveries', 'lock', 'times the segment was repaired after the death of a lock holder'),
  field('growths', 'lock', 'times the slot table was replaced'),
  field('coalesces', 'lock', 'times free blocks were merged'),
  field('expired', 'lock', 'entries reclaimed because their TTL was over'),
  field('padCold', 'lock', 'seldom written', 12),
  field('lock', 'atomic', 'lock word: generation | holder | waiters'),
  field('nextSeq', 'lock', 'number of the next record, 1 to 2^31 - 1'),
  field('live', 'lock', 'entries; read without the lock by size'),
  field('used', 'lock', 'slots with a tag: entries and vacant slots inside probe runs'),
  field('freeWords', 'lock', 'words in free blocks'),
  field('heapPages', 'lock', 'pages in extents'),
  field('largePages', 'lock', 'pages of large records'),
  field('bumpWord', 'lock', 'first word of the untouched end of the newest extent'),
  field('bumpEnd', 'lock', 'its end'),
  field('freedWords', 'lock', 'words freed since free blocks were last merged'),
  field('ttlCount', 'lock', 'entries with a TTL'),
  field('expiryMinLo', 'lock', 'no entry expires before this time, ms since 1970, low word'),
  field('expiryMinHi', 'lock', 'high word'),
  field('lockWaits', 'lock', 'times the lock was not free at once'),
  field('sweepSlot', 'lock', 'slot at which the search for expired entries goes on'),
  field('padWriter', 'lock', 'spare'),
  field('binMap', 'lock', 'one bit a bin: set when the bin holds a block', BIN_MAP_WORDS),
  field('padBins', 'lock', 'aligns the bins', 11),
  field('bins', 'lock', 'first free block of each bin', EXACT_BINS + LARGE_BINS),
]);

/** Table word: page of the table in the low bits, size class above. */
export const TABLE_CLASS_SHIFT = 20;
export const TABLE_PAGE_MASK: number = (1 << TABLE_CLASS_SHIFT) - 1;
export const TABLE_CLASSES = 64;

/** Two words that find a record. */
export const slot: Structure<'tag' | 'ref'> = structure('slot', 'an index cell', [
  field('tag', 'lock', 'the 32-bit hash of the key, never 0; 0: never used, a probe ends here'),
  field('ref', 'atomic', 'word index of the record; 0: vacant. Storing it publishes the record'),
]);
export const SLOT_WORDS: number = slot.words;

/** Pages of a table of a class: 1 to 4, then four steps to each doubling. */
export function tableClassPages(sizeClass: number): number {
  return sizeClass < 4 ? sizeClass + 1 : (5 + (sizeClass & 3)) * 2 ** ((sizeClass >> 2) - 1);
}
