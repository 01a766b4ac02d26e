/**
 * The quick question about an object: is it a tree of plain objects, dense arrays and scalars? It is answered without an
 * allocation that outlives the answer and without saying why not; explain.ts says why.
 */
import { isProxy, isUint8Array } from 'node:util/types';
import { hasExtraProperties, hidesState } from './extra.ts';

/** Nesting that @msgpack/msgpack encodes by default. */
export const PLAIN_DEPTH_MAX = 100;

/** Objects visited before the walk begins to remember which, so that a tree that shares its branches ends. */
const VISITS_UNREMEMBERED = 10_000;

/** Arrays of more items, and bytes, decode with more care, see msgpack.ts. */
export const SHORT_ARRAY_ITEMS_MAX = 1024;

/** What `plainness` finds, as bits; 0 is a tree without anything particular. */
export const HAS_BYTES = 1;
/** An array of more than SHORT_ARRAY_ITEMS_MAX items. */
export const HAS_LONG_ARRAY = 2;
/** A number that is infinite or NaN. */
const HAS_NOT_FINITE = 4;
/** Something else, or too deep. The other bits mean nothing then. */
export const NOT_PLAIN = 8;

const objectPrototype: object = Object.prototype;
const arrayPrototype: object = Array.prototype;
const bytesPrototype: object = Uint8Array.prototype;

let visits = 0;
let found = 0;
let remembered: Set<object> | null = null;

/** The bits above. Linear in the size of the value; bounded also when it is cyclic. */
export function plainness(value: unknown): number {
  // An accessor in an array runs the user's code, which may come back here.
  const outer = { visits, found, remembered };
  visits = 0;
  found = 0;
  remembered = null;
  try {
    return isPlain(value, 1) ? found : NOT_PLAIN;
  } finally {
    ({ visits, found, remembered } = outer);
  }
}

function isPlain(value: unknown, depth: number): boolean {
  switch (typeof value) {
    case 'string':
      return isPlainString(value);
    case 'number':
      if (value - value !== 0) found |= HAS_NOT_FINITE;
      return value !== 0 || 1 / value > 0;
    case 'boolean':
      return true;
    case 'object':
      return value === null || isPlainObject(value, depth);
    default:
      return false;
  }
}

/** Whether UTF-8 gives the string back, also through a decoder that takes a leading U+FEFF for a byte order mark. */
function isPlainString(value: string): boolean {
  return value.isWellFormed() && value.charCodeAt(0) !== 0xfeff;
}

function isPlainObject(value: object, depth: number): boolean {
  if (depth > PLAIN_DEPTH_MAX || isProxy(value) || isRepeated(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === objectPrototype) return isPlainRecord(value, depth);
  if (prototype === arrayPrototype) return Array.isArray(value) && isPlainArray(value, depth);
  if (prototype === bytesPrototype) return isPlainBytes(value);
  return false;
}

function isPlainRecord(value: object, depth: number): boolean {
  if (Object.getOwnPropertySymbols(value).length !== 0) return false;
  const names = Object.getOwnPropertyNames(value);
  for (let index = 0; index < names.length; index++) {
    const name = names[index];
    const property = Object.getOwnPropertyDescriptor(value, name)!;
    if (!property.enumerable || property.get !== undefined || property.set !== undefined) return false;
    if (name === '__proto__' || !isPlainString(name) || !isPlain(property.value, depth + 1)) return false;
  }
  // A Map that was given another prototype looks like an empty object.
  return names.length > 0 || !hidesState(value);
}

function isPlainArray(value: readonly unknown[], depth: number): boolean {
  const length = value.length;
  if (!hasOnlyItems(value, length)) return false;
  if (length > SHORT_ARRAY_ITEMS_MAX) found |= HAS_LONG_ARRAY;
  for (let index = 0; index < length; index++) if (!isPlain(value[index], depth + 1)) return false;
  return true;
}

/**
 * Whether an array has all its items and no other property. Own names come in order, the items before `length` and that
 * before any other, so one look at place `length` tells.
 */
function hasOnlyItems(value: readonly unknown[], length: number): boolean {
  if (Object.getOwnPropertySymbols(value).length !== 0) return false;
  const names = Object.getOwnPropertyNames(value);
  return names.length === length + 1 && names[length] === 'length';
}

function isPlainBytes(value: object): boolean {
  found |= HAS_BYTES;
  return isUint8Array(value) && value.buffer instanceof ArrayBuffer && !hasExtraProperties(value);
}

function isRepeated(value: object): boolean {
  if (++visits <= VISITS_UNREMEMBERED) return false;
  remembered ??= new Set();
  if (remembered.has(value)) return true;
  remembered.add(value);
  return false;
}
