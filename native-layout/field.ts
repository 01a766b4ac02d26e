/**
 * Fields of a struct, the value of an entry in a store with the codec `struct`. They lie in the order of their alignment, the
 * larger first, so there are no gaps between them; offsets count from the first byte of the value.
 */

/** How a field is stored. Numbers are little-endian. */
export const FIELD_I8 = 0;
export const FIELD_U8 = 1;
export const FIELD_I16 = 2;
export const FIELD_U16 = 3;
export const FIELD_I32 = 4;
export const FIELD_U32 = 5;
export const FIELD_I64 = 6;
export const FIELD_U64 = 7;
export const FIELD_F32 = 8;
export const FIELD_F64 = 9;
/** A byte, 0 or 1. */
export const FIELD_BOOL = 10;
/** A word with the number of chars, the sign set when each takes two bytes, then the chars: room for two bytes each. */
export const FIELD_TEXT = 11;
/** A word with the number of bytes, the sign set when they came as a Node.js Buffer, then the bytes. */
export const FIELD_BYTES = 12;

/** Bytes of the kinds with a fixed size, by their numbers. */
const SIZES: readonly number[] = [1, 1, 2, 2, 4, 4, 8, 8, 4, 8, 1];

/** Largest value of a store of structs: a thread's scratch holds it, and `meta` has its size. */
export const STRUCT_BYTES_MAX = 16_380;

/** Where a field of a struct is. */
export interface FieldPlace {
  /** Bytes of the whole value. */
  readonly valueBytes: number;
  /** Word that the field begins in, from the start of the value. */
  readonly word: number;
  /** Bits of that word below the field. */
  readonly shift: number;
  /** Bits of that word that belong to the field, if it is smaller than a word; else 0. */
  readonly mask: number;
  /** A FIELD_* number. */
  readonly kind: number;
}

/** Bytes of a field; `limit` is the length of a text in chars, or of bytes. */
export function fieldBytes(kind: number, limit: number): number {
  if (kind === FIELD_TEXT) return 4 + ((2 * limit + 3) & ~3);
  if (kind === FIELD_BYTES) return 4 + ((limit + 3) & ~3);
  return SIZES[kind];
}

/** Texts and bytes begin with a word. */
function fieldAlignment(kind: number): number {
  return kind === FIELD_TEXT || kind === FIELD_BYTES ? 4 : SIZES[kind];
}

/** Offset of each field in bytes, in the order given, then the size of the value in bytes, a multiple of 4. */
export function placeFields(fields: readonly { readonly kind: number; readonly limit: number }[]): number[] {
  const offsets: number[] = [];
  let next = 0;
  for (const alignment of [8, 4, 2, 1]) {
    for (const [index, { kind, limit }] of fields.entries()) {
      if (fieldAlignment(kind) !== alignment) continue;
      offsets[index] = next;
      next += fieldBytes(kind, limit);
    }
  }
  return [...offsets, (next + 3) & ~3];
}
