import assert from 'node:assert/strict';
import { test } from 'node:test';
import { announcedSeed, Random } from '../fixtures/random.ts';
import { dieUnderCalls } from './execute-deaths.ts';

test('D2: a thousand owners die under calls, and each call is answered once', async (t) => {
  const { deaths, calls, unknown } = await dieUnderCalls(1000, new Random(announcedSeed('execute deaths')));
  t.diagnostic(`${deaths} deaths, ${calls} calls, ${unknown} of unknown outcome`);
  assert.ok(unknown > 100);
});
