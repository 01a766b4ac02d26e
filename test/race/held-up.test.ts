import { strict as assert } from 'node:assert';
import { describe as suite, test } from 'node:test';
import { segmentHeader } from '../../native-layout/segment.ts';
import { Store } from '../../src/index.ts';
import { arenaOf } from '../../src/store.ts';
import { PauseLog } from '../fixtures/pauses.ts';
import { heldUp, type Operation } from './held-up.ts';

/** A token of a registry entry that nobody has, as a thread that is gone leaves it behind. */
const DEAD = (5 << 10) | (200 << 2);
const OTHER_DEAD = (5 << 10) | (201 << 2);
const [REPAIRER, BYSTANDER] = [(5 << 10) | (7 << 2), (5 << 10) | (8 << 2)];
const THREADS = new Map([
  [REPAIRER, 1],
  [BYSTANDER, 2],
]);

/** An operation of thread 9 from 100 to 200, or another one, with no time for which the OS ran others. */
function operation(changes: Partial<Operation>): Operation {
  return { thread: 9, startMs: 100, endMs: 200, delayFromMs: 0, delayToMs: 0, runMs: 1, sleeps: [], ...changes };
}

function sleep(token: number, fromMs: number, toMs: number, delayMs = 0): Operation['sleeps'][number] {
  return { token, fromMs, toMs, delayMs };
}

/** The stall of the first operation; undefined when no death held it up. */
function stallOf(operations: readonly Operation[], ends: readonly (readonly [number, number])[]): number | undefined {
  return heldUp(operations, new Map(ends), THREADS).find((found) => found.operation === operations[0])?.stallMs;
}

suite('an operation', () => {
  test('at a lock of the dead is held up from the end of the thread until it comes back', () => {
    assert.equal(stallOf([operation({ sleeps: [sleep(DEAD, 110, 190)] })], [[DEAD, 150]]), 50);
    assert.equal(stallOf([operation({ sleeps: [sleep(DEAD, 110, 120)] })], [[DEAD, 50]]), 90);
  });

  test('that got the lock before the thread ended is not held up by its death', () => {
    assert.equal(stallOf([operation({ sleeps: [sleep(DEAD, 110, 140)] })], [[DEAD, 150]]), undefined);
    assert.equal(stallOf([operation({})], [[DEAD, 150]]), undefined);
  });

  test('at a lock of the living is not held up by the death of another thread', () => {
    const bystander = operation({ thread: 2, sleeps: [] });
    assert.equal(stallOf([operation({ sleeps: [sleep(BYSTANDER, 110, 190)] }), bystander], [[DEAD, 105]]), undefined);
  });

  test('is held up with the one that it waits for, be it further down the chain', () => {
    const repairer = operation({ thread: 1, startMs: 120, endMs: 180, sleeps: [sleep(DEAD, 120, 160)] });
    const waiting = operation({ sleeps: [sleep(REPAIRER, 170, 190)] });
    assert.equal(stallOf([waiting, repairer], [[DEAD, 150]]), 30);
    const between = operation({ thread: 2, sleeps: [sleep(REPAIRER, 130, 190)] });
    assert.equal(stallOf([operation({ sleeps: [sleep(BYSTANDER, 110, 190)] }), between, repairer], [[DEAD, 150]]), 50);
  });

  test('is not held up by what its holder waited for at another time', () => {
    const repairer = operation({ thread: 1, startMs: 120, endMs: 180, sleeps: [sleep(DEAD, 120, 160)] });
    assert.equal(stallOf([operation({ sleeps: [sleep(REPAIRER, 182, 190)] }), repairer], [[DEAD, 150]]), undefined);
    assert.equal(stallOf([operation({ sleeps: [sleep(REPAIRER, 110, 140)] }), repairer], [[DEAD, 150]]), undefined);
  });

  test('at locks of two dead threads waits for both ends, and what is between them counts', () => {
    const sleeps = [sleep(DEAD, 100, 130), sleep(OTHER_DEAD, 130, 190)];
    const ends = [
      [DEAD, 110],
      [OTHER_DEAD, 160],
    ] as const;
    // 20 ms at the first one's lock, 30 ms at the second one's, 10 ms of its own.
    assert.equal(stallOf([operation({ sleeps })], ends), 60);
  });

  test('is not charged with the time for which the OS ran others, unless that was before the end', () => {
    const sleeps = [sleep(DEAD, 100, 140, 30), sleep(DEAD, 140, 160, 40), sleep(DEAD, 160, 180, 45)];
    assert.equal(stallOf([operation({ delayToMs: 50, sleeps })], [[DEAD, 155]]), 45 - (5 + 5 + 5));
    assert.equal(stallOf([operation({ delayToMs: 50, sleeps })], [[DEAD, 145]]), 55 - (10 + 5 + 5));
    // Before that end it slept at the lock of one who was to die, and was not run then either.
    assert.equal(stallOf([operation({ delayToMs: 45, sleeps })], [[DEAD, 170]]), 30 - 5);
  });
});

suite('the log of a thread', () => {
  test('has its sleeps at the lock of a segment, and names the dead holder', () => {
    const store = Store.create({ memory: '1MiB', segments: 1 });
    const arena = arenaOf(store);
    const log = new PauseLog(PauseLog.reserve(1), 0);
    log.open(arena.token);
    log.timed(() => store.set(1, 1));
    log.take();
    arena.viewOf(0)[arena.headOf(0) + segmentHeader.word.lock] = DEAD;
    log.timed(() => store.set(1, 2));
    log.close();
    const operations = log.take().map((pause) => ({ ...pause, thread: 0 }));
    assert.deepEqual(
      operations.map(({ sleeps }) => sleeps.map(({ token }) => token)),
      [[DEAD]],
    );
    assert.equal(heldUp(operations, new Map([[DEAD, 0]]), new Map()).length, 1);
    assert.equal(store.get(1), 2);
    store.close();
  });
});
