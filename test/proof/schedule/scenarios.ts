import type { Key } from '../../../src/index.ts';
import type { Store } from '../../../src/store.ts';
import type { Op } from './operations.ts';
import {
  crowdedTable,
  endingEntries,
  expiredEntries,
  fewEntries,
  fragmentedHeap,
  fullHeap,
  fullLine,
  hoardingNeighbour,
  largeValues,
  mergingBlocks,
  neighbours,
  registryOfTheDead,
  restlessTable,
  sparseHeap,
} from './situations.ts';
import type { Counter, Scenario } from './plan.ts';
import { storeWithKnownHashes } from './preparation.ts';

/** Operations for one actor; `by` makes its tokens differ from those of others. */
type Repertoire = (by: string, x: Key) => readonly Op[];

interface Situation {
  readonly name: string;
  readonly segments?: number;
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

const everyOperation: Repertoire = (by, x) => [
  { call: 'get', key: 'a' },
  { call: 'get', key: x },
  { call: 'get', key: 'n' },
  { call: 'has', key: 'a' },
  { call: 'set', key: 'a', token: `${by}1:40` },
  { call: 'set', key: 'a', token: `${by}2:100` },
  { call: 'set', key: 'a', token: `${by}3:20000` },
  { call: 'set', key: x, token: `${by}4:40` },
  { call: 'delete', key: 'a' },
  { call: 'delete', key: x },
  { call: 'replace', key: 'a', token: `${by}5:40` },
  { call: 'increment', key: 'n', by: 3 },
  { call: 'increment', key: 'n', by: 0.5 },
  { call: 'compareAndSetSeen', key: 'a', token: `${by}6:40` },
  { call: 'compareAndSetSeen', key: x, token: `${by}7:40` },
  { call: 'compareAndSetSeen', key: 'n', token: 77 },
  { call: 'getOrInsert', key: 'a', token: `${by}8:40` },
  { call: 'getOrInsert', key: x, token: `${by}9:40` },
  { call: 'update', key: 'a', token: `${by}10:40` },
  { call: 'update', key: x, token: `${by}11:40` },
  { call: 'clear' },
  { call: 'keys' },
  { call: 'verify' },
];

const WRITES = new Set<Op['call']>([
  'set',
  'delete',
  'replace',
  'increment',
  'compareAndSetSeen',
  'getOrInsert',
  'update',
  'clear',
  'verify',
]);

const few: Situation = { name: 'few entries', prepare: fewEntries, triggers: everyOperation };

const situations: readonly Situation[] = [
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
      { call: 'set', key: 't3', token: `${by}21:100` },
      { call: 'increment', key: 't4', by: 1 },
    ],
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
    absent: (store) =>
      ['x', 'x1', 'x2', 'x3', 'x4', 'x5'].find((key) => store.segmentOf(key) === store.segmentOf('a')) ?? 'x',
    triggers: (by, x) => [
      { call: 'set', key: x, token: `${by}20:3000` },
      { call: 'set', key: x, token: `${by}21:20000` },
    ],
  },
];

/** Several operations at once that are worth a closer look than each pair gets. */
const chosen: readonly (readonly [name: string, ...actors: readonly (readonly Op[])[]])[] = [
  ['three writers of one key', [setA('p1')], [setA('q1')], [setA('r1')]],
  ['two writers and a reader', [setA('p1'), setA('p2')], [setA('q1')], [get('a'), get('a')]],
  ['set and delete under a reader', [del('a'), setA('p1')], [get('a'), get('a')], [setA('q1')]],
  ['a slot that changes hands', [del('a'), set('x', 'p1:40')], [get('a'), get('x')], [set('y', 'q1:40')]],
  ['a block that changes hands', [del('a'), set('x', 'p1:40')], [get('a')], [set('b', 'q1:40'), get('x')]],
  ['three increments', [inc(1)], [inc(2)], [inc(4)]],
  ['increments and a compareAndSet', [inc(1), inc(2)], [cas('n', 50), cas('n', 60)], [get('n'), get('n')]],
  ['a number that becomes a text', [set('n', 'p1:40'), set('n', 3)], [inc(4)], [get('n')]],
  ['three compareAndSets', [cas('a', 'p1:40')], [cas('a', 'q1:44')], [cas('a', 'r1:40')]],
  ['three updates', [update('a', 'p1:40')], [update('a', 'q1:40')], [update('a', 'r1:40')]],
  ['insertions of one key', [insert('x', 'p1:40')], [insert('x', 'q1:40')], [set('x', 'r1:40'), del('x')]],
  ['clear under writers', [{ call: 'clear' }], [setA('q1'), get('a')], [insert('x', 'r1:40'), get('x')]],
  ['listing under writers', [{ call: 'keys' }], [del('a'), setA('q1')], [set('x', 'r1:40'), del('x')]],
  ['verify under writers', [{ call: 'verify' }], [setA('q1'), del('b')], [set('x', 'r1:20000')]],
];

function get(key: Key): Op {
  return { call: 'get', key };
}

function del(key: Key): Op {
  return { call: 'delete', key };
}

function set(key: Key, token: string | number): Op {
  return { call: 'set', key, token };
}

function setA(name: string): Op {
  return set('a', `${name}:40`);
}

function inc(by: number): Op {
  return { call: 'increment', key: 'n', by };
}

function cas(key: Key, token: string | number): Op {
  return { call: 'compareAndSetSeen', key, token };
}

function update(key: Key, token: string): Op {
  return { call: 'update', key, token };
}

function insert(key: Key, token: string): Op {
  return { call: 'getOrInsert', key, token };
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

export function chosenScenarios(): Scenario[] {
  return chosen.map(([name, ...actors]) => ({ name, prepare: fewEntries, actors }));
}

/** A reader against a writer that is only stopped between operations, so that many of them fit into one read. */
export function readerScenarios(): Scenario[] {
  const reuse = [del('a'), set('a', 'q1:40'), del('a'), set('x', '=2:1100')];
  const swap = [del('a'), set('x', 'q1:40'), del('x'), set('a', 'q2:40'), set('x', 'q3:40')];
  const resize = [set('a', 'q1:100'), set('a', 'q2:40'), set('a', 'q3:20000'), set('a', 'q4:40')];
  const readers: readonly Op[] = [get('a'), cas('a', 'p1:40'), { call: 'keys' }];
  return readers.flatMap((op) => {
    const name = describe(op);
    return [
      { name: `${name} while a block is used again and merged`, prepare: mergingBlocks, actors: [[op], reuse] },
      { name: `${name} while two keys change places`, prepare: fewEntries, actors: [[op], swap] },
      { name: `${name} while the value changes its size`, prepare: fewEntries, actors: [[op], resize] },
    ];
  });
}

/** A table that moves away from its page and back while somebody reads. */
export function restlessScenarios(): Scenario[] {
  const store = storeWithKnownHashes(2);
  const home = store.segmentOf('a');
  const x = ['x', 'x1', 'x2', 'x3', 'x4', 'x5'].find((key) => store.segmentOf(key) === home) ?? 'x';
  const [y, z] = ['y1', 'y2', 'y3', 'y4', 'y5', 'y6', 'y7'].filter((key) => store.segmentOf(key) !== home);
  store.close();
  const writes = [set(x, 'q1:40'), set(y, 'q2:3500'), set(z, 'q3:3500')];
  const readers: readonly Op[] = [get('a'), { call: 'keys' }];
  return readers.map((op) => ({
    name: `${describe(op)} while the table moves there and back`,
    prepare: restlessTable,
    segments: 2,
    laterMs: 2000,
    actors: [[op], writes],
  }));
}

/** Entries that end while somebody is at them. */
export function expiryScenarios(): Scenario[] {
  const wait: readonly Op[] = [
    { call: 'tick', ms: 60 },
    { call: 'tick', ms: 60 },
  ];
  const others: readonly (readonly Op[])[] = [
    [get('t'), get('t')],
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
      name: 'two come where all others are dead',
      prepare: registryOfTheDead,
      actors: [visit(setA('p1')), visit(get('a'))],
      latecomers: [0, 1],
    },
  ];
}

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

function heirs(by: string, x: Key, situation: Situation): Op[] {
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

export function allScenarios(): Scenario[] {
  return [
    ...pairScenarios(),
    ...situationScenarios(),
    ...chosenScenarios(),
    ...readerScenarios(),
    ...restlessScenarios(),
    ...expiryScenarios(),
    ...attachScenarios(),
    ...deathScenarios(1),
    ...deathScenarios(2),
    ...failureScenarios(),
    ...witnessScenarios(),
  ];
}

function absentKeyOf(situation: Situation): Key {
  if (situation.absent === undefined) return 'x';
  const store = storeWithKnownHashes(situation.segments ?? 1);
  situation.prepare(store);
  const key = situation.absent(store);
  store.close();
  return key;
}

function scenarioOf(situation: Situation, actors: readonly (readonly Op[])[], verb: string = 'meets'): Scenario {
  const { name, prepare, segments, laterMs, mayBeFull } = situation;
  const described = actors.map((ops) => (ops.length === 1 ? describe(ops[0]) : 'others'));
  const what = verb === 'meets' ? described.join(' meets ') : `${actors.length - 1} after one died in ${described[0]}`;
  return {
    name: `${name}: ${what}`,
    prepare,
    actors,
    ...(segments === undefined ? {} : { segments }),
    ...(laterMs === undefined ? {} : { laterMs }),
    ...(mayBeFull === undefined ? {} : { mayBeFull }),
  };
}

function describe(op: Op): string {
  const again = 'looksAgain' in op ? ' after another look' : '';
  const what = 'token' in op ? ` ${op.token}` : 'by' in op ? ` ${op.by}` : '';
  return 'key' in op ? `${op.call} ${String(op.key)}${what}${again}` : op.call;
}
