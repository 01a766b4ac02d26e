/** Steps of upkeep beside everything else that can happen: nobody may notice them, whoever dies where. */
import { heirs } from './mortal.ts';
import type { Op, UpkeepStep } from './op.ts';
import type { Counter, Scenario } from './plan.ts';
import { cas, del, describe, everyOperation, get, insert, set, upkeep, WRITES } from './repertoire.ts';
import { absentKeyOf, few, scenarioOf, type Situation, situations } from './situated.ts';
import { endingEntries } from './situations.ts';

/** A situation in which a step has something to do, and what the store counts then. */
const DUE: readonly (readonly [situation: string, step: UpkeepStep, shows: Counter])[] = [
  ['crowded table', 'grow', 'growths'],
  ['fragmented heap', 'merge', 'coalesces'],
  ['sparse heap', 'compact', 'compactions'],
  ['hoarding neighbour', 'compact', 'compactions'],
  ['expired entries', 'sweep', 'expired'],
];

function situationOf(name: string): Situation {
  const found = situations.find((situation) => situation.name === name);
  if (found === undefined) throw new Error(`there is no situation ${name}`);
  return found;
}

/** Each step where it is due against each operation, what makes writers do the same, and another owner. */
export function upkeepScenarios(): Scenario[] {
  return DUE.flatMap(([name, step, shows]) => {
    const situation = situationOf(name);
    const x = absentKeyOf(situation);
    const others: readonly Op[] = [...situation.triggers('q', x), ...everyOperation('q', x), upkeep(step)];
    return others.map((other) => ({ ...scenarioOf(situation, [[upkeep(step)], [other]]), shows }));
  });
}

/** Two owners sweep, for a while, what ends meanwhile, and a third actor is at it. */
export function upkeepExpiryScenarios(): Scenario[] {
  const sweeping: readonly Op[] = [upkeep('sweep'), { call: 'tick', ms: 120 }, upkeep('sweep')];
  const others: readonly (readonly Op[])[] = [
    [get('t'), get('t')],
    [cas('t', 'q1:40')],
    [insert('t', 'q2:40'), get('t')],
    [del('t'), { call: 'set', key: 't', token: 'q5:40', ttlMs: 50 }, get('t')],
    [set('x', 'q6:1000'), get('t')],
    [{ call: 'keys' }],
  ];
  return others.map((ops) => ({
    name: `${ops.map(describe).join(', ')} while two owners sweep`,
    prepare: endingEntries,
    laterMs: 0,
    actors: [ops, sweeping, [upkeep('sweep')]],
  }));
}

/** One actor to die in a step, or in an operation that writes, and one or two owners that repair and come upon what it left. */
export function upkeepDeathScenarios(heirCount: number): Scenario[] {
  const dying = DUE.map(([name, step]): [Situation, Op] => [situationOf(name), upkeep(step)]);
  const writing = everyOperation('p', 'x').flatMap((op): [Situation, Op][] => (WRITES.has(op.call) ? [[few, op]] : []));
  return [...dying, ...writing].map(([situation, op]) => {
    const x = absentKeyOf(situation);
    const owners = ['q', 'r'].slice(0, heirCount).map((by) => [upkeep('repair'), ...heirs(by, x, situation)]);
    const scenario = scenarioOf(situation, [[op], ...owners], 'dies in');
    return { ...scenario, name: `${scenario.name}, repaired by owners` };
  });
}
