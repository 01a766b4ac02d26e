/** Codecs of users, checked once and dressed as ours. */
import { isUint8Array } from 'node:util/types';
import { OptionError, ValueError } from '../errors.ts';
import { builtInCodec } from './builtin.ts';
import { STRUCT } from './struct.ts';
import { ACCEPTS_NOTHING, describeValue, ValueCodec, wrapped, type Codec } from './codec.ts';

const NAME_CHARS_MAX = 32;
const NAME = /^[\x21-\x7e]+$/;

/**
 * The codec that the option `value` names.
 *
 * Throws OptionError unless it is one of the codecs of sharena or an object with a name of its own, at most 32 visible
 * ASCII chars, and the functions `encode` and `decode`.
 */
export function toCodec<V>(option: Codec<V>): ValueCodec<V> {
  if (option instanceof ValueCodec) return option;
  const given: unknown = option;
  if (typeof given !== 'object' || given === null) {
    throw new OptionError(
      `value: takes a codec such as msgpack() or { name, encode, decode }, not ${describeValue(given)}`,
    );
  }
  const { name, encode, decode } = given as Record<string, unknown>;
  if (typeof name !== 'string' || name.length > NAME_CHARS_MAX || !NAME.test(name)) {
    const is = typeof name === 'string' ? JSON.stringify(name) : describeValue(name);
    throw new OptionError(
      `value.name: takes a string of 1 to ${NAME_CHARS_MAX} visible ASCII chars without a space, not ${is}`,
    );
  }
  if (builtInCodec(name) !== undefined || name === STRUCT) {
    throw new OptionError(`value.name: ${JSON.stringify(name)} is the name of a codec of sharena`);
  }
  for (const [role, method] of Object.entries({ encode, decode })) {
    if (typeof method !== 'function') {
      throw new OptionError(`value.${role}: takes a function, not ${describeValue(method)}`);
    }
  }
  return new ValueCodec<V>(
    name,
    ACCEPTS_NOTHING,
    false,
    (value) => encodeByUser(name, option, value as V),
    (bytes) => decodeByUser(name, option, bytes),
  );
}

function encodeByUser<V>(name: string, codec: Codec<V>, value: V): Uint8Array {
  let bytes: unknown;
  try {
    bytes = codec.encode(value);
  } catch (error) {
    throw wrapped(`encode of codec ${name} failed`, error);
  }
  if (isUint8Array(bytes)) return bytes;
  throw new ValueError(`encode of codec ${name} returned ${describeValue(bytes)} instead of a Uint8Array`);
}

function decodeByUser<V>(name: string, codec: Codec<V>, bytes: Uint8Array): V {
  try {
    return codec.decode(bytes);
  } catch (error) {
    throw wrapped(`decode of codec ${name} failed on ${bytes.length} bytes`, error);
  }
}
