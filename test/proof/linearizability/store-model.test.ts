/** The store's model on histories small enough to see through. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { check } from './checker.ts';
import { type StoreInput, storeModel, type StoreOperation, type StoreOutput } from './store-model.ts';
import { EMPTY_TEXT } from './values.ts';

/** An operation from one ms to another; the end is Infinity for a thread that was killed. */
function op(
  thread: number,
  fromMs: number,
  untilMs: number,
  input: Omit<StoreInput, 'key' | 'fromNs' | 'untilNs'>,
  output?: StoreOutput,
): StoreOperation {
  const [fromNs, untilNs] = [fromMs * 1e6, untilMs * 1e6];
  return { thread, call: fromNs, end: untilNs, input: { key: 0, fromNs, untilNs, ...input }, output };
}

function set(at: number, token: number | string, ttlMs?: number): StoreOperation {
  return op(0, at, at + 0.5, { call: 'set', token, ...(ttlMs === undefined ? {} : { ttlMs }) }, { done: true });
}

function get(at: number, token: number | string | null): StoreOperation {
  return op(1, at, at + 0.5, { call: 'get' }, { token });
}

function getVersioned(at: number, token: number | string, version: number): StoreOperation {
  return op(1, at, at + 0.5, { call: 'getVersioned' }, { token, version });
}

function compareAndSet(at: number, version: number, token: string, flag: boolean): StoreOperation {
  return op(2, at, at + 0.5, { call: 'compareAndSet', version, token }, { flag });
}

function increment(at: number, by: number, sum: number): StoreOperation {
  return op(3, at, at + 0.5, { call: 'increment', by }, { token: sum });
}

function remove(at: number, flag: boolean): StoreOperation {
  return op(4, at, at + 0.5, { call: 'delete' }, { flag });
}

function verdictOf(...operations: StoreOperation[]): string {
  return check(storeModel(operations), operations).verdict;
}

const full: StoreOutput = { error: 'full' };
const killed = Infinity;

const refused: Record<string, StoreOperation[]> = {
  'a stale get': [set(0, 'v1'), set(1, 'v2'), get(2, 'v1')],
  'a get that finds nothing between two sets': [set(0, 'v1'), get(1, null), set(2, 'v2')],
  'a value that nobody wrote': [set(0, 'v1'), op(1, 1, 2, { call: 'get' }, { unreadable: true })],
  'a lost increment': [increment(0, 5, 5), op(3, 1, 3, { call: 'increment', by: 2 }, { token: 7 }), increment(1, 3, 8)],
  'an increment of a text': [set(0, 'v1'), increment(1, 2, 2)],
  'an increment that is refused although the value is a number': [
    set(0, 4),
    op(3, 1, 2, { call: 'increment', by: 2 }, { error: 'not a number' }),
  ],
  'a delete that found nothing although there was something': [set(0, 'v1'), remove(1, false)],
  'two deletes that both removed one entry': [
    set(0, 'v1'),
    op(4, 1, 3, { call: 'delete' }, { flag: true }),
    op(5, 1, 3, { call: 'delete' }, { flag: true }),
  ],
  'an entry that is back after a clear': [set(0, 'v1'), op(0, 1, 2, { call: 'clear' }, { done: true }), get(3, 'v1')],
  'a write that is refused for want of room and made all the same': [
    set(0, 'v1'),
    op(0, 1, 2, { call: 'set', token: 'v2' }, full),
    get(3, 'v2'),
  ],
  'a sum that is seen with the version of what it replaced': [
    increment(0, 5, 5),
    getVersioned(1, 5, 7),
    op(3, 2, 5, { call: 'increment', by: 3 }, { token: 8 }),
    getVersioned(3, 8, 7),
    getVersioned(6, 8, 8),
    compareAndSet(7, 7, 'v1', false),
  ],
  'two getOrInserts that both inserted': [
    op(0, 0, 3, { call: 'getOrInsert', token: 'v1' }, { token: 'v1' }),
    op(1, 0, 3, { call: 'getOrInsert', token: 'v2' }, { token: 'v2' }),
  ],
  'a replace of nothing': [op(0, 0, 1, { call: 'replace', token: 'v1' }, { flag: true })],
  'a compareAndSet on a version that was replaced': [
    set(0, 'v1'),
    getVersioned(1, 'v1', 7),
    set(2, 'v2'),
    compareAndSet(3, 7, 'v3', true),
  ],
  'two compareAndSets on one version': [
    set(0, 'v1'),
    getVersioned(1, 'v1', 7),
    compareAndSet(2, 7, 'v2', true),
    compareAndSet(3, 7, 'v3', true),
  ],
  'a compareAndSet that fails although nothing happened': [
    set(0, 'v1'),
    getVersioned(1, 'v1', 7),
    compareAndSet(2, 7, 'v2', false),
  ],
  'a compareAndSet on absence that fails although there is nothing': [compareAndSet(2, 0, 'v2', false)],
  'a version that changes without a write': [set(0, 'v1'), getVersioned(1, 'v1', 7), getVersioned(2, 'v1', 8)],
  'a version that comes back with another value': [
    set(0, 'v1'),
    getVersioned(1, 'v1', 7),
    set(2, 'v2'),
    getVersioned(3, 'v2', 7),
  ],
  'an update that overwrites what it was not given': [
    set(0, 'v1'),
    set(1, 'v2'),
    op(0, 2, 3, { call: 'update', given: 'v1', token: 'v3' }, { token: 'v3' }),
  ],
  'a get after the end of the TTL': [set(0, 'v1', 5), get(7, 'v1')],
  'an entry that is gone before its TTL ends': [set(0, 'v1', 5), get(2, null)],
  'an entry that is back after it ended': [
    set(0, 'v1', 5),
    op(1, 4.2, 4.4, { call: 'get' }, { token: null }),
    op(1, 4.5, 4.7, { call: 'get' }, { token: 'v1' }),
  ],
  'a replace of an entry that was seen to have ended before': [
    set(0, 'v1', 5),
    op(1, 4.2, 4.4, { call: 'get' }, { token: null }),
    op(1, 7, 8, { call: 'replace', token: 'v2' }, { flag: true }),
  ],
  'a replace of an entry that a delete found to have ended': [
    set(0, 'v1', 5),
    op(1, 4.2, 4.4, { call: 'delete' }, { flag: false }),
    op(1, 4.6, 8, { call: 'replace', token: 'v2' }, { flag: true }),
  ],
  'a replace that keeps the TTL': [
    set(0, 'v1', 5),
    op(0, 1, 2, { call: 'replace', token: 'v2' }, { flag: true }),
    get(9, null),
  ],
  'an increment that drops the TTL': [set(0, 3, 5), increment(1, 2, 5), get(9, 5)],
  'a killed set that is seen, then not': [
    set(0, 'v1'),
    op(2, 1, killed, { call: 'set', token: 'v2' }),
    get(2, 'v2'),
    get(3, 'v1'),
  ],
};

const accepted: Record<string, StoreOperation[]> = {
  'all calls in turn': [
    get(0, null),
    set(1, 'v1'),
    op(0, 2, 3, { call: 'has' }, { flag: true }),
    op(0, 4, 5, { call: 'getOrInsert', token: 'v2' }, { token: 'v1' }),
    op(0, 6, 7, { call: 'replace', token: 'v3' }, { flag: true }),
    getVersioned(8, 'v3', 41),
    compareAndSet(9, 41, 'v4', true),
    compareAndSet(10, 41, 'v5', false),
    op(0, 11, 12, { call: 'update', given: 'v4', token: 'v6' }, { token: 'v6' }),
    op(0, 13, 14, { call: 'increment', by: 1 }, { error: 'not a number' }),
    remove(15, true),
    remove(16, false),
    increment(17, 2.5, 2.5),
    increment(18, 2, 4.5),
    op(0, 19, 20, { call: 'clear' }, { done: true }),
    compareAndSet(21, 0, 'v7', true),
    op(0, 22, 23, { call: 'peek' }, { token: 'v7' }),
  ],
  'a write that found no room': [set(0, 'v1'), op(0, 1, 2, { call: 'set', token: 'v2' }, full), get(3, 'v1')],
  'either, while the TTL may be ending': [
    set(0, 'v1', 5),
    op(1, 3.9, 4, { call: 'get' }, { token: 'v1' }),
    op(1, 4.1, 5.2, { call: 'get' }, { token: 'v1' }),
    op(1, 5.3, 5.4, { call: 'get' }, { token: null }),
    get(9, null),
  ],
  'a replace that found the entry alive, and is overtaken by a reader at its end': [
    set(0, 'v1', 5),
    op(2, 4, 9, { call: 'replace', token: 'v2' }, { flag: true }),
    get(7, null),
    get(10, 'v2'),
  ],
  'a set that takes the TTL away': [set(0, 'v1', 5), set(1, 'v2'), get(9, 'v2')],
  'a compareAndSet on absence after the TTL': [set(0, 'v1', 5), compareAndSet(9, 0, 'v2', true), get(10, 'v2')],
  'a killed set with a TTL that takes effect late': [
    op(2, 0, killed, { call: 'set', token: 'v1', ttlMs: 5 }),
    get(9, 'v1'),
  ],
  'a killed increment that happened': [
    increment(0, 5, 5),
    op(2, 1, killed, { call: 'increment', by: 3 }),
    get(2, 5),
    get(3, 8),
  ],
  'a killed update that happened': [
    set(0, 'v1'),
    op(2, 1, killed, { call: 'update', given: 'v1', token: 'v2' }),
    get(2, 'v2'),
  ],
  'a killed update whose callback was never called': [set(0, 'v1'), op(2, 1, killed, { call: 'update' }), get(2, 'v1')],
  'a set of which nobody knows whether it was made, made': [op(0, 0, 1, { call: 'set', token: 'v1' }), get(2, 'v1')],
  'a set of which nobody knows whether it was made, not made': [
    op(0, 0, 1, { call: 'set', token: 'v1' }),
    get(2, null),
  ],
  'empty values that are written twice, with versions of their own': [
    set(0, EMPTY_TEXT),
    getVersioned(1, EMPTY_TEXT, 7),
    set(2, EMPTY_TEXT),
    getVersioned(3, EMPTY_TEXT, 8),
    compareAndSet(4, 7, 'v1', false),
  ],
};

describe("the store's model", () => {
  for (const [what, operations] of Object.entries(refused)) {
    test(`refuses ${what}`, () => assert.equal(verdictOf(...operations), 'not linearizable'));
  }

  for (const [what, operations] of Object.entries(accepted)) {
    test(`accepts ${what}`, () => assert.equal(verdictOf(...operations), 'linearizable'));
  }

  test('lets entries vanish when the store may evict, but not come back', () => {
    const gone = [set(0, 'v1'), get(1, null)];
    const back = [...gone, get(2, 'v1')];
    assert.equal(check(storeModel(gone, { evicts: true }), gone).verdict, 'linearizable');
    assert.equal(check(storeModel(back, { evicts: true }), back).verdict, 'not linearizable');
  });
});
