/** What an object has beside what its type makes one expect. */
import { isDeepStrictEqual } from 'node:util';
import { isArrayBuffer, isBoxedPrimitive, isDate, isMap, isRegExp, isSet } from 'node:util/types';

import { ownLength } from './own-length.ts';

/** Up to here it is cheaper to list all names than to compare with a copy. */
const LISTED_ITEMS_MAX = 64;

/** What an encoder asks a typed array for, and a property of the array's own would hide. */
const HIDEABLE: readonly string[] = ['length', 'byteLength', 'byteOffset', 'buffer'];

/** Whether somebody hung properties onto a typed array; no format stores them. */
export function hasExtraProperties(value: NodeJS.TypedArray): boolean {
  if (Object.getOwnPropertySymbols(value).length !== 0) return true;
  if (HIDEABLE.some((name) => Object.hasOwn(value, name))) return true;
  const length = ownLength(value);
  if (length <= LISTED_ITEMS_MAX) return Object.getOwnPropertyNames(value).length !== length;
  // Comparing asks the engine for the properties that are no items, which nothing else does without listing all items.
  return !isDeepStrictEqual(value, value.slice());
}

/** Whether an object with the prototype of plain ones is none, and has more in it than its properties. */
export function hidesState(value: object): boolean {
  return (
    isMap(value) ||
    isSet(value) ||
    isDate(value) ||
    isRegExp(value) ||
    isBoxedPrimitive(value) ||
    isArrayBuffer(value) ||
    ArrayBuffer.isView(value)
  );
}
