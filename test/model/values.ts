/** Random values of every kind that the default codec keeps. */
import { isDeepStrictEqual } from 'node:util';
import type { Random } from '../fixtures/random.ts';

const NUMBERS: readonly number[] = [
  0,
  -0,
  1,
  -1,
  2 ** 31 - 1,
  -(2 ** 31),
  2 ** 31,
  2 ** 32,
  2 ** 53 + 2,
  0.1,
  1e300,
  Number.MIN_VALUE,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
];

/** Any value of about `bytes` bytes at most; scalars take fewer. */
export function randomValue(random: Random, bytes: number): unknown {
  switch (random.below(16)) {
    case 0:
      return random.pick([null, undefined, true, false]);
    case 1:
      return random.pick(NUMBERS);
    case 2:
      return random.bits() | 0;
    case 3:
      return random.fraction() * 1e9;
    case 4:
      return bigintOfBytes(random, Math.min(bytes, 2000));
    case 5:
    case 6:
      return 'abcdefghij é'.repeat(Math.ceil(bytes / 12)).slice(random.below(8), bytes);
    case 7:
      return 'Ω\ud800\0 π'.repeat(Math.ceil(bytes / 10)).slice(random.below(4), bytes >> 1);
    case 8:
      return randomBytes(random, bytes);
    case 9:
      return Buffer.from(randomBytes(random, bytes));
    case 10:
      return new Map<unknown, unknown>([
        ['when', new Date(random.bits())],
        [random.bits(), new Set([bytes, 'x'.repeat(Math.min(bytes, 4000))])],
      ]);
    case 11:
      return Array.from({ length: Math.min(bytes >> 2, 500) }, (_, index) => index * random.below(1000));
    case 12:
      return {
        a: random.bits(),
        nested: { list: [1, -0, 'two', undefined, Number.NaN], bytes: randomBytes(random, 9) },
      };
    default:
      return {
        id: random.bits(),
        name: 'Ada Lovelace',
        active: random.chance(0.5),
        text: 'y'.repeat(Math.min(bytes, 30_000)),
        tags: ['a', 'ß', '漢'],
        none: null,
      };
  }
}

function bigintOfBytes(random: Random, bytes: number): bigint {
  const value = BigInt(`0x${random.bits().toString(16)}${'5a'.repeat(bytes)}`);
  return random.chance(0.5) ? value : -value;
}

/** Bytes that differ from call to call and from place to place. */
export function randomBytes(random: Random, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = random.bits();
  for (let index = 0; index < length; index++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
}

/** Whether a store gave back what went in. */
export function isSame(found: unknown, expected: unknown): boolean {
  return Object.is(found, expected) || isDeepStrictEqual(found, expected);
}

/** A value in a message: its type and a glimpse of it. */
export function glimpse(value: unknown): string {
  if (value instanceof Uint8Array)
    return `${value.constructor.name}(${value.length}) ${value.subarray(0, 8).join(',')}`;
  if (typeof value === 'string') return `string(${value.length}) ${JSON.stringify(value.slice(0, 24))}`;
  if (typeof value === 'bigint') return `bigint ${value.toString().slice(0, 24)}`;
  if (typeof value === 'object' && value !== null)
    return `${value.constructor.name} ${JSON.stringify(value)?.slice(0, 60)}`;
  return Object.is(value, -0) ? '-0' : String(value);
}
