import { strict as assert } from 'node:assert';
import { describe as suite, test } from 'node:test';
import { HandleError, json, msgpack, OptionError, Store, type StoreOptions, text } from '../../src/index.ts';

suite('options', () => {
  const wrong: readonly (readonly [string, Record<string, unknown>])[] = [
    ['memory', { memory: 0 }],
    ['memory', { memory: -1 }],
    ['memory', { memory: 1000 }],
    ['memory', { memory: Number.NaN }],
    ['memory', { memory: Number.POSITIVE_INFINITY }],
    ['memory', { memory: 2 ** 41 }],
    ['memory', { memory: '64MB' }],
    ['memory', { memory: '64 mib' }],
    ['memory', { memory: 'MiB' }],
    ['memory', { memory: '-1MiB' }],
    ['memory', { memory: '' }],
    ['memory', { memory: '1e9MiB' }],
    ['memory', { memory: null }],
    ['memory', { memory: 64n }],
    ['memory', { memory: '256KiB', segments: 4096 }],
    ['segments', { segments: 0 }],
    ['segments', { segments: 3 }],
    ['segments', { segments: -4 }],
    ['segments', { segments: 1.5 }],
    ['segments', { segments: 8192 }],
    ['segments', { segments: '4' }],
    ['ttl', { ttl: 0 }],
    ['ttl', { ttl: -1 }],
    ['ttl', { ttl: Number.NaN }],
    ['ttl', { ttl: '1000' }],
    ['whenFull', { whenFull: 'block' }],
    ['whenFull', { whenFull: true }],
    ['name', { name: 5 }],
    ['name', { name: null }],
    ['name', { name: 'n'.repeat(5000) }],
    ['lockTimeout', { lockTimeout: 0 }],
    ['lockTimeout', { lockTimeout: Number.NaN }],
    ['lockTimeout', { lockTimeout: '1' }],
    ['value', { value: 'msgpack' }],
    ['value', { value: null }],
    ['value', { value: {} }],
    ['value', { value: { name: 'x', encode: 1, decode: 2 } }],
    ['value', { value: { name: '', encode: () => 1, decode: () => 1 } }],
    ['value', { value: { name: 'json', encode: () => 1, decode: () => 1 } }],
    ['size', { size: 10 }],
    ['max', { max: 10 }],
    ['Memory', { Memory: '1MiB' }],
  ];
  for (const [option, options] of wrong) {
    const shown = JSON.stringify(options, (_, value: unknown) =>
      typeof value === 'bigint' ? `${value}n` : value,
    ).slice(0, 60);
    test(`${shown} is refused by an OptionError that names ${option}`, () => {
      assert.throws(
        () => Store.create(options),
        (error) =>
          error instanceof OptionError && error.message.includes(option) && error.code === 'ERR_SHARENA_OPTION',
      );
    });
  }

  for (const options of [null, 5, 'x'] as unknown as StoreOptions<unknown>[]) {
    test(`${JSON.stringify(options)} in place of options is refused`, () => {
      assert.throws(() => Store.create(options), OptionError);
    });
  }

  test('memory takes bytes and units, and is the whole budget', () => {
    for (const [memory, bytes] of [
      [1_048_576, 2 ** 20],
      ['1048576B', 2 ** 20],
      ['1MiB', 2 ** 20],
      ['1 MiB', 2 ** 20],
      ['1.5MiB', 1.5 * 2 ** 20],
      ['1024KiB', 2 ** 20],
      [1_050_000, 256 * 4096],
    ] as const) {
      assert.equal(Store.create({ memory }).stats().memoryBytes, bytes);
    }
    assert.equal(Store.create().stats().memoryBytes, 64 * 2 ** 20);
  });

  test('name, segments and codec are seen by everybody who attaches', () => {
    const store = Store.create({ memory: '1MiB', segments: 2, name: 'users Ω', value: json() });
    const second = Store.attach(store.handle);
    assert.equal(second.name, 'users Ω');
    assert.equal(second.segmentCount, 2);
    assert.equal(second.stats().codec, 'json');
    assert.equal(Store.create({ memory: '1MiB' }).name, '');
  });

  test('the default TTL is the one of the creator, for everybody', () => {
    const store = Store.create({ memory: '1MiB', ttl: 60_000 });
    const second = Store.attach(store.handle);
    second.set('a', 1);
    store.set('b', 1, { ttl: Number.POSITIVE_INFINITY });
    const left = store.getRemainingTTL('a');
    assert.ok(left > 0 && left <= 60_000);
    assert.equal(second.getRemainingTTL('b'), Number.POSITIVE_INFINITY);
  });

  test('attach takes the codec of the arena, and refuses another one', () => {
    const store = Store.create<string>({ memory: '1MiB', value: text() });
    store.set('a', 'x');
    assert.equal(Store.attach(store.handle).get('a'), 'x');
    assert.equal(Store.attach(store.handle, { value: text() }).get('a'), 'x');
    assert.throws(
      () => Store.attach(store.handle, { value: msgpack() }),
      (error) => error instanceof HandleError && /text.*msgpack|msgpack.*text/.test(error.message),
    );
  });

  test('a codec of the user has to be passed to attach', () => {
    const codec = {
      name: 'reversed',
      encode: (value: string) => Buffer.from(value).reverse(),
      decode: (encoded: Uint8Array) => Buffer.from(encoded).reverse().toString(),
    };
    const store = Store.create({ memory: '1MiB', value: codec });
    store.set('a', 'abc');
    assert.throws(() => Store.attach(store.handle), HandleError);
    assert.equal(Store.attach(store.handle, { value: codec }).get('a'), 'abc');
    assert.throws(() => Store.attach(store.handle, { value: { ...codec, name: 'other' } }), HandleError);
    assert.equal(store.stats().threads, 1, 'a refused attach takes no place');
  });

  test('wrong options of attach and of set name the option', () => {
    const store = Store.create({ memory: '1MiB' });
    const attach = (options: unknown) => () => Store.attach(store.handle, options as object);
    assert.throws(
      attach({ memory: '1MiB' }),
      (error) => error instanceof OptionError && error.message.includes('memory'),
    );
    assert.throws(
      attach({ lockTimeout: -1 }),
      (error) => error instanceof OptionError && error.message.includes('lockTimeout'),
    );
    for (const ttl of [0, -5, Number.NaN, '5', null]) {
      const options = { ttl } as { ttl: number };
      for (const call of [
        () => store.set('a', 1, options),
        () => store.replace('a', 1, options),
        () => store.compareAndSet('a', 0, 1, options),
        () => store.getOrInsert('a', 1, options),
        () => store.update('a', () => 1, options),
        () => store.increment('a', 1, options),
        () => store.setMany([['a', 1]], options),
      ]) {
        assert.throws(call, (error) => error instanceof OptionError && error.message.includes('ttl'));
      }
    }
    assert.equal(store.size, 0);
  });
});
