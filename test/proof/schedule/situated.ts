import type { Key } from '../../../src/index.ts';
import type { Store } from '../../../src/store.ts';
import type { Op } from './op.ts';
import type { Counter, Scenario } from './plan.ts';
import { storeWithKnownHashes } from './preparation.ts';
import { describe, everyOperation, type Repertoire } from './repertoire.ts';
import {
  crowdedSparseHeap,
  crowdedTable,
  expiredEntries,
  fewEntries,
  fragmentedHeap,
  fullHeap,
  fullLine,
  hoardingNeighbour,
  largeValues,
  neighbours,
  sparseHeap,
  untouchedNeighbour,
} from './situations.ts';

export interface Situation {
  readonly name: string;
  readonly segments?: number;
  readonly memory?: number;
  readonly laterMs?: number;
  readonly mayBeFull?: boolean;
  /** What the first trigger makes the store count. */
  readonly shows?: Counter;
  prepare(store: Store): void;
  /** The name of an absent key that the situation is about; `x` if any will do. */
  readonly absent?: (store: Store) => string;
  /** What makes something happen there; each is paired with each operation that there is. */
  readonly triggers: Repertoire;
}

export const few: Situation = { name: 'few entries', prepare: fewEntries, triggers: everyOperation };

export const situations: readonly Situation[] = [
  {
    name: 'crowded table',
    shows: 'growths',
    prepare: crowdedTable,
    triggers: (by, x) => [{ call: 'set', key: x, token: `${by}20:40` }],
  },
  {
    name: 'full line',
    prepare: fullLine,
    absent: (store) => neighbours(store, 'a', 12)[11],
    triggers: (by, x) => [
      { call: 'set', key: x, token: `${by}20:40` },
      { call: 'delete', key: 'a' },
    ],
  },
  {
    name: 'fragmented heap',
    shows: 'coalesces',
    prepare: fragmentedHeap,
    triggers: (by, x) => [{ call: 'set', key: x, token: `${by}20:1000` }],
  },
  {
    name: 'sparse heap',
    shows: 'compactions',
    prepare: sparseHeap,
    mayBeFull: true,
    triggers: (by, x) => [{ call: 'set', key: x, token: `${by}20:3500` }],
  },
  {
    name: 'full heap',
    prepare: fullHeap,
    mayBeFull: true,
    triggers: (by, x) => [
      { call: 'set', key: x, token: `${by}20:400` },
      { call: 'set', key: 'a', token: `${by}21:400` },
    ],
  },
  {
    name: 'expired entries',
    shows: 'expired',
    prepare: expiredEntries,
    laterMs: 2000,
    triggers: (by, x) => [
      { call: 'set', key: x, token: `${by}20:1000` },
      { call: 'set', key: 't3', token: `${by}21:1000` },
      { call: 'increment', key: 't4', by: 1 },
    ],
  },
  {
    name: 'crowded table, sparse heap',
    shows: 'growths',
    prepare: crowdedSparseHeap,
    mayBeFull: true,
    triggers: (by, x) => [{ call: 'set', key: x, token: `${by}20:40` }],
  },
  {
    name: 'untouched neighbour',
    prepare: untouchedNeighbour,
    segments: 2,
    memory: 400 * 1024,
    mayBeFull: true,
    absent: absentBesideA,
    triggers: (by, x) => [{ call: 'set', key: x, token: `${by}20:3500` }],
  },
  {
    name: 'large values',
    prepare: largeValues,
    triggers: (by) => [
      { call: 'set', key: 'a', token: `${by}20:20000` },
      { call: 'delete', key: 'a' },
      { call: 'set', key: 'b', token: `${by}21:40` },
    ],
  },
  {
    name: 'hoarding neighbour',
    shows: 'coalesces',
    prepare: hoardingNeighbour,
    segments: 2,
    mayBeFull: true,
    absent: absentBesideA,
    triggers: (by, x) => [
      { call: 'set', key: x, token: `${by}20:3000` },
      { call: 'set', key: x, token: `${by}21:20000` },
    ],
  },
];

/** The name of an absent key in the segment of a. */
function absentBesideA(store: Store): string {
  const names = ['x', 'x1', 'x2', 'x3', 'x4', 'x5', 'x6', 'x7'];
  return names.find((key) => store.segmentOf(key) === store.segmentOf('a')) ?? 'x';
}

/** Two actors, each with one of all operations, on a few entries. */
export function pairScenarios(): Scenario[] {
  const ours = everyOperation('p', 'x');
  const theirs = everyOperation('q', 'x');
  return ours.flatMap((op, index) => theirs.slice(index).map((other) => scenarioOf(few, [[op], [other]])));
}

/** In each situation, what makes something happen there against each operation. */
export function situationScenarios(): Scenario[] {
  return situations.flatMap((situation) => {
    const x = absentKeyOf(situation);
    const others = [...situation.triggers('q', x), ...everyOperation('q', x)];
    const { shows } = situation;
    return situation.triggers('p', x).flatMap((op, index) =>
      others.map((other) => ({
        ...scenarioOf(situation, [[op], [other]]),
        ...(shows === undefined || index > 0 ? {} : { shows }),
      })),
    );
  });
}

export function absentKeyOf(situation: Situation): Key {
  if (situation.absent === undefined) return 'x';
  const store = storeWithKnownHashes(situation);
  situation.prepare(store);
  const key = situation.absent(store);
  store.close();
  return key;
}

export function scenarioOf(situation: Situation, actors: readonly (readonly Op[])[], verb: string = 'meets'): Scenario {
  const { name, prepare, segments, memory, laterMs, mayBeFull } = situation;
  const described = actors.map((ops) => (ops.length === 1 ? describe(ops[0]) : 'others'));
  const what = verb === 'meets' ? described.join(' meets ') : `${actors.length - 1} after one died in ${described[0]}`;
  return {
    name: `${name}: ${what}`,
    prepare,
    actors,
    ...(segments === undefined ? {} : { segments }),
    ...(memory === undefined ? {} : { memory }),
    ...(laterMs === undefined ? {} : { laterMs }),
    ...(mayBeFull === undefined ? {} : { mayBeFull }),
  };
}
