/** The words that say who has a task that was sent ahead: the thread, once it has begun it, or the pool, which recalled it. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import {
  begin,
  hasWorked,
  isAborted,
  markAborted,
  markSent,
  newTurns,
  recall,
  wasBegun,
  WINDOW,
} from '../../src/dispatch/turns.ts';

test('a task that was begun cannot be recalled, and one that was recalled cannot be begun', () => {
  const turns = newTurns();
  markSent(turns, 1);
  assert.equal(wasBegun(turns, 1), false);
  assert.equal(begin(turns, 1), true);
  assert.equal(recall(turns, 1), false);
  assert.equal(begin(turns, 1), false);
  assert.equal(wasBegun(turns, 1), true);
  markSent(turns, 2);
  assert.equal(recall(turns, 2), true);
  assert.equal(begin(turns, 2), false);
  assert.equal(recall(turns, 2), false);
  assert.equal(wasBegun(turns, 2), false);
});

test('the word of a turn is not taken for that of an earlier one in the same place', () => {
  const turns = newTurns();
  markSent(turns, 3);
  assert.equal(recall(turns, 3), true);
  markSent(turns, 3 + WINDOW);
  assert.equal(begin(turns, 3), false);
  assert.equal(recall(turns, 3), false);
  assert.equal(begin(turns, 3 + WINDOW), true);
  assert.equal(wasBegun(turns, 3), false);
});

test('turns go on past 2^30, where their words wrap', () => {
  const turns = newTurns();
  for (const turn of [2 ** 29 - 1, 2 ** 29, 2 ** 30 - 1, 2 ** 30, 2 ** 31 + 5]) {
    markSent(turns, turn);
    assert.equal(begin(turns, turn), true);
    assert.equal(recall(turns, turn), false);
    assert.equal(wasBegun(turns, turn), true);
  }
});

test('only a task that was begun is aborted, and it stays begun', () => {
  const turns = newTurns();
  markSent(turns, 1);
  markAborted(turns, 1);
  assert.equal(isAborted(turns, 1), false);
  assert.equal(begin(turns, 1), true);
  markAborted(turns, 1);
  assert.equal(isAborted(turns, 1), true);
  assert.equal(wasBegun(turns, 1), true);
});

test('a thread has worked once it has tried to begin a task', () => {
  const turns = newTurns();
  markSent(turns, 1);
  assert.equal(hasWorked(turns), false);
  begin(turns, 1);
  assert.equal(hasWorked(turns), true);
});

test('whenever a thread begins what it can amid a recall, it has the earlier tasks and the pool the later ones', async () => {
  const tasks = 5;
  let steps = 0;
  for (let step = 1; ; step++) {
    const worker = new Worker(new URL('../fixtures/recall-race.js', import.meta.url), {
      workerData: { tasks, step },
      execArgv: ['--conditions=sharena-proof'],
    });
    const [{ begun, recalled, accesses }] = (await once(worker, 'message')) as [
      { begun: number[]; recalled: number[]; accesses: number },
    ];
    const all = [1, 2, 3, 4, 5];
    assert.deepEqual([...begun, ...recalled.toReversed()], all, `begun at access ${step}`);
    if (accesses < step) break;
    steps += 1;
  }
  assert.ok(steps >= tasks, `${steps} accesses`);
});
