import { strict as assert } from 'node:assert';
import { once } from 'node:events';
import { describe as suite, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { THREADS_MAX, threadEntry } from '../../native-layout/arena.ts';
import { ClosedError, type Codec, Store, TooManyThreadsError } from '../../src/index.ts';
import { arenaOf } from '../../src/store.ts';
import { until } from '../fixtures/until.ts';

suite('close', () => {
  test('every call on a closed store throws a ClosedError, and the data stay for others', () => {
    const store = Store.create({ memory: '1MiB', name: 'mine' });
    for (let key = 0; key < 100; key++) store.set(key, key);
    const other = Store.attach(store.handle);
    const keys = store.keys();
    keys.next();
    store.close();
    store.close();
    for (const call of [
      () => store.get(1),
      () => store.lease(1),
      () => store.set(1, 1),
      () => store.has(1),
      () => store.peek(1),
      () => store.delete(1),
      () => store.clear(),
      () => store.size,
      () => store.handle,
      () => [...store.keys()],
      () => [...store],
      () => [...keys],
      () => store.forEach(() => assert.fail('visited')),
      () => store.getRemainingTTL(1),
      () => store.increment('n'),
      () => store.getOrInsert(1, 1),
      () => store.getOrInsertComputed(1, () => assert.fail('computed')),
      () => store.replace(1, 1),
      () => store.getVersioned(1),
      () => store.compareAndSet(1, 0, 1),
      () => store.update(1, () => assert.fail('updated')),
      () => store.hit(1, { limit: 1, windowMs: 1 }),
      () => store.getMany([1]),
      () => store.setMany([[1, 1]]),
      () => store.deleteMany([1]),
      () => store.stats(),
      () => store.verify(),
      () => store.segmentOf(1),
    ]) {
      assert.throws(call, (error) => error instanceof ClosedError && error.code === 'ERR_SHARENA_CLOSED', String(call));
    }
    assert.equal(other.get(1), 1);
    assert.equal(other.size, 100);
    assert.equal(other.stats().threads, 1);
  });

  test('a store that is disposed of is closed', () => {
    const store = Store.create({ memory: '1MiB' });
    store[Symbol.dispose]();
    assert.throws(() => store.get('a'), ClosedError);
  });

  test('an arena that everybody closed can be opened again from its handle', () => {
    const store = Store.create({ memory: '1MiB' });
    const { handle } = store;
    store.set('a', 1);
    store.close();
    const again = Store.attach(handle);
    assert.equal(again.get('a'), 1);
    again.set('a', 2);
    assert.equal(again.stats().threads, 1);
  });

  test('code of the user that closes the store in the middle of a call ends it with a ClosedError, before any lock', () => {
    let closing: Store<string> | undefined;
    const codec: Codec<string> = {
      name: 'closing',
      encode: (value) => {
        closing?.close();
        return Buffer.from(value);
      },
      decode: (bytes) => Buffer.from(bytes).toString(),
    };
    const byCodec: readonly ((store: Store<string>) => unknown)[] = [
      (store) => store.set('a', 'after'),
      (store) => store.compareAndSet('b', 0, 'after'),
      (store) => store.replace('a', 'after'),
      (store) => store.getOrInsert('b', 'after'),
      (store) => store.update('a', () => 'after'),
    ];
    const byCallback: readonly ((store: Store<string>) => unknown)[] = [
      (store) => store.update('a', () => (store.close(), 'after')),
      (store) => store.getOrInsertComputed('b', () => (store.close(), 'after')),
      (store) => store.set('a', 'after', ttlThatCloses(store)),
    ];
    for (const call of [...byCodec, ...byCallback]) {
      const store = Store.create<string>({ memory: '256KiB', segments: 1, value: codec });
      const { handle } = store.set('a', 'before');
      closing = byCodec.includes(call) ? store : undefined;
      assert.throws(() => call(store), ClosedError, String(call));
      closing = undefined;
      const again = Store.attach(handle, { value: codec });
      assert.deepEqual([...again], [['a', 'before']], String(call));
      assert.equal(again.stats().recoveries, 0);
      again.close();
    }
  });
});

function ttlThatCloses(store: Store<string>): { readonly ttl: number } {
  return {
    get ttl(): number {
      store.close();
      return 5;
    },
  };
}

suite('the thread registry', () => {
  test('threads come and go, also without saying goodbye', async () => {
    const store = Store.create({ memory: '1MiB' });
    const workerData = { handle: store.handle };
    for (let round = 0; round < 3; round++) {
      const workers = Array.from(
        { length: 3 },
        () => new Worker(new URL('../fixtures/registering-worker.js', import.meta.url), { workerData }),
      );
      await Promise.all(workers.map((worker) => once(worker, 'message')));
      assert.equal(store.stats().threads, 4);
      const [polite] = workers;
      polite?.postMessage('close');
      await until('one has left', () => store.stats().threads === 3);
      await Promise.all(workers.map(async (worker) => worker.terminate()));
      await until('the exits of the others are known', () => store.stats().threads === 1);
    }
  });

  test('a full registry refuses with a TooManyThreadsError, and gives the place of a dead thread away', () => {
    const store = Store.create({ memory: '1MiB' });
    const { handle } = store;
    const { words, threadsWord } = arenaOf(store);
    const entryWord = (entry: number): number => threadsWord + entry * threadEntry.words;
    const own = words.slice(entryWord(0), entryWord(1));
    store.close();
    // As if this thread, which lives, were 255 ones.
    for (let entry = 0; entry < THREADS_MAX; entry++) words.set(own, entryWord(entry));
    assert.throws(
      () => Store.attach(handle),
      (error) => error instanceof TooManyThreadsError && error.message.includes(String(THREADS_MAX)),
    );
    // A thread of another start time is another thread: the one that registered is dead.
    if (own[threadEntry.word.osThread] === 0) return;
    words[entryWord(77) + threadEntry.word.startLo] = (own[threadEntry.word.startLo] ?? 0) ^ 1;
    const attached = Store.attach(handle);
    attached.set('a', 1);
    assert.equal(attached.get('a'), 1);
  });
});
