/** The default codec: MessagePack where it gives back what went in, v8's own format where only that does. */
import { Decoder, Encoder } from '@msgpack/msgpack';
import {
  ACCEPTS_BIGINT,
  ACCEPTS_BOOLEAN,
  ACCEPTS_BYTES,
  ACCEPTS_FLOAT64,
  ACCEPTS_INT32,
  ACCEPTS_NULL,
  ACCEPTS_STRING,
  ACCEPTS_STRUCTURED,
  ACCEPTS_UNDEFINED,
  ValueCodec,
  wrapped,
  type Codec,
} from './codec.ts';
import { checkMsgpack } from './msgpack-check.ts';
import { NameCache } from './msgpack-keys.ts';
import { HAS_BYTES, HAS_LONG_ARRAY, NOT_PLAIN, PLAIN_DEPTH_MAX, plainness, SHORT_ARRAY_ITEMS_MAX } from './plain.ts';

/** A byte that begins no MessagePack value: here it says that what follows is to be decoded with care. */
const CARE = 0xc1;

/** Encoders keep the memory of their largest value: one that has grown beyond this is let go. */
const ENCODER_BYTES_MAX: number = 1024 * 1024;

/** Of this many bytes, even damaged ones cannot make the quick decoder take more than 45 MB. */
const UNCHECKED_BYTES_MAX: number = 16 * 1024;

const keyDecoder = new NameCache();

/**
 * Decodes in place: refuses bytes, which would refer to the scratch, and limits arrays, for which memory is taken before
 * their items are seen, so that damaged bytes cannot ask for much of it.
 */
const quickDecoder = new Decoder({
  keyDecoder,
  maxArrayLength: SHORT_ARRAY_ITEMS_MAX,
  maxBinLength: -1,
  maxExtLength: -1,
});
/** Decodes copies that checkMsgpack has passed. */
const carefulDecoder = new Decoder({ keyDecoder, maxExtLength: -1 });
let encoder = new Encoder({ maxDepth: PLAIN_DEPTH_MAX + 1 });

/**
 * Any value that can be given back equal, by `assert.deepStrictEqual`, except that functions, symbols, class instances,
 * accessors, errors, proxies, views on shared memory and objects without a prototype are refused with a ValueError.
 *
 * Scalars, strings, bigints and Uint8Arrays are stored natively; trees of plain objects and arrays by @msgpack/msgpack;
 * Map, Set, Date, undefined, -0, cycles and the like, wherever they are in a value, by v8.serialize.
 */
export function msgpack<V = unknown>(): Codec<V> {
  return new ValueCodec<V>(
    'msgpack',
    ACCEPTS_UNDEFINED |
      ACCEPTS_NULL |
      ACCEPTS_BOOLEAN |
      ACCEPTS_INT32 |
      ACCEPTS_FLOAT64 |
      ACCEPTS_STRING |
      ACCEPTS_BIGINT |
      ACCEPTS_BYTES |
      ACCEPTS_STRUCTURED,
    true,
    encode,
    decode as (bytes: Uint8Array) => V,
  );
}

function encode(value: unknown): Uint8Array | null {
  const found = plainness(value);
  if (found === NOT_PLAIN) return null;
  const used = encoder;
  let bytes: Uint8Array;
  try {
    bytes = used.encodeSharedRef(value);
  } catch (error) {
    throw wrapped('msgpack() cannot encode the value', error);
  }
  if (bytes.buffer.byteLength > ENCODER_BYTES_MAX) encoder = new Encoder({ maxDepth: PLAIN_DEPTH_MAX + 1 });
  if ((found & (HAS_BYTES | HAS_LONG_ARRAY)) === 0) return bytes;
  const marked = new Uint8Array(bytes.length + 1);
  marked[0] = CARE;
  marked.set(bytes, 1);
  return marked;
}

function decode(bytes: Uint8Array): unknown {
  try {
    if (bytes[0] !== CARE) {
      if (bytes.length > UNCHECKED_BYTES_MAX) checkMsgpack(bytes);
      return quickDecoder.decode(bytes);
    }
    // Not `bytes.slice`, which is no copy when the bytes are a Buffer.
    const copy = Uint8Array.prototype.slice.call(bytes, 1);
    checkMsgpack(copy);
    return carefulDecoder.decode(copy);
  } catch (error) {
    throw wrapped(`msgpack() cannot decode ${bytes.length} bytes`, error);
  }
}
