/** Codecs for values of one plain type: all of them are stored natively, anything else is refused. */
import { ValueError } from '../errors.ts';
import {
  ACCEPTS_BYTES,
  ACCEPTS_FLOAT64,
  ACCEPTS_INT32,
  ACCEPTS_STRING,
  describeValue,
  ValueCodec,
  type Codec,
} from './codec.ts';

function scalar<V>(name: string, accepts: number, takes: string): Codec<V> {
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
  );
}

/** Strings, any JavaScript string: lone surrogates and NUL are kept. */
export function text(): Codec<string> {
  return scalar('text', ACCEPTS_STRING, 'a string');
}

/** Uint8Arrays. A Buffer comes back as a Buffer. */
export function bytes(): Codec<Uint8Array> {
  return scalar('bytes', ACCEPTS_BYTES, 'a Uint8Array');
}

/** All numbers, -0, infinities and NaN included. */
export function float64(): Codec<number> {
  return scalar('float64', ACCEPTS_INT32 | ACCEPTS_FLOAT64, 'a number');
}

/** Integers from -2 ** 31 to 2 ** 31 - 1. -0 is refused, since it would come back as 0. */
export function int32(): Codec<number> {
  return scalar('int32', ACCEPTS_INT32, `an integer from ${-(2 ** 31)} to ${2 ** 31 - 1}`);
}
