/** One field of a struct to bytes in a scratch and back. */
import { isUint8Array } from 'node:util/types';
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
} from '../../native-layout/field.ts';
import { ValueError } from '../errors.ts';
import type { Scratch } from '../memory/scratch.ts';
import { describeValue } from './codec.ts';
import type { FieldType } from './field-type.ts';
import { isLatin1, padLastWord } from './text.ts';

/** In the first word of texts: two bytes a char; of bytes: they were a Buffer. */
const FLAG = 0x80000000;

/** Throws ValueError for a value that the type cannot give back equal. */
export function checkField(name: string, type: FieldType<unknown>, value: unknown): void {
  if (!fits(type, value)) throw new ValueError(`field ${name} takes ${type.takes}, not ${describeField(value)}`);
}

function describeField(value: unknown): string {
  if (typeof value === 'bigint')
    return `the bigint ${BigInt.asIntN(256, value) === value ? value : 'of more than 256 bits'}`;
  return isUint8Array(value) ? `a Uint8Array of ${value.length} bytes` : describeValue(value);
}

function fits({ kind, limit }: FieldType<unknown>, value: unknown): boolean {
  switch (kind) {
    case FIELD_I64:
      return typeof value === 'bigint' && BigInt.asIntN(64, value) === value;
    case FIELD_U64:
      return typeof value === 'bigint' && BigInt.asUintN(64, value) === value;
    case FIELD_F32:
      return typeof value === 'number' && Object.is(Math.fround(value), value);
    case FIELD_F64:
      return typeof value === 'number';
    case FIELD_BOOL:
      return typeof value === 'boolean';
    case FIELD_TEXT:
      return typeof value === 'string' && value.length <= limit;
    case FIELD_BYTES:
      return isUint8Array(value) && value.length <= limit && isPlainBytes(value);
    default:
      return typeof value === 'number' && Object.is(wholeOf(kind, value), value);
  }
}

/** An instance of a subclass would come back as something else. */
function isPlainBytes(value: Uint8Array): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Uint8Array.prototype || prototype === Buffer.prototype;
}

function wholeOf(kind: number, value: number): number {
  switch (kind) {
    case FIELD_I8:
      return (value << 24) >> 24;
    case FIELD_U8:
      return value & 0xff;
    case FIELD_I16:
      return (value << 16) >> 16;
    case FIELD_U16:
      return value & 0xffff;
    case FIELD_U32:
      return value >>> 0;
    default:
      return value | 0;
  }
}

/** Stores a value that `checkField` has passed, at a byte of the scratch. Returns how many bytes it wrote. */
export function writeField(to: Scratch, at: number, { kind, limit }: FieldType<unknown>, value: unknown): number {
  const { view } = to;
  switch (kind) {
    case FIELD_I8:
    case FIELD_U8:
      view.setUint8(at, value as number);
      return 1;
    case FIELD_BOOL:
      view.setUint8(at, value === true ? 1 : 0);
      return 1;
    case FIELD_I16:
    case FIELD_U16:
      view.setUint16(at, value as number, true);
      return 2;
    case FIELD_I32:
    case FIELD_U32:
      view.setUint32(at, value as number, true);
      return 4;
    case FIELD_F32:
      view.setFloat32(at, value as number, true);
      return 4;
    case FIELD_F64:
      view.setFloat64(at, value as number, true);
      return 8;
    case FIELD_I64:
    case FIELD_U64:
      view.setBigUint64(at, BigInt.asUintN(64, value as bigint), true);
      return 8;
    case FIELD_TEXT:
      return writeText(to, at, value as string);
    default:
      return writeBytes(to, at, limit, value as Uint8Array);
  }
}

function writeText(to: Scratch, at: number, text: string): number {
  const latin1 = isLatin1(text);
  to.view.setUint32(at, latin1 ? text.length : text.length + FLAG, true);
  const byteLength = to.buffer.write(text, at + 4, latin1 ? 'latin1' : 'utf16le');
  padLastWord(to.bytes, at + 4 + byteLength);
  return (4 + byteLength + 3) & ~3;
}

/** The bytes may be another thread's as well, and their number another one by now. */
function writeBytes(to: Scratch, at: number, limit: number, source: Uint8Array): number {
  const length = Math.min(limit, source.length);
  to.view.setUint32(at, Object.getPrototypeOf(source) === Buffer.prototype ? length + FLAG : length, true);
  to.bytes.set(source.subarray(0, length), at + 4);
  padLastWord(to.bytes, at + 4 + length);
  return (4 + length + 3) & ~3;
}

/** The value of a field at a byte of a scratch, in memory of its own. Throws ValueError for a length that no field has. */
export function readField(from: Scratch, at: number, { kind, limit, name }: FieldType<unknown>): unknown {
  const { view } = from;
  switch (kind) {
    case FIELD_I8:
      return view.getInt8(at);
    case FIELD_U8:
      return view.getUint8(at);
    case FIELD_BOOL:
      return view.getUint8(at) !== 0;
    case FIELD_I16:
      return view.getInt16(at, true);
    case FIELD_U16:
      return view.getUint16(at, true);
    case FIELD_I32:
      return view.getInt32(at, true);
    case FIELD_U32:
      return view.getUint32(at, true);
    case FIELD_F32:
      return view.getFloat32(at, true);
    case FIELD_F64:
      return view.getFloat64(at, true);
    case FIELD_I64:
      return view.getBigInt64(at, true);
    case FIELD_U64:
      return view.getBigUint64(at, true);
  }
  const first = view.getUint32(at, true);
  const length = first >= FLAG ? first - FLAG : first;
  if (length > limit) throw new ValueError(`a ${name} of length ${length} is damaged`);
  if (kind === FIELD_TEXT) return readText(from, at + 4, length, first >= FLAG);
  if (first >= FLAG) return Buffer.from(from.bytes.subarray(at + 4, at + 4 + length));
  return from.bytes.slice(at + 4, at + 4 + length);
}

function readText(from: Scratch, at: number, length: number, wide: boolean): string {
  if (length === 0) return '';
  return wide ? from.buffer.toString('utf16le', at, at + 2 * length) : from.buffer.toString('latin1', at, at + length);
}
