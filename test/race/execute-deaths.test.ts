import assert from 'node:assert/strict';
import { test } from 'node:test';
import { announcedSeed, Random } from '../fixtures/random.ts';
import { dieUnderCalls } from './execute-deaths.ts';

test('D2: owners die under calls, each call is answered once, none is lost, none runs twice, in the order of its key', async (t) => {
  const { deaths, calls, unknown } = await dieUnderCalls(30, new Random(announcedSeed('execute deaths')));
  t.diagnostic(`${deaths} deaths, ${calls} calls, ${unknown} of unknown outcome`);
  assert.ok(unknown > 0);
});
