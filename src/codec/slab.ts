/**
 * Room for the values of `bytes({ pooled: true })`: slabs that several values of this thread share, as small Buffers of
 * Node.js do. An ArrayBuffer costs far more than the kibibyte in it.
 *
 * Values are cut one behind the other and nothing is cut twice, so no two overlap. A slab that is full is dropped here, and
 * collected when the last of its values is.
 */
import { markAsUntransferable } from 'node:worker_threads';

/** V8 keeps shorter ones in its own heap, which is quicker than a part of a slab: at 64 bytes by a quarter of the time. */
const OWN_BYTES_MAX = 64;
/** Values begin at multiples of it, so that any typed array can be laid over them. */
const ALIGNMENT = 8;
/** A Buffer.poolSize beyond is taken for this. */
const SLAB_BYTES_MAX: number = 2 ** 20;

let slab: Uint8Array<ArrayBuffer> = new Uint8Array(0);
let memory: ArrayBuffer = slab.buffer;
let usedBytes = 0;

/** A copy of the first `byteLength` bytes: in a slab if they are more than 64, and at most half of Buffer.poolSize. */
export function copyToSlab(source: Uint8Array<ArrayBuffer>, byteLength: number): Uint8Array<ArrayBuffer> {
  const slabBytes = Math.min(Buffer.poolSize >>> 0, SLAB_BYTES_MAX);
  if (byteLength <= OWN_BYTES_MAX || byteLength > slabBytes >>> 1) return source.slice(0, byteLength);
  // Its length is 0 when somebody detached it by `buffer.transfer()`, which not every Node.js refuses.
  if (usedBytes + byteLength > slab.length) replaceSlab(slabBytes);
  const copy = new Uint8Array(memory, usedBytes, byteLength);
  copy.set(source.subarray(0, byteLength));
  usedBytes = (usedBytes + byteLength + ALIGNMENT - 1) & -ALIGNMENT;
  return copy;
}

function replaceSlab(slabBytes: number): void {
  slab = new Uint8Array(slabBytes);
  memory = slab.buffer;
  usedBytes = 0;
  // A transfer of one value would take the others away.
  markAsUntransferable(memory);
}
