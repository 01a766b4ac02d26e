/**
 * HalfSipHash-1-3, the keyed hash of every table: without its key nobody can choose keys that collide.
 *
 * Source: Aumasson and Bernstein, "SipHash: a fast short-input PRF" (2012), in the variant on 32-bit words with a 64-bit
 * key, one round a block and three rounds at the end.
 *
 * The message is the bytes of the key. As in the paper the last block holds the 0 to 3 bytes that fill no word, and in its
 * top byte the length, here modulo 32 above three bits of kind, so that `1`, `'1'` and a byte 0x31 differ.
 */

/** Constants of the paper: "lyge" and "tedb". */
export const SIP_V2 = 0x6c796765;
export const SIP_V3 = 0x74656462;

/**
 * Hash of the `byteLength` bytes of zero-padded words. `kind` is below 8.
 *
 * Returns an int32 that is never 0, since a slot's tag of 0 means an empty slot. Linear in the length.
 */
export function hashWords(words: Int32Array, byteLength: number, kind: number, key0: number, key1: number): number {
  let v0 = key0 | 0;
  let v1 = key1 | 0;
  let v2 = SIP_V2 ^ key0;
  let v3 = SIP_V3 ^ key1;
  const whole = byteLength >>> 2;
  for (let index = 0; index < whole; index++) {
    const word = words[index];
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
  const tail = (byteLength & 3) === 0 ? 0 : words[whole];
  return finishHash(v0, v1, v2, v3, lastBlock(tail, byteLength, kind));
}

/** The block that ends a message: its last 0 to 3 bytes, then length and kind. */
export function lastBlock(tail: number, byteLength: number, kind: number): number {
  return tail | (byteLength << 27) | (kind << 24);
}

/** Takes in the last block and makes the hash of the state; not 0. */
export function finishHash(v0: number, v1: number, v2: number, v3: number, block: number): number {
  v3 ^= block;
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
  v0 ^= block;
  v2 ^= 0xff;
  for (let round = 0; round < 3; round++) {
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
  }
  const hash = v1 ^ v3;
  return hash === 0 ? 1 : hash;
}
