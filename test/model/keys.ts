/** Keys of all types for model runs: number `index` of a pool is the same key whenever it is asked for. */
import type { Key } from '../../src/index.ts';
import { Random } from '../fixtures/random.ts';

const AWKWARD: readonly Key[] = [
  '',
  '\0',
  'a\0b',
  '\ud800',
  '\udc00',
  'x\udfff\ud800y',
  '__proto__',
  'constructor',
  'hasOwnProperty',
  '1',
  1,
  1n,
  '1n',
  new Uint8Array([1]),
  new Uint8Array([49]),
  new Uint8Array(0),
  0,
  0n,
  '0',
  Number.NaN,
  'NaN',
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  1.5,
  '1.5',
  2 ** 31,
  -(2 ** 31),
  2 ** 53,
  Number.MIN_VALUE,
  2n ** 63n,
  -(2n ** 63n),
  2n ** 70n,
  -(2n ** 70n),
  'ÿ',
  'Ā',
];

/** Longest key that a pool makes, in bytes; few are so long. */
const LONG_BYTES_MAX = 20_000;

export function keyAt(index: number): Key {
  const awkward = AWKWARD[index];
  if (awkward !== undefined) return awkward;
  const random = new Random(index * 7919 + 13);
  if (index % 61 === 0) return longKey(index, random);
  switch (index % 8) {
    case 0:
      return index;
    case 1:
      return -index;
    case 2:
      return index + 0.25;
    case 3:
      return BigInt(index) << BigInt(random.below(100));
    case 4:
      return new Uint8Array([index, index >> 8, ...Array.from({ length: random.below(30) }, () => random.below(256))]);
    case 5:
      return `ключ:${index}`;
    case 6:
      return `user:${index}:${'profile'.repeat(random.below(8))}`;
    default:
      return `k${index}`;
  }
}

function longKey(index: number, random: Random): Key {
  const length = random.magnitude(LONG_BYTES_MAX / 2);
  if (index % 3 === 0) return `${index}:${'é'.repeat(length)}`;
  if (index % 3 === 1) return `${index}:${'\u{1f600}'.repeat(length >> 1)}`;
  return Buffer.alloc(length + 4, `${index}`);
}

/** A string for each key that two keys share exactly when a store takes them for the same. */
export function identityOf(key: Key): string {
  if (typeof key === 'string') return `s${key}`;
  if (typeof key === 'number') return `n${key === 0 ? 0 : key}`;
  if (typeof key === 'bigint') return `b${key}`;
  return `u${Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1')}`;
}
