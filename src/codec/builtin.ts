/** The codecs that a name in an arena stands for without further ado. */
import type { ValueCodec } from './codec.ts';
import { json } from './json.ts';
import { msgpack } from './msgpack.ts';
import { bytes, float64, int32, text } from './scalars.ts';

const BUILT_IN: ReadonlyMap<string, ValueCodec<unknown>> = new Map(
  [msgpack(), json(), text(), bytes(), float64(), int32()].map((codec) => [codec.name, codec as ValueCodec<unknown>]),
);

/** The codec of sharena with this name, or undefined. */
export function builtInCodec(name: string): ValueCodec<unknown> | undefined {
  return BUILT_IN.get(name);
}
