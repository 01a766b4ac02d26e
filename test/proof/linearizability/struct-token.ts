/**
 * Tokens of structs: a whole number for each field, `x1 y2 t3 u4 v5`. In the value each field says its number all over, so that
 * one that is torn is none that a number makes.
 */
import { type Codec, f64, fixedText, i64, struct, u16, u8 } from '../../../src/index.ts';

export interface Struct {
  x: number;
  y: bigint;
  t: string;
  u: number;
  v: number;
}

export type StructField = keyof Struct;

export const structs: Codec<Struct> = struct({ x: f64, y: i64, t: fixedText(8), u: u8, v: u16 });

const NAMES: readonly StructField[] = ['x', 'y', 't', 'u', 'v'];
const TOKEN = /^x\d+ y\d+ t\d+ u\d+ v\d+$/;

export function isStructToken(token: string): boolean {
  return TOKEN.test(token);
}

/** The number of a field; -1 when the token is of no struct. */
export function partOf(token: string, field: StructField): number {
  return Number(new RegExp(`${field}(\\d+)`).exec(token)?.[1] ?? -1);
}

export function withPart(token: string, field: StructField, part: number): string {
  return token.replace(new RegExp(`${field}\\d+`), `${field}${part}`);
}

/** The value of a field: 64 bits that are all different from those of another number, eight equal chars, or a small number. */
export function fieldValueOf(field: StructField, part: number): Struct[StructField] {
  switch (field) {
    case 'x':
      return Math.sqrt(2 * part + 1);
    case 'y':
      return (BigInt(part) << 32n) | BigInt(part);
    case 't':
      return String.fromCharCode(0x30 + part).repeat(8);
    default:
      return part;
  }
}

/** The number of a field's value; null when no number makes it. */
export function partOfValue(field: StructField, value: unknown): number | null {
  const part = numberOf(field, value);
  return fieldValueOf(field, part) === value ? part : null;
}

function numberOf(field: StructField, value: unknown): number {
  switch (field) {
    case 'x':
      return Math.round(((value as number) ** 2 - 1) / 2);
    case 'y':
      return Number((value as bigint) >> 32n);
    case 't':
      return (value as string).charCodeAt(0) - 0x30;
    default:
      return value as number;
  }
}

export function structOf(token: string): Struct {
  return Object.fromEntries(NAMES.map((name) => [name, fieldValueOf(name, partOf(token, name))])) as unknown as Struct;
}

/** The token of a struct; null for one that no token makes. */
export function structTokenOf(value: object): string | null {
  const parts = NAMES.map((name) => partOfValue(name, (value as Struct)[name]));
  return parts.includes(null) ? null : NAMES.map((name, index) => `${name}${parts[index]}`).join(' ');
}
