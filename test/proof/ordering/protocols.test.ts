import assert from 'node:assert/strict';
import { test } from 'node:test';
import { enumerate, type Enumeration } from './enumerate.ts';
import { MACHINE_NAMES, type MachineName } from './machines.ts';
import { NO_FAULT, stage, type Protocol } from './protocol.ts';
import { PROTOCOLS } from './protocols.ts';

function isBad(verdict: string): boolean {
  return verdict.startsWith('bad');
}

function run(protocol: Protocol, machine: MachineName, fault: string): Enumeration {
  return enumerate(
    stage(protocol, machine, fault).program,
    machine,
    protocol.judge,
    (verdict) => fault !== NO_FAULT && isBad(verdict),
  );
}

/** Whether the program as it is in src has a bad outcome there that something else than the machine prevents. */
function reliesOn(protocol: Protocol, machine: MachineName): boolean {
  return protocol.reliesOn?.machines.includes(machine) === true;
}

/** The first bad outcome and an execution that has it, or undefined. */
function badOf({ verdicts, pictures }: Enumeration): string | undefined {
  const verdict = [...verdicts.keys()].find(isBad);
  return verdict === undefined ? undefined : `${verdict}\n${pictures.get(verdict) ?? ''}`;
}

for (const protocol of PROTOCOLS) {
  test(`[${protocol.argument}] ${protocol.scene}: nothing bad comes of it`, (t) => {
    for (const machine of MACHINE_NAMES) {
      const result = run(protocol, machine, NO_FAULT);
      t.diagnostic(
        `${machine}: ${result.executions} executions, ${result.states} states: ${[...result.verdicts].join('; ')}`,
      );
      const bad = badOf(result);
      assert.equal(bad !== undefined, reliesOn(protocol, machine), `${machine}: ${bad ?? 'nothing bad'}`);
      assert.ok(result.executions > 1, 'nothing happens at all');
    }
  });
  for (const { name, badOn } of protocol.faults) {
    test(`[${protocol.argument}] ${protocol.scene}: it is bad when ${name}`, (t) => {
      const found: string[] = [];
      for (const machine of MACHINE_NAMES) {
        const result = run(protocol, machine, name);
        const bad = badOf(result);
        t.diagnostic(`${machine}: ${result.executions} executions, ${bad ?? 'nothing bad'}`);
        if (bad !== undefined && !reliesOn(protocol, machine)) found.push(machine);
      }
      const wanted = badOn.filter((machine) => !reliesOn(protocol, machine));
      assert.deepEqual(found, wanted);
    });
  }
}

test('performing accesses to words of one thread as soon as possible changes no execution', () => {
  const small = PROTOCOLS.filter(({ argument }) => ['publish-record', 'miss', 'mail-bell'].includes(argument));
  for (const protocol of small) {
    const { program } = stage(protocol, 'arm64', NO_FAULT);
    const hasty = enumerate(program, 'arm64', protocol.judge);
    const patient = enumerate({ ...program, ownWords: [] }, 'arm64', protocol.judge);
    assert.ok(hasty.states <= patient.states);
    assert.deepEqual([...hasty.verdicts].sort(), [...patient.verdicts].sort(), protocol.scene);
  }
});
