/** The stores of the command runs: one for each codec, each with what its codec takes. */
import { deserialize, serialize } from 'node:v8';
import { bytes, type Codec, float64, int32, json, msgpack, Store, type StoreHandle, text } from '../../src/index.ts';

export interface StoreKind {
  readonly name: string;
  readonly memory: string;
  readonly segments: number;
  readonly codec: Codec<unknown>;
  /** Whether the codec stores a value of `anyValue` in commands.ts. */
  takes(value: unknown): boolean;
  /** Whether `increment` may leave this sum; false for all of them in a store of no numbers. */
  takesSum(sum: number): boolean;
}

const never = (): boolean => false;
const isInt32 = (value: unknown): boolean => typeof value === 'number' && Object.is(value | 0, value);
const isJsonNumber = (value: unknown): boolean => Number.isFinite(value) && !Object.is(value, -0);

/** Of the objects in play, those without a Date. */
function isJson(value: unknown): boolean {
  if (typeof value === 'number') return isJsonNumber(value);
  if (typeof value !== 'object' || value === null) return typeof value !== 'undefined' && typeof value !== 'bigint';
  return !(value instanceof Uint8Array) && !('when' in value);
}

/** Keeps all that v8 serializes. */
const ownCodec: Codec<unknown> = { name: 'of-the-test', encode: serialize, decode: deserialize };

function kind<V>(
  name: string,
  codec: Codec<V>,
  takes: (value: unknown) => boolean,
  takesSum: (sum: number) => boolean,
  memory: string = '256KiB',
  segments: number = 2,
): StoreKind {
  return { name, memory, segments, codec, takes, takesSum };
}

export const STORE_KINDS: readonly StoreKind[] = [
  kind(
    'msgpack',
    msgpack(),
    () => true,
    () => true,
  ),
  kind(
    'msgpack in more segments',
    msgpack(),
    () => true,
    () => true,
    '512KiB',
    4,
  ),
  kind('json', json(), isJson, isJsonNumber),
  kind('text', text(), (value) => typeof value === 'string', never),
  kind('bytes', bytes(), (value) => value instanceof Uint8Array, never),
  kind(
    'float64',
    float64(),
    (value) => typeof value === 'number',
    () => true,
  ),
  kind('int32', int32(), isInt32, isInt32),
  kind('own', ownCodec, () => true, never, '512KiB', 1),
];

export function createAll(): Store[] {
  return STORE_KINDS.map(({ name, memory, segments, codec }) => Store.create({ name, memory, segments, value: codec }));
}

export function attachAll(handles: readonly StoreHandle[], memo: false | { max: number } = false): Store[] {
  return handles.map((handle, index) => Store.attach(handle, { value: kindOf(index).codec, memo }));
}

export function kindOf(index: number): StoreKind {
  const found = STORE_KINDS[index];
  if (found === undefined) throw new RangeError(`there is no store ${index}`);
  return found;
}
