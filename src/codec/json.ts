/** The codec that keeps what JSON keeps. */
import {
  ACCEPTS_BOOLEAN,
  ACCEPTS_INT32,
  ACCEPTS_JSON_FLOAT64,
  ACCEPTS_NULL,
  ACCEPTS_STRING,
  ValueCodec,
  wrapped,
  type Codec,
} from './codec.ts';
import { JSON_TREE, refuseUnless } from './explain.ts';
import { HAS_LONG_ARRAY, plainness } from './plain.ts';

/**
 * Null, booleans, strings, finite numbers except -0, and plain objects and dense arrays of these. Whatever JSON would
 * leave out or change is refused with a ValueError: undefined, NaN, -0, bigints, dates, `toJSON`.
 */
export function json<V = unknown>(): Codec<V> {
  return new ValueCodec<V>(
    'json',
    ACCEPTS_NULL | ACCEPTS_BOOLEAN | ACCEPTS_STRING | ACCEPTS_INT32 | ACCEPTS_JSON_FLOAT64,
    true,
    encode,
    decode as (bytes: Uint8Array) => V,
  );
}

function encode(value: unknown): Uint8Array {
  if ((plainness(value) & ~HAS_LONG_ARRAY) !== 0 || inheritsToJson()) refuseUnless(JSON_TREE, value);
  try {
    return Buffer.from(JSON.stringify(value), 'utf8');
  } catch (error) {
    throw wrapped('json() cannot encode the value', error);
  }
}

function decode(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8'));
  } catch (error) {
    throw wrapped(`json() cannot decode ${bytes.length} bytes`, error);
  }
}

/** Whether somebody has taught all objects or arrays to turn into something else. */
function inheritsToJson(): boolean {
  return 'toJSON' in Array.prototype || 'toJSON' in Object.prototype;
}
