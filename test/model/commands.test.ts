import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { announcedSeed } from '../fixtures/random.ts';
import { runCommands } from './commands.ts';

test('random commands on stores of all codecs, each in four views and from three threads, do what they do on Maps', async (t) => {
  const counts = await runCommands(announcedSeed('commands'), 60, 400);
  t.diagnostic(JSON.stringify(counts));
  assert.ok(counts.calls > 1_000);
  assert.ok(counts.elsewhere > counts.calls / 3, 'few calls were made by other threads');
});
