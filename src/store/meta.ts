/** What the arena says of the store in it, and the codec that goes with that. */
import { builtInCodec } from '../codec/builtin.ts';
import { ACCEPTS_FLOAT64, ACCEPTS_INT32, ACCEPTS_JSON_FLOAT64, type ValueCodec } from '../codec/codec.ts';
import { STRUCT, structCodec } from '../codec/struct.ts';
import { differenceOf, readSchema, type StructSchema, type WrittenField } from '../codec/struct-schema.ts';
import { toCodec } from '../codec/user.ts';
import { HandleError, ValueError } from '../errors.ts';
import { ANY_NUMBER, FINITE_NUMBER, INT32_NUMBER } from '../segment/increment.ts';
import type { AttachOptions, MemoLimits } from './options.ts';

/** Kept as JSON in the arena. */
export interface StoreMeta {
  readonly name: string;
  readonly codec: string;
  /** Of a store of structs. */
  readonly fields?: readonly WrittenField[];
  readonly ttl?: number;
  readonly memo?: MemoLimits;
}

/** Throws HandleError for a text that describes no store. */
export function parseMeta(text: string): StoreMeta {
  let meta: unknown;
  try {
    meta = JSON.parse(text);
  } catch {
    meta = undefined;
  }
  const { name, codec, fields, ttl, memo } = (meta ?? {}) as { readonly [field in keyof StoreMeta]?: unknown };
  const ttlIsGood = ttl === undefined || isAboveZero(ttl);
  if (typeof name !== 'string' || typeof codec !== 'string' || !ttlIsGood || !isMemo(memo)) throw badMeta(text);
  if ((codec === STRUCT) !== (readSchema(fields) !== undefined)) throw badMeta(text);
  return {
    name,
    codec,
    ...(fields === undefined ? {} : { fields: fields as readonly WrittenField[] }),
    ...(ttl === undefined ? {} : { ttl }),
    ...(memo === undefined ? {} : { memo }),
  };
}

function badMeta(text: string): HandleError {
  return new HandleError(`the arena does not describe a store: ${text.slice(0, 80)}`);
}

function isAboveZero(value: unknown): value is number {
  return typeof value === 'number' && value > 0;
}

function isMemo(memo: unknown): memo is MemoLimits | undefined {
  if (memo === undefined) return true;
  const { max, maxBytes } = (memo ?? {}) as { readonly [limit in keyof MemoLimits]?: unknown };
  return isAboveZero(max) && (maxBytes === undefined || isAboveZero(maxBytes));
}

/** The codec of a store: built in, or the one that the user brings. Throws HandleError when it is another or missing. */
export function codecFor<V>(meta: StoreMeta, options: AttachOptions<V>): ValueCodec<V> {
  const { codec: name } = meta;
  const given = options.value === undefined ? undefined : toCodec(options.value);
  if (given !== undefined && given.name !== name) {
    throw new HandleError(`the store was created with codec ${name}, not with ${given.name}`);
  }
  const schema = readSchema(meta.fields);
  if (schema !== undefined) return structFor(schema, given);
  const codec = given ?? (builtInCodec(name) as ValueCodec<V> | undefined);
  if (codec === undefined)
    throw new HandleError(`the store has a codec of its own, ${name}: pass it as \`value\` to attach`);
  return codec;
}

function structFor<V>(schema: StructSchema, given: ValueCodec<V> | undefined): ValueCodec<V> {
  const difference = given === undefined || given.schema === null ? null : differenceOf(schema, given.schema);
  if (difference !== null) throw new HandleError(`the store was created with another struct: ${difference}`);
  return structCodec(schema);
}

/** Which sums the codec can store. */
export function rangeOf(codec: ValueCodec<unknown>): number {
  if ((codec.accepts & ACCEPTS_FLOAT64) !== 0) return ANY_NUMBER;
  if ((codec.accepts & ACCEPTS_JSON_FLOAT64) !== 0) return FINITE_NUMBER;
  if ((codec.accepts & ACCEPTS_INT32) !== 0) return INT32_NUMBER;
  throw new ValueError(`increment: the codec ${codec.name} stores no numbers`);
}
