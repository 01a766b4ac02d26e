/** Keys to words and a hash in this thread's key scratch, and back. */
import { isUint8Array } from 'node:util/types';
import { KeyError } from '../errors.ts';
import { finishHash, hashWords, lastBlock, SIP_V2, SIP_V3 } from '../hash/halfsip.ts';
import { keyScratch, type Scratch } from '../memory/scratch.ts';
import {
  KEY_BIGINT,
  KEY_BIGINT64,
  KEY_BYTES,
  KEY_BYTES_MAX,
  KEY_FLOAT64,
  KEY_INT32,
  KEY_LATIN1,
  KEY_UTF16,
} from '../../native-layout/record.ts';
import { bigintBytes, bigintFits, bigintOf } from './bigint.ts';
import { isLatin1, NATIVE_CALL_CHARS_MIN, packShortUtf16, padLastWord, unpackLatin1 } from './text.ts';

/** What an entry can be looked up by; keys are told apart as `Map` does, byte arrays by their bytes. */
export type Key = string | number | bigint | Uint8Array;

const NAN_HIGH_WORD = 0x7ff80000;

const words = keyScratch.words;
const bytes = keyScratch.bytes;
const floats = keyScratch.floats;
const bigints = new BigInt64Array(words.buffer, 0, 1);

/**
 * Encodes the key into `keyScratch`, zero-padded to whole words, and returns its hash under the two words of hash key.
 *
 * Throws KeyError for what is no key or takes more than KEY_BYTES_MAX bytes. Linear in the length of the key.
 */
export function packKey(key: Key, key0: number, key1: number): number {
  if (typeof key === 'string') {
    return key.length < NATIVE_CALL_CHARS_MIN ? packShortKey(key, key0, key1) : packLongKey(key, key0, key1);
  }
  if (typeof key === 'number' && key === (key | 0)) {
    words[0] = key;
    keyScratch.kind = KEY_INT32;
    keyScratch.byteLength = 4;
    return hashWords(words, 1, 4, KEY_INT32, key0, key1);
  }
  packOtherKey(key);
  const byteLength = keyScratch.byteLength;
  return hashWords(words, (byteLength + 3) >> 2, byteLength, keyScratch.kind, key0, key1);
}

/** `hashWords` over the words of the key while they are packed. */
function packShortKey(key: string, key0: number, key1: number): number {
  const length = key.length;
  const whole = length & ~3;
  let v0 = key0;
  let v1 = key1;
  let v2 = SIP_V2 ^ key0;
  let v3 = SIP_V3 ^ key1;
  let seen = 0;
  let at = 0;
  while (at < length) {
    let word = 0;
    if (at < whole) {
      const a = key.charCodeAt(at);
      const b = key.charCodeAt(at + 1);
      const c = key.charCodeAt(at + 2);
      const d = key.charCodeAt(at + 3);
      seen |= a | b | c | d;
      word = a | (b << 8) | (c << 16) | (d << 24);
    } else {
      for (let index = at; index < length; index++) {
        const char = key.charCodeAt(index);
        seen |= char;
        word |= char << ((index - at) << 3);
      }
    }
    words[at >> 2] = word;
    at += 4;
    v3 ^= word;
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
    v0 ^= word;
  }
  if (seen > 0xff) return packShortUtf16Key(key, key0, key1);
  keyScratch.kind = KEY_LATIN1;
  keyScratch.byteLength = length;
  return finishHash(v0, v1, v2, v3, lastBlock((length + 3) >> 2, length, KEY_LATIN1));
}

function packShortUtf16Key(key: string, key0: number, key1: number): number {
  packShortUtf16(key, words);
  keyScratch.kind = KEY_UTF16;
  keyScratch.byteLength = key.length * 2;
  return hashWords(words, (key.length + 1) >> 1, key.length * 2, KEY_UTF16, key0, key1);
}

function packLongKey(key: string, key0: number, key1: number): number {
  const length = key.length;
  if (length > KEY_BYTES_MAX) throw tooLong(`a string of ${length} chars`, '');
  const latin1 = isLatin1(key);
  const kind = latin1 ? KEY_LATIN1 : KEY_UTF16;
  const byteLength = latin1 ? length : length * 2;
  if (byteLength > KEY_BYTES_MAX) throw tooLong(`a string of ${length} chars`, `${byteLength} bytes as UTF-16, `);
  keyScratch.buffer.write(key, 0, latin1 ? 'latin1' : 'utf16le');
  padLastWord(bytes, byteLength);
  keyScratch.kind = kind;
  keyScratch.byteLength = byteLength;
  return hashWords(words, (byteLength + 3) >> 2, byteLength, kind, key0, key1);
}

function packOtherKey(key: unknown): void {
  if (typeof key === 'number') {
    floats[0] = key;
    if (Number.isNaN(key)) {
      words[0] = 0;
      words[1] = NAN_HIGH_WORD;
    }
    keyScratch.kind = KEY_FLOAT64;
    keyScratch.byteLength = 8;
  } else if (typeof key === 'bigint') {
    packBigintKey(key);
  } else if (isUint8Array(key)) {
    packBytesKey(key);
  } else {
    throw new KeyError(`a key is a string, number, bigint or Uint8Array, not ${describe(key)}`);
  }
}

function packBigintKey(key: bigint): void {
  if (BigInt.asIntN(64, key) === key) {
    bigints[0] = key;
    keyScratch.kind = KEY_BIGINT64;
    keyScratch.byteLength = 8;
    return;
  }
  if (!bigintFits(key, KEY_BYTES_MAX)) throw tooLong('a bigint', '');
  const encoded = bigintBytes(key);
  bytes.set(encoded);
  padLastWord(bytes, encoded.length);
  keyScratch.kind = KEY_BIGINT;
  keyScratch.byteLength = encoded.length;
}

/** Copies before anything is computed from the bytes, since another thread may change them meanwhile. */
function packBytesKey(key: Uint8Array): void {
  const length = key.length;
  if (length > KEY_BYTES_MAX) throw tooLong(`a Uint8Array of ${length} bytes`, '');
  for (let index = 0; index < length; index++) bytes[index] = key[index]!;
  padLastWord(bytes, length);
  keyScratch.kind = KEY_BYTES;
  keyScratch.byteLength = length;
}

/** The key in a scratch, in memory of its own. */
export function unpackKey(scratch: Scratch): Key {
  switch (scratch.kind) {
    case KEY_LATIN1:
      return unpackLatin1(scratch.bytes, scratch.buffer, scratch.byteLength);
    case KEY_UTF16:
      return scratch.buffer.toString('utf16le', 0, scratch.byteLength);
    case KEY_INT32:
      return scratch.words[0];
    case KEY_FLOAT64:
      return scratch.floats[0];
    case KEY_BIGINT64:
      return scratch.buffer.readBigInt64LE(0);
    case KEY_BIGINT:
      return bigintOf(scratch.bytes.subarray(0, scratch.byteLength));
    default:
      return scratch.bytes.slice(0, scratch.byteLength);
  }
}

function tooLong(what: string, detail: string): KeyError {
  return new KeyError(`${what} is too long for a key: ${detail}the limit is ${KEY_BYTES_MAX} bytes`);
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'object') return 'an object';
  return `a ${typeof value}`;
}
