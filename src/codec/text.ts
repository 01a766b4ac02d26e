/** Strings to bytes in a scratch and back: one byte a char where all chars are below 256, else two, as V8 keeps them. */

/** Longer strings go through one native call, shorter ones char by char. */
export const NATIVE_CALL_CHARS_MIN = 88;

const ABOVE_LATIN1 = /[^\0-\xff]/;

/**
 * Whether all chars of a string of any length are below 256. V8 answers at once for a string that it keeps in one byte a
 * char, because the pattern then cannot match.
 */
export function isLatin1(text: string): boolean {
  return !ABOVE_LATIN1.test(text);
}

/** Zero-pads the last word of `byteLength` bytes. */
export function padLastWord(bytes: Uint8Array, byteLength: number): void {
  for (let index = byteLength; (index & 3) !== 0; index++) bytes[index] = 0;
}

/** Packs a short string of chars below 256 into the words. False, with the words spoilt, when there is another char. */
export function packShortLatin1(text: string, words: Int32Array): boolean {
  const length = text.length;
  const whole = length & ~3;
  let seen = 0;
  let wordIndex = 0;
  let at = 0;
  for (; at < whole; at += 4) {
    const a = text.charCodeAt(at);
    const b = text.charCodeAt(at + 1);
    const c = text.charCodeAt(at + 2);
    const d = text.charCodeAt(at + 3);
    seen |= a | b | c | d;
    words[wordIndex++] = a | (b << 8) | (c << 16) | (d << 24);
  }
  if (at < length) {
    let word = 0;
    for (let shift = 0; at < length; at++, shift += 8) {
      const char = text.charCodeAt(at);
      seen |= char;
      word |= char << shift;
    }
    words[wordIndex] = word;
  }
  return seen <= 0xff;
}

export function packShortUtf16(text: string, words: Int32Array): void {
  const length = text.length;
  for (let at = 0; at < length; at += 2) {
    words[at >> 1] = text.charCodeAt(at) | (at + 1 < length ? text.charCodeAt(at + 1) << 16 : 0);
  }
}
