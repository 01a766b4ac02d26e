import assert from 'node:assert/strict';
import { test } from 'node:test';
import { enumerate, type Enumeration } from './enumerate.ts';
import { LITMUS_TESTS, LITMUS_WORDS, type Litmus } from './litmus.ts';
import { MACHINE_NAMES, type MachineName } from './machines.ts';

function run(litmus: Litmus, machine: MachineName): Enumeration {
  const threads = Object.fromEntries(litmus.threads.map((thread, index) => [`P${index}`, thread]));
  return enumerate({ threads, words: LITMUS_WORDS }, machine, ({ registers, memory }) => {
    return litmus.asked(Object.assign({}, ...Object.values(registers)), memory) ? 'asked' : 'other';
  });
}

for (const litmus of LITMUS_TESTS) {
  const verdict =
    litmus.allowed.length === 0 ? 'is forbidden everywhere' : `is allowed on ${litmus.allowed.join(', ')}`;
  test(`${litmus.name} ${verdict}`, (t) => {
    const counts: string[] = [];
    for (const machine of MACHINE_NAMES) {
      const { executions, verdicts, pictures } = run(litmus, machine);
      counts.push(`${machine} ${verdicts.get('asked') ?? 0}/${executions}`);
      assert.equal(
        verdicts.has('asked'),
        litmus.allowed.includes(machine),
        `on ${machine}, of ${executions} executions:\n${pictures.get('asked') ?? 'none'}`,
      );
    }
    t.diagnostic(`executions with the outcome: ${counts.join(', ')}`);
  });
}
