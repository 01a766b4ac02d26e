/** Changes single bits, bytes and words of a copy of an arena. */
import type { StoreHandle } from '../../../src/index.ts';
import type { Random } from '../../fixtures/random.ts';
import type { Anatomy, Role } from './anatomy.ts';

export interface Flip {
  readonly buffer: number;
  readonly word: number;
  /** Bits that are changed. */
  readonly mask: number;
  readonly role: Role;
}

/** The same bytes in other memory. */
export function copyOf(handle: StoreHandle): StoreHandle {
  const buffers = handle.buffers.map((buffer) => {
    const copy = new SharedArrayBuffer(buffer.byteLength);
    new Uint8Array(copy).set(new Uint8Array(buffer));
    return copy;
  });
  return { ...handle, buffers };
}

/** Mostly one flip, sometimes several; half of them anywhere, the others in words that mean something. */
export function flipSome(handle: StoreHandle, anatomy: Anatomy, random: Random): Flip[] {
  const count = random.chance(0.8) ? 1 : 2 + random.below(6);
  return Array.from({ length: count }, () => flipOne(handle, anatomy, random));
}

function flipOne(handle: StoreHandle, anatomy: Anatomy, random: Random): Flip {
  const buffer = random.below(handle.buffers.length);
  const words = new Int32Array(handle.buffers[buffer]);
  const word = random.chance(0.5) ? random.below(words.length) : busyWord(buffer, anatomy, random);
  const mask = maskOf(words[word] ?? 0, random);
  words[word] = (words[word] ?? 0) ^ mask;
  return { buffer, word, mask, role: anatomy.roleOf(buffer, word) };
}

/** Roles take turns, however few words have them. */
function busyWord(buffer: number, anatomy: Anatomy, random: Random): number {
  return random.pick(anatomy.wordsOf(buffer, random.pick(anatomy.rolesIn(buffer))));
}

/** Bits to change in a word that now has this value: one, a byte's, all at random, or what makes a telling number of it. */
function maskOf(present: number, random: Random): number {
  switch (random.below(5)) {
    case 0:
      return (1 + random.below(255)) << (8 * random.below(4));
    case 1:
      return random.bits() | 1;
    case 2:
      return (
        (present ^ random.pick([0, 1, -1, 0x7fffffff, -0x80000000, random.below(1 << 16), random.bits()])) | 0 || 1
      );
    default:
      return 1 << random.below(32);
  }
}

export function shownFlips(flips: readonly Flip[]): string {
  return flips
    .map(
      ({ buffer, word, mask, role }) => `${role} (word ${word} of buffer ${buffer}) by 0x${(mask >>> 0).toString(16)}`,
    )
    .join(', ');
}
