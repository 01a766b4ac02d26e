/** The types that the fields of a struct can have. */
import {
  FIELD_BOOL,
  FIELD_BYTES,
  FIELD_F32,
  FIELD_F64,
  FIELD_I16,
  FIELD_I32,
  FIELD_I64,
  FIELD_I8,
  FIELD_TEXT,
  FIELD_U16,
  FIELD_U32,
  FIELD_U64,
  FIELD_U8,
  STRUCT_BYTES_MAX,
} from '../../native-layout/field.ts';
import { OptionError } from '../errors.ts';

/** A type of fields with values of type T. */
export class FieldType<T> {
  /** As it is written in the arena: `u32`, `fixedText(16)`. */
  readonly name: string;
  /** A FIELD_* number. */
  readonly kind: number;
  /** Longest text in chars, or bytes; 0 for other types. */
  readonly limit: number;
  /** What it takes, in words. */
  readonly takes: string;
  /** Never there: carries T. */
  declare readonly valueType: T;

  constructor(name: string, kind: number, limit: number, takes: string) {
    this.name = name;
    this.kind = kind;
    this.limit = limit;
    this.takes = takes;
  }
}

function whole(name: string, kind: number, least: number, most: number): FieldType<number> {
  return new FieldType(name, kind, 0, `a whole number from ${least} to ${most}`);
}

function wholeBigint(name: string, kind: number, least: bigint, most: bigint): FieldType<bigint> {
  return new FieldType(name, kind, 0, `a bigint from ${least} to ${most}`);
}

/** A whole number from -128 to 127. -0 is refused in all types of whole numbers, since it would come back as 0. */
export const i8: FieldType<number> = whole('i8', FIELD_I8, -128, 127);
/** A whole number from 0 to 255. */
export const u8: FieldType<number> = whole('u8', FIELD_U8, 0, 255);
/** A whole number from -32768 to 32767. */
export const i16: FieldType<number> = whole('i16', FIELD_I16, -(2 ** 15), 2 ** 15 - 1);
/** A whole number from 0 to 65535. */
export const u16: FieldType<number> = whole('u16', FIELD_U16, 0, 2 ** 16 - 1);
/** A whole number from -2 ** 31 to 2 ** 31 - 1. */
export const i32: FieldType<number> = whole('i32', FIELD_I32, -(2 ** 31), 2 ** 31 - 1);
/** A whole number from 0 to 2 ** 32 - 1. */
export const u32: FieldType<number> = whole('u32', FIELD_U32, 0, 2 ** 32 - 1);
/** A bigint from -(2n ** 63n) to 2n ** 63n - 1n. */
export const i64: FieldType<bigint> = wholeBigint('i64', FIELD_I64, -(2n ** 63n), 2n ** 63n - 1n);
/** A bigint from 0n to 2n ** 64n - 1n. */
export const u64: FieldType<bigint> = wholeBigint('u64', FIELD_U64, 0n, 2n ** 64n - 1n);
/** A number that 32-bit floats have, such as 0.5 or `Math.fround(0.1)`: others are refused, since they would come back changed. */
export const f32: FieldType<number> = new FieldType('f32', FIELD_F32, 0, 'a number that is a 32-bit float');
/** Any number, -0, infinities and NaN included. */
export const f64: FieldType<number> = new FieldType('f64', FIELD_F64, 0, 'a number');
/** True or false, in a byte. */
export const bool: FieldType<boolean> = new FieldType('bool', FIELD_BOOL, 0, 'a boolean');

/** Any string of at most `limit` UTF-16 code units (its `length`), in 4 + 2 * limit bytes. Throws OptionError. */
export function fixedText(limit: number): FieldType<string> {
  return new FieldType(
    `fixedText(${checkedLimit('fixedText', limit, 2)})`,
    FIELD_TEXT,
    limit,
    `a string of ${limit} chars or less`,
  );
}

/** A Uint8Array of at most `limit` bytes, in 4 + limit bytes. A Buffer comes back as a Buffer. Throws OptionError. */
export function fixedBytes(limit: number): FieldType<Uint8Array> {
  return new FieldType(
    `fixedBytes(${checkedLimit('fixedBytes', limit, 1)})`,
    FIELD_BYTES,
    limit,
    `a Uint8Array of ${limit} bytes or less`,
  );
}

function checkedLimit(call: string, limit: number, unit: number): number {
  const most = (STRUCT_BYTES_MAX - 4) / unit;
  if (Number.isInteger(limit) && limit >= 1 && limit <= most) return limit;
  throw new OptionError(`${call}: ${String(limit)} is no length from 1 to ${most}`);
}

const PLAIN_TYPES: ReadonlyMap<string, FieldType<unknown>> = new Map(
  [i8, u8, i16, u16, i32, u32, i64, u64, f32, f64, bool].map((type) => [type.name, type as FieldType<unknown>]),
);
const SIZED_TYPE = /^(fixedText|fixedBytes)\(([1-9]\d{0,4})\)$/;

/** The type with a name that was read from an arena, undefined when there is none. */
export function fieldTypeNamed(name: unknown): FieldType<unknown> | undefined {
  if (typeof name !== 'string') return undefined;
  const sized = SIZED_TYPE.exec(name);
  if (sized === null) return PLAIN_TYPES.get(name);
  const limit = Number(sized[2]);
  const isText = sized[1] === 'fixedText';
  if (limit > (STRUCT_BYTES_MAX - 4) / (isText ? 2 : 1)) return undefined;
  return isText ? fixedText(limit) : fixedBytes(limit);
}
