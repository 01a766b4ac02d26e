import { strict as assert } from 'node:assert';
import { afterEach, describe as suite, mock, test } from 'node:test';
import { deserialize } from 'node:v8';
import { decode } from '@msgpack/msgpack';
import {
  bytes,
  ClosedError,
  type Codec,
  float64,
  int32,
  json,
  type Lease,
  type LeaseFormat,
  msgpack,
  Store,
  struct,
  text,
  u32,
  ValueError,
} from '../../src/index.ts';

const KIB = 1024;

function assertSound(store: Store): void {
  assert.deepEqual(store.verify().problems, []);
}

/** Nothing is leased any more, and nothing is left of what was. */
function assertNoLeases(store: Store): void {
  assertSound(store);
  const { leases, detachedBytes } = store.stats();
  assert.deepEqual({ leases, detachedBytes }, { leases: 0, detachedBytes: 0 });
}

function leaseOf<V>(store: Store<V>, key: string): Lease {
  const lease = store.lease(key);
  assert.ok(lease !== undefined, `${key} is there`);
  return lease;
}

function pattern(length: number, seed: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => (at * 31 + seed * 7) & 255);
}

/** A copy of the bytes of a lease. */
function copied({ bytes: view }: Lease): Uint8Array {
  return Uint8Array.from(view);
}

const list: Codec<number[]> = {
  name: 'list',
  encode: (value) => Uint8Array.from(value),
  decode: (encoded) => [...encoded],
};

/** What is stored by which codec, in which format a lease gives it, and how a user gets it back. */
const VALUES: readonly (readonly [
  codec: Codec<unknown>,
  value: unknown,
  format: LeaseFormat,
  read: (bytes: Uint8Array) => unknown,
])[] = [
  [bytes(), pattern(1000, 1), 'bytes', (view) => Uint8Array.from(view)],
  [bytes(), Buffer.from('a buffer'), 'bytes', (view) => Buffer.from(view)],
  [bytes(), new Uint8Array(0), 'bytes', (view) => Uint8Array.from(view)],
  [text(), 'Grüße', 'latin1', (view) => Buffer.from(view).toString('latin1')],
  [text(), 'x'.repeat(50_000), 'latin1', (view) => Buffer.from(view).toString('latin1')],
  [text(), '', 'latin1', (view) => Buffer.from(view).toString('latin1')],
  [text(), '日本語\ud800', 'utf16le', (view) => Buffer.from(view).toString('utf16le')],
  [msgpack(), 'a text', 'latin1', (view) => Buffer.from(view).toString('latin1')],
  [msgpack(), pattern(33, 2), 'bytes', (view) => Uint8Array.from(view)],
  [msgpack(), { name: 'Ada', at: [1, 2.5, null] }, 'encoded', (view) => decode(Uint8Array.from(view))],
  [msgpack(), new Map([['a', 1]]), 'structured', (view) => deserialize(Buffer.from(view))],
  [json(), { name: 'Ada' }, 'encoded', (view) => JSON.parse(Buffer.from(view).toString())],
  [json(), 'a text', 'latin1', (view) => Buffer.from(view).toString('latin1')],
  [list, [1, 2, 3], 'encoded', (view) => list.decode(Uint8Array.from(view))],
] as [Codec<unknown>, unknown, LeaseFormat, (bytes: Uint8Array) => unknown][];

/** Values that are kept without bytes of their own. */
const SCALARS: readonly (readonly [codec: Codec<unknown>, values: readonly unknown[]])[] = [
  [msgpack(), [0, -5, 1.5, Number.NaN, true, false, null, undefined, 5n, 2n ** 80n]],
  [json(), [0, 1.5, true, null]],
  [float64(), [1, 0.5]],
  [int32(), [7]],
] as [Codec<unknown>, unknown[]][];

suite('a lease', () => {
  afterEach(() => mock.restoreAll());

  for (const [codec, value, format, read] of VALUES) {
    const shown = typeof value === 'string' ? JSON.stringify(value.slice(0, 12)) : (value as object).constructor.name;
    test(`gives the bytes that ${codec.name}() stored for ${shown}, without a copy`, () => {
      const store = Store.create({ memory: '1MiB', value: codec });
      store.set('key', value);
      const lease = leaseOf(store, 'key');
      assert.equal(lease.format, format);
      assert.deepEqual(read(lease.bytes), value);
      assert.ok(store.handle.buffers.includes(lease.bytes.buffer));
      store.delete('key');
      assert.deepEqual(read(lease.bytes), value);
      lease.release();
      assertNoLeases(store);
    });
  }

  for (const [codec, values] of SCALARS) {
    test(`of a scalar that ${codec.name}() stores is refused with a ValueError, and nothing is pinned`, () => {
      const store = Store.create({ memory: '1MiB', value: codec });
      for (const value of values) {
        store.set('key', value);
        assert.throws(() => store.lease('key'), ValueError, String(value));
        assert.deepEqual(store.get('key'), value);
      }
      assertNoLeases(store);
    });
  }

  test('gives the bytes behind a key of any kind and length', () => {
    const store = Store.create<Uint8Array>({ memory: '1MiB' });
    const keys = [5, -1n, 0.5, '', 'k'.repeat(254), 'k'.repeat(255), 'k'.repeat(3001), Uint8Array.of(1, 2, 3)];
    for (const [index, key] of keys.entries()) {
      for (const ttl of [Number.POSITIVE_INFINITY, 60_000]) {
        for (const length of [3, 32_766, 32_767, 40_001]) {
          store.set(key, pattern(length, index), { ttl });
          const lease = store.lease(key);
          assert.ok(lease !== undefined);
          assert.deepEqual(copied(lease), pattern(length, index));
          lease.release();
        }
      }
    }
    assertNoLeases(store);
  });

  test('of a rate limit is refused with a ValueError', () => {
    const store = Store.create({ memory: '1MiB' });
    store.hit('key', { limit: 5, windowMs: 1000 });
    assert.throws(() => store.lease('key'), ValueError);
    assertNoLeases(store);
  });

  test('of an absent key is undefined', () => {
    const store = Store.create({ memory: '1MiB' });
    assert.equal(store.lease('key'), undefined);
    store.set('key', 'value');
    store.delete('key');
    assert.equal(store.lease('key'), undefined);
    assertNoLeases(store);
  });

  test('stays as it is while its key is overwritten, replaced, updated, deleted and cleared', () => {
    const changes: readonly ((store: Store, size: number) => void)[] = [
      (store, size) => store.set('key', pattern(size, 2)),
      (store) => store.set('key', pattern(500, 2)),
      (store) => store.set('key', pattern(40_000, 2)),
      (store) => store.set('key', 1),
      (store) => store.replace('key', 'short'),
      (store) => store.update('key', () => pattern(500, 3)),
      (store) => store.compareAndSet('key', store.getVersioned('key')?.version ?? 0, pattern(500, 4)),
      (store) => store.delete('key'),
      (store) => store.clear(),
    ];
    for (const size of [1, 20, 500, 40_000]) {
      for (const change of changes) {
        const store = Store.create({ memory: '1MiB', segments: 1 });
        for (let other = 0; other < 50; other++) store.set(other, pattern(300, other));
        store.set('key', pattern(size, 1));
        const lease = leaseOf(store, 'key');
        change(store, size);
        assertSound(store);
        assert.deepEqual(copied(lease), pattern(size, 1), `${size} bytes, ${String(change)}`);
        assert.ok(store.stats().detachedBytes >= size);
        // What was free is used again.
        for (let round = 0; round < 20; round++)
          for (let other = 0; other < 50; other++) store.set(other, pattern(200 + round * 10, other));
        assert.deepEqual(copied(lease), pattern(size, 1), `${size} bytes, ${String(change)}, then others`);
        lease.release();
        assertNoLeases(store);
      }
    }
  });

  test('stays as it is when the time of its entry is over, and the entry is swept', () => {
    let nowMs = 1_700_000_000_000;
    mock.method(Date, 'now', () => nowMs);
    const store = Store.create({ memory: '256KiB', segments: 1 });
    store.set('key', pattern(500, 1), { ttl: 100 });
    const lease = leaseOf(store, 'key');
    nowMs += 100;
    assert.equal(store.lease('key'), undefined);
    assert.equal(store.get('key'), undefined);
    fill(store);
    assert.equal(store.stats().expired, 1);
    assert.deepEqual(copied(lease), pattern(500, 1));
    assertSound(store);
    lease.release();
    assertNoLeases(store);
  });

  test('stays as it is while the table grows and shrinks', () => {
    const store = Store.create({ memory: '4MiB', segments: 1 });
    store.set('key', pattern(500, 1));
    const lease = leaseOf(store, 'key');
    for (let other = 0; other < 20_000; other++) store.set(other, other);
    assert.deepEqual(copied(leaseOf(store, 'key')), pattern(500, 1));
    for (let other = 0; other < 20_000; other++) store.delete(other);
    fill(store);
    assert.ok(store.stats().growths > 2);
    assert.deepEqual(copied(lease), pattern(500, 1));
    assertSound(store);
  });

  test('of 64 MiB points at the bytes, and keeps their pages until it is released', () => {
    const store = Store.create<Uint8Array>({ memory: '160MiB', segments: 2, value: bytes() });
    const value = new Uint8Array(64 * KIB * KIB);
    for (let at = 0; at < value.length; at += 4096) value[at] = at >>> 12;
    store.set('large', value);
    const lease = leaseOf(store, 'large');
    assert.equal(lease.bytes.length, value.length);
    store.set('large', value.fill(1, 0, 10));
    assert.ok(store.stats().largeBytes > 2 * value.length);
    for (let at = 0; at < value.length; at += 4096) assert.equal(lease.bytes[at], (at >>> 12) & 255);
    store.delete('large');
    assertSound(store);
    lease.release();
    assert.equal(store.stats().largeBytes, 0);
    assertNoLeases(store);
  });

  test('that is released gives its bytes no more, and releasing it again does nothing', () => {
    const store = Store.create({ memory: '1MiB' });
    store.set('key', 'value');
    const lease = leaseOf(store, 'key');
    const other = leaseOf(store, 'key');
    assert.equal(lease.released, false);
    lease.release();
    lease.release();
    lease[Symbol.dispose]();
    assert.equal(lease.released, true);
    assert.throws(() => lease.bytes, ClosedError);
    assert.equal(Buffer.from(other.bytes).toString(), 'value');
    assert.equal(store.stats().leases, 1);
    other[Symbol.dispose]();
    assertNoLeases(store);
  });

  test('is one of many of the same value: the last one that is released lets it go', () => {
    const store = Store.create({ memory: '1MiB' });
    const other = Store.attach(store.handle);
    store.set('key', pattern(500, 1));
    const leases = Array.from({ length: 50 }, (_, index) => leaseOf(index % 2 === 0 ? store : other, 'key'));
    assert.equal(store.stats().leases, 1);
    store.set('key', pattern(500, 2));
    const next = leaseOf(store, 'key');
    assert.equal(store.stats().leases, 2);
    for (const lease of leases) {
      assert.deepEqual(copied(lease), pattern(500, 1));
      assert.ok(store.stats().detachedBytes > 500);
      lease.release();
    }
    assert.equal(store.stats().detachedBytes, 0);
    assert.deepEqual(copied(next), pattern(500, 2));
    next.release();
    assertNoLeases(store);
  });

  test('is released when its store is closed, those of another store on the same arena are not', () => {
    const store = Store.create({ memory: '1MiB' });
    const other = Store.attach(store.handle);
    store.set('a', 'a1');
    store.set('b', 'b1');
    const leases = [leaseOf(store, 'a'), leaseOf(store, 'b'), leaseOf(other, 'b')];
    store.close();
    assert.deepEqual(
      leases.map(({ released }) => released),
      [true, true, false],
    );
    leases[0].release();
    assert.equal(other.stats().leases, 1);
    other.set('b', 'b2');
    assert.equal(Buffer.from(leases[2].bytes).toString(), 'b1');
    assert.throws(() => store.lease('a'), ClosedError);
    leases[2].release();
    assertNoLeases(other);
  });

  test('of a number that became a text is of the text, and increments of other keys go on in place', () => {
    const store = Store.create({ memory: '1MiB', segments: 1 });
    store.increment('n', 5);
    store.set('key', 'value');
    const lease = leaseOf(store, 'key');
    store.increment('n', 5);
    store.set('key', 7);
    assert.equal(store.increment('key'), 8);
    assert.equal(Buffer.from(lease.bytes).toString(), 'value');
    assert.throws(() => store.lease('n'), ValueError);
    lease.release();
    assertNoLeases(store);
  });

  test('that is written to changes the value of its key and nothing else', () => {
    const store = Store.create({ memory: '1MiB', segments: 1 });
    for (const key of ['before', 'key', 'behind']) store.set(key, pattern(501, 1));
    const lease = leaseOf(store, 'key');
    lease.bytes.fill(0xff);
    assertSound(store);
    assert.deepEqual(store.get('key'), new Uint8Array(501).fill(0xff));
    for (const key of ['before', 'behind']) assert.deepEqual(store.get(key), pattern(501, 1));
    lease.release();
    assertNoLeases(store);
  });
});

/** Sets entries of a kibibyte until nothing more goes in. */
function fill(store: Store): void {
  assert.throws(() => {
    for (let index = 0; ; index++) store.set(`fill${index}`, pattern(KIB, index));
  }, /no room/);
}

test('fields of a leased struct change in a record of their own', () => {
  const store = Store.create({ value: struct({ hits: u32, misses: u32 }) });
  store.set('page', { hits: 1, misses: 2 });
  const lease = leaseOf(store, 'page');
  const before = Uint8Array.from(lease.bytes);
  store.setField('page', 'hits', 77);
  store.incrementField('page', 'misses', 5);
  assert.deepEqual(Uint8Array.from(lease.bytes), before);
  assert.deepEqual(store.get('page'), { hits: 77, misses: 7 });
  assertSound(store);
  lease.release();
  store.incrementField('page', 'hits', 1);
  assert.deepEqual(store.get('page'), { hits: 78, misses: 7 });
  assertNoLeases(store);
});
