import type { Op } from './op.ts';
import type { Scenario } from './plan.ts';
import {
  addField,
  cas,
  del,
  describe,
  get,
  getField,
  lease,
  look,
  release,
  set,
  setField,
  update,
} from './repertoire.ts';
import { fewStructs } from './situations.ts';

/** What one does to the struct under s, with numbers that nobody else writes there. */
const writers: readonly ((by: number) => readonly Op[])[] = [
  (by) => [setField('x', by)],
  (by) => [setField('y', by)],
  (by) => [setField('t', by)],
  (by) => [setField('u', by)],
  (by) => [addField('v', by)],
  (by) => [set('s', `x${by} y${by} t${by} u${by} v${by}`)],
  () => [del('s')],
];

const readers: readonly (readonly Op[])[] = [
  [get('s'), get('s')],
  [look('s'), look('s')],
  [getField('y'), getField('x')],
  [cas('s', 'x9 y9 t9 u9 v9'), get('s')],
  [update('s', 'x9 y9 t9 u9 v9')],
];

function fielded(name: string, ...actors: readonly (readonly Op[])[]): Scenario {
  return { name: `structs: ${name}`, structs: true, prepare: fewStructs, actors };
}

function named(ops: readonly Op[]): string {
  return ops.map(describe).join(', ');
}

/** Two and three threads at the fields of one struct. */
export function fieldScenarios(): Scenario[] {
  const twos = writers.flatMap((write, index) => {
    const others = [...writers.slice(index).map((other) => other(4)), ...readers];
    return others.map((ops) => fielded(`${named(write(2))} meets ${named(ops)}`, write(2), ops));
  });
  return [
    ...twos,
    fielded('two fields of a word and a reader', [addField('u', 2)], [addField('v', 4)], [look('s'), get('s')]),
    fielded('two wide fields and a reader', [setField('x', 2)], [setField('y', 4)], [get('s'), get('s')]),
    fielded('many changes under a reader', [get('s')], [setField('x', 2), setField('y', 3), setField('x', 4)]),
    fielded('many changes under another reader', [look('s')], [setField('x', 2), setField('y', 3), setField('x', 4)]),
    // The announcement that the reader copies from may be that of the other struct.
    fielded('a field of another struct under a reader', [get('s')], [setField('x', 2), setField('x', 3, 'r')]),
    fielded('a field of another struct under another', [look('s')], [setField('x', 2), setField('x', 3, 'r')]),
    fielded(
      'fields of a struct that is replaced',
      [setField('y', 2), getField('y')],
      [del('s'), set('s', 'x3 y3 t3 u3 v3')],
      [get('s')],
    ),
    fielded(
      'fields of a leased struct',
      [lease('s'), get('s'), release('s'), get('s')],
      [setField('x', 2), addField('u', 4)],
      [setField('v', 6), get('s')],
    ),
    fielded(
      'a lease between fields',
      [setField('x', 2), setField('y', 3), addField('v', 4)],
      [lease('s'), release('s'), lease('s'), release('s')],
    ),
    fielded(
      'a compareAndSet between fields',
      [setField('x', 2), addField('u', 4)],
      [cas('s', 'x3 y3 t3 u3 v3'), get('s')],
      [addField('u', 6)],
    ),
  ];
}

/** One dies in a write to a field, and others come upon what it left, or are at the struct meanwhile. */
export function fieldDeathScenarios(heirCount: number): Scenario[] {
  const heirs = (by: number): readonly Op[] => [
    get('s'),
    setField('x', by),
    addField('u', by),
    get('s'),
    cas('s', `x${by} y9 t9 u9 v9`),
  ];
  return writers
    .slice(0, 6)
    .map((write) =>
      fielded(`${heirCount} after one died in ${named(write(2))}`, write(2), ...[4, 6].slice(0, heirCount).map(heirs)),
    );
}

/** Readers in the midst of something when a writer of a field dies. */
export function fieldWitnessScenarios(): Scenario[] {
  return writers
    .slice(0, 5)
    .flatMap((write) =>
      readers.map((ops) => fielded(`${named(ops)} sees one die in ${named(write(2))}`, write(2), ops)),
    );
}
