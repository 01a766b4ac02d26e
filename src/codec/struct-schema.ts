/** The fields of a struct: where each one is, how that is written in an arena, and how two schemas differ. */
import { fieldBytes, type FieldPlace, placeFields, STRUCT_BYTES_MAX } from '../../native-layout/field.ts';
import { OptionError } from '../errors.ts';
import { FieldType, fieldTypeNamed } from './field-type.ts';

/** A field with its place in the value. */
export interface StructField extends FieldPlace {
  readonly name: string;
  readonly type: FieldType<unknown>;
  /** Byte that it begins at. */
  readonly offset: number;
}

/** A field in the arena: name, type, and the byte that it begins at. */
export type WrittenField = readonly [name: string, type: string, offset: number];

export class StructSchema {
  /** In the order in which the user named them. */
  readonly fields: readonly StructField[];
  /** Bytes of a value. */
  readonly byteLength: number;
  readonly #byName: ReadonlyMap<string, StructField>;

  /** Throws OptionError when the fields make no struct. */
  constructor(types: readonly (readonly [name: string, type: FieldType<unknown>])[]) {
    if (types.length === 0) throw new OptionError('struct: takes at least one field');
    for (const [name, type] of types) checkField(name, type);
    const offsets = placeFields(types.map(([, type]) => type));
    const byteLength = offsets[types.length];
    if (byteLength > STRUCT_BYTES_MAX) {
      throw new OptionError(`struct: its fields take ${byteLength} bytes; the limit is ${STRUCT_BYTES_MAX}`);
    }
    this.byteLength = byteLength;
    this.fields = types.map(([name, type], index) => fieldAt(name, type, offsets[index], byteLength));
    this.#byName = new Map(this.fields.map((field) => [field.name, field]));
  }

  fieldNamed(name: string): StructField | undefined {
    return this.#byName.get(name);
  }

  /** As it is kept in the arena. */
  written(): WrittenField[] {
    return this.fields.map(({ name, type, offset }) => [name, type.name, offset]);
  }
}

function checkField(name: string, type: unknown): void {
  if (name === '__proto__') throw new OptionError('struct: __proto__ is no name for a field');
  if (!name.isWellFormed())
    throw new OptionError(`struct: ${JSON.stringify(name)} is no name: it has a lone surrogate`);
  if (!(type instanceof FieldType)) {
    throw new OptionError(`struct: field ${name} has no type such as u32, f64 or fixedText(16)`);
  }
}

function fieldAt(name: string, type: FieldType<unknown>, offset: number, valueBytes: number): StructField {
  const bytes = fieldBytes(type.kind, type.limit);
  const shift = (offset & 3) * 8;
  const mask = bytes < 4 ? ((1 << (bytes * 8)) - 1) << shift : 0;
  return { name, type, offset, valueBytes, word: offset >> 2, shift, mask, kind: type.kind };
}

/** The schema that was written in an arena; undefined for anything else. */
export function readSchema(written: unknown): StructSchema | undefined {
  if (!Array.isArray(written)) return undefined;
  const types: (readonly [string, FieldType<unknown>])[] = [];
  for (const field of written as unknown[]) {
    const [name, typeName] = Array.isArray(field) ? (field as unknown[]) : [];
    const type = fieldTypeNamed(typeName);
    if (typeof name !== 'string' || type === undefined) return undefined;
    types.push([name, type]);
  }
  try {
    const schema = new StructSchema(types);
    const isSame = JSON.stringify(schema.written()) === JSON.stringify(written);
    return isSame && new Set(types.map(([name]) => name)).size === types.length ? schema : undefined;
  } catch {
    return undefined;
  }
}

/** How a schema differs from that of the store, in words that name the field; null when it has the same fields. */
export function differenceOf(store: StructSchema, given: StructSchema): string | null {
  for (const { name, type } of given.fields) {
    const own = store.fieldNamed(name);
    if (own === undefined) return `it has no field ${name}`;
    if (own.type.name !== type.name) return `its field ${name} is of type ${own.type.name}, not ${type.name}`;
  }
  const missing = store.fields.find(({ name }) => given.fieldNamed(name) === undefined);
  return missing === undefined ? null : `it has a field ${missing.name} of type ${missing.type.name}, which is missing`;
}
