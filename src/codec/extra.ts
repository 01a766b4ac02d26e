/** Own properties that somebody hung onto a typed array or array buffer; no format stores them. */
import { isDeepStrictEqual } from 'node:util';

/** Up to here it is cheaper to list all names than to compare with a copy. */
const LISTED_ITEMS_MAX = 64;

export function hasExtraProperties(value: NodeJS.TypedArray): boolean {
  if (Object.getOwnPropertySymbols(value).length !== 0) return true;
  if (value.length <= LISTED_ITEMS_MAX) return Object.getOwnPropertyNames(value).length !== value.length;
  // Comparing asks the engine for the properties that are no items, which nothing else does without listing all items.
  return !isDeepStrictEqual(value, value.slice());
}
