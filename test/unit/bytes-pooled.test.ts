/** `bytes({ pooled: true })`: values that share memory when they are read, and neither overlap nor are ever written again. */
import { strict as assert } from 'node:assert';
import { after, describe as suite, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import {
  bytes,
  type BytesOptions,
  type Codec,
  msgpack,
  OptionError,
  Store,
  type StoreOptions,
} from '../../src/index.ts';

const nodesPoolBytes = Buffer.poolSize;
const SLAB_BYTES = 8192;
Buffer.poolSize = SLAB_BYTES;
after(() => {
  Buffer.poolSize = nodesPoolBytes;
});

function pattern(byteLength: number, seed: number): Uint8Array {
  return Uint8Array.from({ length: byteLength }, (_, index) => seed * 31 + index * 7);
}

function storeOf(options: StoreOptions<Uint8Array> = {}): Store<Uint8Array> {
  return Store.create<Uint8Array>({ memory: '1MiB', segments: 1, value: bytes({ pooled: true }), ...options });
}

function isInSlab(value: Uint8Array | undefined): boolean {
  assert.ok(value !== undefined);
  return value.buffer.byteLength !== value.length;
}

suite('pooled bytes', () => {
  test('lie side by side in slabs, at multiples of 8, and none overlaps another', () => {
    const store = storeOf();
    const lengths = Array.from({ length: 300 }, (_, index) => 65 + ((index * 131) % 1500));
    for (const [index, length] of lengths.entries()) store.set(index, pattern(length, index));
    const values = lengths.map((_, index) => store.get(index)!);
    const slabs = new Set(values.map(({ buffer }) => buffer));
    assert.ok(slabs.size < values.length / 4, `${values.length} values in ${slabs.size} slabs`);
    for (const value of values) {
      assert.equal(value.byteOffset % 8, 0);
      assert.equal(value.buffer.byteLength, SLAB_BYTES);
    }
    for (const [index, value] of values.entries()) assert.deepStrictEqual(value, pattern(lengths[index], index));
    // Each written over, from its first byte to its last: a byte that two had in common would be the later one's.
    for (const [index, value] of values.entries()) value.fill(index % 251);
    for (const [index, value] of values.entries()) {
      assert.ok(
        value.every((byte) => byte === index % 251),
        `value ${index}`,
      );
    }
  });

  test('are private: to change one changes neither the store nor what comes after', () => {
    const store = storeOf();
    store.set('a', pattern(100, 1));
    const first = store.get('a')!;
    first.fill(0);
    assert.deepStrictEqual(store.get('a'), pattern(100, 1));
    for (let round = 0; round < 1000; round++) store.get('a')!.fill(round);
    assert.ok(first.every((byte) => byte === 0));
  });

  test('come from every call that reads', () => {
    const store = storeOf();
    store.set('a', pattern(500, 3));
    let old: Uint8Array | undefined;
    const values: Record<string, Uint8Array | undefined> = {
      get: store.get('a'),
      peek: store.peek('a'),
      getMany: store.getMany(['a'])[0],
      getVersioned: store.getVersioned('a')!.value,
      getOrInsert: store.getOrInsert('a', new Uint8Array(1)),
      getOrInsertComputed: store.getOrInsertComputed('a', () => new Uint8Array(1)),
      values: [...store.values()][0],
      entries: [...store][0][1],
    };
    store.forEach((value) => {
      values['forEach'] = value;
    });
    store.update('a', (value) => {
      old = value;
      return value!;
    });
    values['update'] = old;
    const all = Object.entries(values) as [string, Uint8Array][];
    for (const [call, value] of all) {
      assert.ok(isInSlab(value), call);
      assert.deepStrictEqual(value, pattern(500, 3), call);
      const inItsPlace = all.filter(
        ([, { buffer, byteOffset }]) => buffer === value.buffer && byteOffset === value.byteOffset,
      );
      assert.deepStrictEqual(inItsPlace, [[call, value]]);
    }
  });

  test('of 65 bytes to half a slab share; shorter and longer ones have an ArrayBuffer of their own', () => {
    const store = storeOf({ memory: '4MiB' });
    const shared = [65, 66, 1024, SLAB_BYTES / 2 - 1, SLAB_BYTES / 2];
    const own = [0, 1, 64, SLAB_BYTES / 2 + 1, SLAB_BYTES, 16 * 1024, 16 * 1024 + 1, 100_000];
    for (const length of [...shared, ...own]) {
      store.set(length, pattern(length, length));
      const value = store.get(length)!;
      assert.deepStrictEqual(value, pattern(length, length));
      assert.equal(isInSlab(value), shared.includes(length), `${length} bytes`);
    }
  });

  test('of a Buffer come back as a Buffer, others as a plain Uint8Array', () => {
    const store = storeOf();
    store.set('buffer', Buffer.from('x'.repeat(100)));
    store.set('array', pattern(100, 1));
    assert.deepStrictEqual(store.get('buffer'), Buffer.from('x'.repeat(100)));
    assert.equal(Object.getPrototypeOf(store.get('array')), Uint8Array.prototype);
  });

  test('stay where they are when one of them is to be transferred, and are cloned', () => {
    const store = storeOf();
    store.set('a', pattern(100, 1));
    store.set('b', pattern(100, 2));
    const [a, b] = store.getMany(['a', 'b']) as [Uint8Array, Uint8Array];
    assert.equal(a.buffer, b.buffer);
    try {
      // Node.js 20 clones what is marked as untransferable, later ones throw.
      structuredClone(a, { transfer: [a.buffer as ArrayBuffer] });
    } catch (error) {
      assert.equal((error as Error).name, 'DataCloneError');
    }
    assert.deepStrictEqual([a, b], [pattern(100, 1), pattern(100, 2)]);
    assert.deepStrictEqual(structuredClone(a), pattern(100, 1));
    assert.deepStrictEqual(store.get('a'), pattern(100, 1));
  });

  test('can be read on after somebody detached a slab', () => {
    const store = storeOf();
    store.set('a', pattern(100, 1));
    const value = store.get('a')!;
    const isLost = detach(value.buffer as ArrayBuffer);
    assert.equal(value.length, isLost ? 0 : 100);
    for (let round = 0; round < 100; round++) assert.deepStrictEqual(store.get('a'), pattern(100, 1));
    if (isLost) assert.throws(() => store.set('b', value), /were given away/);
  });

  test('follow Buffer.poolSize, whatever it is', () => {
    const store = storeOf();
    store.set('a', pattern(600, 1));
    try {
      for (const [poolBytes, slabBytes] of [
        [0, 600],
        [1199, 600],
        [1200, 1200],
        [2001, 2001],
        [64 * 1024, 64 * 1024],
        [-1, 2 ** 20],
        [Number.NaN, 600],
        [Number.POSITIVE_INFINITY, 600],
        ['4096', 4096],
      ] as [number, number][]) {
        Buffer.poolSize = poolBytes;
        // What is left of the slab before is used up first.
        for (let round = 0; round < (2 ** 20 / 600) * 1.01; round++) store.get('a');
        const value = store.get('a')!;
        assert.equal(value.buffer.byteLength, slabBytes, `a pool of ${String(poolBytes)}`);
        assert.deepStrictEqual(value, pattern(600, 1));
      }
    } finally {
      Buffer.poolSize = SLAB_BYTES;
    }
  });

  test('are a choice of each thread: the arena knows only bytes', () => {
    for (const [created, attached, isShared] of [
      [bytes(), bytes({ pooled: true }), true],
      [bytes({ pooled: true }), bytes(), false],
      [bytes({ pooled: true }), bytes({ pooled: false }), false],
      [bytes({ pooled: true }), undefined, false],
    ] as [Codec<Uint8Array>, Codec<Uint8Array> | undefined, boolean][]) {
      const store = storeOf({ value: created });
      const second = Store.attach<Uint8Array>(store.handle, attached === undefined ? {} : { value: attached });
      store.set('a', pattern(100, 1));
      assert.equal(isInSlab(second.get('a')), isShared);
      assert.deepStrictEqual(second.get('a'), pattern(100, 1));
      assert.equal(second.stats().codec, 'bytes');
    }
  });

  test('are copies with memo, too', () => {
    const store = storeOf({ memo: true });
    store.set('a', pattern(100, 1));
    store.get('a')!.fill(0);
    assert.ok(isInSlab(store.get('a')));
    assert.deepStrictEqual(store.get('a'), pattern(100, 1));
  });
});

suite('bytes that are not pooled', () => {
  test('come in an ArrayBuffer of their own, which can be transferred', () => {
    const stores = [
      storeOf({ value: bytes() }),
      storeOf({ value: bytes({}) }),
      storeOf({ value: bytes({ pooled: false }) }),
      storeOf({ value: msgpack<Uint8Array>() }),
    ];
    for (const store of stores) {
      for (const length of [1, 64, 65, 1024, 20_000]) {
        store.set(length, pattern(length, 1));
        const value = store.get(length)!;
        assert.equal(isInSlab(value), false);
        const moved = structuredClone(value, { transfer: [value.buffer as ArrayBuffer] });
        assert.equal(value.length, 0);
        assert.deepStrictEqual(moved, pattern(length, 1));
        assert.deepStrictEqual(store.get(length), pattern(length, 1));
      }
    }
  });
});

suite('the options of bytes', () => {
  const wrong: readonly (readonly [unknown, RegExp])[] = [
    [{ pooled: 1 }, /^bytes\.pooled: takes true or false, not the number 1$/],
    [{ pooled: 'yes' }, /^bytes\.pooled: takes true or false, not a string of 3 chars$/],
    [{ pooled: null }, /^bytes\.pooled: takes true or false, not null$/],
    [{ pool: true }, /^bytes\.pool: no such option, there is pooled$/],
    [{ pooled: true, slab: 1 }, /^bytes\.slab: no such option, there is pooled$/],
    [null, /^bytes: takes \{ pooled \}, not null$/],
    [true, /^bytes: takes \{ pooled \}, not true$/],
    ['pooled', /^bytes: takes \{ pooled \}, not a string of 6 chars$/],
  ];
  for (const [options, message] of wrong) {
    test(`${JSON.stringify(options)} is refused by an OptionError`, () => {
      assert.throws(
        () => bytes(options as BytesOptions),
        (error) => error instanceof OptionError && message.test(error.message),
      );
    });
  }
});

/** As `buffer.transfer()` does where the engine has it. False when the engine refuses, as from Node.js 24 on. */
function detach(buffer: ArrayBuffer): boolean {
  setFlagsFromString('--allow-natives-syntax');
  // What it says is no JavaScript to any other compiler.
  // oxlint-disable-next-line typescript/no-implied-eval
  const detachBuffer = new Function('buffer', '%ArrayBufferDetach(buffer)') as (buffer: ArrayBuffer) => void;
  setFlagsFromString('--no-allow-natives-syntax');
  try {
    detachBuffer(buffer);
    return true;
  } catch (error) {
    assert.ok(error instanceof TypeError);
    return false;
  }
}
