/** Uint8Arrays that are not what they seem. */

/** Says of itself what `lies` say, by properties of its own that hide those of its class. */
export function lyingArray(bytes: number, lies: Readonly<Record<string, unknown>>): Uint8Array {
  const array = new Uint8Array(bytes).fill(7);
  for (const [name, value] of Object.entries(lies)) Object.defineProperty(array, name, { value });
  return array;
}

/** An instance of a subclass whose every accessor and method is the caller's. */
export function lyingInstance(bytes: number, lie: unknown): Uint8Array {
  class Lying extends Uint8Array {
    override get length(): never {
      return lie as never;
    }
    override get byteLength(): never {
      return lie as never;
    }
    override get byteOffset(): never {
      return lie as never;
    }
    override get buffer(): never {
      return lie as never;
    }
    override slice(): never {
      throw new TypeError('slice of the caller');
    }
    override subarray(): never {
      throw new TypeError('subarray of the caller');
    }
    override set(): never {
      throw new TypeError('set of the caller');
    }
    override [Symbol.iterator](): never {
      throw new TypeError('iterator of the caller');
    }
  }
  return new Lying(new Uint8Array(bytes).fill(7).buffer);
}

/** Its memory was given to somebody else. */
export function detachedArray(bytes: number): Uint8Array {
  const array = new Uint8Array(bytes).fill(7);
  structuredClone(array.buffer, { transfer: [array.buffer] });
  return array;
}

/** A view in the midst of memory that others share. */
export function sharedArray(bytes: number): Uint8Array {
  return new Uint8Array(new SharedArrayBuffer(bytes + 8), 3, bytes).fill(7);
}

export const LENGTH_LIES: readonly unknown[] = [
  -1,
  -(2 ** 31),
  0,
  1,
  2.5,
  60_000,
  2 ** 31,
  2 ** 53,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  '4',
  null,
  undefined,
  {},
];
