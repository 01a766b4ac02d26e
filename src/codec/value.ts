/** Values to bytes in this thread's value scratch, and back. */
import { isUint8Array } from 'node:util/types';
import { ValueError } from '../errors.ts';
import * as scratchModule from '../memory/scratch.ts';
import type { Scratch } from '../memory/scratch.ts';
import * as recordLayout from '../../native-layout/record.ts';
import * as bigintModule from './bigint.ts';
import * as codecModule from './codec.ts';
import type { ValueCodec } from './codec.ts';
import * as structuredModule from './structured.ts';
import * as textModule from './text.ts';

// Own constants fold, imported bindings are loaded at every use: see [hot-imports] in CONTRIBUTING.md.
const { SCRATCH_BYTES, valueScratch } = scratchModule;
const {
  VALUE_BIGINT,
  VALUE_BIGINT64,
  VALUE_BUFFER,
  VALUE_BYTES,
  VALUE_BYTES_MAX,
  VALUE_ENCODED,
  VALUE_FALSE,
  VALUE_FLOAT64,
  VALUE_INT32,
  VALUE_LATIN1,
  VALUE_NULL,
  VALUE_STRUCTURED,
  VALUE_TRUE,
  VALUE_UNDEFINED,
  VALUE_UTF16,
} = recordLayout;
const { bigintBytes, bigintFits, bigintOf } = bigintModule;
const {
  ACCEPTS_BIGINT,
  ACCEPTS_BOOLEAN,
  ACCEPTS_BYTES,
  ACCEPTS_FLOAT64,
  ACCEPTS_INT32,
  ACCEPTS_JSON_FLOAT64,
  ACCEPTS_NULL,
  ACCEPTS_STRING,
  ACCEPTS_STRUCTURED,
  ACCEPTS_UNDEFINED,
} = codecModule;
const { decodeStructured, encodeStructured } = structuredModule;
const { isLatin1, NATIVE_CALL_CHARS_MIN, packShortLatin1, packShortUtf16, padLastWord, unpackLatin1 } = textModule;

const words = valueScratch.words;
const bytes = valueScratch.bytes;
const floats = valueScratch.floats;
const bigints = new BigInt64Array(words.buffer, 0, 1);

/**
 * Encodes the value into `valueScratch`: its kind, its length, and its bytes, zero-padded to whole words in the scratch
 * itself or, when there are more than SCRATCH_BYTES, in `large`.
 *
 * Throws ValueError for a value that the codec refuses or whose bytes are more than VALUE_BYTES_MAX. Code of the user
 * runs before the scratch is touched, so it may use the store.
 */
export function encodeValue<V>(codec: ValueCodec<V>, value: V): void {
  const given: unknown = value;
  const accepts = codec.accepts;
  // Comparisons, not a switch: V8 compiles `typeof x === 'string'` to a check and a switch on it to a call.
  if (typeof given === 'string') {
    if ((accepts & ACCEPTS_STRING) !== 0) return encodeString(given);
  } else if (typeof given === 'number') {
    if (acceptsNumber(codec, given)) return encodeNumber(given);
  } else if (typeof given === 'boolean') {
    if ((accepts & ACCEPTS_BOOLEAN) !== 0) return fill(given ? VALUE_TRUE : VALUE_FALSE, 0);
  } else if (given === undefined) {
    if ((accepts & ACCEPTS_UNDEFINED) !== 0) return fill(VALUE_UNDEFINED, 0);
  } else if (given === null) {
    if ((accepts & ACCEPTS_NULL) !== 0) return fill(VALUE_NULL, 0);
  } else if (typeof given === 'bigint') {
    if ((accepts & ACCEPTS_BIGINT) !== 0) return encodeBigint(given);
  } else if ((accepts & ACCEPTS_BYTES) !== 0 && isUint8Array(given)) {
    const prototype: unknown = Object.getPrototypeOf(given);
    if (prototype === Uint8Array.prototype) return encodeBytes(VALUE_BYTES, given);
    if (prototype === Buffer.prototype) return encodeBytes(VALUE_BUFFER, given);
  }
  const encoded = codec.encodeForeign(given);
  if (encoded !== null) return encodeBytes(VALUE_ENCODED, encoded);
  if ((accepts & ACCEPTS_STRUCTURED) === 0) throw new ValueError(`codec ${codec.name} cannot encode the value`);
  encodeBytes(VALUE_STRUCTURED, encodeStructured(given));
}

/** Whether a number is stored natively by this codec, so that it can be counted up in place. */
export function acceptsNumber<V>(codec: ValueCodec<V>, value: number): boolean {
  const accepts = codec.accepts;
  if (isInt32(value) && (accepts & ACCEPTS_INT32) !== 0) return true;
  if ((accepts & ACCEPTS_FLOAT64) !== 0) return true;
  return (accepts & ACCEPTS_JSON_FLOAT64) !== 0 && Number.isFinite(value) && value !== 0;
}

/** -0 is none, since it would come back as 0. */
function isInt32(value: number): boolean {
  return value === (value | 0) && (value !== 0 || 1 / value > 0);
}

function fill(kind: number, byteLength: number): void {
  valueScratch.kind = kind;
  valueScratch.byteLength = byteLength;
  valueScratch.large = null;
}

function encodeNumber(value: number): void {
  if (isInt32(value)) {
    words[0] = value;
    return fill(VALUE_INT32, 4);
  }
  floats[0] = value;
  fill(VALUE_FLOAT64, 8);
}

function encodeString(value: string): void {
  const length = value.length;
  if (length >= NATIVE_CALL_CHARS_MIN) return encodeLongString(value);
  if (packShortLatin1(value, words)) return fill(VALUE_LATIN1, length);
  packShortUtf16(value, words);
  fill(VALUE_UTF16, length * 2);
}

function encodeLongString(value: string): void {
  const latin1 = isLatin1(value);
  const byteLength = latin1 ? value.length : value.length * 2;
  const encoding = latin1 ? 'latin1' : 'utf16le';
  if (byteLength > VALUE_BYTES_MAX) throw tooLarge(`a string of ${value.length} chars`, byteLength);
  const large = byteLength > SCRATCH_BYTES ? Buffer.from(value, encoding) : null;
  if (large === null) {
    valueScratch.buffer.write(value, 0, encoding);
    padLastWord(bytes, byteLength);
  }
  fill(latin1 ? VALUE_LATIN1 : VALUE_UTF16, byteLength);
  valueScratch.large = large;
}

function encodeBigint(value: bigint): void {
  if (BigInt.asIntN(64, value) === value) {
    bigints[0] = value;
    return fill(VALUE_BIGINT64, 8);
  }
  if (!bigintFits(value, VALUE_BYTES_MAX)) throw tooLarge('a bigint', VALUE_BYTES_MAX + 1);
  encodeBytes(VALUE_BIGINT, bigintBytes(value));
}

/** Copies, since the bytes may be the user's, another thread's, or good only until the next call of an encoder. */
function encodeBytes(kind: number, source: Uint8Array): void {
  const byteLength = source.length;
  if (byteLength > VALUE_BYTES_MAX) throw tooLarge('a value', byteLength);
  if (byteLength > SCRATCH_BYTES) {
    const large = new Uint8Array(byteLength);
    large.set(byteLength === source.length ? source : source.subarray(0, byteLength));
    fill(kind, byteLength);
    valueScratch.large = large;
    return;
  }
  bytes.set(source);
  padLastWord(bytes, byteLength);
  fill(kind, byteLength);
}

function tooLarge(what: string, byteLength: number): ValueError {
  return new ValueError(`${what} takes ${byteLength} bytes; the limit of a value is ${VALUE_BYTES_MAX}`);
}

/**
 * The value whose record has been copied into a scratch, in memory of its own.
 *
 * Throws ValueError when the codec cannot decode the bytes.
 */
export function decodeValue<V>(codec: ValueCodec<V>, scratch: Scratch): V {
  return (isForeign(scratch.kind) ? decodeForeign(codec, scratch) : decodeNative(scratch)) as V;
}

function isForeign(kind: number): boolean {
  return kind === VALUE_ENCODED;
}

function decodeNative(scratch: Scratch): unknown {
  switch (scratch.kind) {
    case VALUE_UNDEFINED:
      return undefined;
    case VALUE_NULL:
      return null;
    case VALUE_FALSE:
      return false;
    case VALUE_TRUE:
      return true;
    case VALUE_INT32:
      return scratch.words[0];
    case VALUE_FLOAT64:
      return scratch.floats[0];
    case VALUE_LATIN1:
      return scratch.large === null
        ? unpackLatin1(scratch.bytes, scratch.buffer, scratch.byteLength)
        : bufferOn(scratch.large).toString('latin1');
    case VALUE_UTF16:
      return scratch.large === null
        ? scratch.buffer.toString('utf16le', 0, scratch.byteLength)
        : bufferOn(scratch.large).toString('utf16le');
    case VALUE_BIGINT64:
      return scratch.buffer.readBigInt64LE(0);
    case VALUE_BIGINT:
      return bigintOf(scratch.large ?? scratch.bytes.subarray(0, scratch.byteLength));
    case VALUE_BYTES:
      return privateBytes(scratch);
    case VALUE_BUFFER:
      return bufferOn(privateBytes(scratch));
    case VALUE_STRUCTURED:
      return decodeStructured(privateBytes(scratch));
    default:
      throw new ValueError(`kind ${scratch.kind} is no kind of a stored value`);
  }
}

function decodeForeign<V>(codec: ValueCodec<V>, scratch: Scratch): V {
  if (codec.decodesInPlace && scratch.large === null) {
    return codec.decodeForeign(scratch.bytes.subarray(0, scratch.byteLength));
  }
  return codec.decodeForeign(privateBytes(scratch));
}

function privateBytes(scratch: Scratch): Uint8Array {
  return scratch.large ?? scratch.bytes.slice(0, scratch.byteLength);
}

function bufferOn(view: Uint8Array): Buffer {
  return Buffer.from(view.buffer, view.byteOffset, view.length);
}
