import { strict as assert } from 'node:assert';
import { describe as suite, test } from 'node:test';
import { type Key, KeyError, Store, ValueError } from '../../src/index.ts';

function smallStore(): Store {
  return Store.create({ memory: '1MiB', segments: 4 });
}

suite('a store is used like a Map', () => {
  test('set gives the store back, and get the value', () => {
    const store = smallStore();
    assert.equal(store.set('a', 1).set('b', 2), store);
    assert.equal(store.get('a'), 1);
    assert.equal(store.peek('b'), 2);
    assert.equal(store.get('c'), undefined);
  });

  test('an undefined value is present all the same', () => {
    const store = smallStore();
    store.set('a', undefined);
    assert.equal(store.get('a'), undefined);
    assert.equal(store.has('a'), true);
    assert.equal(store.size, 1);
    assert.deepEqual([...store], [['a', undefined]]);
    assert.equal(store.getVersioned('a')?.value, undefined);
    assert.equal(store.getOrInsert('a', 5), undefined);
  });

  test('delete tells whether there was something', () => {
    const store = smallStore();
    store.set('a', 1);
    assert.equal(store.delete('a'), true);
    assert.equal(store.delete('a'), false);
    assert.equal(store.has('a'), false);
    assert.equal(store.size, 0);
  });

  test('clear removes everything, and the store goes on', () => {
    const store = smallStore();
    for (let key = 0; key < 2000; key++) store.set(key, key);
    store.clear();
    assert.equal(store.size, 0);
    assert.deepEqual([...store.keys()], []);
    store.set('a', 1);
    assert.equal(store.size, 1);
  });

  test('keys, values, entries, forEach and for-of give each entry once', () => {
    const store = smallStore();
    const map = new Map<Key, unknown>();
    for (let key = 0; key < 3000; key++) {
      store.set(`k${key}`, key);
      map.set(`k${key}`, key);
    }
    const visited: [Key, unknown][] = [];
    store.forEach((value, key, given) => {
      assert.equal(given, store);
      visited.push([key, value]);
    });
    for (const entries of [visited, [...store], [...store.entries()]]) {
      assert.equal(entries.length, map.size);
      assert.deepEqual(new Map(entries), map);
    }
    assert.deepEqual(new Set(store.keys()), new Set(map.keys()));
    assert.deepEqual(new Set(store.values()), new Set(map.values()));
    assert.equal(Object.prototype.toString.call(store), '[object Store]');
  });

  test('an iteration may be stopped, nested, and change what it goes through', () => {
    const store = smallStore();
    for (let key = 0; key < 500; key++) store.set(key, key);
    for (const [key] of store) {
      assert.equal([...store.keys()].length, 500);
      if (key !== undefined) break;
    }
    let count = 0;
    for (const key of store.keys()) {
      store.delete(key);
      count += 1;
    }
    assert.equal(count, 500);
    assert.equal(store.size, 0);
  });

  test('a value is private: neither what went in nor what came out is the one that is kept', () => {
    const store = smallStore();
    const value = { list: [1, 2], bytes: new Uint8Array([1, 2, 3]) };
    store.set('object', value);
    store.set('bytes', value.bytes);
    value.list.push(3);
    value.bytes[0] = 9;
    const first = store.get('object') as typeof value;
    first.list.push(4);
    first.bytes[1] = 9;
    (store.get('bytes') as Uint8Array)[2] = 9;
    assert.deepEqual(store.get('object'), { list: [1, 2], bytes: new Uint8Array([1, 2, 3]) });
    assert.deepEqual(store.get('bytes'), new Uint8Array([1, 2, 3]));
  });

  test('the bytes that get returned stay what they are when their entry is overwritten', () => {
    const store = smallStore();
    for (const length of [3, 300, 30_000]) {
      store.set('a', new Uint8Array(length).fill(1));
      const bytes = store.get('a') as Uint8Array;
      store.set('a', new Uint8Array(length).fill(2));
      store.set('b', new Uint8Array(length).fill(3));
      assert.ok(bytes.every((byte) => byte === 1));
    }
  });
});

suite('atomic calls', () => {
  test('increment counts from 0, by any number, and says so when the value is none', () => {
    const store = smallStore();
    assert.equal(store.increment('n'), 1);
    assert.equal(store.increment('n', 41), 42);
    assert.equal(store.increment('n', -0.5), 41.5);
    assert.equal(store.increment('n', 0.5), 42);
    assert.equal(store.increment('big', 2 ** 31 - 1), 2 ** 31 - 1);
    assert.equal(store.increment('big'), 2 ** 31);
    assert.equal(store.get('big'), 2 ** 31);
    assert.equal(store.increment('big', -1), 2 ** 31 - 1);
    store.set('text', 'x');
    assert.throws(() => store.increment('text'), ValueError);
    assert.throws(() => store.increment('n', '1' as unknown as number), ValueError);
    assert.equal(store.get('text'), 'x');
    assert.equal(store.get('n'), 42);
  });

  test('compareAndSet sets only at the version that was seen, 0 standing for absence', () => {
    const store = smallStore();
    assert.equal(store.compareAndSet('a', 0, 'first'), true);
    assert.equal(store.compareAndSet('a', 0, 'again'), false);
    const seen = store.getVersioned('a');
    assert.ok(seen !== undefined);
    assert.equal(seen.value, 'first');
    assert.equal(store.compareAndSet('a', seen.version, 'second'), true);
    assert.equal(store.compareAndSet('a', seen.version, 'third'), false);
    assert.equal(store.get('a'), 'second');
    const again = store.getVersioned('a');
    store.delete('a');
    store.set('a', 'second');
    assert.equal(store.compareAndSet('a', again?.version ?? 0, 'fourth'), false, 'deleted and set: another entry');
    for (const version of [-1, 1.5, 2 ** 31, Number.NaN]) {
      assert.throws(() => store.compareAndSet('a', version, 'x'), ValueError);
    }
  });

  test('every write gives an entry a version that it never had', () => {
    const store = smallStore();
    const versions = new Set<number>();
    for (let write = 0; write < 300; write++) {
      if (write % 3 === 0) store.set('a', write);
      else if (write % 3 === 1) store.increment('a');
      else store.update('a', (value) => (value as number) + 1);
      versions.add(store.getVersioned('a')?.version ?? 0);
      if (write % 50 === 49) store.delete('a');
    }
    assert.equal(versions.size, 300);
    assert.ok(!versions.has(0));
  });

  test('update makes a new value of the old one, and an exception in it changes nothing', () => {
    const store = Store.create<number>({ memory: '256KiB', segments: 1 });
    assert.equal(
      store.update('a', (value, key) => (value ?? 10) + key.toString().length),
      11,
    );
    assert.equal(
      store.update('a', (value) => (value ?? 0) * 2),
      22,
    );
    const thrown = new Error('mine');
    assert.throws(
      () =>
        store.update('a', () => {
          throw thrown;
        }),
      thrown,
    );
    assert.equal(store.get('a'), 22);
  });

  test('update begins anew when its callback wrote the entry itself', () => {
    const store = Store.create<number>({ memory: '256KiB', segments: 1 });
    let calls = 0;
    const result = store.update('a', (value) => {
      calls += 1;
      if (calls === 1) store.set('a', 100);
      return (value ?? 0) + 1;
    });
    assert.equal(calls, 2);
    assert.equal(result, 101);
    assert.equal(store.get('a'), 101);
  });

  test('getOrInsert and getOrInsertComputed keep what is there', () => {
    const store = smallStore();
    assert.equal(store.getOrInsert('a', 1), 1);
    assert.equal(store.getOrInsert('a', 2), 1);
    assert.equal(
      store.getOrInsertComputed('b', (key) => `${String(key)}!`),
      'b!',
    );
    assert.equal(
      store.getOrInsertComputed('b', () => assert.fail('computed for nothing')),
      'b!',
    );
  });

  test('replace only replaces', () => {
    const store = smallStore();
    assert.equal(store.replace('a', 1), false);
    assert.equal(store.has('a'), false);
    store.set('a', 1);
    assert.equal(store.replace('a', 2), true);
    assert.equal(store.get('a'), 2);
  });

  test('batches take any iterable, also one that uses the store', () => {
    const store = smallStore();
    store.setMany(
      new Map<Key, unknown>([
        ['a', 1],
        ['b', 2],
        ['c', 3],
      ]),
    );
    assert.deepEqual(store.getMany(['c', 'x', 'a']), [3, undefined, 1]);
    const keys = function* (): Generator<Key> {
      for (const key of ['a', 'b']) {
        store.set('other', 'y'.repeat(50));
        yield key;
      }
    };
    assert.deepEqual(store.getMany(keys()), [1, 2]);
    assert.equal(store.deleteMany(['a', 'a', 'z', 'b']), 2);
    assert.deepEqual(store.getMany([]), []);
  });

  test('a batch with a bad key throws, and keeps what came before it', () => {
    const store = smallStore();
    const entries = [
      ['a', 1],
      [null as unknown as Key, 2],
      ['c', 3],
    ] as const;
    assert.throws(() => store.setMany(entries), KeyError);
    assert.deepEqual(store.getMany(['a', 'c']), [1, undefined]);
  });
});

suite('user code in the middle of a call', () => {
  test('a codec may use the store while it encodes and decodes', () => {
    const store: Store<string> = Store.create<string>({
      memory: '256KiB',
      segments: 1,
      value: {
        name: 'nosy',
        encode: (value) => {
          if (value !== 'inner') store.set('inner key', 'inner');
          return Buffer.from(value);
        },
        decode: (bytes) => {
          const text = Buffer.from(bytes).toString();
          if (text !== 'inner') assert.equal(store.get('inner key'), 'inner');
          return text;
        },
      },
    });
    store.set('outer key', 'outer');
    assert.equal(store.get('outer key'), 'outer');
    assert.equal(store.get('inner key'), 'inner');
    assert.equal(store.size, 2);
    assert.deepEqual(store.verify().problems, []);
  });

  test('what a codec throws is the cause of a ValueError, and nothing changes', () => {
    const mine = new Error('mine');
    let failing = false;
    const store = Store.create<string>({
      memory: '256KiB',
      value: {
        name: 'failing',
        encode: (value) => {
          if (failing) throw mine;
          return Buffer.from(value);
        },
        decode: (bytes) => {
          if (failing) throw mine;
          return Buffer.from(bytes).toString();
        },
      },
    });
    store.set('a', 'before');
    failing = true;
    const isMine = (error: unknown): boolean => error instanceof ValueError && error.cause === mine;
    assert.throws(() => store.set('a', 'after'), isMine);
    assert.throws(() => store.get('a'), isMine);
    failing = false;
    assert.equal(store.get('a'), 'before');
  });
});
