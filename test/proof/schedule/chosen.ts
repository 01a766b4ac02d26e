import type { Op } from './op.ts';
import type { Scenario } from './plan.ts';
import { storeWithKnownHashes } from './preparation.ts';
import { cas, del, describe, get, inc, insert, look, set, setA, update } from './repertoire.ts';
import {
  crowdedBesideNothing,
  endingEntries,
  fewEntries,
  fullLine,
  fullNeighbours,
  mergingBlocks,
  neighbours,
  registryOfTheDead,
  restlessTable,
  tableAboutToReturn,
  twinNumbers,
  twinNumbersBehindClear,
} from './situations.ts';

/** Several operations at once that are worth a closer look than each pair gets. */
const chosen: readonly (readonly [name: string, ...actors: readonly (readonly Op[])[]])[] = [
  ['three writers of one key', [setA('p1')], [setA('q1')], [setA('r1')]],
  ['two writers and a reader', [setA('p1'), setA('p2')], [setA('q1')], [get('a'), look('a')]],
  ['a reader under one writer', [look('a'), get('a')], [setA('p1'), setA('p2')]],
  ['set and delete under a reader', [del('a'), setA('p1')], [get('a'), get('a')], [setA('q1')]],
  ['set and delete under another reader', [del('a'), setA('p1')], [look('a'), look('a')], [setA('q1')]],
  ['a slot that changes hands', [del('a'), set('x', 'p1:40')], [get('a'), get('x')], [set('y', 'q1:40')]],
  ['a slot that changes hands again', [del('a'), set('x', 'p1:40')], [look('a'), look('x')], [set('y', 'q1:40')]],
  ['a block that changes hands', [del('a'), set('x', 'p1:40')], [get('a')], [set('b', 'q1:40'), get('x')]],
  ['a block that changes hands again', [del('a'), set('x', 'p1:40')], [look('a')], [set('b', 'q1:40'), look('x')]],
  ['three increments', [inc(1)], [inc(2)], [inc(4)]],
  ['increments and a compareAndSet', [inc(1), inc(2)], [cas('n', 50), cas('n', 60)], [get('n'), get('n')]],
  ['a block that its key gets again', [del('a'), setA('p1')], [get('a'), get('a')]],
  ['a number that becomes a text', [set('n', 'p1:40'), set('n', 3)], [inc(4)], [get('n')]],
  ['a short text under readers', [set('s', 'p1:12'), set('s', 'p2:12')], [get('s')], [look('s')]],
  ['a short text that ends under readers', [set('s', 'p1:12'), del('s')], [get('s'), set('x', 'q1:12')], [get('s')]],
  ['three compareAndSets', [cas('a', 'p1:40')], [cas('a', 'q1:44')], [cas('a', 'r1:40')]],
  ['three updates', [update('a', 'p1:40')], [update('a', 'q1:40')], [update('a', 'r1:40')]],
  ['insertions of one key', [insert('x', 'p1:40')], [insert('x', 'q1:40')], [set('x', 'r1:40'), del('x')]],
  ['clear under writers', [{ call: 'clear' }], [setA('q1'), get('a')], [insert('x', 'r1:40'), get('x')]],
  ['listing under writers', [{ call: 'keys' }], [del('a'), setA('q1')], [set('x', 'r1:40'), del('x')]],
  ['verify under writers', [{ call: 'verify' }], [setA('q1'), del('b')], [set('x', 'r1:20000')]],
];

export function chosenScenarios(): Scenario[] {
  const { x, y } = namesBesideA();
  return [
    ...chosen.map(([name, ...actors]) => ({ name, prepare: fewEntries, actors })),
    {
      name: 'two segments that look for room in each other',
      prepare: fullNeighbours,
      segments: 2,
      mayBeFull: true,
      actors: [[set(x, 'p1:20000')], [set(y, 'q1:20000')]],
    },
  ];
}

/** A reader against a writer that is only stopped between operations, so that many of them fit into one read. */
export function readerScenarios(): Scenario[] {
  const reuse = [del('a'), set('a', 'q1:40'), del('a'), set('x', '=2:1100')];
  const swap = [del('a'), set('x', 'q1:40'), del('x'), set('a', 'q2:40'), set('x', 'q3:40')];
  const resize = [set('a', 'q1:100'), set('a', 'q2:40'), set('a', 'q3:20000'), set('a', 'q4:40')];
  const readers: readonly Op[] = [get('a'), look('a'), cas('a', 'p1:40'), { call: 'keys' }];
  const scenarios = readers.flatMap((op) => {
    const name = describe(op);
    return [
      { name: `${name} while a block is used again and merged`, prepare: mergingBlocks, actors: [[op], reuse] },
      { name: `${name} while two keys change places`, prepare: fewEntries, actors: [[op], swap] },
      { name: `${name} while the value changes its size`, prepare: fewEntries, actors: [[op], resize] },
    ];
  });
  const names = keysOfFullLine();
  const [first, last] = [names[0], names[11]];
  const leave = [del(first), set(last, 'q1:40'), set(first, 'q2:40')];
  return [
    ...scenarios,
    { name: 'keys while a key moves to a later line', prepare: fullLine, actors: [[{ call: 'keys' }], leave] },
  ];
}

/** The keys of the full line, and some absent ones of the same home. */
function keysOfFullLine(): string[] {
  const store = storeWithKnownHashes({});
  fullLine(store);
  const names = neighbours(store, 'a', 12);
  store.close();
  return names;
}

/** A name in the segment of a, and two in the other one. */
function namesBesideA(): { x: string; y: string; z: string } {
  const store = storeWithKnownHashes({ segments: 2 });
  const home = store.segmentOf('a');
  const x = ['x', 'x1', 'x2', 'x3', 'x4', 'x5'].find((key) => store.segmentOf(key) === home) ?? 'x';
  const [y, z] = ['y1', 'y2', 'y3', 'y4', 'y5', 'y6', 'y7'].filter((key) => store.segmentOf(key) !== home);
  store.close();
  return { x, y, z };
}

/** A reader of a large value whose pages go to another segment meanwhile. */
export function crossingScenarios(): Scenario[] {
  const { y } = namesBesideA();
  const readers: readonly Op[] = [get('a'), look('a'), cas('a', 'p1:40'), { call: 'keys' }];
  const givers: readonly Op[] = [del('a'), { call: 'clear' }];
  return readers.flatMap((op) =>
    givers.map((giver) => ({
      name: `${describe(op)} while the pages of a go to the other segment by ${describe(giver)}`,
      prepare: giver.call === 'clear' ? twinNumbersBehindClear : twinNumbers,
      segments: 2,
      actors: [[op], [giver, set(y, 'q1:20000')]],
    })),
  );
}

/** A table that moves away from its page, and back or for others to come, while somebody reads. */
export function restlessScenarios(): Scenario[] {
  const { x, y, z } = namesBesideA();
  const beside = keysOfFullLine();
  const grows = [set('x', 'q1:40'), del(beside[4]), del(beside[5]), set('n', 'q2:9000')];
  const writes = [set(x, 'q1:40'), set(y, 'q2:3500'), set(z, 'q3:3500')];
  const readers: readonly Op[] = [get('a'), look('a'), { call: 'keys' }];
  return readers.flatMap((op) => [
    {
      name: `${describe(op)} while the table moves there and back`,
      prepare: restlessTable,
      segments: 2,
      laterMs: 2000,
      actors: [[op], writes],
    },
    {
      name: `${describe(op)} while the table grows and becomes small again`,
      prepare: tableAboutToReturn,
      actors: [[op], grows],
    },
    {
      name: `${describe(op)} while the table moves and its page goes to the other segment`,
      prepare: crowdedBesideNothing,
      segments: 2,
      actors: [[op], [set(x, 'q1:40'), set(y, 'q4:40')]],
    },
  ]);
}

/** Entries that end while somebody is at them. */
export function expiryScenarios(): Scenario[] {
  const wait: readonly Op[] = [
    { call: 'tick', ms: 60 },
    { call: 'tick', ms: 60 },
  ];
  const others: readonly (readonly Op[])[] = [
    [get('t'), look('t')],
    [cas('t', 'q1:40')],
    [insert('t', 'q2:40'), get('t')],
    [update('t', 'q3:40')],
    [{ call: 'replace', key: 't', token: 'q4:40' }, get('t')],
    [inc(1), { call: 'increment', key: 'u', by: 1 }, get('u')],
    [del('t'), { call: 'set', key: 't', token: 'q5:40', ttlMs: 50 }, get('t')],
    [{ call: 'keys' }],
    [set('x', 'q6:1000'), get('t')],
  ];
  return others.map((ops) => ({
    name: `${ops.map(describe).join(', ')} while the time of t and u is over`,
    prepare: endingEntries,
    laterMs: 0,
    actors: [ops, wait, [{ call: 'set', key: 't', token: 'r1:40', ttlMs: 80 }]],
  }));
}

/** Threads that come and go. */
export function attachScenarios(): Scenario[] {
  const visit = (...ops: readonly Op[]): readonly Op[] => [{ call: 'attach' }, ...ops, { call: 'close' }];
  return [
    {
      name: 'two come and go',
      prepare: fewEntries,
      actors: [visit(setA('p1')), visit(get('a'))],
      latecomers: [0, 1],
    },
    {
      name: 'two come and go twice',
      prepare: fewEntries,
      actors: [
        [...visit(setA('p1')), ...visit()],
        [...visit(setA('q1')), ...visit(get('a'))],
      ],
      latecomers: [0, 1],
    },
    {
      name: 'two come and stay',
      prepare: fewEntries,
      actors: [
        [{ call: 'attach' }, get('a')],
        [{ call: 'attach' }, setA('q1')],
      ],
      latecomers: [0, 1],
    },
    {
      name: 'two come where all others are dead',
      prepare: registryOfTheDead,
      actors: [visit(setA('p1')), visit(get('a'))],
      latecomers: [0, 1],
    },
  ];
}
