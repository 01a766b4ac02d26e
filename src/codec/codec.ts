/** What turns a store's values into bytes and back, and which values need no turning. */
import { SharenaError, ValueError } from '../errors.ts';
import type { StructSchema } from './struct-schema.ts';
import {
  VALUE_BIGINT,
  VALUE_BIGINT64,
  VALUE_BUFFER,
  VALUE_BYTES,
  VALUE_FALSE,
  VALUE_FLOAT64,
  VALUE_INT32,
  VALUE_LATIN1,
  VALUE_NULL,
  VALUE_STRUCTURED,
  VALUE_TRUE,
  VALUE_UNDEFINED,
  VALUE_UTF16,
} from '../../native-layout/record.ts';

/**
 * A user's codec. `encode` returns the bytes of a value, which are copied before the store does anything else; `decode`
 * is given bytes of its own that nobody else holds. Both may use the store. What they throw arrives as the `cause` of a
 * ValueError.
 *
 * `name` is kept in the arena: a thread that attaches with a codec of another name is refused.
 */
export interface Codec<V> {
  readonly name: string;
  encode(value: V): Uint8Array;
  decode(bytes: Uint8Array): V;
}

/** Sets of values, as bits of `ValueCodec.accepts`: bit n stands for the VALUE_* kind n. */
export const ACCEPTS_NOTHING = 0;
export const ACCEPTS_NULL: number = 1 << VALUE_NULL;
export const ACCEPTS_UNDEFINED: number = 1 << VALUE_UNDEFINED;
export const ACCEPTS_BOOLEAN: number = (1 << VALUE_FALSE) | (1 << VALUE_TRUE);
export const ACCEPTS_INT32: number = 1 << VALUE_INT32;
export const ACCEPTS_FLOAT64: number = 1 << VALUE_FLOAT64;
/** Floats that JSON has: all but -0, infinities and NaN. No kind has this bit. */
export const ACCEPTS_JSON_FLOAT64: number = 1 << 16;
export const ACCEPTS_STRING: number = (1 << VALUE_LATIN1) | (1 << VALUE_UTF16);
export const ACCEPTS_BIGINT: number = (1 << VALUE_BIGINT64) | (1 << VALUE_BIGINT);
export const ACCEPTS_BYTES: number = (1 << VALUE_BYTES) | (1 << VALUE_BUFFER);
export const ACCEPTS_STRUCTURED: number = 1 << VALUE_STRUCTURED;

/** All codecs are of this one class, so that the code that uses them sees one shape. */
export class ValueCodec<V> implements Codec<V> {
  readonly name: string;
  /** The VALUE_* kinds that this codec's values are stored as without its `encode`, as bits. */
  readonly accepts: number;
  /** Whether `decode` may be given the scratch itself, because nothing that it returns refers to its argument. */
  readonly decodesInPlace: boolean;
  /**
   * Bytes of a value that is none of `accepts`; a view is good until the next call. Null: the value cannot be given back
   * equal in this format. Throws ValueError for a value that is not the codec's at all.
   */
  readonly encodeForeign: (value: unknown) => Uint8Array | null;
  readonly decodeForeign: (bytes: Uint8Array) => V;
  /** The fields of a struct, null for all other codecs. */
  readonly schema: StructSchema | null;
  /** Whether small Uint8Arrays share memory when they come back, see slab.ts. A choice of the thread, unknown to the arena. */
  readonly pooled: boolean;

  constructor(
    name: string,
    accepts: number,
    decodesInPlace: boolean,
    encodeForeign: (value: unknown) => Uint8Array | null,
    decodeForeign: (bytes: Uint8Array) => V,
    schema: StructSchema | null = null,
    pooled: boolean = false,
  ) {
    this.name = name;
    this.accepts = accepts;
    this.decodesInPlace = decodesInPlace;
    this.encodeForeign = encodeForeign;
    this.decodeForeign = decodeForeign;
    this.schema = schema;
    this.pooled = pooled;
  }

  encode(value: V): Uint8Array {
    const bytes = this.encodeForeign(value);
    if (bytes === null) throw new ValueError(`${this.name}() cannot encode ${describeValue(value)}`);
    return bytes;
  }

  decode(bytes: Uint8Array): V {
    return this.decodeForeign(bytes);
  }
}

/** An error of foreign code as the cause of ours; our own errors stay as they are. */
export function wrapped(what: string, error: unknown): SharenaError {
  if (error instanceof SharenaError) return error;
  return new ValueError(`${what}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
}

/** A value in an error message: what it is, not what it holds. */
export function describeValue(value: unknown): string {
  if (value === null || value === undefined || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return `the number ${Object.is(value, -0) ? '-0' : value}`;
  if (typeof value === 'string') return `a string of ${value.length} chars`;
  if (typeof value === 'object') return Array.isArray(value) ? 'an array' : 'an object';
  return `a ${typeof value}`;
}
