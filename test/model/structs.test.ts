import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { announcedSeed } from '../fixtures/random.ts';
import { runStructs } from './structs.ts';

test('random calls on random structs do what they do on a Map of objects', (t) => {
  const calls = runStructs(announcedSeed('structs'), 150);
  t.diagnostic(`${calls} calls`);
  assert.ok(calls > 1000);
});
