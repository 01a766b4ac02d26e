/**
 * What a typed array really is. A subclass, or a property hung onto an array, can make `length`, `buffer` and the like say
 * anything, and a length that is wrong would be written into the arena.
 */

const prototype: object = Object.getPrototypeOf(Uint8Array.prototype) as object;
const getLength = getterOf('length');
const getBuffer = getterOf('buffer');
const getByteOffset = getterOf('byteOffset');

function getterOf(name: string): () => unknown {
  // It is bound at each call.
  // oxlint-disable-next-line typescript/unbound-method
  return Object.getOwnPropertyDescriptor(prototype, name)!.get!;
}

/** Items of a typed array. */
export function ownLength(array: NodeJS.TypedArray): number {
  return getLength.call(array) as number;
}

/** Whether the memory of a typed array was given away, by a transfer to another thread for one. */
export function isDetached(array: NodeJS.TypedArray): boolean {
  if (ownLength(array) > 0) return false;
  try {
    return new Uint8Array(getBuffer.call(array) as ArrayBufferLike).length < 0;
  } catch {
    return true;
  }
}

export function isOnSharedMemory(array: NodeJS.TypedArray): boolean {
  return getBuffer.call(array) instanceof SharedArrayBuffer;
}

/** The first `length` bytes, as an array of the plain class on the same memory. */
export function plainView(bytes: Uint8Array, length: number): Uint8Array {
  return new Uint8Array(getBuffer.call(bytes) as ArrayBufferLike, getByteOffset.call(bytes) as number, length);
}
