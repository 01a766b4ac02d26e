/** Freezing a value so that it can be shared. */

const objectPrototype: object = Object.prototype;
const arrayPrototype: object = Array.prototype;

/**
 * Freezes a value and everything in it, when it is made of plain objects, arrays and scalars. False, with nothing frozen, when
 * it has a part that can be changed although it is frozen, such as a Map, a Date or bytes. Linear in the size of the value.
 */
export function freezeDeep(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return typeof value !== 'function';
  const parts = new Set<object>([value]);
  // Going through a Set comes to what is added meanwhile as well.
  for (const part of parts) if (!addParts(part, parts)) return false;
  for (const part of parts) Object.freeze(part);
  return true;
}

/** Adds the objects in an object. False when it is not a plain one, or has a function in it. */
function addParts(object: object, parts: Set<object>): boolean {
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype === arrayPrototype) {
    const items = object as readonly unknown[];
    for (let index = 0; index < items.length; index++) if (!addPart(items[index], parts)) return false;
    return true;
  }
  if (prototype !== objectPrototype && prototype !== null) return false;
  for (const name in object) if (!addPart((object as Record<string, unknown>)[name], parts)) return false;
  return true;
}

function addPart(value: unknown, parts: Set<object>): boolean {
  if (typeof value === 'object' && value !== null) parts.add(value);
  return typeof value !== 'function';
}
