/** Leases beside everything else that can happen: the leased bytes are compared when they are released. */
import type { Key, Store } from '../../../src/index.ts';
import { heirs } from './mortal.ts';
import type { Op } from './op.ts';
import type { Scenario } from './plan.ts';
import { storeWithKnownHashes } from './preparation.ts';
import { del, describe, everyOperation, get, lease, release, set, WRITES } from './repertoire.ts';
import { absentKeyOf, few, scenarioOf, type Situation, situations } from './situated.ts';

/** The keys to lease in a situation: a, and the one whose record is the first that compaction would move. */
function leasedKeys(situation: Situation): Key[] {
  const store = storeWithKnownHashes(situation);
  situation.prepare(store);
  const topmost = topmostText(store);
  store.close();
  return [...new Set(['a', topmost])];
}

function topmostText(store: Store): Key {
  let [topmost, highest]: [Key, number] = ['a', 0];
  for (const [key, value] of store) {
    if (typeof value !== 'string' || store.getRemainingTTL(key) !== Infinity) continue;
    const found = store.lease(key);
    if (found !== undefined && found.bytes.byteOffset > highest) [topmost, highest] = [key, found.bytes.byteOffset];
    found?.release();
  }
  return topmost;
}

function named(situation: Situation, actors: readonly (readonly Op[])[], verb: string): Scenario {
  const name = actors.map((ops) => ops.map(describe).join(', ')).join(` ${verb} `);
  return { ...scenarioOf(situation, actors), name: `${situation.name}: ${name}` };
}

/** A lease while another actor does each operation there is, and what makes something happen in each situation. */
export function leaseScenarios(): Scenario[] {
  return [few, ...situations].flatMap((situation) => {
    const x = absentKeyOf(situation);
    return leasedKeys(situation).flatMap((key) => {
      const held: readonly Op[] = [lease(key), release(key)];
      const detached: readonly Op[] = [lease(key), del(key), release(key)];
      const others: readonly (readonly Op[])[] = [
        ...situation.triggers('q', x).map((op) => [op]),
        ...(situation === few ? [] : [[{ call: 'clear' } as const]]),
        [lease(key), release(key)],
        [lease(key), set(key, 'q40:40'), release(key)],
      ];
      return others.flatMap((ops) => [held, detached].map((own) => named(situation, [own, ops], 'meets')));
    });
  });
}

/** Three actors that lease the same record, or give the room of one to another. */
export function crowdedLeaseScenarios(): Scenario[] {
  const prepare = few.prepare;
  const leased: readonly Op[] = [lease('a'), release('a')];
  return [
    { name: 'three leases of one record', prepare, actors: [leased, leased, [...leased, ...leased]] },
    { name: 'two leases and a writer', prepare, actors: [leased, leased, [set('a', 'r1:40'), set('x', 'r2:40')]] },
    {
      name: 'leases of a short text that is overwritten',
      prepare,
      actors: [
        [set('s', 'p1:12'), lease('s'), release('s')],
        [set('s', 'q1:12'), set('s', 'q2:12')],
      ],
    },
    { name: 'two leases and a clear', prepare, actors: [leased, leased, [{ call: 'clear' }, set('x', 'r1:40')]] },
    {
      name: 'leases of what is overwritten again and again',
      prepare,
      actors: [
        [...leased, ...leased],
        [set('a', 'q1:40'), set('a', 'q2:40')],
        [lease('a'), set('a', 'r1:40'), release('a')],
      ],
    },
  ];
}

/** An actor that dies while it leases, holds or releases, and heirs that come upon what it left. */
export function leaseDeathScenarios(heirCount: number): Scenario[] {
  return [few, ...situations].flatMap((situation) => {
    const x = absentKeyOf(situation);
    const others = ['q', 'r'].slice(0, heirCount).map((by) => [lease('a'), ...heirs(by, x, situation), release('a')]);
    return leasedKeys(situation).flatMap((key) => {
      const dying: readonly (readonly Op[])[] = [
        [lease(key), set(key, 'p40:40'), release(key)],
        [lease(key), { call: 'clear' }, release(key)],
        ...(situation === few ? [] : situation.triggers('p', x).map((op) => [lease(key), op])),
      ];
      return dying.map((ops) => named(situation, [ops, ...others.slice(0, heirCount)], 'then')).map(shortened);
    });
  });
}

/** The operations of heirs are the same in all scenarios of a situation. */
function shortened(scenario: Scenario): Scenario {
  const [dying] = scenario.name.split(' then ');
  return { ...scenario, name: `${dying}, ${scenario.actors.length - 1} after the death` };
}

/** An actor that fails while it leases, writes or releases, goes on, and looks for what the failure left behind. */
export function leaseFailureScenarios(): Scenario[] {
  const { prepare } = few;
  const changes: readonly Op[] = [set('a', 'p1:40'), set('a', 'p2:20000'), del('a'), { call: 'clear' }];
  return changes.map((op) => {
    const own: readonly Op[] = [lease('a'), op, release('a'), { call: 'verify' }];
    const others: readonly Op[] = [lease('a'), set('a', 'q1:40'), release('a'), get('a')];
    return { ...named(few, [own, others], 'beside'), prepare };
  });
}

/** Operations to die in. */
function dyingOperations(): Op[] {
  return [...everyOperation('p', 'x').filter(({ call }) => WRITES.has(call)), lease('a')];
}

/** An actor that dies in an operation while another one holds a lease. */
export function leaseWitnessScenarios(): Scenario[] {
  const held: readonly Op[] = [lease('a'), release('a'), lease('a'), release('a')];
  return dyingOperations().map((op) => {
    const name = `few entries: lease a, release a, twice, sees one die in ${describe(op)}`;
    return { name, prepare: few.prepare, actors: [[op], held] };
  });
}

/** Another one that repairs after the death while it holds a lease, and then overwrites what it leased, and needs its room. */
export function leaseRepairScenarios(): Scenario[] {
  const held: readonly Op[] = [lease('a'), set('a', 'q1:40'), set('x', 'q2:40'), release('a')];
  return dyingOperations().map((op) => {
    const name = `few entries: overwrites of a leased entry after one died in ${describe(op)}`;
    return { name, prepare: few.prepare, actors: [[op], held] };
  });
}
