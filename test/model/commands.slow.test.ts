import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { announcedSeed } from '../fixtures/random.ts';
import { runCommands } from './commands.ts';

const COMMANDS = 1_000_000;

test('a million commands on stores of all codecs, each in four views and from three threads, do what they do on Maps', async (t) => {
  const seed = announcedSeed('commands, slow');
  const total = { calls: 0, full: 0, refused: 0, elsewhere: 0 };
  for (let part = 0; total.calls < COMMANDS; part++) {
    const counts = await runCommands(seed + part, 200, 1_000);
    assert.ok(counts.calls > 0);
    for (const what of ['calls', 'full', 'refused', 'elsewhere'] as const) total[what] += counts[what];
  }
  t.diagnostic(JSON.stringify(total));
  assert.ok(total.full > 0, 'no store was ever full');
});
