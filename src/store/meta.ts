/** What the arena says of the store in it, and the codec that goes with that. */
import { builtInCodec } from '../codec/builtin.ts';
import { ACCEPTS_FLOAT64, ACCEPTS_INT32, ACCEPTS_JSON_FLOAT64, type ValueCodec } from '../codec/codec.ts';
import { toCodec } from '../codec/user.ts';
import { HandleError, ValueError } from '../errors.ts';
import { ANY_NUMBER, FINITE_NUMBER, INT32_NUMBER } from '../segment/write.ts';
import type { AttachOptions } from './options.ts';

/** Kept as JSON in the arena. */
export interface StoreMeta {
  readonly name: string;
  readonly codec: string;
  readonly ttl?: number;
}

/** Throws HandleError for a text that describes no store. */
export function parseMeta(text: string): StoreMeta {
  let meta: unknown;
  try {
    meta = JSON.parse(text);
  } catch {
    meta = undefined;
  }
  const { name, codec, ttl } = (meta ?? {}) as { name?: unknown; codec?: unknown; ttl?: unknown };
  const ttlIsGood = ttl === undefined || (typeof ttl === 'number' && ttl > 0);
  if (typeof name !== 'string' || typeof codec !== 'string' || !ttlIsGood) {
    throw new HandleError(`the arena does not describe a store: ${text.slice(0, 80)}`);
  }
  return { name, codec, ...(ttl === undefined ? {} : { ttl }) };
}

/** The codec of a store: built in, or the one that the user brings. Throws HandleError when it is another or missing. */
export function codecFor<V>(name: string, options: AttachOptions<V>): ValueCodec<V> {
  const codec =
    options.value === undefined ? (builtInCodec(name) as ValueCodec<V> | undefined) : toCodec(options.value);
  if (codec === undefined)
    throw new HandleError(`the store has a codec of its own, ${name}: pass it as \`value\` to attach`);
  if (codec.name !== name) throw new HandleError(`the store was created with codec ${name}, not with ${codec.name}`);
  return codec;
}

/** Which sums the codec can store. */
export function rangeOf(codec: ValueCodec<unknown>): number {
  if ((codec.accepts & ACCEPTS_FLOAT64) !== 0) return ANY_NUMBER;
  if ((codec.accepts & ACCEPTS_JSON_FLOAT64) !== 0) return FINITE_NUMBER;
  if ((codec.accepts & ACCEPTS_INT32) !== 0) return INT32_NUMBER;
  throw new ValueError(`increment: the codec ${codec.name} stores no numbers`);
}
