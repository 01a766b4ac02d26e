/** Handles that lie about themselves, and arenas that are copies of others. */
import { strict as assert } from 'node:assert';
import { once } from 'node:events';
import { describe as suite, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import * as fc from 'fast-check';
import { arenaHeader } from '../../../native-layout/arena.ts';
import { HandleError, SharenaError, Store, type StoreHandle } from '../../../src/index.ts';
import { announcedSeed } from '../../fixtures/random.ts';
import { copyOf } from './flips.ts';

const HEADER = arenaHeader.word;
const store: Store = Store.create({ memory: '256KiB', segments: 2 });
store.set('a', 1);
const { sharena, buffers } = store.handle;

function fails(): never {
  throw new TypeError('of the caller');
}

/** The arena's bytes in a SharedArrayBuffer that says of itself what it likes. */
function lyingBuffer(lie: () => unknown): SharedArrayBuffer {
  class Lying extends SharedArrayBuffer {
    override get byteLength(): number {
      return lie() as number;
    }
  }
  const lying = new Lying(buffers[0].byteLength);
  new Uint8Array(lying).set(new Uint8Array(buffers[0]));
  return lying;
}

function revoked<T extends object>(target: T): T {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

/** A list whose length is another one each time, and whose iterator never ends. */
function changingList(lengths: readonly unknown[]): unknown {
  let asked = 0;
  return new Proxy([...buffers], {
    get: (list, name) => {
      if (name === 'length') return lengths[asked++ % lengths.length];
      if (name === Symbol.iterator) return endless;
      return Reflect.get(list, name) as unknown;
    },
  });
}

function* endless(): Generator<SharedArrayBuffer> {
  for (;;) yield buffers[0];
}

suite('handles that lie', () => {
  const refused: Readonly<Record<string, () => unknown>> = {
    'a getter that throws for the version': () => Object.defineProperty({}, 'sharena', { get: fails }),
    'a getter that throws for the buffers': () => Object.defineProperty({ sharena }, 'buffers', { get: fails }),
    'a revoked Proxy': () => revoked({}),
    'a list that is a revoked Proxy': () => ({ sharena, buffers: revoked([]) }),
    'a list whose items throw': () => ({ sharena, buffers: new Proxy([...buffers], { get: fails }) }),
    'a list of no length': () => ({ sharena, buffers: changingList([Number.NaN]) }),
    'a list of a negative length': () => ({ sharena, buffers: changingList([-1]) }),
    'a list of an endless length': () => ({ sharena, buffers: changingList([Number.POSITIVE_INFINITY]) }),
    'a list of millions': () => ({ sharena, buffers: changingList([1e7]) }),
    'a list of a length that is a string': () => ({ sharena, buffers: changingList(['1']) }),
    'the prototype of a handle': () => Object.create({ sharena, buffers: [] }) as unknown,
    'a store that is a handle by its getter': () => Object.create(store) as unknown,
    'an Error thrown that is none': () =>
      Object.defineProperty({}, 'sharena', {
        get: () => {
          throw Object.create(null);
        },
      }),
  };
  for (const [what, make] of Object.entries(refused)) {
    test(`${what} is refused by a HandleError`, () => {
      assert.throws(
        () => Store.attach(make() as StoreHandle),
        (error) => error instanceof HandleError,
      );
    });
  }

  const taken: Readonly<Record<string, () => unknown>> = {
    'a list that iterates without an end': () => ({
      sharena,
      buffers: Object.assign([...buffers], { [Symbol.iterator]: endless }),
    }),
    'a list that is longer when it is looked at again': () => ({ sharena, buffers: changingList([1, 1e9]) }),
    'a handle behind a Proxy': () => new Proxy(store.handle, {}),
    'a buffer that says it is longer': () => ({ sharena, buffers: [lyingBuffer(() => 2 ** 31)] }),
    'a buffer that says it is shorter': () => ({ sharena, buffers: [lyingBuffer(() => 4096)] }),
    'a buffer that says it has a part of a byte': () => ({ sharena, buffers: [lyingBuffer(() => 0.5)] }),
    'a buffer that does not say how long it is': () => ({ sharena, buffers: [lyingBuffer(fails)] }),
    'a buffer without a prototype': () => ({
      sharena,
      buffers: [Object.setPrototypeOf(copyOf(store.handle).buffers[0], null) as SharedArrayBuffer],
    }),
  };
  for (const [what, make] of Object.entries(taken)) {
    test(`${what} is what its bytes are`, () => {
      const attached = Store.attach(make() as StoreHandle);
      assert.equal(attached.get('a'), 1);
      attached.set('b', 2);
      assert.equal(attached.get('b'), 2);
      assert.deepEqual(attached.verify().problems, []);
      attached.close();
    });
  }

  test('whatever is passed as a handle is refused by a HandleError', () => {
    const piece = fc.oneof(
      fc.anything({ withBigInt: true, withDate: true, withNullPrototype: true, withTypedArray: true }),
      fc.constantFrom<unknown>(sharena, [buffers[0], buffers[0]], new SharedArrayBuffer(buffers[0].byteLength), []),
    );
    const handle = fc.oneof(piece, fc.record({ sharena: piece, buffers: fc.oneof(piece, fc.array(piece)) }));
    fc.assert(
      fc.property(handle, (forged) => {
        assert.throws(
          () => Store.attach(forged as StoreHandle),
          (error) => error instanceof HandleError,
        );
      }),
      { seed: announcedSeed('forged handles'), numRuns: 5_000 },
    );
    assert.equal(store.stats().threads, 1, 'refused handles take no places');
  });

  test('buffers full of anything behind a header in order are refused or give typed errors', () => {
    const content = fc.uint8Array({ minLength: 64, maxLength: 512 });
    fc.assert(
      fc.property(content, fc.nat({ max: buffers[0].byteLength - 4096 }), (bytes, at) => {
        const forged = copyOf(store.handle);
        const memory = new Uint8Array(forged.buffers[0]);
        for (let to = 4096 + at; to < memory.length; to += bytes.length) {
          memory.set(bytes.subarray(0, memory.length - to), to);
        }
        try {
          const attached = Store.attach(forged, { lockTimeout: 5 });
          try {
            attached.verify();
            for (let key = 0; key < 20; key++) attached.set(key, key);
            attached.clear();
          } finally {
            attached.close();
          }
        } catch (error) {
          assert.ok(error instanceof SharenaError, (error as Error).stack);
        }
      }),
      { seed: announcedSeed('arenas of noise'), numRuns: 300 },
    );
  });
});

suite('copies of arenas', () => {
  test('a thread that is attached to an arena takes a place of its own in a copy in which it has none', async () => {
    const code = `
      import { parentPort } from 'node:worker_threads';
      import { Store } from ${JSON.stringify(new URL('../../../src/index.js', import.meta.url).href)};
      const store = Store.create({ memory: '256KiB', segments: 1 });
      store.set('a', 1);
      parentPort.postMessage(store.handle);
      parentPort.once('message', () => store.close());`;
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`));
    const [handle] = (await once(worker, 'message')) as [StoreHandle];
    const copy = copyOf(handle);
    const original = Store.attach(handle);
    const copied = Store.attach(copy);
    assert.equal(original.stats().threads, 2);
    assert.equal(copied.stats().threads, 2, 'this thread and the place that the copy was made with');
    copied.set('a', 2);
    assert.deepEqual([original.get('a'), copied.get('a')], [1, 2]);
    original.close();
    copied.set('a', 3);
    assert.equal(copied.stats().threads, 2);
    copied.close();
    assert.equal(Store.attach(copy).stats().threads, 2, 'the place was given back and taken again');
    worker.postMessage('end');
    await once(worker, 'exit');
  });

  test('stores on an arena and on its copies may be closed in any order', () => {
    const original = Store.create({ memory: '256KiB', segments: 1 });
    const copies = [copyOf(original.handle), copyOf(original.handle)].map((handle) => Store.attach(handle));
    const again = Store.attach(original.handle);
    original.close();
    for (const [index, copied] of copies.entries()) copied.set('a', index);
    again.set('a', 'again');
    assert.equal(again.stats().threads, 1);
    again.close();
    assert.deepEqual(
      copies.map((copied) => copied.get('a')),
      [0, 1],
    );
    for (const copied of copies) {
      assert.deepEqual(copied.verify().problems, []);
      copied.close();
    }
  });

  test('a buffer of a version that is to come is refused by its bytes', () => {
    const forged = copyOf(store.handle);
    const words = new Int32Array(forged.buffers[0]);
    words[HEADER.layoutVersion] = (words[HEADER.layoutVersion] ?? 0) + 1;
    assert.throws(() => Store.attach(forged), HandleError);
  });
});
