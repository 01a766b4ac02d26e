import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { announcedSeed } from '../fixtures/random.ts';
import { runCommands } from './commands.ts';

test('random commands on three views of one arena, one of them in another thread, do what they do on a Map', async (t) => {
  const counts = await runCommands(announcedSeed('commands'), 60, 400);
  t.diagnostic(JSON.stringify(counts));
  assert.ok(counts.calls > 1_000);
});
