/** Short values with a TTL, which are replaced where they lie together with the end of their time. */
import type { Op } from './op.ts';
import type { Scenario } from './plan.ts';
import { cas, del, describe, get, hit, inc, insert, look, update } from './repertoire.ts';
import { endingShortEntries } from './situations.ts';

/** As long as the value that is there. */
function renew(by: string, ttlMs: number): Op {
  return { call: 'set', key: 't', token: `${by}:12`, ttlMs };
}

const tick: Op = { call: 'tick', ms: 60 };

/** What one does to t while its time passes. */
const writers: readonly (readonly Op[])[] = [
  // Longer than the old one, so that who gets the old end misses the entry.
  [renew('p1', 500)],
  // Shorter, so that who gets the old end sees a value that is over.
  [renew('p2', 50)],
  [renew('p3', 500), renew('p4', 50)],
  [update('t', 'p5:12')],
  [cas('t', 'p6:12')],
  [{ call: 'increment', key: 'u', by: 1 }],
];

const readers: readonly (readonly Op[])[] = [
  [get('t'), look('t')],
  [look('t'), get('t')],
  [
    { call: 'has', key: 't' },
    { call: 'has', key: 't' },
  ],
  [cas('t', 'q1:12'), get('t')],
  [insert('t', 'q2:12'), get('t')],
  [{ call: 'set', key: 'u', token: 9, ttlMs: 50 }, inc(1), { call: 'increment', key: 'u', by: 1 }],
  [del('t'), renew('q3', 500), get('t')],
  [{ call: 'keys' }],
];

function dated(name: string, ...actors: readonly (readonly Op[])[]): Scenario {
  return { name: `dated: ${name}`, prepare: endingShortEntries, laterMs: 0, actors };
}

function named(ops: readonly Op[]): string {
  return ops.map(describe).join(', ');
}

/** Hits on the limit under h, and on one under g that is new. */
const hits: readonly (readonly [name: string, ...actors: readonly (readonly Op[])[]])[] = [
  ['three hits', [hit('h', 1)], [hit('h', 2)], [hit('h', 4)]],
  ['three first hits', [hit('g', 1)], [hit('g', 2)], [hit('g', 4)]],
  ['hits under a reader', [hit('h', 1), hit('h', 2)], [get('h'), get('h')]],
  ['hits on a limit that is deleted', [hit('h', 1), hit('h', 2)], [del('h')], [hit('h', 4), get('h')]],
  ['hits on two limits', [hit('h', 1), hit('g', 1)], [hit('g', 2), hit('h', 2)], [get('h'), get('g')]],
];

/** A writer and a reader, and the clock; and hits. */
export function datedScenarios(): Scenario[] {
  const renewals = writers.flatMap((write) =>
    readers.map((ops) => dated(`${named(write)} meets ${named(ops)}`, write, ops, [tick, tick])),
  );
  return [...renewals, ...hits.map(([name, ...actors]) => dated(name, ...actors))];
}

/** One dies in renewing an entry, and others come upon what it left. */
export function datedDeathScenarios(heirCount: number): Scenario[] {
  const heirs = (by: string): readonly Op[] => [
    get('t'),
    tick,
    get('t'),
    renew(by, 50),
    update('t', `${by}0:12`),
    hit('h', 1),
    get('g'),
  ];
  return [...writers, [hit('h', 2)], [hit('g', 2)]].map((write) =>
    dated(`${heirCount} after one died in ${named(write)}`, write, ...['r1', 'r2'].slice(0, heirCount).map(heirs)),
  );
}

/** Readers in the midst of something when the one who renews an entry dies. */
export function datedWitnessScenarios(): Scenario[] {
  const seen = writers.flatMap((write) =>
    readers.slice(0, 4).map((ops) => dated(`${named(ops)} sees one die in ${named(write)}`, write, ops)),
  );
  const hitters: readonly (readonly Op[])[] = [[get('h')], [hit('h', 1)], [hit('h', 1), hit('h', 4), get('h')]];
  return [...seen, ...hitters.map((ops) => dated(`${named(ops)} sees one die in a hit`, [hit('h', 2)], ops))];
}
