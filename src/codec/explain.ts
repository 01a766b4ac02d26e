/** Says whether a format gives a value back equal, and if not, which part of the value is why. Thorough, not quick. */
import {
  isArrayBuffer,
  isBoxedPrimitive,
  isDataView,
  isDate,
  isMap,
  isNativeError,
  isProxy,
  isRegExp,
  isSet,
  isSharedArrayBuffer,
  isTypedArray,
} from 'node:util/types';
import { VALUE_BYTES_MAX } from '../../native-layout/record.ts';
import { ValueError } from '../errors.ts';
import { describeValue } from './codec.ts';
import { hasExtraProperties, hidesState } from './extra.ts';

/** What a format keeps: null, booleans, strings, finite numbers but -0, plain objects and dense arrays of these. */
export const JSON_TREE = 0;
/** The same, and what v8.serialize keeps. */
export const STRUCTURED = 1;
export type Domain = typeof JSON_TREE | typeof STRUCTURED;

/** Deeper values are refused, since the formats' own code recurses on a stack of unknown size. */
const VALUE_DEPTH_MAX = 1000;

const IN_PROGRESS = -1;

/** Throws ValueError, naming the part, unless what the format gives back equals the value. Linear in its size. */
export function refuseUnless(domain: Domain, value: unknown): void {
  new Walk(domain).visit(value);
}

class Walk {
  readonly domain: Domain;
  /** Keys and indexes from the value to the part in hand, as they are written in JavaScript. */
  readonly path: string[] = ['value'];
  /** Parts of each object met so far, itself included, or IN_PROGRESS. */
  readonly parts: Map<object, number> = new Map();

  constructor(domain: Domain) {
    this.domain = domain;
  }

  /** Returns the number of parts that an encoder without memory of what it has seen would write. */
  visit(value: unknown): number {
    switch (typeof value) {
      case 'string':
      case 'boolean':
        return 1;
      case 'number':
        if (this.domain === JSON_TREE && (!Number.isFinite(value) || Object.is(value, -0))) {
          this.refuse(`is ${Object.is(value, -0) ? '-0' : value}, which JSON does not have`);
        }
        return 1;
      case 'undefined':
      case 'bigint':
        if (this.domain === JSON_TREE) this.refuse(`is ${describeValue(value)}, which JSON does not have`);
        return 1;
      case 'object':
        return value === null ? 1 : this.visitOnce(value);
      default:
        return this.refuse(`is a ${typeof value}`);
    }
  }

  visitPart(step: string, value: unknown): number {
    this.path.push(step);
    const parts = this.visit(value);
    this.path.pop();
    return parts;
  }

  visitOnce(value: object): number {
    if (isProxy(value)) this.refuse('is a Proxy');
    const known = this.parts.get(value);
    if (known === IN_PROGRESS) {
      if (this.domain === JSON_TREE) this.refuse('refers back to an object that it is in');
      return 0;
    }
    if (known !== undefined) return this.domain === JSON_TREE ? known : 0;
    if (this.path.length > VALUE_DEPTH_MAX) this.refuse(`is nested deeper than ${VALUE_DEPTH_MAX} levels`);
    this.parts.set(value, IN_PROGRESS);
    const parts = 1 + this.visitObject(value);
    if (parts > VALUE_BYTES_MAX) this.refuse(`has ${parts} parts; the limit of a value is ${VALUE_BYTES_MAX} bytes`);
    this.parts.set(value, parts);
    return parts;
  }

  visitObject(value: object): number {
    if (Array.isArray(value)) return this.visitArray(value);
    if (isNativeError(value)) this.refuse('is an Error, which loses its properties and prototype');
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype) {
      if (hidesState(value)) this.refuse('is a built-in object with another prototype');
      return this.visitProperties(value, Reflect.ownKeys(value));
    }
    if (prototype === null) this.refuse('has a null prototype');
    if (this.domain === JSON_TREE) this.refuse(`is ${instanceName(prototype)}, which JSON does not have`);
    return this.visitBuiltIn(value, prototype);
  }

  visitBuiltIn(value: object, prototype: unknown): number {
    if (isMap(value) && prototype === Map.prototype) return this.visitMap(value);
    if (isSet(value) && prototype === Set.prototype) return this.visitSet(value);
    if (isDate(value) && prototype === Date.prototype) {
      if (Number.isNaN(value.getTime())) this.refuse('is an invalid Date, which equals nothing');
      return this.visitNoProperties(value, 0);
    }
    if (isRegExp(value) && prototype === RegExp.prototype) {
      if (value.lastIndex !== 0) this.refuse('is a RegExp whose lastIndex is not 0');
      return this.visitNoProperties(value, 1);
    }
    if (isBoxedPrimitive(value) && BOXES.includes(prototype)) {
      return this.visitNoProperties(value, prototype === String.prototype ? String(value).length + 1 : 0);
    }
    if (isArrayBuffer(value) && prototype === ArrayBuffer.prototype) return this.visitNoProperties(value, 0);
    if (isDataView(value) && prototype === DataView.prototype) {
      this.refuseShared(value.buffer);
      return this.visitNoProperties(value, 0);
    }
    if (isTypedArray(value) && TYPED_ARRAYS.includes(prototype)) {
      this.refuseShared(value.buffer);
      if (hasExtraProperties(value)) this.refuse('is a typed array with properties of its own');
      return 1;
    }
    return this.refuse(`is ${instanceName(prototype)}`);
  }

  visitArray(value: readonly unknown[]): number {
    if (Object.getPrototypeOf(value) !== Array.prototype) this.refuse('is an array with another prototype');
    const keys = Reflect.ownKeys(value);
    const lengthAt = keys.indexOf('length');
    if (this.domain === JSON_TREE) {
      if (lengthAt !== value.length) this.refuse('is an array with holes');
      if (keys.length !== lengthAt + 1) this.refuse('is an array with properties of its own');
    }
    keys.splice(lengthAt, 1);
    return this.visitProperties(value, keys);
  }

  visitProperties(value: object, keys: readonly (string | symbol)[]): number {
    let parts = 0;
    for (const key of keys) {
      if (typeof key === 'symbol') return this.refuse(`has a property whose key is the symbol ${String(key)}`);
      const property = Object.getOwnPropertyDescriptor(value, key)!;
      const step = stepOf(key, Array.isArray(value));
      if (property.get !== undefined || property.set !== undefined) this.refuseAt(step, 'is an accessor');
      if (property.enumerable !== true) this.refuseAt(step, 'is not enumerable');
      parts += this.visitPart(step, property.value);
    }
    if (this.domain === JSON_TREE && typeof (value as { toJSON?: unknown }).toJSON === 'function') {
      this.refuse('inherits a toJSON');
    }
    return parts;
  }

  visitNoProperties(value: object, builtInCount: number): number {
    if (Reflect.ownKeys(value).length !== builtInCount) this.refuse('is a built-in object with properties of its own');
    return 1;
  }

  visitMap(value: ReadonlyMap<unknown, unknown>): number {
    this.visitNoProperties(value, 0);
    let index = 0;
    for (const [key, item] of value) {
      this.visitPart(`<key ${index}>`, key);
      this.visitPart(`<value ${index}>`, item);
      index++;
    }
    return 1;
  }

  visitSet(value: ReadonlySet<unknown>): number {
    this.visitNoProperties(value, 0);
    let index = 0;
    for (const item of value) this.visitPart(`<item ${index++}>`, item);
    return 1;
  }

  refuseShared(buffer: ArrayBufferLike): void {
    if (isSharedArrayBuffer(buffer)) this.refuse('is a view on a SharedArrayBuffer');
  }

  refuseAt(step: string, why: string): never {
    this.path.push(step);
    return this.refuse(why);
  }

  refuse(why: string): never {
    throw new ValueError(`${shortened(this.path)} ${why}: it would not come back equal`);
  }
}

const BOXES: readonly unknown[] = [Number.prototype, String.prototype, Boolean.prototype, BigInt.prototype];

const TYPED_ARRAYS: readonly unknown[] = [
  Uint8Array.prototype,
  Buffer.prototype,
  Int8Array.prototype,
  Uint8ClampedArray.prototype,
  Int16Array.prototype,
  Uint16Array.prototype,
  Int32Array.prototype,
  Uint32Array.prototype,
  Float32Array.prototype,
  Float64Array.prototype,
  BigInt64Array.prototype,
  BigUint64Array.prototype,
];

/** `an instance of Point`, without running a getter. */
function instanceName(prototype: unknown): string {
  const constructor: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
  if (typeof constructor !== 'function') return 'an instance of a class';
  const name: unknown = Object.getOwnPropertyDescriptor(constructor, 'name')?.value;
  if (name === 'Object') return 'an object of another realm';
  return typeof name === 'string' && name !== '' ? `an instance of ${name}` : 'an instance of a class';
}

const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;
const STEP_CHARS_MAX = 40;
const STEPS_SHOWN_MAX = 12;

function stepOf(key: string, inArray: boolean): string {
  if (inArray && /^\d+$/.test(key)) return `[${key}]`;
  const short = key.length > STEP_CHARS_MAX ? `${key.slice(0, STEP_CHARS_MAX)}...` : key;
  return IDENTIFIER.test(short) ? `.${short}` : `[${JSON.stringify(short)}]`;
}

function shortened(path: readonly string[]): string {
  if (path.length <= STEPS_SHOWN_MAX) return path.join('');
  const half = STEPS_SHOWN_MAX / 2;
  return `${path.slice(0, half).join('')}(...)${path.slice(-half).join('')}`;
}
