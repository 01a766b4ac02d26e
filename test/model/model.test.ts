import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { announcedSeed } from '../fixtures/random.ts';
import { type Events, SHAPES, soak } from './soak.ts';

const OPERATIONS = 30_000;
const seed = announcedSeed('model');
const runs: Events[] = [];

for (const [index, shape] of SHAPES.entries()) {
  test(`a store of ${shape.memory} in ${shape.segments} segments with ${shape.keys} keys does what a Map does`, () => {
    const events = soak(shape, seed + index, OPERATIONS);
    runs.push(events);
    assert.ok(events.full < OPERATIONS / 2, `${events.full} of ${OPERATIONS} operations found the store full`);
  });
}

test('the runs came to full stores, growth, expiry, merging and compaction', () => {
  for (const event of ['full', 'growths', 'expired', 'coalesces', 'compactions'] as const) {
    assert.ok(
      runs.some((events) => events[event] > 0),
      `no run came to ${event}: ${JSON.stringify(runs)}`,
    );
  }
});
