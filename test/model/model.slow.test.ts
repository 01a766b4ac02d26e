import { test } from 'node:test';
import { announcedSeed } from '../fixtures/random.ts';
import { SHAPES, soak } from './soak.ts';

const OPERATIONS = 3_000_000;
const seed = announcedSeed('model, slow');

for (const [index, shape] of SHAPES.entries()) {
  const each = Math.ceil(OPERATIONS / SHAPES.length);
  test(`${each} operations on ${shape.memory} in ${shape.segments} segments do what a Map does`, () => {
    soak(shape, seed + 1000 + index, each);
  });
}
