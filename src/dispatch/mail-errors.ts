/** What a processor threw, as bytes: message, stack and cause, and what carried-error.ts keeps. */
import { deserialize, serialize } from 'node:v8';
import { packError, unpackError } from './carried-error.ts';
import type { CarriedError } from './messages.ts';

/** Longer ones come without their cause and with the beginning of their text. */
const ERROR_BYTES_MAX = 256 * 1024;
const TEXT_CHARS_MAX = 16 * 1024;

export function errorBytes(thrown: unknown): Uint8Array {
  const carried = packError(thrown);
  try {
    const bytes = serialize(carried);
    if (bytes.length <= ERROR_BYTES_MAX) return bytes;
  } catch {
    // Structured clone takes more than v8.serialize: what holds a handle of Node.js goes as text.
  }
  return serialize({ ...carried, thrown: shortened(carried.thrown) });
}

/** The error of these bytes, which must be private memory. */
export function errorOf(bytes: Uint8Array): unknown {
  return unpackError(deserialize(bytes) as CarriedError);
}

function shortened(thrown: unknown): Error {
  const { message, stack } = thrown instanceof Error ? thrown : new Error(`thrown: ${typeof thrown}`);
  const short = new Error(message.slice(0, TEXT_CHARS_MAX));
  if (stack !== undefined) short.stack = stack.slice(0, TEXT_CHARS_MAX);
  return short;
}
