import { field, structure, type Structure } from './structure.ts';

/** One entry's key and value bytes in a segment's heap. Only expiry and value change until it is freed, see [in-place]. */
export const record: Structure<'seq' | 'meta'> = structure('record', "one entry's key and value bytes", [
  field(
    'seq',
    'record',
    'unique positive number of this record in its segment, the entry version; negative: a free block of that many words',
  ),
  field(
    'meta',
    'record',
    'kinds and sizes, see packed.ts; then, where meta says so: sizes; key words; expiry, if any; value words',
  ),
]);

/** A free block: the same first word as a record, with the sign turned. */
export const freeBlock: Structure<'size' | 'next'> = structure('free_block', 'a hole in a heap', [
  field('size', 'free', 'minus the size of the block in words, this word included'),
  field('next', 'free', 'word index of the next block of the same bin, 0 at the end; absent in blocks of one word'),
]);

export const RECORD_SEQ: number = record.word.seq;
export const RECORD_META: number = record.word.meta;
/** Words of a record before its optional words, key and value. */
export const RECORD_HEADER_WORDS: number = record.words;
/** Words of an expiry: the low and the high one of ms since 1970. */
export const EXPIRY_WORDS = 2;

/** How the key of a record is stored. */
export const KEY_LATIN1 = 0;
export const KEY_UTF16 = 1;
export const KEY_INT32 = 2;
export const KEY_FLOAT64 = 3;
export const KEY_BIGINT64 = 4;
/** Sign byte, then the magnitude, little-endian. */
export const KEY_BIGINT = 5;
export const KEY_BYTES = 6;

/** How the value of a record is stored. */
export const VALUE_UNDEFINED = 0;
export const VALUE_NULL = 1;
export const VALUE_FALSE = 2;
export const VALUE_TRUE = 3;
export const VALUE_INT32 = 4;
export const VALUE_FLOAT64 = 5;
export const VALUE_LATIN1 = 6;
export const VALUE_UTF16 = 7;
export const VALUE_BIGINT64 = 8;
/** Sign byte (0 or 1), then the magnitude, little-endian. */
export const VALUE_BIGINT = 9;
export const VALUE_BYTES = 10;
/** Bytes that came as a Node.js Buffer and go back as one. */
export const VALUE_BUFFER = 11;
/** Bytes of the store's codec. */
export const VALUE_ENCODED = 12;
/** The state of a rate limit, see policy/rate. */
export const VALUE_RATE = 13;
/** Bytes of v8.serialize, for values that the store's codec cannot give back equal. */
export const VALUE_STRUCTURED = 14;

/** Bit positions in `meta`: | leased 1 | changing 1 | valueBytes 14 | keyBytes 8 | valueKind 4 | ttl 1 | keyKind 3 | */
export const META_KEY_KIND_MASK = 0x7;
export const META_TTL = 0x8;
export const META_VALUE_KIND_SHIFT = 4;
export const META_VALUE_KIND_MASK = 0xf;
export const META_KEY_BYTES_SHIFT = 8;
export const META_KEY_BYTES_MASK = 0xff;
export const META_VALUE_BYTES_SHIFT = 16;
export const META_VALUE_BYTES_MASK = 0x3fff;
/** Words of the value are being replaced in place, as the intent of the segment says. */
export const META_CHANGING = 0x40000000;
/** The sign of `meta`: somebody has a lease of the record, so that its block is neither freed, moved nor written to. */
export const META_LEASED = 0x80000000;
/** A size field at its maximum says that the size is in a word of its own after `meta`. */
export const KEY_BYTES_EXTENDED: number = META_KEY_BYTES_MASK;
export const VALUE_BYTES_EXTENDED: number = META_VALUE_BYTES_MASK;

/** Longest encoded key, in bytes: 65,535 Latin-1 characters, 32,767 other ones. */
export const KEY_BYTES_MAX = 65_535;
/** Longest encoded value, in bytes. */
export const VALUE_BYTES_MAX: number = 256 * 1024 * 1024;
