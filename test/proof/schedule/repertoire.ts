import type { Key } from '../../../src/index.ts';
import type { StructField } from '../linearizability/struct-token.ts';
import type { Op, UpkeepStep } from './op.ts';

/** Operations for one actor; `by` makes its tokens differ from those of others. */
export type Repertoire = (by: string, x: Key) => readonly Op[];

export const everyOperation: Repertoire = (by, x) => [
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

export const WRITES: ReadonlySet<Op['call']> = new Set<Op['call']>([
  'set',
  'delete',
  'replace',
  'increment',
  'hit',
  'compareAndSetSeen',
  'getOrInsert',
  'update',
  'clear',
  'verify',
]);

export function get(key: Key): Op {
  return { call: 'get', key };
}

/** Another way to read than `get`, which has one of its own for what is short. */
export function look(key: Key): Op {
  return { call: 'getVersioned', key };
}

export function del(key: Key): Op {
  return { call: 'delete', key };
}

export function set(key: Key, token: string | number): Op {
  return { call: 'set', key, token };
}

export function setA(name: string): Op {
  return set('a', `${name}:40`);
}

export function inc(by: number): Op {
  return { call: 'increment', key: 'n', by };
}

export function hit(key: Key, by: number): Op {
  return { call: 'hit', key, by };
}

export function cas(key: Key, token: string | number): Op {
  return { call: 'compareAndSetSeen', key, token };
}

export function getField(field: StructField): Op {
  return { call: 'getField', key: 's', field };
}

export function setField(field: StructField, part: number, key: Key = 's'): Op {
  return { call: 'setField', key, field, part };
}

export function addField(field: 'u' | 'v', by: number): Op {
  return { call: 'incrementField', key: 's', field, by };
}

export function update(key: Key, token: string): Op {
  return { call: 'update', key, token };
}

export function insert(key: Key, token: string): Op {
  return { call: 'getOrInsert', key, token };
}

export function lease(key: Key): Op {
  return { call: 'lease', key };
}

export function release(key: Key): Op {
  return { call: 'release', key };
}

export function upkeep(step: UpkeepStep): Op {
  return { call: 'upkeep', step };
}

export function describe(op: Op): string {
  if (op.call === 'upkeep') return `${op.call} (${op.step})`;
  const again = 'looksAgain' in op ? ' after another look' : '';
  const field = 'field' in op ? ` ${op.field}` : '';
  const what = 'token' in op ? ` ${op.token}` : 'by' in op ? ` ${op.by}` : 'part' in op ? ` ${op.part}` : '';
  return 'key' in op ? `${op.call} ${String(op.key)}${field}${what}${again}` : op.call;
}
