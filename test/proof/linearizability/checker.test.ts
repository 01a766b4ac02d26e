/** The checker on histories small enough to see through. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { check, finalStates } from './checker.ts';
import { explain, reduceRefused } from './evidence.ts';
import type { Operation } from './model.ts';
import { drawHistory } from './picture.ts';
import { registerModel, type RegisterInput, type RegisterOutput } from './register-model.ts';

type RegisterOperation = Operation<RegisterInput, RegisterOutput>;

function read(thread: number, call: number, end: number, value?: number | null): RegisterOperation {
  return { thread, call, end, input: { kind: 'read' }, output: value };
}

function write(thread: number, call: number, end: number, value: number): RegisterOperation {
  return { thread, call, end, input: { kind: 'write', value }, output: end === Infinity ? undefined : null };
}

function cas(thread: number, call: number, end: number, from: number, to: number, done?: boolean): RegisterOperation {
  return { thread, call, end, input: { kind: 'cas', from, to }, output: done };
}

function verdictOf(...operations: RegisterOperation[]): string {
  return check(registerModel, operations).verdict;
}

/** A history that is refused, by what is wrong with it. */
const refused: Record<string, RegisterOperation[]> = {
  'a stale read': [write(0, 0, 1, 1), write(0, 2, 3, 2), read(1, 4, 5, 1)],
  'a read of what nobody wrote': [write(0, 0, 1, 1), read(1, 0, 1, 7)],
  'a read before the write was called': [read(1, 0, 1, 1), write(0, 2, 3, 1)],
  'a lost update': [write(0, 0, 1, 1), cas(0, 2, 5, 1, 2, true), cas(1, 3, 6, 1, 3, true)],
  'two readers that see two writes in different orders': [
    write(0, 0, 10, 1),
    write(1, 0, 10, 2),
    read(2, 1, 2, 1),
    read(2, 3, 4, 2),
    read(3, 1, 4, 2),
    read(3, 5, 6, 1),
  ],
  'a value that is read, gone, and back': [write(0, 0, 1, 1), write(1, 2, 9, 2), read(2, 3, 4, 2), read(2, 5, 6, 1)],
  'a dirty read: a killed write that is seen and then undone': [
    write(0, 0, 1, 1),
    write(1, 2, Infinity, 2),
    read(2, 3, 4, 2),
    read(2, 5, 6, 1),
  ],
  'a killed write that is seen before it was called': [read(2, 0, 1, 2), write(1, 2, Infinity, 2)],
  'a killed write that takes effect twice': [
    write(1, 0, Infinity, 2),
    read(0, 1, 2, 2),
    write(0, 3, 4, 1),
    read(0, 5, 6, 2),
  ],
  'a compare-and-set that fails although nothing stood against it': [write(0, 0, 1, 1), cas(0, 2, 3, 1, 2, false)],
};

const accepted: Record<string, RegisterOperation[]> = {
  'the empty history': [],
  'a read of either of two concurrent writes': [write(0, 0, 5, 1), write(1, 0, 5, 2), read(2, 6, 7, 1)],
  'a read that returns before the write it sees does': [write(0, 0, 9, 1), read(1, 1, 2, 1), read(1, 3, 4, 1)],
  'a killed write that never happens': [write(0, 0, 1, 1), write(1, 2, Infinity, 2), read(0, 3, 4, 1)],
  'a killed write that happens long after': [
    write(0, 0, 1, 1),
    write(1, 2, Infinity, 2),
    read(0, 3, 4, 1),
    write(0, 5, 6, 3),
    read(0, 7, 8, 2),
  ],
  'a killed compare-and-set that happens': [write(0, 0, 1, 1), cas(1, 2, Infinity, 1, 2), read(0, 3, 4, 2)],
  'a read that never returned': [write(0, 0, 1, 1), read(1, 0, Infinity), read(0, 2, 3, 1)],
  'intervals that touch, which are concurrent': [write(0, 0, 1, 1), write(0, 2, 3, 2), read(1, 3, 4, 1)],
};

describe('the checker', () => {
  for (const [what, operations] of Object.entries(refused)) {
    test(`refuses ${what}`, () => assert.equal(verdictOf(...operations), 'not linearizable'));
  }

  for (const [what, operations] of Object.entries(accepted)) {
    test(`accepts ${what}`, () => assert.equal(verdictOf(...operations), 'linearizable'));
  }

  test('gives an order that obeys the model and the intervals', () => {
    const operations = [write(0, 0, 5, 1), write(1, 0, 5, 2), read(2, 1, 3, 2), read(2, 6, 7, 1), read(3, 6, 7, 1)];
    const result = check(registerModel, operations);
    assert.ok(result.verdict === 'linearizable');
    assert.equal(result.order.length, operations.length);
    let states: readonly (number | null)[] = [registerModel.initial];
    for (const [index, operation] of result.order.entries()) {
      states = registerModel.step(states[0], operation);
      assert.equal(states.length, 1);
      for (const later of result.order.slice(index)) assert.ok(later.end >= operation.call);
    }
  });

  test('says unknown when the bound on steps is reached, in either direction', () => {
    const writes = Array.from({ length: 10 }, (_, thread) => write(thread, 0, 100, thread));
    const impossible = check(registerModel, [...writes, read(11, 0, 100, 99)], { stepsMax: 50 });
    assert.deepEqual([impossible.verdict, impossible.steps], ['unknown', 50]);
    assert.equal(check(registerModel, writes, { stepsMax: 5 }).verdict, 'unknown');
  });

  test('is not lost among many killed writes', () => {
    const killed = Array.from({ length: 12 }, (_, thread) => write(thread, thread, Infinity, thread));
    const reads = Array.from({ length: 12 }, (_, index) => read(99, 100 + 2 * index, 101 + 2 * index, 11 - index));
    assert.equal(verdictOf(...killed, ...reads), 'linearizable');
    assert.equal(verdictOf(...killed, ...reads, read(99, 200, 201, 5)), 'not linearizable');
  });

  test('finds all states in which a history may end', () => {
    const states = finalStates(registerModel, [write(0, 0, 5, 1), write(1, 0, 5, 2), read(2, 1, 9, 2)]);
    assert.deepEqual(states?.sort(), [1, 2]);
    assert.deepEqual(finalStates(registerModel, []), [null]);
  });

  test('agrees with a search of all orders on 3,000 random small histories', () => {
    const counts = { linearizable: 0, 'not linearizable': 0 };
    for (let seed = 1; seed <= 3000; seed++) {
      const operations = randomHistory(seed);
      const expected = fitsInSomeOrder(null, operations) ? 'linearizable' : 'not linearizable';
      assert.equal(verdictOf(...operations), expected, `seed ${seed}\n${drawHistory(registerModel, operations)}`);
      counts[expected]++;
    }
    console.log(`${counts.linearizable} linearizable, ${counts['not linearizable']} not`);
    assert.ok(counts.linearizable > 500 && counts['not linearizable'] > 500);
  });
});

describe('the evidence', () => {
  const settled = [write(0, 0, 1, 1), write(1, 0, 1, 2), read(0, 2, 3, 2)];
  const stale = [write(0, 10, 13, 3), read(1, 11, 14, 2), read(1, 15, 16, 3), read(0, 17, 18, 2), read(0, 19, 20, 2)];

  test('names the first operation that has no place, and the longest linearization of the others', () => {
    const result = check(registerModel, [...settled, ...stale]);
    assert.ok(result.verdict === 'not linearizable');
    assert.deepEqual(result.refusal.blocked, stale[3]);
    assert.equal(result.refusal.prefix.length, 6);
  });

  test('keeps only what is needed', () => {
    const { starts, operations } = reduceRefused(registerModel, [...settled, ...stale], stale[3]);
    assert.deepEqual(starts, [3]);
    assert.deepEqual(operations, [stale[3]]);
  });

  test('is readable', () => {
    const operations = [
      write(0, 0, 1, 1),
      write(1, 0, 1, 2),
      read(0, 2, 3, 2),
      write(0, 10, 19, 3),
      read(1, 11, 14, 2),
      read(1, 15, 16, 3),
      read(2, 17, 18, 2),
      read(3, 17, 20, 2),
      read(0, 20, 21, 2),
    ];
    const result = check(registerModel, operations);
    assert.ok(result.verdict === 'not linearizable');
    assert.equal(
      explain(registerModel, operations, result.refusal.blocked),
      [
        'no place for thread 2: read() -> 2',
        'before: thread 0 write(1)',
        'before: thread 1 write(2)',
        'before: thread 0 read() -> 2',
        'thread 0 [=========>  write(3)',
        'thread 1   [=]        read() -> 3',
        'thread 2       [=]    read() -> 2',
        '(6 of 9 operations are not in the picture: settled ones, later ones, and reads that prove nothing)',
        'from 2 the longest linearization is: write(3); read() -> 3',
      ].join('\n'),
    );
  });

  test('shows an operation that never returned as an open bar', () => {
    const picture = drawHistory(registerModel, [write(0, 0, 2, 1), cas(1, 1, Infinity, 1, 2)]);
    assert.equal(picture, 'thread 0 [===]    write(1)\nthread 1   [===>  cas(1, 2) -> ?');
  });
});

/** Up to 7 operations of 3 threads on values 0 to 2, some of which never return. */
function randomHistory(seed: number): RegisterOperation[] {
  let state = seed;
  const below = (bound: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
  const operations: RegisterOperation[] = [];
  for (let thread = 0; thread < 3; thread++) {
    let time = below(4);
    for (let count = below(3) + (thread === 0 ? 1 : 0); count > 0; count--) {
      const call = time;
      const end = below(8) === 0 ? Infinity : call + 1 + below(6);
      const kind = below(3);
      const returned = end !== Infinity;
      if (kind === 0) operations.push(read(thread, call, end, returned ? below(3) : undefined));
      else if (kind === 1) operations.push(write(thread, call, end, below(3)));
      else operations.push(cas(thread, call, end, below(3), below(3), returned ? below(2) === 0 : undefined));
      if (!returned) break;
      time = end + below(3);
    }
  }
  return operations;
}

/** The definition, tried literally: some next operation that no other one precedes, then the rest. */
function fitsInSomeOrder(state: number | null, left: readonly RegisterOperation[]): boolean {
  if (left.every(({ end }) => end === Infinity)) return true;
  return left.some((operation) => {
    if (left.some((other) => other.end < operation.call)) return false;
    const rest = left.filter((other) => other !== operation);
    return registerModel.step(state, operation).some((next) => fitsInSomeOrder(next, rest));
  });
}
