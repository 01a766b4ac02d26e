import type { Op } from './op.ts';
import type { Scenario } from './plan.ts';
import { storeWithKnownHashes } from './preparation.ts';
import { cas, del, describe, get, inc, set, setA, setField, update } from './repertoire.ts';
import { crowdedTable, endingEntries, fewEntries, fewStructs, mergingBlocks, restlessTable } from './situations.ts';

/** The first read remembers, the others ask whether that still holds. */
const again: readonly Op[] = [get('a'), get('a'), get('a')];

const writes: readonly (readonly Op[])[] = [
  [set('a', 'q1:40')],
  [set('a', 'q1:100'), set('a', 'q2:40')],
  [del('a')],
  [del('a'), set('a', 'q1:40')],
  [del('a'), set('x', 'q1:40'), set('a', 'q2:40')],
  [del('a'), set('x', 'q1:40'), del('x'), set('a', 'q3:40')],
  [{ call: 'clear' }, set('a', 'q1:40')],
  [update('a', 'q1:40')],
  [cas('a', 'q1:40')],
  [{ call: 'set', key: 'a', token: 'q1:20000' }],
];

/** Threads that remember values, next to whatever can happen to those. */
export function memoScenarios(): Scenario[] {
  const remembering = (name: string, rest: Omit<Scenario, 'name' | 'memo'>): Scenario => ({
    name: `memo: ${name}`,
    memo: true,
    ...rest,
  });
  return [
    ...writes.map((ops) =>
      remembering(`three gets meet ${ops.map(describe).join(', ')}`, { prepare: fewEntries, actors: [again, ops] }),
    ),
    remembering('two threads that remember and a writer', {
      prepare: fewEntries,
      actors: [again, [get('a'), get('a')], [set('a', 'r1:40'), set('a', 'r2:40')]],
    }),
    remembering('one tells another', {
      prepare: fewEntries,
      actors: [[get('a'), set('b', 'p1:40'), get('a')], [get('a'), get('b'), get('a')], [set('a', 'r1:40')]],
    }),
    remembering('a clear that another has seen', {
      prepare: fewEntries,
      actors: [[get('a'), get('a')], [get('a')], [{ call: 'clear' }]],
    }),
    remembering('a delete that another has seen', {
      prepare: fewEntries,
      actors: [[get('a'), get('a')], [get('a')], [del('a')]],
    }),
    remembering('numbers that are counted up', {
      prepare: fewEntries,
      actors: [
        [get('n'), get('n'), get('n')],
        [inc(1), inc(2)],
      ],
    }),
    remembering('fields of structs', {
      structs: true,
      prepare: fewStructs,
      actors: [
        [get('s'), get('s'), get('s')],
        [setField('x', 2), setField('y', 3)],
        [get('s'), get('s')],
      ],
    }),
    remembering('a table that grows', {
      prepare: crowdedTable,
      actors: [again, [set('x', 'q1:40'), set('a', 'q2:40')]],
    }),
    remembering('a block that is used again and merged', {
      prepare: mergingBlocks,
      actors: [again, [set('a', 'q1:40'), del('a'), set('x', '=2:1100'), set('a', 'q2:40')]],
    }),
    remembering('time that ends', {
      prepare: endingEntries,
      laterMs: 0,
      actors: [
        [get('t'), get('t'), get('t')],
        [
          { call: 'tick', ms: 60 },
          { call: 'tick', ms: 60 },
        ],
        [{ call: 'set', key: 't', token: 'r1:40', ttlMs: 80 }],
      ],
    }),
    remembering('a table that moves there and back', {
      prepare: restlessTable,
      segments: 2,
      laterMs: 2000,
      actors: [again, restless()],
    }),
  ];
}

/** A thread that remembers, in the midst of reading when a writer dies. */
export function memoWitnessScenarios(): Scenario[] {
  const dying: readonly Op[] = [setA('p1'), del('a'), { call: 'clear' }, update('a', 'p2:40')];
  return dying.map((op) => ({
    name: `memo: three gets see one die in ${describe(op)}`,
    memo: true,
    prepare: fewEntries,
    actors: [[op], [...again, setA('q1'), get('a')]],
  }));
}

function restless(): Op[] {
  const store = storeWithKnownHashes({ segments: 2 });
  const home = store.segmentOf('a');
  const x = ['x', 'x1', 'x2', 'x3', 'x4', 'x5'].find((key) => store.segmentOf(key) === home) ?? 'x';
  const [y, z] = ['y1', 'y2', 'y3', 'y4', 'y5', 'y6', 'y7'].filter((key) => store.segmentOf(key) !== home);
  store.close();
  return [set(x, 'q1:40'), set(y, 'q2:3500'), set(z, 'q3:3500'), set('a', 'q4:40')];
}
