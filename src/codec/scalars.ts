/** Codecs for values of one plain type: all of them are stored natively, anything else is refused. */
import { OptionError, ValueError } from '../errors.ts';
import {
  ACCEPTS_BYTES,
  ACCEPTS_FLOAT64,
  ACCEPTS_INT32,
  ACCEPTS_STRING,
  describeValue,
  ValueCodec,
  type Codec,
} from './codec.ts';

function scalar<V>(name: string, accepts: number, takes: string, pooled: boolean = false): Codec<V> {
  return new ValueCodec<V>(
    name,
    accepts,
    false,
    (value) => {
      throw new ValueError(`${name}() takes ${takes}, not ${describeValue(value)}`);
    },
    (encoded) => {
      throw new ValueError(`${name}() never stores encoded values, but found ${encoded.length} bytes of one`);
    },
    null,
    pooled,
  );
}

/** Strings, any JavaScript string: lone surrogates and NUL are kept. */
export function text(): Codec<string> {
  return scalar('text', ACCEPTS_STRING, 'a string');
}

/** Options of `bytes()`. */
export interface BytesOptions {
  /** Whether small values share ArrayBuffers when they are read. Default false. */
  readonly pooled?: boolean;
}

/**
 * Uint8Arrays. A Buffer comes back as a Buffer, and small Buffers share memory as all of Node.js do.
 *
 * A Uint8Array comes back in an ArrayBuffer of its own, which may be transferred to another thread. With `pooled`, one of 65
 * bytes to half of `Buffer.poolSize`, at most 16 KiB, is a part of an ArrayBuffer of `Buffer.poolSize` bytes (8 KiB in Node.js
 * 20) that other values of the thread are in as well, at a multiple of 8 bytes, as a small Buffer is. That takes less time, and:
 * - `.buffer` shows the other values, so nobody who is not to see or change them should get it;
 * - a value that is kept keeps all of the ArrayBuffer;
 * - a message to another thread clones all of it, so send `value.slice()`; in a transfer list it throws or, in Node.js 20, is
 *   cloned, as a small Buffer's is.
 *
 * What is stored is the same: each thread may choose for itself, in the options of `attach`.
 *
 * @throws OptionError for a wrong option
 */
export function bytes(options: BytesOptions = {}): Codec<Uint8Array> {
  return scalar('bytes', ACCEPTS_BYTES, 'a Uint8Array', isPooled(options));
}

function isPooled(options: BytesOptions): boolean {
  if (typeof options !== 'object' || options === null) {
    throw new OptionError(`bytes: takes { pooled }, not ${describeValue(options)}`);
  }
  const unknown = Object.keys(options).find((name) => name !== 'pooled');
  if (unknown !== undefined) throw new OptionError(`bytes.${unknown}: no such option, there is pooled`);
  const { pooled = false } = options;
  if (typeof pooled !== 'boolean') {
    throw new OptionError(`bytes.pooled: takes true or false, not ${describeValue(pooled)}`);
  }
  return pooled;
}

/** All numbers, -0, infinities and NaN included. */
export function float64(): Codec<number> {
  return scalar('float64', ACCEPTS_INT32 | ACCEPTS_FLOAT64, 'a number');
}

/** Integers from -2 ** 31 to 2 ** 31 - 1. -0 is refused, since it would come back as 0. */
export function int32(): Codec<number> {
  return scalar('int32', ACCEPTS_INT32, `an integer from ${-(2 ** 31)} to ${2 ** 31 - 1}`);
}
