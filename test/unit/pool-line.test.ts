/** The line to a thread: what it takes, what it takes back, and what is left of it when its thread is gone. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { WINDOW } from '../../src/dispatch/turns.ts';
import { newTask, PlayedLine } from '../fixtures/pool-line.ts';
import { turnsUntil } from '../fixtures/pool-setup.ts';

function lineFor(t: TestContext): PlayedLine {
  const played = new PlayedLine();
  t.after(() => played.end());
  return played;
}

test('what a thread has answered before its end counts, though nobody has read it', (t) => {
  const played = lineFor(t);
  const tasks = [newTask(), newTask(), newTask(), newTask()];
  played.send(...tasks);
  played.play(1, true);
  played.play(2, true);
  played.play(3, false);
  const { begun, unbegun } = played.line.close();
  assert.deepEqual(played.answered, [1, 2]);
  assert.deepEqual([begun, unbegun], [[tasks[2]], [tasks[3]]]);
});

test('a line takes as many tasks as its window, and one more for each that is answered or taken back', async (t) => {
  const played = lineFor(t);
  const tasks = Array.from({ length: WINDOW }, () => newTask());
  played.send(...tasks);
  assert.equal(played.line.hasRoomFor(newTask()), false);
  played.play(1, true);
  await turnsUntil(() => played.answered.length === 1);
  assert.equal(played.line.hasRoomFor(newTask()), true);
  played.send(newTask());
  assert.equal(played.line.hasRoomFor(newTask()), false);
  // In the middle: its word is still in the way of the next turn, so the window stays as it is.
  assert.equal(played.line.recall(tasks[4]), true);
  assert.equal(played.line.hasRoomFor(newTask()), false);
  assert.equal(played.line.recall(tasks[1]), true);
  assert.equal(played.line.hasRoomFor(newTask()), true);
  assert.equal(played.line.count, WINDOW - 2);
});

test('a task that was taken back is not begun, and no answer is taken for its', async (t) => {
  const played = lineFor(t);
  const [first, second] = [newTask(), newTask()];
  played.send(first, second);
  assert.equal(played.line.recall(first), true);
  assert.equal(played.play(1, true), false);
  assert.equal(played.play(2, true), true);
  assert.equal(played.line.recall(second), false);
  await turnsUntil(() => played.answered.length > 0);
  assert.deepEqual(played.answered, [2]);
  assert.equal(played.line.count, 0);
});

test('a task whose buffers move is sent when nothing else is with the thread, and not taken back with the others', (t) => {
  const played = lineFor(t);
  const { buffer } = new Uint8Array(8);
  const moved = newTask(buffer, [buffer]);
  played.send(newTask());
  assert.equal(played.line.hasRoomFor(moved), false);
  assert.equal(played.line.recallAll().length, 1);
  assert.equal(played.line.hasRoomFor(moved), true);
  played.send(moved, newTask(), newTask());
  assert.equal(buffer.byteLength, 0);
  assert.equal(played.line.recallAll().length, 2);
  assert.deepEqual(played.line.tasks(), [moved]);
});

test('an answer that cannot be read is that of the first task', (t) => {
  const played = lineFor(t);
  played.send(newTask(), newTask());
  played.thread.port.emit('messageerror', new Error('garbled'));
  assert.deepEqual(played.answered, [1]);
});

test('a task that cannot be cloned is not sent, and the next one has its turn', (t) => {
  const played = lineFor(t);
  assert.throws(() => played.send(newTask(() => {})), { name: 'DataCloneError' });
  played.send(newTask('good'));
  const call = played.read();
  assert.deepEqual([call?.turn, call?.task], [1, 'good']);
});
