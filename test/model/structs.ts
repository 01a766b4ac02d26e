/** Random structs, and random calls on a store of them, against a Map of plain objects. */
import { strict as assert } from 'node:assert';
import * as fc from 'fast-check';
import {
  bool,
  type Codec,
  f32,
  f64,
  type FieldType,
  fixedBytes,
  fixedText,
  i16,
  i32,
  i64,
  i8,
  Store,
  StoreFullError,
  struct,
  u16,
  u32,
  u64,
  u8,
  ValueError,
} from '../../src/index.ts';

type Item = Record<string, unknown>;

/** A type and what it takes; a sum fits when the second function says so. */
interface Kind {
  readonly type: FieldType<unknown>;
  readonly values: fc.Arbitrary<unknown>;
  readonly holds: ((sum: number | bigint) => boolean) | null;
}

function whole(type: FieldType<number>, min: number, max: number): Kind {
  const values = fc.oneof(fc.integer({ min, max }), fc.constantFrom(min, max));
  return { type, values, holds: (sum) => Number.isInteger(sum) && Number(sum) >= min && Number(sum) <= max };
}

function wholeBigint(type: FieldType<bigint>, min: bigint, max: bigint): Kind {
  const values = fc.oneof(fc.bigInt({ min, max }), fc.constantFrom(min, max));
  return { type, values, holds: (sum) => typeof sum === 'bigint' && sum >= min && sum <= max };
}

const KINDS: readonly Kind[] = [
  whole(i8, -128, 127),
  whole(u8, 0, 255),
  whole(i16, -(2 ** 15), 2 ** 15 - 1),
  whole(u16, 0, 2 ** 16 - 1),
  whole(i32, -(2 ** 31), 2 ** 31 - 1),
  whole(u32, 0, 2 ** 32 - 1),
  wholeBigint(i64, -(2n ** 63n), 2n ** 63n - 1n),
  wholeBigint(u64, 0n, 2n ** 64n - 1n),
  { type: f32, values: fc.float(), holds: (sum) => Object.is(Math.fround(Number(sum)), sum) },
  { type: f64, values: fc.double(), holds: () => true },
  { type: bool, values: fc.boolean(), holds: null },
  ...[1, 3, 16, 40, 500].map((limit) => ({
    type: fixedText(limit),
    values: fc.oneof(
      fc.string({ unit: 'binary-ascii', maxLength: limit }),
      fc.array(fc.nat(0xffff), { maxLength: limit }).map((chars) => String.fromCharCode(...chars)),
    ),
    holds: null,
  })),
  ...[1, 7, 32, 33, 1000].map((limit) => ({
    type: fixedBytes(limit),
    values: fc.uint8Array({ maxLength: limit }),
    holds: null,
  })),
];

interface Call {
  readonly name: 'set' | 'get' | 'getField' | 'setField' | 'incrementField' | 'delete' | 'swap' | 'wrong';
  readonly view: number;
  readonly key: number;
  readonly item: Item;
  /** Number of a field. */
  readonly field: number;
  readonly value: unknown;
}

interface Run {
  readonly kinds: readonly Kind[];
  readonly calls: readonly Call[];
}

const NAMES = ['hits', 'score', 'name', 'toString', 'constructor', 'a b', '→', '7', 'last'];
const KEYS = 6;

const runs: fc.Arbitrary<Run> = fc
  .array(fc.constantFrom(...KINDS), { minLength: 1, maxLength: NAMES.length })
  .chain((kinds) =>
    fc.record({ kinds: fc.constant(kinds), calls: fc.array(callOn(kinds), { maxLength: 60, size: 'max' }) }),
  );

function callOn(kinds: readonly Kind[]): fc.Arbitrary<Call> {
  const fields = Object.fromEntries(kinds.map(({ values }, index) => [NAMES[index], values]));
  const item = fc.record(fields, { noNullPrototype: true }) as fc.Arbitrary<Item>;
  return fc.nat(kinds.length - 1).chain((field) =>
    fc.record({
      name: fc.constantFrom<Call['name']>(
        'set',
        'set',
        'get',
        'getField',
        'setField',
        'setField',
        'incrementField',
        'delete',
        'swap',
        'wrong',
      ),
      view: fc.nat(2),
      key: fc.nat(KEYS - 1),
      item,
      field: fc.constant(field),
      value: kinds[field].values,
    }),
  );
}

class Bench {
  readonly #kinds: readonly Kind[];
  readonly #views: readonly Store<Item>[];
  readonly #map: Map<number, Item> = new Map();

  constructor(kinds: readonly Kind[]) {
    const fields = Object.fromEntries(kinds.map(({ type }, index) => [NAMES[index], type]));
    const first = Store.create({ memory: '256KiB', segments: 1, value: struct(fields) as Codec<Item> });
    this.#kinds = kinds;
    this.#views = [first, Store.attach<Item>(first.handle), Store.attach<Item>(first.handle, { memo: { max: 4 } })];
  }

  close(): void {
    for (const [key, item] of this.#map) for (const view of this.#views) assert.deepStrictEqual(view.get(key), item);
    assert.deepEqual(this.#views[0].verify().problems, []);
    assert.equal(this.#views[0].size, this.#map.size);
    for (const view of this.#views) view.close();
  }

  make(call: Call): void {
    try {
      this.#make(call);
    } catch (error) {
      // Nothing has changed then, as the calls that follow will see.
      if (!(error instanceof StoreFullError)) throw error;
    }
  }

  #make({ name, view, key, item, field, value }: Call): void {
    const store = this.#views[view];
    const fieldName = NAMES[field];
    const old = this.#map.get(key);
    switch (name) {
      case 'get':
        assert.deepStrictEqual(store.get(key), old);
        return;
      case 'getField':
        assert.deepStrictEqual(store.getField(key, fieldName), old?.[fieldName]);
        return;
      case 'set':
        store.set(key, item);
        this.#map.set(key, item);
        return;
      case 'setField':
        assert.equal(store.setField(key, fieldName, value), old !== undefined);
        if (old !== undefined) this.#map.set(key, { ...old, [fieldName]: value });
        return;
      case 'delete':
        assert.equal(store.delete(key), this.#map.delete(key));
        return;
      case 'swap': {
        const version = store.getVersioned(key)?.version ?? 0;
        if (old !== undefined && store.setField(key, fieldName, old[fieldName])) {
          assert.equal(store.compareAndSet(key, version, item), false, 'a version outlived a write to a field');
        }
        const next = store.getVersioned(key)?.version ?? 0;
        assert.equal(store.compareAndSet(key, next, item), true);
        this.#map.set(key, item);
        return;
      }
      case 'wrong':
        assert.throws(() => store.setField(key, fieldName, Symbol('wrong')), ValueError);
        assert.throws(() => store.set(key, { ...item, [fieldName]: [] }), ValueError);
        return;
      default:
        this.#increment(store, key, field, value);
    }
  }

  #increment(store: Store<Item>, key: number, field: number, by: unknown): void {
    const name = NAMES[field];
    const { holds } = this.#kinds[field];
    const old = this.#map.get(key);
    const numbers = store as Store as Store<Record<string, number>>;
    if (holds === null) {
      assert.throws(() => numbers.incrementField(key, name, by as number), ValueError);
      return;
    }
    if (old === undefined) {
      assert.equal(numbers.incrementField(key, name, by as number), undefined);
      return;
    }
    const sum = (old[name] as number) + (by as number);
    if (!holds(sum)) {
      assert.throws(() => numbers.incrementField(key, name, by as number), ValueError);
      return;
    }
    assert.deepStrictEqual(numbers.incrementField(key, name, by as number), sum);
    this.#map.set(key, { ...old, [name]: sum });
  }
}

/** Random structs and calls; a failing run is made as short as possible and shown. Returns how many calls were made. */
export function runStructs(seed: number, count: number): number {
  let made = 0;
  fc.assert(
    fc.property(runs, ({ kinds, calls }) => {
      const bench = new Bench(kinds);
      for (const call of calls) bench.make(call);
      made += calls.length;
      bench.close();
    }),
    { seed, numRuns: count },
  );
  return made;
}
