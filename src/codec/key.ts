/** Keys to words and a hash in this thread's key scratch, and back. */
import { isUint8Array } from 'node:util/types';
import { KeyError } from '../errors.ts';
import * as halfsipModule from '../hash/halfsip.ts';
import * as scratchModule from '../memory/scratch.ts';
import type { Scratch } from '../memory/scratch.ts';
import * as recordLayout from '../../native-layout/record.ts';
import * as bigintModule from './bigint.ts';
import * as ownLengthModule from './own-length.ts';
import * as textModule from './text.ts';

// Own constants fold, imported bindings are loaded at every use: see [hot-imports] in CONTRIBUTING.md.
const { finishHash, hashWords, lastBlock, SIP_V2, SIP_V3 } = halfsipModule;
const { keyScratch } = scratchModule;
const { KEY_BIGINT, KEY_BIGINT64, KEY_BYTES, KEY_BYTES_MAX, KEY_FLOAT64, KEY_INT32, KEY_LATIN1, KEY_UTF16 } =
  recordLayout;
const { bigintBytes, bigintFits, bigintOf } = bigintModule;
const { isDetached, ownLength } = ownLengthModule;
const { isLatin1, NATIVE_CALL_CHARS_MIN, packShortUtf16, padLastWord } = textModule;

/** What an entry can be looked up by; keys are told apart as `Map` does, byte arrays by their bytes. */
export type Key = string | number | bigint | Uint8Array;

const NAN_HIGH_WORD = 0x7ff80000;

const scratch = keyScratch;
const { words, bytes, floats } = keyScratch;
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
    scratch.kind = KEY_INT32;
    scratch.byteLength = 4;
    return hashWords(words, 4, KEY_INT32, key0, key1);
  }
  packOtherKey(key);
  return hashWords(words, scratch.byteLength, scratch.kind, key0, key1);
}

/**
 * Packs four chars to a word and does what `hashWords` does with each word while it is in a register.
 *
 * 18-char keys, ns a key, minimum of 60 rounds (AMD EPYC, 2 cores, Node 20.20.2, 2026-11-24): packed only 28.7, with this
 * hash in the same loop 33.1, with a multiplicative one, which anyone can flood, 30.6; with the tail handled inside of the
 * loop and a block of its own for the length 51.6; hashed by a second loop over the words 6 more.
 */
function packShortKey(key: string, key0: number, key1: number): number {
  const length = key.length;
  const whole = length & ~3;
  let v0 = key0 | 0;
  let v1 = key1 | 0;
  let v2 = SIP_V2 ^ key0;
  let v3 = SIP_V3 ^ key1;
  let seen = 0;
  let at = 0;
  for (; at < whole; at += 4) {
    const a = key.charCodeAt(at);
    const b = key.charCodeAt(at + 1);
    const c = key.charCodeAt(at + 2);
    const d = key.charCodeAt(at + 3);
    seen |= a | b | c | d;
    const word = a | (b << 8) | (c << 16) | (d << 24);
    words[at >> 2] = word;
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
  let tail = 0;
  if (at < length) {
    const a = key.charCodeAt(at);
    const b = at + 1 < length ? key.charCodeAt(at + 1) : 0;
    const c = at + 2 < length ? key.charCodeAt(at + 2) : 0;
    seen |= a | b | c;
    tail = a | (b << 8) | (c << 16);
    words[at >> 2] = tail;
  }
  if (seen > 0xff) return packShortUtf16Key(key, key0, key1);
  scratch.kind = KEY_LATIN1;
  scratch.byteLength = length;
  return finishHash(v0, v1, v2, v3, lastBlock(tail, length, KEY_LATIN1));
}

function packShortUtf16Key(key: string, key0: number, key1: number): number {
  packShortUtf16(key, words);
  scratch.kind = KEY_UTF16;
  scratch.byteLength = key.length * 2;
  return hashWords(words, key.length * 2, KEY_UTF16, key0, key1);
}

function packLongKey(key: string, key0: number, key1: number): number {
  const length = key.length;
  if (length > KEY_BYTES_MAX) throw tooLong(`a string of ${length} chars`, '');
  const latin1 = isLatin1(key);
  const kind = latin1 ? KEY_LATIN1 : KEY_UTF16;
  const byteLength = latin1 ? length : length * 2;
  if (byteLength > KEY_BYTES_MAX) throw tooLong(`a string of ${length} chars`, `${byteLength} bytes as UTF-16, `);
  scratch.buffer.write(key, 0, latin1 ? 'latin1' : 'utf16le');
  padLastWord(bytes, byteLength);
  scratch.kind = kind;
  scratch.byteLength = byteLength;
  return hashWords(words, byteLength, kind, key0, key1);
}

function packOtherKey(key: unknown): void {
  if (typeof key === 'number') {
    floats[0] = key;
    if (Number.isNaN(key)) {
      words[0] = 0;
      words[1] = NAN_HIGH_WORD;
    }
    scratch.kind = KEY_FLOAT64;
    scratch.byteLength = 8;
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
    scratch.kind = KEY_BIGINT64;
    scratch.byteLength = 8;
    return;
  }
  if (!bigintFits(key, KEY_BYTES_MAX)) throw tooLong('a bigint', '');
  const encoded = bigintBytes(key);
  bytes.set(encoded);
  padLastWord(bytes, encoded.length);
  scratch.kind = KEY_BIGINT;
  scratch.byteLength = encoded.length;
}

/** Copies before anything is computed from the bytes, since another thread may change them meanwhile. */
function packBytesKey(key: Uint8Array): void {
  const length = ownLength(key);
  if (length > KEY_BYTES_MAX) throw tooLong(`a Uint8Array of ${length} bytes`, '');
  if (length === 0 && isDetached(key)) throw new KeyError('the bytes of a Uint8Array were given away: no key');
  for (let index = 0; index < length; index++) bytes[index] = key[index]!;
  padLastWord(bytes, length);
  scratch.kind = KEY_BYTES;
  scratch.byteLength = length;
}

/** The key in a scratch, in memory of its own. */
export function unpackKey(from: Scratch): Key {
  switch (from.kind) {
    case KEY_LATIN1:
      return from.buffer.toString('latin1', 0, from.byteLength);
    case KEY_UTF16:
      return from.buffer.toString('utf16le', 0, from.byteLength);
    case KEY_INT32:
      return from.words[0];
    case KEY_FLOAT64:
      return from.floats[0];
    case KEY_BIGINT64:
      return from.buffer.readBigInt64LE(0);
    case KEY_BIGINT:
      return bigintOf(from.bytes.subarray(0, from.byteLength));
    default:
      return from.bytes.slice(0, from.byteLength);
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
