/** Values in v8's own format: what structured clone keeps and JSON does not. */
import { deserialize, serialize } from 'node:v8';
import { wrapped } from './codec.ts';
import { refuseUnless, STRUCTURED } from './explain.ts';

/** Throws ValueError, naming the place in the value, when what comes back would not equal it. */
export function encodeStructured(value: unknown): Uint8Array {
  refuseUnless(STRUCTURED, value);
  try {
    return serialize(value);
  } catch (error) {
    throw wrapped('the value cannot be serialized', error);
  }
}

/** `bytes` may be referred to by what is returned. */
export function decodeStructured(bytes: Uint8Array): unknown {
  try {
    return deserialize(bytes);
  } catch (error) {
    throw wrapped(`${bytes.length} bytes cannot be deserialized`, error);
  }
}
