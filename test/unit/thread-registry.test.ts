/** What proves the death of a thread beside its exit: a later holder of its place, and an OS thread of another age. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LOCK_WAITERS, threadEntry, THREADS_MAX } from '../../native-layout/arena.ts';
import { countThreads, markExited, register, tokenIsDead, unregister } from '../../src/memory/threads.ts';

const { generation, identity, osThread, startLo } = threadEntry.word;
/** The highest id that Linux gives, which hardly any thread gets. */
const NO_OS_THREAD = 0x3fffff;
/** What an entry says while the thread of this id takes it. */
const CLAIM_OF_NOBODY: number = -0x1000000 - NO_OS_THREAD;

function emptyRegistry(): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(THREADS_MAX * threadEntry.words * 4));
}

test('a lock of the last holder of a place is told from one of its successor', () => {
  const words = emptyRegistry();
  const first = register(words, 0);
  assert.equal(tokenIsDead(words, 0, first), false);
  assert.equal(tokenIsDead(words, 0, first | LOCK_WAITERS), false);
  unregister(words, 0, first);
  assert.equal(tokenIsDead(words, 0, first), true);
  const second = register(words, 0);
  assert.equal(countThreads(words, 0), 1, 'the place is used again');
  assert.notEqual(second, first);
  assert.equal(tokenIsDead(words, 0, first), true);
  assert.equal(tokenIsDead(words, 0, second), false);
});

test('a thread is dead when the OS thread of its id began at another time', (t) => {
  const words = emptyRegistry();
  const token = register(words, 0);
  if (words[osThread] === 0) return t.skip('the OS shows no threads here');
  words[startLo] -= 1;
  assert.equal(tokenIsDead(words, 0, token), true);
  assert.equal(words[identity], 0, 'its place is free again');
});

test('an exit frees the place of the thread that exited, and no other', () => {
  const words = emptyRegistry();
  const token = register(words, 0);
  const ownThreadId = words[identity] - 1;
  assert.equal(markExited(words, 0, ownThreadId + 1), 0);
  assert.equal(tokenIsDead(words, 0, token), false);
  assert.equal(markExited(words, 0, ownThreadId), token);
  assert.equal(tokenIsDead(words, 0, token), true);
  assert.equal(countThreads(words, 0), 0);
});

test('a registry in which everybody died, as a holder of a place or in taking one, has room', () => {
  for (const left of [900_000, CLAIM_OF_NOBODY]) {
    const words = emptyRegistry();
    for (let entry = 0; entry < words.length; entry += threadEntry.words) {
      words[entry + identity] = left;
      words[entry + generation] = 5;
      words[entry + osThread] = NO_OS_THREAD;
    }
    const token = register(words, 0);
    assert.equal(tokenIsDead(words, 0, token), false, `identity ${left}`);
  }
});
