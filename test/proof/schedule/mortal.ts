import type { Key } from '../../../src/index.ts';
import type { Op } from './op.ts';
import type { Scenario } from './plan.ts';
import { cas, del, describe, everyOperation, get, inc, set, update, WRITES } from './repertoire.ts';
import { absentKeyOf, few, scenarioOf, type Situation, situations } from './situated.ts';
import { fewEntries, mergingBlocks } from './situations.ts';

/** One actor with each operation that writes, to die in it, and one or two that come upon what it left. */
export function deathScenarios(heirCount: number): Scenario[] {
  return [few, ...situations].flatMap((situation) => {
    const x = absentKeyOf(situation);
    const triggers = situation === few ? [] : situation.triggers('p', x);
    const ops = [...triggers, ...everyOperation('p', x).filter(({ call }) => WRITES.has(call))];
    // Outside the first situation most operations do again what they did there.
    const dying = situation === few ? ops : [...triggers, { call: 'clear' } as const, { call: 'verify' } as const];
    return dying.map((op) =>
      scenarioOf(situation, [[op], ...['q', 'r'].slice(0, heirCount).map((by) => heirs(by, x, situation))], 'dies in'),
    );
  });
}

/** One actor that fails in an operation and goes on, and one that comes upon what it left. */
export function failureScenarios(): Scenario[] {
  return deathScenarios(1).map((scenario) => {
    const [[op], others] = scenario.actors;
    const own = others.flatMap((other) => (other.call === 'set' ? [set(other.key, `s${String(other.token)}`)] : []));
    return { ...scenario, name: `${scenario.name}, who goes on`, actors: [[op, ...own], others] };
  });
}

/** One actor with each operation that writes, to die in it, and one in the midst of something else. */
export function witnessScenarios(): Scenario[] {
  const witnesses: readonly (readonly Op[])[] = [
    [get('a'), get('x'), get('a')],
    [cas('a', 'q1:40')],
    [cas('n', 50), get('n')],
    [{ call: 'compareAndSetSeen', key: 'n', token: 60, looksAgain: true }],
    [cas('x', 'q2:40')],
    [set('a', 'q3:60'), del('x')],
    [inc(10), inc(10)],
    [update('a', 'q4:40')],
    [{ call: 'keys' }],
  ];
  const dying = everyOperation('p', 'x').filter(({ call }) => WRITES.has(call));
  return dying.flatMap((op) =>
    witnesses.map((ops) => {
      const name = `few entries: ${ops.map(describe).join(', ')} sees one die in ${describe(op)}`;
      return { name, prepare: fewEntries, actors: [[op], ops] };
    }),
  );
}

/** One actor to die, and two who come upon what it left at the same time. */
export function finderScenarios(): Scenario[] {
  const dying: readonly Op[] = [set('a', 'p1:40'), set('x', 'p2:20000'), inc(3), { call: 'clear' }];
  const finders = dying.map((op) => ({
    name: `two at a time find one dead in ${describe(op)}`,
    prepare: fewEntries,
    actors: [[op], [set('a', 'q1:60'), get('a')], [set('b', 'r1:60'), inc(10)]],
  }));
  const comparing = {
    name: `a number is compared after one died in ${describe(inc(3))}`,
    prepare: fewEntries,
    actors: [[inc(3)], [set('n', 'q1:40')], [cas('n', 60)]],
  };
  return [...finders, comparing];
}

/** A reader, while one fails who wrote what it reads, and another repairs and writes over it. */
export function bereavedScenarios(): Scenario[] {
  const failing = [del('a'), set('a', 'q1:40'), del('a')];
  const repairing = [set('x', '=2:1100')];
  return [get('a'), cas('a', 'p1:40')].map((op) => ({
    name: `${describe(op)} while the writer fails and its block is used again`,
    prepare: mergingBlocks,
    actors: [failing, [op], repairing],
  }));
}

export function heirs(by: string, x: Key, situation: Situation): Op[] {
  const ops: Op[] = [
    get('a'),
    set('a', `${by}30:60`),
    get(x),
    set(x, `${by}31:40`),
    { call: 'increment', key: 'n', by: 1 },
    { call: 'compareAndSetSeen', key: 'a', token: `${by}32:40` },
    ...(situation === few ? [{ call: 'keys' } as const] : []),
  ];
  return situation.mayBeFull === true ? [...ops, del('a'), ...situation.triggers(by, x)] : ops;
}
