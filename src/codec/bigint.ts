/** Bigints beyond 64 bits as bytes: a sign byte (1: negative), then the magnitude, little-endian, without leading zeros. */

const ZERO = BigInt(0);

/** Whether the value takes at most `bytesMax` bytes; cheap also for a value that takes far more. */
export function bigintFits(value: bigint, bytesMax: number): boolean {
  const magnitude = value < ZERO ? -value : value;
  return magnitude >> BigInt((bytesMax - 1) * 8) === ZERO;
}

export function bigintBytes(value: bigint): Uint8Array {
  const negative = value < ZERO;
  const digits = (negative ? -value : value).toString(16);
  const magnitude = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex').reverse();
  const bytes = new Uint8Array(magnitude.length + 1);
  bytes[0] = negative ? 1 : 0;
  bytes.set(magnitude, 1);
  return bytes;
}

/** Throws RangeError for more bytes than the engine's bigints can have. */
export function bigintOf(bytes: Uint8Array): bigint {
  const magnitude = Buffer.from(bytes.subarray(1)).reverse();
  const value = magnitude.length === 0 ? ZERO : BigInt(`0x${magnitude.toString('hex')}`);
  return bytes[0] === 1 ? -value : value;
}
