/** Values to bytes in this thread's value scratch, and back. */
import { isUint8Array } from 'node:util/types';
import { ValueError } from '../errors.ts';
import { SCRATCH_BYTES, valueScratch, type Scratch } from '../memory/scratch.ts';
import {
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
} from '../../native-layout/record.ts';
import { bigintBytes, bigintFits, bigintOf } from './bigint.ts';
import {
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
  describeValue,
  wrapped,
  type ValueCodec,
} from './codec.ts';
import { isDetached, isOnSharedMemory, ownLength, plainView } from './own-length.ts';
import { SHORT_STRING_CHARS_MAX, shortString } from './short-string.ts';
import { copyToSlab } from './slab.ts';
import { decodeStructured, encodeStructured } from './structured.ts';
import { isLatin1, NATIVE_CALL_CHARS_MIN, packShortLatin1, packShortUtf16, padLastWord } from './text.ts';

// Copies of what the hot paths use of other modules: V8 takes a module's own constants for constants, but loads an import
// anew at each use.
const scratch = valueScratch;
const words = valueScratch.words;
const bytes = valueScratch.bytes;
const floats = valueScratch.floats;
const bigints = new BigInt64Array(words.buffer, 0, 1);
const latin1Kind = VALUE_LATIN1;
const int32Kind = VALUE_INT32;
const float64Kind = VALUE_FLOAT64;
const encodedKind = VALUE_ENCODED;
const acceptsString = ACCEPTS_STRING;
const acceptsInt32 = ACCEPTS_INT32;
const acceptsFloat64 = ACCEPTS_FLOAT64;
const packedCharsMax = NATIVE_CALL_CHARS_MIN - 1;
const shortCharsMax = SHORT_STRING_CHARS_MAX;
const packLatin1 = packShortLatin1;
const unpackShort = shortString;

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
  if (typeof given === 'string' && (accepts & acceptsString) !== 0) {
    encodeString(given);
  } else if (typeof given === 'number' && acceptsNumber(codec, given)) {
    encodeNumber(given);
  } else if (!encodeOther(accepts, given)) {
    encodeForeign(codec, given);
  }
}

/** Whether a number is stored natively by this codec, so that it can be counted up in place. */
export function acceptsNumber<V>(codec: ValueCodec<V>, value: number): boolean {
  const accepts = codec.accepts;
  if ((accepts & acceptsFloat64) !== 0 || ((accepts & acceptsInt32) !== 0 && isInt32(value))) return true;
  return (accepts & ACCEPTS_JSON_FLOAT64) !== 0 && Number.isFinite(value) && value !== 0;
}

/** -0 is none, since it would come back as 0. */
function isInt32(value: number): boolean {
  return value === (value | 0) && (value !== 0 || 1 / value > 0);
}

function fill(kind: number, byteLength: number): void {
  scratch.kind = kind;
  scratch.byteLength = byteLength;
  scratch.large = null;
}

function encodeNumber(value: number): void {
  if (isInt32(value)) {
    words[0] = value;
    fill(int32Kind, 4);
  } else {
    floats[0] = value;
    fill(float64Kind, 8);
  }
}

function encodeString(value: string): void {
  const length = value.length;
  if (length > packedCharsMax) encodeLongString(value);
  else if (packLatin1(value, words)) fill(latin1Kind, length);
  else encodeShortUtf16(value);
}

function encodeShortUtf16(value: string): void {
  packShortUtf16(value, words);
  fill(VALUE_UTF16, value.length * 2);
}

/** Stores what is neither string nor number and yet needs no codec; false when there is no such way. */
function encodeOther(accepts: number, value: unknown): boolean {
  switch (typeof value) {
    case 'undefined':
      return (accepts & ACCEPTS_UNDEFINED) !== 0 && encodeNothing(VALUE_UNDEFINED);
    case 'boolean':
      return (accepts & ACCEPTS_BOOLEAN) !== 0 && encodeNothing(value ? VALUE_TRUE : VALUE_FALSE);
    case 'bigint':
      return (accepts & ACCEPTS_BIGINT) !== 0 && encodeBigint(value);
    case 'object':
      if (value === null) return (accepts & ACCEPTS_NULL) !== 0 && encodeNothing(VALUE_NULL);
      return (accepts & ACCEPTS_BYTES) !== 0 && isUint8Array(value) && encodeByteArray(value);
    default:
      return false;
  }
}

function encodeNothing(kind: number): true {
  fill(kind, 0);
  return true;
}

/** False for an instance of a subclass, which would come back as something else. */
function encodeByteArray(value: Uint8Array): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Uint8Array.prototype) encodeBytes(VALUE_BYTES, value);
  else if (prototype === Buffer.prototype) encodeBytes(VALUE_BUFFER, value);
  else return false;
  return true;
}

function encodeForeign<V>(codec: ValueCodec<V>, value: unknown): void {
  const encoded = codec.encodeForeign(value);
  if (encoded !== null) encodeBytes(encodedKind, encoded);
  else if ((codec.accepts & ACCEPTS_STRUCTURED) !== 0) encodeBytes(VALUE_STRUCTURED, encodeStructured(value));
  else throw new ValueError(`codec ${codec.name} cannot encode ${describeValue(value)}`);
}

function encodeLongString(value: string): void {
  const latin1 = isLatin1(value);
  const byteLength = latin1 ? value.length : value.length * 2;
  const encoding = latin1 ? 'latin1' : 'utf16le';
  if (byteLength > VALUE_BYTES_MAX) throw tooLarge(`a string of ${value.length} chars`, byteLength);
  const large = byteLength > SCRATCH_BYTES ? Buffer.from(value, encoding) : null;
  if (large === null) {
    scratch.buffer.write(value, 0, encoding);
    padLastWord(bytes, byteLength);
  }
  fill(latin1 ? VALUE_LATIN1 : VALUE_UTF16, byteLength);
  scratch.large = large;
}

function encodeBigint(value: bigint): true {
  if (BigInt.asIntN(64, value) === value) {
    bigints[0] = value;
    fill(VALUE_BIGINT64, 8);
    return true;
  }
  if (!bigintFits(value, VALUE_BYTES_MAX)) {
    throw new ValueError(`a bigint takes more bytes than the ${VALUE_BYTES_MAX} that are the limit of a value`);
  }
  encodeBytes(VALUE_BIGINT, bigintBytes(value));
  return true;
}

/** Copies, since the bytes may be the user's, another thread's, or good only until the next call of an encoder. */
function encodeBytes(kind: number, source: Uint8Array): void {
  const byteLength = ownLength(source);
  if (byteLength > VALUE_BYTES_MAX) throw tooLarge('a value', byteLength);
  if (byteLength === 0 && isDetached(source)) throw new ValueError('the bytes of a Uint8Array were given away');
  // A view on a growable buffer may be longer by now; one with an end is not.
  const steady = isOnSharedMemory(source) ? plainView(source, byteLength) : source;
  let large: Uint8Array | null = null;
  if (byteLength > SCRATCH_BYTES) {
    large = new Uint8Array(byteLength);
    large.set(steady);
  } else {
    bytes.set(steady);
    padLastWord(bytes, byteLength);
  }
  fill(kind, byteLength);
  scratch.large = large;
}

function tooLarge(what: string, byteLength: number): ValueError {
  return new ValueError(`${what} takes ${byteLength} bytes; the limit of a value is ${VALUE_BYTES_MAX}`);
}

/**
 * The value whose record has been copied into a scratch, in memory of its own.
 *
 * Throws ValueError when the codec cannot decode the bytes.
 */
export function decodeValue<V>(codec: ValueCodec<V>, from: Scratch): V {
  return (from.kind === encodedKind ? decodeForeign(codec, from) : decodeNative(codec, from)) as V;
}

/** Whether a value of this kind and length is a number or a short string, which `decodeShort` decodes. */
export function isShort(kind: number, byteLength: number): boolean {
  return kind === float64Kind || kind === int32Kind || (kind === latin1Kind && byteLength <= shortCharsMax);
}

/** The number or short string whose words have been copied into the value scratch: it needs no codec. */
export function decodeShort(kind: number, byteLength: number): number | string {
  if (kind === float64Kind) return floats[0];
  return kind === int32Kind ? words[0] : unpackShort(byteLength);
}

function decodeNative<V>(codec: ValueCodec<V>, from: Scratch): unknown {
  const kind = from.kind;
  if (kind === latin1Kind) return decodeLatin1(from);
  if (kind === int32Kind) return from.words[0];
  if (kind === float64Kind) return from.floats[0];
  return decodeOther(codec, from);
}

function decodeLatin1(from: Scratch): string {
  const length = from.byteLength;
  if (length <= shortCharsMax && from === scratch) return unpackShort(length);
  return from.large === null ? from.buffer.toString('latin1', 0, length) : bufferOn(from.large).toString('latin1');
}

function decodeOther<V>(codec: ValueCodec<V>, from: Scratch): unknown {
  switch (from.kind) {
    case VALUE_UNDEFINED:
      return undefined;
    case VALUE_NULL:
      return null;
    case VALUE_FALSE:
      return false;
    case VALUE_TRUE:
      return true;
    case VALUE_UTF16:
      return from.large === null
        ? from.buffer.toString('utf16le', 0, from.byteLength)
        : bufferOn(from.large).toString('utf16le');
    case VALUE_BIGINT64:
      return from.buffer.readBigInt64LE(0);
    case VALUE_BIGINT:
      return decodeBigint(from.large ?? from.bytes.subarray(0, from.byteLength));
    case VALUE_BYTES:
      return codec.pooled && from.large === null ? copyToSlab(from.bytes, from.byteLength) : privateBytes(from);
    case VALUE_BUFFER:
      return decodeBuffer(from);
    case VALUE_STRUCTURED:
      return decodeStructured(privateBytes(from));
    default:
      throw new ValueError(`kind ${from.kind} is no kind of a stored value`);
  }
}

function decodeForeign<V>(codec: ValueCodec<V>, from: Scratch): V {
  if (codec.decodesInPlace && from.large === null) {
    return codec.decodeForeign(from.bytes.subarray(0, from.byteLength));
  }
  return codec.decodeForeign(privateBytes(from));
}

function privateBytes(from: Scratch): Uint8Array {
  return from.large ?? from.bytes.slice(0, from.byteLength);
}

function decodeBigint(encoded: Uint8Array): bigint {
  try {
    return bigintOf(encoded);
  } catch (error) {
    throw wrapped(`${encoded.length} bytes are no bigint`, error);
  }
}

/** Small Buffers share memory with others, as all small Buffers of Node.js do, which takes a third of the time. */
function decodeBuffer(from: Scratch): Buffer {
  if (from.large !== null) return bufferOn(from.large);
  const buffer = Buffer.allocUnsafe(from.byteLength);
  buffer.set(from.bytes.subarray(0, from.byteLength));
  return buffer;
}

function bufferOn(view: Uint8Array): Buffer {
  return Buffer.from(view.buffer, view.byteOffset, view.length);
}
