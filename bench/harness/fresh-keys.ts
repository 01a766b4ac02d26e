/**
 * Keys as a service gets them: strings made anew from bytes that just came in, flat, not interned, not yet hashed by V8.
 * Making one costs about 65 ns, which is inside the figures of both sides of a comparison.
 */

/** Characters of a key, all ASCII. */
export const KEY_LENGTH = 18;

const HEX_DIGITS: Uint8Array = Uint8Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0));

/** The native method behind `toString('latin1')`, without its look-up of the encoding. */
type Latin1Buffer = Buffer & { latin1Slice(start: number, end: number): string };

/** Where a string is put together: a prefix, zeros, and the digits of a 32-bit number. */
function spaceFor(prefix: string, length: number): Latin1Buffer {
  return Buffer.from(prefix.padEnd(length, '0'), 'latin1') as Latin1Buffer;
}

const request = spaceFor('user:eu-1:', KEY_LENGTH);

/** The key of the entry `index`: 18 characters, a new string at every call, another one for each 32-bit index. */
export function freshKey(index: number): string {
  // An odd factor permutes the 32-bit numbers, so that keys next to each other differ in all their digits.
  return spell(request, Math.imul(index + 1, 0x9e3779b1));
}

/** Characters of a string value, all ASCII. */
export const VALUE_LENGTH = 16;

const body = spaceFor('v-', VALUE_LENGTH);

/** The string value of the entry `index`: 16 characters, as new and as flat as a key, and no trace in V8's cache of numbers. */
export function stringValue(index: number): string {
  return spell(body, Math.imul(index + 7, 0x85ebca6b));
}

/** A new string of the text in a space, the last 8 characters replaced by these digits. */
function spell(space: Latin1Buffer, number: number): string {
  let digits = number;
  for (let at = space.length - 1; at >= space.length - 8; at--) {
    space[at] = HEX_DIGITS[digits & 15];
    digits >>>= 4;
  }
  return space.latin1Slice(0, space.length);
}

/** The number value of the entry `index`: a float that is no small integer. */
export function numberValue(index: number): number {
  return index + 0.5;
}
