/** Keys of all kinds, made anew at each call as freshKey makes them. */
import { freshKey, KEY_LENGTH } from './fresh-keys.ts';

const SHORT_FROM = 10;
const LONG_PREFIX_LENGTH = 110;
const LONG_LENGTH: number = LONG_PREFIX_LENGTH + KEY_LENGTH;

type Latin1Buffer = Buffer & { latin1Slice(start: number, end: number): string };
const bytesOfString: Latin1Buffer = Buffer.alloc(LONG_LENGTH) as Latin1Buffer;
bytesOfString.fill('https://example.org/api/v2/regions/eu-central-1/accounts/', 0, LONG_PREFIX_LENGTH, 'latin1');

/** 8 characters. */
function shortKey(index: number): string {
  fill(index);
  return bytesOfString.latin1Slice(LONG_PREFIX_LENGTH + SHORT_FROM, LONG_LENGTH);
}

/** 128 characters, of which the last 18 differ. */
function longKey(index: number): string {
  fill(index);
  return bytesOfString.latin1Slice(0, LONG_LENGTH);
}

function fill(index: number): void {
  const key = freshKey(index);
  for (let at = 0; at < KEY_LENGTH; at++) bytesOfString[LONG_PREFIX_LENGTH + at] = key.charCodeAt(at);
}

/** 16 bytes of which 4 differ, as a binary identifier has them. */
function bytesKey(index: number): Uint8Array {
  const key = new Uint8Array(16);
  const mixed = Math.imul(index + 1, 0x9e3779b1);
  for (let at = 0; at < 4; at++) key[12 + at] = mixed >>> (8 * at);
  return key;
}

/** What a Map needs instead, since it tells byte arrays apart by identity: the same bytes as a string. */
function bytesAsString(index: number): string {
  const key = bytesKey(index);
  return (Buffer.from(key.buffer, 0, key.length) as Latin1Buffer).latin1Slice(0, key.length);
}

export interface KeyKind {
  readonly name: string;
  readonly keyOf: (index: number) => string | number | Uint8Array;
  /** The key under which a Map finds the same entry. */
  readonly mapKeyOf: (index: number) => string | number;
}

export const KEY_KINDS: readonly KeyKind[] = [
  { name: 'string of 8', keyOf: shortKey, mapKeyOf: shortKey },
  { name: 'string of 128', keyOf: longKey, mapKeyOf: longKey },
  { name: 'integer', keyOf: (index) => index, mapKeyOf: (index) => index },
  { name: '16 bytes', keyOf: bytesKey, mapKeyOf: bytesAsString },
];
