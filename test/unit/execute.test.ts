/** Entry processors: on the owner of the key, one after the other, once at most, all of a change or nothing. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { MAIL_BYTES_MAX } from '../../src/dispatch/mail-wire.ts';
import { PENDING_MAX } from '../../src/dispatch/mail-sender.ts';
import { Pool, type PoolOptions } from '../../src/dispatch/pool.ts';
import {
  ClosedError,
  ConflictError,
  KeyError,
  MailboxFullError,
  OptionError,
  OwnerDiedError,
  Store,
  StoreFullError,
  ValueError,
} from '../../src/index.ts';

const filename = new URL('../fixtures/processors.js', import.meta.url);

function poolFor(t: TestContext, threads: number, options: Partial<PoolOptions> = {}): { pool: Pool; counts: Store } {
  const counts = Store.create({ memory: '16MiB', segments: 64 });
  const pool = new Pool({ stores: { counts }, filename, threads, ...options });
  t.after(async () => {
    await pool.destroy();
    counts.close();
  });
  return { pool, counts };
}

describe('an entry processor', () => {
  test('reads and changes the entry of its key, and its result comes back', async (t) => {
    const { pool, counts } = poolFor(t, 2);
    counts.set('n', 40);
    assert.equal(await pool.execute('counts', 'n', 'add', [2]), 42);
    assert.equal(counts.get('n'), 42);
    assert.equal(await pool.execute('counts', 'absent', 'add', [1]), 1);
    assert.equal(await pool.execute('counts', 'n', 'remove'), true);
    assert.equal(await pool.execute('counts', 'n', 'remove'), false);
    assert.equal(counts.has('n'), false);
  });

  test('sees the key as it was given, and its own changes', async (t) => {
    const { pool, counts } = poolFor(t, 1);
    const keys = [
      'text',
      '',
      '\u{1f600}',
      'x'.repeat(5000),
      5,
      -0,
      1.5,
      Number.NaN,
      7n,
      2n ** 90n,
      new Uint8Array([1, 2]),
    ];
    for (const key of keys) {
      const seen = await pool.execute('counts', key, 'describe');
      assert.deepEqual(seen, [key === 0 ? 0 : key, false, undefined, true, 7, false, undefined]);
    }
    counts.set('there', 3);
    assert.deepEqual(await pool.execute('counts', 'there', 'describe'), ['there', true, 3, true, 7, false, undefined]);
    assert.equal(counts.has('there'), false);
  });

  test('runs on the owner of the key', async (t) => {
    const { pool } = poolFor(t, 4);
    const keys = Array.from({ length: 200 }, (_, i) => `user:${i}`);
    const owners = await Promise.all(keys.map((key) => pool.execute('counts', key, 'whoAmI')));
    assert.deepEqual(
      owners,
      keys.map((key) => pool.ownerOf(key)),
    );
  });

  test('keeps the TTL of an entry unless it sets one', async (t) => {
    const { pool, counts } = poolFor(t, 1);
    counts.set('mortal', 1, { ttl: 50_000 });
    await pool.execute('counts', 'mortal', 'add', [1]);
    assert.ok(counts.getRemainingTTL('mortal') <= 50_000 && counts.getRemainingTTL('mortal') > 0);
    await pool.execute('counts', 'mortal', 'setTo', ['x', 1_000_000]);
    assert.ok(counts.getRemainingTTL('mortal') > 50_000);
    await pool.execute('counts', 'mortal', 'setTo', ['x', Number.POSITIVE_INFINITY]);
    assert.equal(counts.getRemainingTTL('mortal'), Number.POSITIVE_INFINITY);
    await assert.rejects(pool.execute('counts', 'mortal', 'setTo', ['x', -1]), OptionError);
  });

  test('may use the stores while it has the entry', async (t) => {
    const { pool, counts } = poolFor(t, 1);
    for (let n = 1; n <= 3; n++) assert.equal(await pool.execute('counts', 'k', 'useStore'), n);
    assert.equal(counts.size, 1);
  });

  test('has the entry until it returns', async (t) => {
    const { pool, counts } = poolFor(t, 1);
    await pool.execute('counts', 'k', 'keep');
    await assert.rejects(pool.execute('counts', 'k', 'useKept'), /has returned/);
    assert.equal(counts.size, 0);
  });

  test('that fails, or whose result cannot be sent, changes nothing', async (t) => {
    const { pool, counts } = poolFor(t, 1);
    counts.set('k', 'as it was');
    await assert.rejects(pool.execute('counts', 'k', 'fail', ['no luck']), (error) => {
      assert.ok(error instanceof Error);
      assert.equal(error.name, 'ProcessorError');
      assert.equal(error.message, 'no luck');
      assert.equal((error as NodeJS.ErrnoException).code, 'E_PROCESSOR');
      assert.ok(error.cause instanceof RangeError && error.cause.message === 'the cause');
      assert.match(error.stack ?? '', /processors\.js/);
      return true;
    });
    await assert.rejects(pool.execute('counts', 'k', 'giveFunction'), ValueError);
    await assert.rejects(pool.execute('counts', 'k', 'promise'), /returned a promise/);
    await assert.rejects(pool.execute('counts', 'k', 'failWithFunction'), /^Error: carries a function/);
    await assert.rejects(pool.execute('counts', 'k', 'failWithGetter'), { message: 'its message is a getter' });
    await assert.rejects(pool.execute('counts', 'k', 'failAtLength', [3_000_000]), /^Error: x+/);
    assert.equal(counts.get('k'), 'as it was');
  });

  test('is not run again when others wrote the entry meanwhile, and changes nothing', async (t) => {
    const { pool, counts } = poolFor(t, 1);
    await assert.rejects(pool.execute('counts', 'absent', 'interfere', ['set']), ConflictError);
    assert.equal(counts.get('absent'), 'from elsewhere');
    await assert.rejects(pool.execute('counts', 'absent', 'interfere', ['set']), ConflictError);
    await assert.rejects(pool.execute('counts', 'absent', 'interfere', ['delete']), ConflictError);
    assert.equal(counts.has('absent'), false);
    counts.set('k', 1);
    await assert.rejects(pool.execute('counts', 'k', 'deleteInterfered'), ConflictError);
    assert.equal(counts.get('k'), 'from elsewhere');
    assert.equal(counts.get('interfered'), 3);
  });

  test('gets the arguments and gives the result that msgpack() takes, of any length up to the limit', async (t) => {
    const { pool, counts } = poolFor(t, 1);
    const args = [
      1,
      -0,
      1.5,
      'text',
      '\u{1f600}'.repeat(40),
      null,
      undefined,
      true,
      5n,
      2n ** 70n,
      new Map([[1, new Date(5)]]),
    ];
    assert.deepEqual(await pool.execute('counts', 'k', 'giveBack', args), args);
    for (const value of [...args, new Uint8Array([1, 2, 3]), { a: [1, { b: 2 }] }, []]) {
      assert.deepEqual(await pool.execute('counts', 'k', 'give', [value]), value);
    }
    for (const bytes of [0, 1, 200, 16_384, 16_385, 300_000, MAIL_BYTES_MAX - 100]) {
      const value = new Uint8Array(bytes).fill(bytes);
      assert.deepEqual(await pool.execute('counts', 'k', 'give', [value]), value);
      assert.deepEqual(await pool.execute('counts', 'k', 'bytesOf', [bytes]), value);
    }
    const tooLong = new Uint8Array(MAIL_BYTES_MAX);
    await assert.rejects(pool.execute('counts', 'k', 'give', [tooLong]), /^ValueError: arguments.*the limit is/);
    await assert.rejects(pool.execute('counts', 'k', 'bytesOf', [MAIL_BYTES_MAX]), /^ValueError: result.*the limit is/);
    await pool.execute('counts', 'k', 'setTo', [new Uint8Array(1_000_000)]);
    assert.equal((counts.get('k') as Uint8Array).length, 1_000_000);
  });

  test('for which there is no room, or no such name, is told so', async (t) => {
    const { pool, counts } = poolFor(t, 1, { stores: { counts: Store.create({ memory: '1MiB' }) } });
    await assert.rejects(pool.execute('counts', 'k', 'setTo', [new Uint8Array(1_500_000)]), StoreFullError);
    await assert.rejects(
      pool.execute('counts', 'k', 'noSuchOne'),
      /^OptionError.*processors\.js exports no function noSuchOne/,
    );
    await assert.rejects(
      pool.execute('none', 'k', 'add', [1]),
      /^OptionError: store: the pool has no none, but counts/,
    );
    await assert.rejects(pool.execute('counts', {} as string, 'add', [1]), KeyError);
    await assert.rejects(pool.execute('counts', 'k', '', [1]), OptionError);
    await assert.rejects(pool.execute('counts', 'k', 'x'.repeat(256), [1]), OptionError);
    await assert.rejects(pool.execute('counts', 'k', 5 as unknown as string), OptionError);
    await assert.rejects(pool.execute('counts', 'k', 'add', new Array(256).fill(1)), OptionError);
    await assert.rejects(pool.execute('counts', 'k', 'add', [() => 1]), ValueError);
    assert.equal(counts.size, 0);
  });
});

describe('calls', () => {
  test('for a key run in the order in which a thread made them', async (t) => {
    const { pool, counts } = poolFor(t, 3);
    const calls = Array.from({ length: 20_000 }, (_, id) => pool.execute('counts', `k${id % 10}`, 'inOrder', [id]));
    const lasts = await Promise.all(calls);
    for (const [id, last] of lasts.entries()) assert.equal(last, id < 10 ? -1 : id - 10);
    assert.equal(counts.get('out of order'), undefined);
  });

  test('executeMany answers each of its calls, in their order', async (t) => {
    const { pool, counts } = poolFor(t, 2);
    const outcomes = await pool.executeMany<number>('counts', [
      { key: 'a', processor: 'add', args: [1] },
      { key: 'b', processor: 'fail', args: ['no luck'] },
      { key: 'a', processor: 'add', args: [2] },
      { key: {} as string, processor: 'add', args: [2] },
      { key: 'c', processor: 'whoAmI' },
    ]);
    assert.deepEqual(
      outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : (outcome.reason as Error).name)),
      [1, 'ProcessorError', 3, 'KeyError', pool.ownerOf('c')],
    );
    assert.deepEqual(await pool.executeMany('counts', []), []);
    await assert.rejects(pool.executeMany('none', []), OptionError);
    assert.equal(counts.get('a'), 3);
  });

  test('executeMany waits for room where execute is refused', async (t) => {
    const { pool, counts } = poolFor(t, 1);
    const calls = Array.from({ length: PENDING_MAX }, () => pool.execute('counts', 'n', 'add', [1]));
    await assert.rejects(pool.execute('counts', 'n', 'add', [1]), (error) => {
      assert.ok(error instanceof MailboxFullError);
      assert.match(error.message, /65536/);
      return true;
    });
    const more = Array.from({ length: PENDING_MAX + 1000 }, () => ({ key: 'n', processor: 'add', args: [1] }));
    const outcomes = await pool.executeMany('counts', more);
    assert.equal(outcomes.length, more.length);
    assert.ok(outcomes.every(({ status }) => status === 'fulfilled'));
    await Promise.all(calls);
    assert.equal(counts.get('n'), 2 * PENDING_MAX + 1000);
  });

  test('answers that fill their ring many times over all come back', async (t) => {
    const { pool } = poolFor(t, 1);
    const calls = Array.from({ length: 40 }, (_, n) =>
      pool.execute<Uint8Array>('counts', 'k', 'bytesOf', [500_000 + n]),
    );
    const answers = await Promise.all(calls);
    assert.deepEqual(
      answers.map(({ length }) => length),
      answers.map((_, n) => 500_000 + n),
    );
  });

  test('do not keep tasks from their turn', async (t) => {
    const { pool, counts } = poolFor(t, 1);
    let isOver = false;
    const stream = (async (): Promise<number> => {
      let rounds = 0;
      while (!isOver) {
        rounds += 1;
        await pool.executeMany(
          'counts',
          Array.from({ length: 5000 }, () => ({ key: 'n', processor: 'add', args: [1] })),
        );
      }
      return rounds;
    })();
    for (let n = 1; n <= 20; n++) assert.equal(await pool.run('task', { key: 'task', name: 'bump' }), n);
    isOver = true;
    const rounds = await stream;
    assert.equal(counts.get('n'), rounds * 5000);
  });

  test('are made by workers too, for keys of others and of their own', async (t) => {
    const { pool, counts } = poolFor(t, 3);
    const keys = Array.from({ length: 30 }, (_, n) => `k${n}`);
    const sums = await Promise.all(
      keys.map((key) => pool.run<number>({ key, times: 20 }, { key: 'k0', name: 'addVia' })),
    );
    assert.deepEqual(
      sums,
      keys.map(() => 20),
    );
    const added = await Promise.all(keys.map((key) => pool.run<number>(keys, { key, name: 'addToAll' })));
    assert.deepEqual(
      added,
      keys.map(() => 30),
    );
    for (const key of keys) assert.equal(counts.get(key), 50);
  });
});

describe('the pool', () => {
  test('counts the calls that each owner has begun', async (t) => {
    const { pool } = poolFor(t, 2);
    await pool.executeMany(
      'counts',
      Array.from({ length: 100 }, (_, n) => ({ key: `k${n}`, processor: 'add', args: [1] })),
    );
    const calls = pool.stats().map((owner) => owner.calls);
    assert.equal(
      calls.reduce((sum, { begun }) => sum + begun, 0),
      100,
    );
    assert.deepEqual(
      calls.map(({ waiting }) => waiting),
      [0, 0],
    );
  });

  test('takes processors from a module of their own', async (t) => {
    const { pool } = poolFor(t, 1, {
      filename: new URL('../fixtures/pool-tasks.js', import.meta.url),
      processors: filename,
    });
    assert.equal(await pool.execute('counts', 'n', 'add', [1]), 1);
    assert.equal(await pool.run('k', { key: 'k', name: 'bump' }), 1);
    const counts = Store.create({ memory: '1MiB' });
    const wrong = { stores: { counts }, filename, processors: './here.js' };
    assert.throws(() => new Pool(wrong), /^OptionError: processors/);
  });

  test('answers each call with the error of a module that does not load', async (t) => {
    const { pool } = poolFor(t, 1, { processors: new URL('../fixtures/pool-broken.js', import.meta.url) });
    for (let n = 0; n < 3; n++) await assert.rejects(pool.execute('counts', 'n', 'add', [1]), /does not load/);
  });

  test('answers calls when its threads end before they can do anything', async (t) => {
    const { pool } = poolFor(t, 1, { filename: new URL('../fixtures/pool-suicidal.js', import.meta.url) });
    for (let n = 0; n < 2; n++) {
      await assert.rejects(pool.execute('counts', 'n', 'add', [1]), (error) => {
        assert.ok(error instanceof OwnerDiedError);
        assert.match(error.message, /had no effect/);
        return true;
      });
    }
  });

  test('waits for calls when it closes, and takes none after', async (t) => {
    const { pool, counts } = poolFor(t, 2);
    const calls = Array.from({ length: 5000 }, (_, n) => pool.execute('counts', `k${n % 7}`, 'add', [1]));
    const closing = pool.close();
    await assert.rejects(pool.execute('counts', 'n', 'add', [1]), ClosedError);
    await assert.rejects(pool.executeMany('counts', []), ClosedError);
    assert.equal((await Promise.all(calls)).length, 5000);
    await closing;
    assert.equal(counts.size, 7);
  });

  test('answers what waits with an error when it is destroyed', async (t) => {
    const { pool } = poolFor(t, 1);
    const calls = Array.from({ length: 20_000 }, () => pool.execute('counts', 'n', 'add', [1]));
    const outcomes = Promise.allSettled(calls);
    await pool.destroy();
    for (const outcome of await outcomes) {
      if (outcome.status === 'fulfilled') continue;
      assert.ok(outcome.reason instanceof ClosedError || outcome.reason instanceof OwnerDiedError);
    }
  });

  test('loses and doubles no call, and keeps their order, while it is resized and restarted', async (t) => {
    const { pool, counts } = poolFor(t, 2);
    let isOver = false;
    let id = 0;
    const failures: unknown[] = [];
    const fromHere = (async () => {
      while (!isOver) {
        const calls = Array.from({ length: 500 }, () => {
          id += 1;
          return { key: `k${id % 50}`, processor: 'inOrder', args: [id] };
        });
        for (const outcome of await pool.executeMany<number>('counts', calls)) {
          if (outcome.status === 'rejected') failures.push(outcome.reason);
        }
      }
    })();
    let rounds = 0;
    const fromWorkers = (async () => {
      while (!isOver) {
        rounds += 1;
        const sum = await pool.run<number>(
          { key: `w${rounds % 9}`, times: 20 },
          { key: `k${rounds % 20}`, name: 'addVia' },
        );
        if (sum < 20) failures.push(new Error(`the sum is ${sum}`));
      }
    })();
    for (const threads of [4, 1, 3, 2]) await pool.resize(threads);
    await pool.restart();
    isOver = true;
    await Promise.all([fromHere, fromWorkers]);
    assert.deepEqual(failures, []);
    assert.equal(counts.get('out of order'), undefined);
    let sum = 0;
    for (let n = 0; n < 9; n++) sum += (counts.get(`w${n}`) as number | undefined) ?? 0;
    assert.equal(sum, rounds * 20);
  });

  test('that executes and is not closed lets the program end', () => {
    const path = join(import.meta.dirname, '..', 'fixtures', 'execute-left-open.js');
    const child = spawnSync(process.execPath, [path], { encoding: 'utf8', timeout: 60_000 });
    assert.equal(child.status, 0, child.stderr);
    assert.equal(child.stdout, 'answers OwnerDiedError 1 2\n');
  });
});
