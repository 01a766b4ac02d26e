import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { announcedSeed } from '../fixtures/random.ts';
import { runCommands } from './commands.ts';

const COMMANDS = 1_000_000;

test('a million commands on three views of one arena do what they do on a Map', async (t) => {
  const seed = announcedSeed('commands, slow');
  const total = { calls: 0, full: 0 };
  for (let part = 0; total.calls < COMMANDS; part++) {
    const counts = await runCommands(seed + part, 200, 1_000);
    assert.ok(counts.calls > 0);
    total.calls += counts.calls;
    total.full += counts.full;
  }
  t.diagnostic(JSON.stringify(total));
  assert.ok(total.full > 0, 'the store was never full');
});
