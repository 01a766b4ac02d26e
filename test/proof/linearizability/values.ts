/**
 * Values that tell who wrote them. A token is what a history knows of a value; each write has a token of its own, so that
 * a read proves which write it saw. The value made of a token repeats its number from end to end, so that one that was
 * put together from two, cut or shifted is none that any token makes.
 */
import { isDeepStrictEqual } from 'node:util';

/** A number is a counter's value and stands for itself; a text names the value that `valueOf` makes of it. */
export type Token = number | string;

/** The tokens of values that are too short to tell who wrote them. */
export const EMPTY_TEXT = 'empty text';
export const EMPTY_BYTES = 'empty bytes';

const VALUE_BYTES_MAX = 20_000;
/** Upper ends of the classes of sizes, each drawn as often as it is listed. */
const SIZE_CLASSES: readonly number[] = [8, 24, 24, 100, 300, 1000, 1000, 4000, VALUE_BYTES_MAX];

/** Ids from here on are of values of 4 to 20 KB: copying one takes long enough for a writer to come in between. */
export const LARGE_ID = 1_000_000;
const LARGE_BYTES_MIN = 4000;

/** The token of the `id`th value; ids are whole numbers from 1. */
export function tokenOfId(id: number): string {
  return `v${id}`;
}

/** Makes the value of a token. Its type and its size, 0 to 20,000 bytes, are functions of the token. */
export function valueOf(token: Token): unknown {
  if (typeof token === 'number') return token;
  if (token === EMPTY_TEXT) return '';
  if (token === EMPTY_BYTES) return new Uint8Array(0);
  const id = Number(token.slice(1));
  const spread = Math.imul(id, 0x9e3779b1) >>> 0;
  const isLarge = id >= LARGE_ID;
  const sizeMin = isLarge ? LARGE_BYTES_MIN : 0;
  const sizeMax = isLarge ? VALUE_BYTES_MAX : SIZE_CLASSES[(spread >>> 8) % SIZE_CLASSES.length];
  const size = sizeMin + ((spread >>> 12) % (sizeMax - sizeMin + 1));
  switch (spread % (isLarge ? 4 : 5)) {
    case 0:
      return repeated(`${id}.`, size);
    case 1:
      return repeated(`${id}\u2192`, size >>> 1);
    case 2:
      return new Uint8Array(new Float64Array(1 + (size >>> 3)).fill(id).buffer);
    case 3:
      return { id, parts: [id, repeated(`${id}-`, size >>> 1), null], last: id };
    default:
      return (BigInt(id) << 20n) | BigInt(id);
  }
}

/** At least one whole unit. */
function repeated(unit: string, length: number): string {
  return unit.repeat(Math.max(1, Math.floor(length / unit.length)));
}

/** The token whose value this is, undefined for undefined, and null for a value that no token makes. */
export function tokenOf(value: unknown): Token | null | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'number') return value;
  if (value === '') return EMPTY_TEXT;
  if (value instanceof Uint8Array && value.length === 0) return EMPTY_BYTES;
  const id = idOf(value);
  if (!Number.isSafeInteger(id) || id < 1) return null;
  const token = tokenOfId(id);
  return isDeepStrictEqual(valueOf(token), value) ? token : null;
}

function idOf(value: unknown): number {
  if (typeof value === 'string') return Number.parseInt(value, 10);
  if (typeof value === 'bigint') return Number(value >> 20n);
  if (value instanceof Uint8Array) {
    return value.length < 8 ? Number.NaN : new DataView(value.buffer, value.byteOffset).getFloat64(0, true);
  }
  if (typeof value === 'object' && value !== null && 'id' in value) return Number(value.id);
  return Number.NaN;
}
