import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { arenaHeader } from '../../native-layout/arena.ts';
import { segmentHeader } from '../../native-layout/segment.ts';
import { type Lease, Store } from '../../src/index.ts';
import { arenaOf } from '../../src/store.ts';
import { announcedSeed, Random } from '../fixtures/random.ts';

/** Calls `operation` from the very end of the stack back, until it has room enough. Returns how often it overflowed. */
function runAtStackEnd(operation: () => void, firstFrames: number): number {
  let overflows = 0;
  const attempt = (): void => {
    try {
      operation();
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      overflows += 1;
      throw error;
    }
  };
  const dive = (): void => {
    try {
      dive();
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      attempt();
    }
  };
  // Frames of different sizes on the way down move the end of the stack through the middle of the operation.
  const shift = (frames: number, ...padding: number[]): void => {
    if (frames > 0) shift(frames - 1, frames, ...padding.slice(0, 3));
    else dive();
  };
  try {
    shift(firstFrames);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return overflows;
}

test('a write that finds the stack full leaves no lock held, and the next one repairs', () => {
  const seed = announcedSeed('full stack');
  const random = new Random(seed);
  const store = Store.create<string | number>({ memory: '256KiB', segments: 2 });
  const arena = arenaOf(store);
  const locks = [0, 1].map((segment) => arena.headOf(segment) + segmentHeader.word.lock);
  locks.push(arenaHeader.word.pageLock);
  for (let index = 0; index < 500; index++) store.set(`k${index}`, 'v'.repeat(index % 200));
  const operations: readonly (() => void)[] = [
    () => store.set('k5', 'w'.repeat(random.below(300))),
    () => store.set(`new${random.below(400)}`, 'x'.repeat(200)),
    () => store.set('large', 'y'.repeat(random.below(60_000))),
    () => store.delete(`k${random.below(500)}`),
    () => store.increment('count'),
    () => store.compareAndSet('k6', store.getVersioned('k6')?.version ?? 0, 'z'),
    () => store.lease('k6')?.release(),
    () => leases.push(store.lease(`k${random.below(500)}`)),
    () => leases.splice(0).forEach((lease) => lease?.release()),
    () => store.verify(),
    () => store.clear(),
  ];
  const leases: (Lease | undefined)[] = [];
  let overflows = 0;
  for (let round = 0; round < 1100; round++) {
    overflows += runAtStackEnd(operations[round % operations.length], random.below(40));
    for (const lock of locks) {
      const held = arena.words[lock];
      assert.ok(
        held === 0 || held === 2,
        `round ${round}: lock word ${lock} is ${held}, the thread's token is ${arena.token}`,
      );
    }
    if (round % 20 === 0) assert.deepEqual(store.verify().problems, []);
  }
  assert.ok(overflows > 0, 'the stack was never full');
  assert.ok(store.stats().recoveries > 0, 'no overflow fell into a critical section');
  store.clear();
  assert.deepEqual(store.verify().problems, []);
  assert.equal(store.size, 0);
  // Some leases were given to nobody, as there was no stack left to keep them.
  const other = Store.attach(store.handle);
  store.close();
  assert.deepEqual(other.verify().problems, []);
  const { leases: left, detachedBytes } = other.stats();
  assert.deepEqual([left, detachedBytes], [0, 0]);
});

test('a write that finds the stack full has happened whole or not at all', () => {
  const store = Store.create<string>({ memory: '256KiB', segments: 1 });
  let value = 'first';
  store.set('key', value);
  for (let round = 0; round < 300; round++) {
    const next = `${round}:${'v'.repeat((round * 37) % 2000)}`;
    runAtStackEnd(() => store.set('key', next), round % 40);
    const found = store.get('key');
    assert.ok(found === next || found === value, `round ${round}: ${found?.slice(0, 20)}`);
    assert.equal(found?.length, found === next ? next.length : value.length);
    value = found;
  }
});
