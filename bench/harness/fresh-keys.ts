/**
 * Keys as a service gets them: strings made anew from bytes that just came in, flat, not interned, not yet hashed by V8.
 * Making one costs about 65 ns, which is inside the figures of both sides of a comparison.
 */

/** Characters of a key, all ASCII. */
export const KEY_LENGTH = 18;

const PREFIX = 'user:eu-1:';
const HEX_DIGITS: Uint8Array = Uint8Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0));

/** The native method behind `toString('latin1')`, without its look-up of the encoding. */
type Latin1Buffer = Buffer & { latin1Slice(start: number, end: number): string };
const request: Latin1Buffer = Buffer.alloc(KEY_LENGTH) as Latin1Buffer;
request.write(PREFIX, 'latin1');

/** The key of the entry `index`: 18 characters, a new string at every call, another one for each 32-bit index. */
export function freshKey(index: number): string {
  // An odd factor permutes the 32-bit numbers, so that keys next to each other differ in all their digits.
  let digits = Math.imul(index + 1, 0x9e3779b1);
  for (let at = KEY_LENGTH - 1; at >= PREFIX.length; at--) {
    request[at] = HEX_DIGITS[digits & 15];
    digits >>>= 4;
  }
  return request.latin1Slice(0, KEY_LENGTH);
}

/** Characters of a string value, all ASCII. */
export const VALUE_LENGTH = 16;

/** The string value of the entry `index`: 16 characters. */
export function stringValue(index: number): string {
  return `v-${(Math.imul(index + 7, 0x85ebca6b) >>> 0).toString().padStart(VALUE_LENGTH - 2, '0')}`;
}

/** The number value of the entry `index`: a float that is no small integer. */
export function numberValue(index: number): number {
  return index + 0.5;
}
