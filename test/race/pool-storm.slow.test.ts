import assert from 'node:assert/strict';
import { test } from 'node:test';
import { announcedSeed, Random } from '../fixtures/random.ts';
import { weather } from './pool-storm.ts';

test('D2: a hundred pools in a storm answer each call once, run none twice, keep the order of each key, and end', async (t) => {
  const random = new Random(announcedSeed('pool storm'));
  const report = await weather(random, ({ pools }) => pools === 100);
  t.diagnostic(JSON.stringify(report));
  assert.ok(report.calls > 10_000 && report.deaths > 100);
});
