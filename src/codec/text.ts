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

/** The string of the first `length` bytes, one char a byte. */
export function unpackLatin1(bytes: Uint8Array, buffer: Buffer, length: number): string {
  // One call with all chars takes 19 ns for 16 of them, latin1Slice 50 ns whatever the length.
  const b = bytes;
  switch (length) {
    case 0:
      return '';
    case 1:
      return String.fromCharCode(b[0]);
    case 2:
      return String.fromCharCode(b[0], b[1]);
    case 3:
      return String.fromCharCode(b[0], b[1], b[2]);
    case 4:
      return String.fromCharCode(b[0], b[1], b[2], b[3]);
    case 5:
      return String.fromCharCode(b[0], b[1], b[2], b[3], b[4]);
    case 6:
      return String.fromCharCode(b[0], b[1], b[2], b[3], b[4], b[5]);
    case 7:
      return String.fromCharCode(b[0], b[1], b[2], b[3], b[4], b[5], b[6]);
    case 8:
      return String.fromCharCode(b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]);
    case 9:
      return String.fromCharCode(b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8]);
    case 10:
      return String.fromCharCode(b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9]);
    case 11:
      return String.fromCharCode(b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10]);
    case 12:
      return String.fromCharCode(b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11]);
    case 13:
      return String.fromCharCode(b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12]);
    case 14:
      return String.fromCharCode(
        b[0],
        b[1],
        b[2],
        b[3],
        b[4],
        b[5],
        b[6],
        b[7],
        b[8],
        b[9],
        b[10],
        b[11],
        b[12],
        b[13],
      );
    case 15:
      return String.fromCharCode(
        b[0],
        b[1],
        b[2],
        b[3],
        b[4],
        b[5],
        b[6],
        b[7],
        b[8],
        b[9],
        b[10],
        b[11],
        b[12],
        b[13],
        b[14],
      );
    case 16:
      return String.fromCharCode(
        b[0],
        b[1],
        b[2],
        b[3],
        b[4],
        b[5],
        b[6],
        b[7],
        b[8],
        b[9],
        b[10],
        b[11],
        b[12],
        b[13],
        b[14],
        b[15],
      );
    case 17:
      return String.fromCharCode(
        b[0],
        b[1],
        b[2],
        b[3],
        b[4],
        b[5],
        b[6],
        b[7],
        b[8],
        b[9],
        b[10],
        b[11],
        b[12],
        b[13],
        b[14],
        b[15],
        b[16],
      );
    case 18:
      return String.fromCharCode(
        b[0],
        b[1],
        b[2],
        b[3],
        b[4],
        b[5],
        b[6],
        b[7],
        b[8],
        b[9],
        b[10],
        b[11],
        b[12],
        b[13],
        b[14],
        b[15],
        b[16],
        b[17],
      );
    case 19:
      return String.fromCharCode(
        b[0],
        b[1],
        b[2],
        b[3],
        b[4],
        b[5],
        b[6],
        b[7],
        b[8],
        b[9],
        b[10],
        b[11],
        b[12],
        b[13],
        b[14],
        b[15],
        b[16],
        b[17],
        b[18],
      );
    case 20:
      return String.fromCharCode(
        b[0],
        b[1],
        b[2],
        b[3],
        b[4],
        b[5],
        b[6],
        b[7],
        b[8],
        b[9],
        b[10],
        b[11],
        b[12],
        b[13],
        b[14],
        b[15],
        b[16],
        b[17],
        b[18],
        b[19],
      );
    case 21:
      return String.fromCharCode(
        b[0],
        b[1],
        b[2],
        b[3],
        b[4],
        b[5],
        b[6],
        b[7],
        b[8],
        b[9],
        b[10],
        b[11],
        b[12],
        b[13],
        b[14],
        b[15],
        b[16],
        b[17],
        b[18],
        b[19],
        b[20],
      );
    case 22:
      return String.fromCharCode(
        b[0],
        b[1],
        b[2],
        b[3],
        b[4],
        b[5],
        b[6],
        b[7],
        b[8],
        b[9],
        b[10],
        b[11],
        b[12],
        b[13],
        b[14],
        b[15],
        b[16],
        b[17],
        b[18],
        b[19],
        b[20],
        b[21],
      );
    case 23:
      return String.fromCharCode(
        b[0],
        b[1],
        b[2],
        b[3],
        b[4],
        b[5],
        b[6],
        b[7],
        b[8],
        b[9],
        b[10],
        b[11],
        b[12],
        b[13],
        b[14],
        b[15],
        b[16],
        b[17],
        b[18],
        b[19],
        b[20],
        b[21],
        b[22],
      );
    case 24:
      return String.fromCharCode(
        b[0],
        b[1],
        b[2],
        b[3],
        b[4],
        b[5],
        b[6],
        b[7],
        b[8],
        b[9],
        b[10],
        b[11],
        b[12],
        b[13],
        b[14],
        b[15],
        b[16],
        b[17],
        b[18],
        b[19],
        b[20],
        b[21],
        b[22],
        b[23],
      );

    default:
      return buffer.toString('latin1', 0, length);
  }
}
