/** The codec for objects with a fixed set of fields. */
import { OptionError, ValueError } from '../errors.ts';
import { SCRATCH_BYTES, Scratch, valueScratch } from '../memory/scratch.ts';
import { ACCEPTS_NOTHING, type Codec, describeValue, ValueCodec } from './codec.ts';
import type { FieldType } from './field-type.ts';
import { checkField, readField, writeField } from './struct-field.ts';
import { StructSchema } from './struct-schema.ts';

/** The object that a struct with these fields stores. */
export type StructValue<F> = { -readonly [N in keyof F]: F[N] extends FieldType<infer T> ? T : never };

/** The names of the fields of an object. */
export type FieldOf<V> = V extends object ? Extract<keyof V, string> : never;

/** The names of its fields that are numbers or bigints. */
export type NumberFieldOf<V> = { [N in FieldOf<V>]: V[N & keyof V] extends number | bigint ? N : never }[FieldOf<V>];

/** The codec of a struct knows its fields. */
export const STRUCT = 'struct';

/**
 * Plain objects that have exactly these fields, such as `struct({ hits: u32, score: f64, name: fixedText(16) })`. Anything
 * else is refused with a ValueError that names the field. Fields are at fixed places in 4 to 16,380 bytes, so that
 * `getField`, `setField` and `incrementField` of the store read and write them in place.
 *
 * @throws OptionError for a field without a type, named `__proto__`, or when there are none or too many
 */
export function struct<const F extends Readonly<Record<string, FieldType<unknown>>>>(fields: F): Codec<StructValue<F>> {
  const prototype: unknown = typeof fields === 'object' && fields !== null ? Object.getPrototypeOf(fields) : undefined;
  if (prototype !== Object.prototype && prototype !== null) {
    throw new OptionError('struct: takes a plain object of fields such as { hits: u32, name: fixedText(16) }');
  }
  return structCodec<StructValue<F>>(new StructSchema(Object.entries(fields)));
}

/** The codec of a schema that was read from an arena. */
export function structCodec<V>(schema: StructSchema): ValueCodec<V> {
  return new ValueCodec<V>(
    STRUCT,
    ACCEPTS_NOTHING,
    true,
    (value) => encode(schema, value),
    (bytes) => decode(schema, bytes) as V,
    schema,
  );
}

const draft = new Scratch(SCRATCH_BYTES);

function encode(schema: StructSchema, value: unknown): Uint8Array {
  const { fields, byteLength } = schema;
  const values = valuesOf(schema, value);
  for (let index = 0; index < fields.length; index++) checkField(fields[index].name, fields[index].type, values[index]);
  draft.bytes.fill(0, 0, byteLength);
  for (let index = 0; index < fields.length; index++)
    writeField(draft, fields[index].offset, fields[index].type, values[index]);
  return draft.bytes.subarray(0, byteLength);
}

/** Each field's value in order, looked at once: an accessor may give another one next time. */
function valuesOf(schema: StructSchema, value: unknown): unknown[] {
  const { fields } = schema;
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) {
    throw new ValueError(`struct() takes a plain object, not ${describeValue(value)}`);
  }
  const given = Object.keys(value);
  const isExact = given.length === fields.length && fields.every(({ name }) => Object.hasOwn(value, name));
  if (!isExact || Object.getOwnPropertySymbols(value).length > 0) throw wrongFields(schema, value);
  return fields.map(({ name }) => (value as Record<string, unknown>)[name]);
}

function wrongFields({ fields }: StructSchema, value: object): ValueError {
  const missing = fields.find(({ name }) => !Object.hasOwn(value, name));
  if (missing !== undefined) return new ValueError(`field ${missing.name} is missing: it takes ${missing.type.takes}`);
  const known = new Set<string | symbol>(fields.map(({ name }) => name));
  const unknown = Reflect.ownKeys(value).find((name) => !known.has(name));
  if (unknown !== undefined) return new ValueError(`field ${String(unknown)} is none of the struct`);
  return new ValueError('a field of the struct is not enumerable');
}

function decode({ fields, byteLength }: StructSchema, bytes: Uint8Array): unknown {
  if (bytes.length !== byteLength) {
    throw new ValueError(`struct() cannot decode ${bytes.length} bytes, its values have ${byteLength}`);
  }
  let from = valueScratch;
  if (bytes.buffer !== from.bytes.buffer || bytes.byteOffset !== 0) {
    from = draft;
    from.bytes.set(bytes);
  }
  const value: Record<string, unknown> = {};
  for (let index = 0; index < fields.length; index++) {
    const { name, offset, type } = fields[index];
    value[name] = readField(from, offset, type);
  }
  return value;
}
