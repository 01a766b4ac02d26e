/** Single fields of the structs in a store, read and written where they are. */
import type { ValueCodec } from '../codec/codec.ts';
import type { FieldType } from '../codec/field-type.ts';
import * as structFieldModule from '../codec/struct-field.ts';
import type { StructField } from '../codec/struct-schema.ts';
import {
  FIELD_BOOL,
  FIELD_BYTES,
  FIELD_F32,
  FIELD_F64,
  FIELD_I64,
  FIELD_TEXT,
  FIELD_U64,
} from '../../native-layout/field.ts';
import { VALUE_ENCODED } from '../../native-layout/record.ts';
import { ValueError } from '../errors.ts';
import * as scratchModule from '../memory/scratch.ts';

// Own constants fold, imported bindings are loaded at every use: see [hot-imports] in CONTRIBUTING.md.
const { checkField, readField, writeField } = structFieldModule;
const { fieldScratch, valueScratch } = scratchModule;

/** The field of this name. Throws ValueError when the store has no structs, or its structs no such field. */
export function fieldOf(codec: ValueCodec<unknown>, name: unknown): StructField {
  const { schema } = codec;
  if (schema === null) throw new ValueError(`field ${String(name)}: the store has the codec ${codec.name}, not struct`);
  const field = schema.fieldNamed(name as string);
  if (field !== undefined) return field;
  const names = schema.fields.map((known) => known.name).join(', ');
  throw new ValueError(`field ${String(name)} is none of the struct: there are ${names}`);
}

/** The value of a field of the struct that a read has left in valueScratch. Throws ValueError when that is no struct. */
export function takeField(field: StructField): unknown {
  if (valueScratch.kind !== VALUE_ENCODED || valueScratch.byteLength !== field.valueBytes) throw noStruct(field);
  return readField(valueScratch, field.offset, field.type);
}

/** Leaves the value in fieldScratch, for `putField`. Returns how many words it takes. Throws ValueError if it does not fit. */
export function draftField(field: StructField, value: unknown): number {
  checkField(field.name, field.type, value);
  fieldScratch.words[0] = 0;
  return (writeField(fieldScratch, field.shift >> 3, field.type, value) + 3) >>> 2;
}

/** Throws ValueError for what cannot be added to a field. */
export function checkAddend({ name, type }: StructField, by: unknown): void {
  const { kind } = type;
  if (kind === FIELD_BOOL || kind === FIELD_TEXT || kind === FIELD_BYTES) {
    throw new ValueError(`incrementField: field ${name} is of type ${type.name}, which is no number`);
  }
  if (!isAddend(type, by)) throw new ValueError(`incrementField of ${name} by ${String(by)}: not ${addendOf(type)}`);
}

function isAddend({ kind }: FieldType<unknown>, by: unknown): boolean {
  // The sum of two that are in range may still be out of range, and is refused later.
  if (kind === FIELD_I64 || kind === FIELD_U64) return typeof by === 'bigint' && BigInt.asIntN(65, by) === by;
  if (kind === FIELD_F32 || kind === FIELD_F64) return typeof by === 'number';
  return Number.isInteger(by);
}

function addendOf({ kind }: FieldType<unknown>): string {
  if (kind === FIELD_I64 || kind === FIELD_U64) return 'a bigint of at most 64 bits and a sign';
  return kind === FIELD_F32 || kind === FIELD_F64 ? 'a number' : 'a whole number';
}

/** What `incrementField` adds by default. */
export function oneOf({ kind }: StructField): number | bigint {
  return kind === FIELD_I64 || kind === FIELD_U64 ? 1n : 1;
}

export function noStruct({ name }: StructField): ValueError {
  return new ValueError(`field ${name}: the entry is no struct, but a rate limit`);
}
