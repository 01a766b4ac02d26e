/**
 * What a typed array really is. A subclass, or a property hung onto an array, can make `length`, `buffer` and the like say
 * anything, and a length that is wrong would be written into the arena.
 */

const prototype: object = Object.getPrototypeOf(Uint8Array.prototype) as object;
const getLength = getterOf('length');
const getBuffer = getterOf('buffer');
const getByteOffset = getterOf('byteOffset');

function getterOf(name: string): () => unknown {
  return Object.getOwnPropertyDescriptor(prototype, name)!.get!;
}

/** Items of a typed array; 0 when its memory was given away. */
export function ownLength(array: NodeJS.TypedArray): number {
  return getLength.call(array) as number;
}

export function isOnSharedMemory(array: NodeJS.TypedArray): boolean {
  return getBuffer.call(array) instanceof SharedArrayBuffer;
}

/** The first `length` bytes, as an array of the plain class on the same memory. */
export function plainView(bytes: Uint8Array, length: number): Uint8Array {
  return new Uint8Array(getBuffer.call(bytes) as ArrayBufferLike, getByteOffset.call(bytes) as number, length);
}
