import { strict as assert } from 'node:assert';
import { once } from 'node:events';
import { describe as suite, test } from 'node:test';
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { arenaHeader, PAGE_BYTES } from '../../native-layout/arena.ts';
import { segmentHeader } from '../../native-layout/segment.ts';
import { HandleError, SharenaError, Store, type StoreHandle } from '../../src/index.ts';
import { arenaOf } from '../../src/store.ts';
import type { Parcel } from '../fixtures/attach-worker.ts';
import { announcedSeed, Random } from '../fixtures/random.ts';

const HEADER = arenaHeader.word;

/** The same bytes in other memory. */
function copyOf(handle: StoreHandle): StoreHandle {
  const buffers = handle.buffers.map((buffer) => {
    const copy = new SharedArrayBuffer(buffer.byteLength);
    new Uint8Array(copy).set(new Uint8Array(buffer));
    return copy;
  });
  return { ...handle, buffers };
}

/** A store of two buffers, of which hardly anything is touched. */
function largeStore(): Store {
  return Store.create({ memory: '2GiB', segments: 8 });
}

suite('handles', () => {
  test('a handle goes through workerData and through messages, alone and deep in other objects', async () => {
    const [one, two] = [Store.create({ memory: '1MiB' }), Store.create({ memory: '1MiB' })];
    one.set('greeting', 'from one');
    two.set('greeting', 'from two');
    const parcel: Parcel = { deep: { handles: [one.handle, two.handle] } };
    const worker = new Worker(new URL('../fixtures/attach-worker.js', import.meta.url), { workerData: parcel });
    assert.deepEqual(await once(worker, 'message'), [['from one', 'from two']]);
    assert.equal(two.get('answer'), 1);
    two.set('answer', 'reset');
    worker.postMessage({ deep: { handles: [two.handle] } } satisfies Parcel);
    assert.deepEqual(await once(worker, 'message'), [['from two']]);
    assert.equal(two.get('answer'), 0);
    await worker.terminate();
  });

  test('a handle survives structuredClone and a port, and is plain', () => {
    const store = Store.create({ memory: '1MiB' });
    store.set('a', 1);
    assert.equal(Object.getPrototypeOf(store.handle), Object.prototype);
    assert.equal(Store.attach(structuredClone(store.handle)).get('a'), 1);
    const { port1, port2 } = new MessageChannel();
    port1.postMessage({ nested: [store.handle] });
    const received = receiveMessageOnPort(port2) as { message: { nested: StoreHandle[] } };
    const attached = Store.attach(received.message.nested[0]);
    attached.set('b', 2);
    assert.equal(store.get('b'), 2);
    port1.close();
  });

  test('a store attached twice in one thread takes one place, and leaves it with the last close', () => {
    const store = Store.create({ memory: '1MiB' });
    const others = [Store.attach(store.handle), Store.attach(store.handle)];
    assert.equal(store.stats().threads, 1);
    store.close();
    for (const other of others) {
      assert.equal(other.stats().threads, 1);
      other.set('a', 1);
    }
    others[0]?.close();
    others[0]?.close();
    assert.equal(others[1]?.get('a'), 1);
  });

  const store = Store.create({ memory: '1MiB', segments: 2 });
  const { buffers, sharena } = store.handle;
  const foreign = Store.create({ memory: '1MiB', segments: 2 }).handle;
  const buffer = buffers[0];
  const forgeries: Readonly<Record<string, unknown>> = {
    undefined,
    null: null,
    'a number': 5,
    'a string': 'handle',
    'an empty object': {},
    'an array': [buffer],
    'a function': () => 1,
    'a store': store,
    'a buffer': buffer,
    'a handle without buffers': { sharena },
    'a handle with no buffers': { sharena, buffers: [] },
    'a handle with a list of nothing': { sharena, buffers: [undefined] },
    'a handle with a list of holes': { sharena, buffers: Object.assign([buffer], { length: 3 }) },
    'a handle with nothing but holes': { sharena, buffers: Object.assign([], { length: 2 }) },
    'a handle with an object like a list': { sharena, buffers: { 0: buffer, length: 1 } },
    'a handle with an ArrayBuffer': { sharena, buffers: [new ArrayBuffer(buffer.byteLength)] },
    'a handle with a typed array': { sharena, buffers: [new Int32Array(buffer)] },
    'a handle with a false SharedArrayBuffer': { sharena, buffers: [Object.create(SharedArrayBuffer.prototype)] },
    'a handle with a Proxy of a buffer': { sharena, buffers: [new Proxy(buffer, {})] },
    'a handle with an empty buffer': { sharena, buffers: [new SharedArrayBuffer(0)] },
    'a handle with a tiny buffer': { sharena, buffers: [new SharedArrayBuffer(100)] },
    'a handle with a buffer of zeros': { sharena, buffers: [new SharedArrayBuffer(buffer.byteLength)] },
    'a handle with a buffer too many': { sharena, buffers: [buffer, buffer] },
    'a handle with buffers of two arenas': { sharena, buffers: [buffer, foreign.buffers[0]] },
    'a handle with thousands of buffers': { sharena, buffers: Array.from({ length: 5000 }, () => buffer) },
    'a handle of another version': { sharena: sharena + 1, buffers },
    'a handle of a version that is a string': { sharena: String(sharena), buffers },
    'a handle of a version that cannot be printed': { sharena: Object.create(null) as unknown, buffers },
  };
  for (const [what, forged] of Object.entries(forgeries)) {
    test(`${what} is refused by a HandleError`, () => {
      assert.throws(
        () => Store.attach(forged as StoreHandle),
        (error) => error instanceof HandleError && error.code === 'ERR_SHARENA_HANDLE',
      );
      assert.equal(store.stats().threads, 1, 'a refused handle takes no place');
    });
  }

  test('a buffer that was cut, lengthened or can grow is refused or works', () => {
    const bytes = new Uint8Array(buffer);
    for (const byteLength of [PAGE_BYTES, bytes.length - PAGE_BYTES, bytes.length - 4, bytes.length + PAGE_BYTES]) {
      const other = new SharedArrayBuffer(byteLength);
      new Uint8Array(other).set(bytes.subarray(0, byteLength));
      assert.throws(() => Store.attach({ sharena, buffers: [other] }), HandleError);
    }
    const growable = new SharedArrayBuffer(bytes.length, { maxByteLength: 2 * bytes.length });
    new Uint8Array(growable).set(bytes);
    try {
      const attached = Store.attach({ sharena, buffers: [growable] });
      (growable as unknown as { grow(byteLength: number): void }).grow(2 * bytes.length);
      attached.set('a', 1);
      assert.equal(attached.get('a'), 1);
      attached.close();
    } catch (error) {
      assert.ok(error instanceof HandleError);
    }
  });

  test('buffers of a large arena that are missing, swapped, repeated or foreign are refused', () => {
    const large = largeStore();
    const [first, second] = large.handle.buffers as [SharedArrayBuffer, SharedArrayBuffer];
    const [, otherSecond] = largeStore().handle.buffers as [SharedArrayBuffer, SharedArrayBuffer];
    assert.equal(large.handle.buffers.length, 2);
    for (const list of [
      [first],
      [second],
      [second, first],
      [first, first],
      [first, otherSecond],
      [first, second, second],
    ]) {
      assert.throws(() => Store.attach({ sharena, buffers: list }), HandleError);
    }
    large.set('a', 1);
    assert.equal(Store.attach({ sharena, buffers: [first, second] }).get('a'), 1);
  });

  test('a buffer of another arena is refused even if it has the same hash key, and one of another hash key even so', () => {
    const [first, second] = largeStore().handle.buffers as [SharedArrayBuffer, SharedArrayBuffer];
    const original = new Int32Array(first, 0, PAGE_BYTES / 4);
    for (const [field, words] of [
      ['arenaId', 4],
      ['hashKey0', 1],
      ['hashKey1', 1],
    ] as const) {
      const header = new Int32Array(second, 0, PAGE_BYTES / 4);
      header[HEADER[field] + words - 1] ^= 1;
      assert.throws(() => Store.attach({ sharena, buffers: [first, second] }), HandleError, field);
      header.set(original.subarray(HEADER[field], HEADER[field] + words), HEADER[field]);
    }
    Store.attach({ sharena, buffers: [first, second] }).close();
  });

  test('a header with any word changed is refused by a HandleError, or the store works', () => {
    const random = new Random(announcedSeed('flipped headers'));
    const original = Store.create<number>({ memory: '256KiB', segments: 2 });
    for (let key = 0; key < 500; key++) original.set(key, key);
    const outcomes = { refused: 0, worked: 0 };
    for (let word = HEADER.magic0; word < HEADER.padInit; word++) {
      for (const change of [1, 1 << random.below(31), random.bits() | 1, 0x80000000]) {
        const forged = copyOf(original.handle);
        const words = new Int32Array(forged.buffers[0]);
        words[word] = words[word] ^ change;
        try {
          const attached = Store.attach<number>(forged);
          attached.get(1);
          attached.set(1, 2);
          assert.equal(attached.get(1), 2);
          outcomes.worked += 1;
          attached.close();
        } catch (error) {
          assert.ok(error instanceof SharenaError, `word ${word} changed by ${change}: ${String(error)}`);
          outcomes.refused += 1;
        }
      }
    }
    assert.ok(outcomes.refused > 30, JSON.stringify(outcomes));
  });

  test('a table word that leads out of the heap is refused', () => {
    const original = Store.create<number>({ memory: '256KiB', segments: 1 });
    original.set(1, 1);
    const { segmentsWord } = arenaOf(original);
    for (const table of [1, -1, 0x7fffffff, 1 << 20, (16 << 20) | 1, (16 << 20) | 63, (75 << 20) | 40]) {
      const forged = copyOf(original.handle);
      new Int32Array(forged.buffers[0])[segmentsWord + segmentHeader.word.table] = table;
      assert.throws(() => Store.attach(forged), HandleError, `table word ${table}`);
    }
  });
});
