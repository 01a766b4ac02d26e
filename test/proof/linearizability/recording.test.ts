/** What threads write down: values that tell who wrote them, and records that outlive a thread. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createLog, HistoryLog, type RecordedCall } from './recording.ts';
import type { StoreOutput } from './store-model.ts';
import { EMPTY_BYTES, EMPTY_TEXT, tokenOf, tokenOfId, valueOf } from './values.ts';

describe('values', () => {
  test('tell their token, and have sizes from 0 to 20,000 bytes', () => {
    const sizes: number[] = [];
    const types = new Set<string>();
    for (let id = 1; id <= 2000; id++) {
      const value = valueOf(tokenOfId(id));
      assert.equal(tokenOf(value), tokenOfId(id));
      types.add(typeof value);
      if (typeof value === 'string' || value instanceof Uint8Array) sizes.push(value.length);
    }
    assert.deepEqual([...types].sort(), ['bigint', 'object', 'string']);
    assert.ok(Math.min(...sizes) < 10 && Math.max(...sizes) > 15_000);
    for (const token of [EMPTY_TEXT, EMPTY_BYTES, 17, -0.5]) assert.equal(tokenOf(valueOf(token)), token);
    assert.equal(tokenOf(undefined), undefined);
  });

  test('that were put together from two, cut or shifted have no token', () => {
    const text = 'a text of id 15 '.length;
    assert.equal(tokenOf('15.15.16.15.'), null);
    assert.equal(tokenOf('x'.repeat(text)), null);
    assert.equal(tokenOf({}), null);
    assert.equal(tokenOf(null), null);
    const bytes = valueOf(
      tokenOfId(firstId((value) => value instanceof Uint8Array && value.length > 800)),
    ) as Uint8Array;
    assert.equal(tokenOf(bytes.subarray(0, 792)), null);
    assert.equal(tokenOf(bytes.slice(8)), null);
    assert.equal(tokenOf(bytes.slice().fill(1, 400, 401)), null);
  });
});

function firstId(fits: (value: unknown) => boolean): number {
  let id = 1;
  while (!fits(valueOf(tokenOfId(id)))) id++;
  return id;
}

describe('the log', () => {
  test('gives back what was written down', () => {
    const log = new HistoryLog(createLog(20), null);
    const recorded: readonly (readonly [RecordedCall, StoreOutput | undefined])[] = [
      [{ call: 'set', key: 0, token: 'v1', ttlMs: 3 }, { done: true }],
      [{ call: 'get', key: 1 }, { token: null }],
      [{ call: 'get', key: 1 }, { token: EMPTY_TEXT }],
      [{ call: 'get', key: 1 }, { unreadable: true }],
      [
        { call: 'getVersioned', key: 2 },
        { token: 'v77', version: 12 },
      ],
      [{ call: 'compareAndSet', key: 2, version: 0, token: EMPTY_BYTES }, { flag: false }],
      [{ call: 'increment', key: 3, by: -1.5 }, { token: 4.5 }],
      [{ call: 'increment', key: 3, by: 1 }, { error: 'not a number' }],
      [{ call: 'replace', key: 3, token: 9 }, { error: 'full' }],
      [{ call: 'set', key: 3, token: 9 }, undefined],
    ];
    for (const [call, output] of recorded) log.end(log.begin(call), log.stamp(), output);
    const operations = log.read(5, 4);
    assert.equal(operations.length, recorded.length);
    for (const [index, { thread, call, end, input, output }] of operations.entries()) {
      const { fromNs, untilNs, ...rest } = input;
      assert.deepEqual([rest, output, thread], [recorded[index]?.[0], recorded[index]?.[1], 5]);
      assert.ok(fromNs === call && untilNs === end && fromNs > 0 && fromNs <= untilNs && untilNs < Infinity);
    }
  });

  test('knows an operation that never returned', () => {
    const log = new HistoryLog(createLog(2), null);
    log.begin({ call: 'set', key: 0, token: 'v1' });
    const [operation] = log.read(0, 1);
    assert.deepEqual([operation?.end, operation?.input.untilNs, operation?.output], [Infinity, Infinity, undefined]);
  });

  test('knows the last thing an update that never returned was about to do', () => {
    const log = new HistoryLog(createLog(2), null);
    const index = log.begin({ call: 'update', key: 0 });
    log.amend(index, 'v1', 'v2');
    log.amend(index, null, 'v3');
    const { given, token } = log.read(0, 1)[0]?.input ?? {};
    assert.deepEqual([given, token], [null, 'v3']);
  });

  test('makes of an operation on all keys one on each', () => {
    const log = new HistoryLog(createLog(2), null);
    log.end(log.begin({ call: 'clear', key: -1 }), log.stamp(), { done: true });
    assert.deepEqual(
      log.read(0, 3).map(({ input }) => input.key),
      [0, 1, 2],
    );
  });

  test('orders by tickets when it is given some, and still knows the time', () => {
    const tickets = new Int32Array(new SharedArrayBuffer(4));
    const logs = [new HistoryLog(createLog(2), tickets), new HistoryLog(createLog(2), tickets)];
    const indexes = logs.map((log) => log.begin({ call: 'get', key: 0 }));
    for (const [nth, log] of logs.entries()) log.end(indexes[nth], log.stamp(), { token: null });
    const operations = logs.flatMap((log, thread) => log.read(thread, 1));
    assert.deepEqual(
      operations.map(({ call, end }) => [call, end]),
      [
        [0, 2],
        [1, 3],
      ],
    );
    assert.ok(operations.every(({ input }) => input.fromNs > 0 && input.untilNs >= input.fromNs));
  });

  test('refuses more operations than it has room for', () => {
    const log = new HistoryLog(createLog(1), null);
    log.begin({ call: 'get', key: 0 });
    assert.throws(() => log.begin({ call: 'get', key: 0 }), /more than 1 operations/);
  });
});
