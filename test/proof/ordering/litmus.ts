/**
 * The classic litmus tests, with what each machine is known to do. Names and verdicts: Alglave, Maranget and Tautschnig,
 * "Herding cats" (2014); Maranget, Sarkar and Sewell, "A tutorial introduction to the ARM and POWER relaxed memory models"
 * (2012); Sewell et al., "x86-TSO" (2010); Pulte et al., "Simplifying ARM concurrency" (2018).
 */
import {
  set,
  when,
  type Expression,
  type Fence,
  type Load,
  type ReadModifyWrite,
  type Statement,
  type Store,
} from './instructions.ts';
import type { MachineName } from './machines.ts';
import type { Outcome } from './enumerate.ts';

export interface Litmus {
  readonly name: string;
  readonly threads: readonly (readonly Statement[])[];
  /** The outcome that is asked about. `r` are the registers of all threads. */
  readonly asked: (r: Readonly<Record<string, number | undefined>>, memory: Outcome['memory']) => boolean;
  /** The machines that allow it. */
  readonly allowed: readonly MachineName[];
}

const x = 0;
const y = 1;
const z = 2;

function ldr(into: string, at: Expression): Load {
  return { op: 'load', into, at, acquire: false };
}

function ldar(into: string, at: Expression): Load {
  return { op: 'load', into, at, acquire: true };
}

function str(at: Expression, value: Expression): Store {
  return { op: 'store', at, value, release: false, locked: false };
}

/** A store-release; on x64 a plain store. */
function stlr(at: Expression, value: Expression): Store {
  return { op: 'store', at, value, release: true, locked: false };
}

/** `Atomics.store`: a store-release, on x64 a locked exchange. */
function atomic(at: Expression, value: Expression): Store {
  return { op: 'store', at, value, release: true, locked: true };
}

function swap(into: string, at: Expression, value: number): ReadModifyWrite {
  return { op: 'rmw', into, at, update: () => value };
}

function increment(into: string, at: Expression): ReadModifyWrite {
  return { op: 'rmw', into, at, update: (old) => old + 1 };
}

const dmb: Fence = { op: 'fence', holds: 'all' };
const dmbLd: Fence = { op: 'fence', holds: 'loads' };
const dmbSt: Fence = { op: 'fence', holds: 'stores' };

/** The word at an address that depends on a register, without being another one for it. */
function through(register: string, word: number): Expression {
  return (r) => word + r[register] - r[register];
}

const ALL: readonly MachineName[] = ['sc', 'x64', 'x64-jit', 'arm64'];
const WEAK: readonly MachineName[] = ['x64', 'x64-jit', 'arm64'];
const REORDERED: readonly MachineName[] = ['x64-jit', 'arm64'];
const ARM: readonly MachineName[] = ['arm64'];
const NONE: readonly MachineName[] = [];

type Asked = Litmus['asked'];

function litmus(
  name: string,
  allowed: readonly MachineName[],
  asked: Asked,
  ...threads: readonly Statement[][]
): Litmus {
  return { name, threads, asked, allowed };
}

const bothZero: Asked = (r) => r['a'] === 0 && r['b'] === 0;
const late: Asked = (r) => r['a'] === 1 && r['b'] === 0;
const bothOne: Asked = (r) => r['a'] === 1 && r['b'] === 1;
const disagree: Asked = (r) => r['a'] === 1 && r['b'] === 0 && r['c'] === 1 && r['d'] === 0;
const handedOn: Asked = (r) => r['a'] === 1 && r['b'] === 1 && r['c'] === 0;

const sentMessage: Statement[] = [str(x, 1), str(y, 1)];
const releasedMessage: Statement[] = [str(x, 1), stlr(y, 1)];

const STORE_BUFFERING: readonly Litmus[] = [
  litmus('SB', WEAK, bothZero, [str(x, 1), ldr('a', y)], [str(y, 1), ldr('b', x)]),
  litmus('SB+dmb+po', WEAK, bothZero, [str(x, 1), dmb, ldr('a', y)], [str(y, 1), ldr('b', x)]),
  litmus('SB+dmbs', NONE, bothZero, [str(x, 1), dmb, ldr('a', y)], [str(y, 1), dmb, ldr('b', x)]),
  litmus('SB+rel-acqs', ['x64', 'x64-jit'], bothZero, [stlr(x, 1), ldar('a', y)], [stlr(y, 1), ldar('b', x)]),
  litmus('SB+atomics', NONE, bothZero, [atomic(x, 1), ldar('a', y)], [atomic(y, 1), ldar('b', x)]),
  litmus('SB+atomic-plains', ARM, bothZero, [atomic(x, 1), ldr('a', y)], [atomic(y, 1), ldr('b', x)]),
  litmus('SB+swap-plains', ARM, bothZero, [swap('p', x, 1), ldr('a', y)], [swap('q', y, 1), ldr('b', x)]),
  litmus('SB+swap-acqs', NONE, bothZero, [swap('p', x, 1), ldar('a', y)], [swap('q', y, 1), ldar('b', x)]),
  litmus(
    'SB+rfis',
    WEAK,
    (r) => r['p'] === 1 && r['q'] === 1 && r['a'] === 0 && r['b'] === 0,
    [str(x, 1), ldr('p', x), ldr('a', y)],
    [str(y, 1), ldr('q', y), ldr('b', x)],
  ),
  litmus('R', WEAK, (r, m) => m['y'] === 2 && r['a'] === 0, [str(x, 1), str(y, 1)], [str(y, 2), ldr('a', x)]),
  litmus(
    'R+dmbs',
    NONE,
    (r, m) => m['y'] === 2 && r['a'] === 0,
    [str(x, 1), dmb, str(y, 1)],
    [str(y, 2), dmb, ldr('a', x)],
  ),
];

const MESSAGE_PASSING: readonly Litmus[] = [
  litmus('MP', REORDERED, late, sentMessage, [ldr('a', y), ldr('b', x)]),
  litmus('MP+dmbs', NONE, late, [str(x, 1), dmb, str(y, 1)], [ldr('a', y), dmb, ldr('b', x)]),
  litmus('MP+dmb.sts+dmb.ld', NONE, late, [str(x, 1), dmbSt, str(y, 1)], [ldr('a', y), dmbLd, ldr('b', x)]),
  litmus('MP+dmb+po', REORDERED, late, [str(x, 1), dmb, str(y, 1)], [ldr('a', y), ldr('b', x)]),
  litmus('MP+po+dmb', ARM, late, sentMessage, [ldr('a', y), dmb, ldr('b', x)]),
  litmus('MP+rel+acq', NONE, late, releasedMessage, [ldar('a', y), ldr('b', x)]),
  litmus('MP+rel+po', REORDERED, late, releasedMessage, [ldr('a', y), ldr('b', x)]),
  litmus('MP+po+acq', ARM, late, sentMessage, [ldar('a', y), ldr('b', x)]),
  litmus('MP+rel+late-acq', ARM, late, releasedMessage, [ldr('a', y), ldar('b', x)]),
  litmus('MP+store-behind-rel', ARM, late, [stlr(x, 1), str(y, 1)], [ldar('a', y), ldr('b', x)]),
  litmus('MP+rel-acq-fence', NONE, late, [stlr(x, 1), ldar('f', x), str(y, 1)], [ldar('a', y), ldr('b', x)]),
  litmus('MP+dmb+addr', NONE, late, [str(x, 1), dmb, str(y, 1)], [ldr('a', y), ldr('b', through('a', x))]),
  litmus(
    'MP+dmb+ctrl',
    ARM,
    late,
    [str(x, 1), dmb, str(y, 1)],
    [ldr('a', y), when((r) => r['a'] === 1, [ldr('b', x)])],
  ),
  litmus(
    'MP+dmb+fri-rfi',
    ARM,
    (r) => r['a'] === 1 && r['c'] === 0,
    [str(x, 1), dmb, str(y, 1)],
    [ldr('a', y), str(y, 2), ldr('b', y), ldr('c', through('b', x))],
  ),
  litmus(
    'PPOAA',
    NONE,
    (r) => r['a'] === 1 && r['c'] === 0,
    [str(x, 1), dmb, str(y, 1)],
    [ldr('a', y), str(through('a', z), 1), ldr('b', z), ldr('c', through('b', x))],
  ),
  litmus(
    'PPOCA',
    ARM,
    (r) => r['a'] === 1 && r['c'] === 0,
    [str(x, 1), dmb, str(y, 1)],
    [ldr('a', y), when((r) => r['a'] === 1, [str(z, 1), ldr('b', z), ldr('c', through('b', x))])],
  ),
];

/** Writer: the number goes up, then the data change. Reader: data, then the number. */
const SEQLOCK_WRITER: Statement[] = [stlr(y, 1), dmb, str(x, 1)];
const SEQLOCKS: readonly Litmus[] = [
  litmus('seqlock+acq', ARM, late, SEQLOCK_WRITER, [ldr('a', x), ldar('b', y)]),
  litmus('seqlock+own-rel+acq', NONE, late, SEQLOCK_WRITER, [ldr('a', x), stlr(z, 0), ldar('b', y)]),
  litmus('seqlock+own-rel+po', ARM, late, SEQLOCK_WRITER, [ldr('a', x), stlr(z, 0), ldr('b', y)]),
];

const LOAD_BUFFERING: readonly Litmus[] = [
  litmus('LB', ARM, bothOne, [ldr('a', x), str(y, 1)], [ldr('b', y), str(x, 1)]),
  litmus('LB+datas', NONE, bothOne, [ldr('a', x), str(y, (r) => r['a'])], [ldr('b', y), str(x, (r) => r['b'])]),
  litmus('LB+data+po', ARM, bothOne, [ldr('a', x), str(y, (r) => r['a'])], [ldr('b', y), str(x, 1)]),
  litmus(
    'LB+ctrls',
    NONE,
    bothOne,
    [ldr('a', x), when((r) => r['a'] === 1, [str(y, 1)])],
    [ldr('b', y), when((r) => r['b'] === 1, [str(x, 1)])],
  ),
  litmus('LB+addrs', NONE, bothOne, [ldr('a', x), str(through('a', y), 1)], [ldr('b', y), str(through('b', x), 1)]),
  litmus('LB+acqs', NONE, bothOne, [ldar('a', x), str(y, 1)], [ldar('b', y), str(x, 1)]),
  litmus('LB+rels', NONE, bothOne, [ldr('a', x), stlr(y, 1)], [ldr('b', y), stlr(x, 1)]),
  litmus(
    'LB+data-rfi-datas',
    NONE,
    bothOne,
    [ldr('a', x), set('n', (r) => r['a'] + 0), str(y, (r) => r['n'])],
    [ldr('b', y), str(z, (r) => r['b']), ldr('c', z), str(x, (r) => r['c'])],
  ),
  litmus('S', ARM, (r, m) => r['a'] === 1 && m['x'] === 2, [str(x, 2), str(y, 1)], [ldr('a', y), str(x, 1)]),
  litmus(
    'S+rel+data',
    NONE,
    (r, m) => r['a'] === 1 && m['x'] === 2,
    [str(x, 2), stlr(y, 1)],
    [ldr('a', y), str(x, (r) => r['a'])],
  ),
  litmus('2+2W', ARM, (_, m) => m['x'] === 2 && m['y'] === 2, [str(x, 2), str(y, 1)], [str(y, 2), str(x, 1)]),
  litmus('2+2W+rels', NONE, (_, m) => m['x'] === 2 && m['y'] === 2, [str(x, 2), stlr(y, 1)], [str(y, 2), stlr(x, 1)]),
];

const COHERENCE: readonly Litmus[] = [
  litmus('CoRR', NONE, late, [str(x, 1)], [ldr('a', x), ldr('b', x)]),
  litmus('CoWW', NONE, (_, m) => m['x'] === 1, [str(x, 1), str(x, 2)]),
  litmus('CoRW', NONE, (r) => r['a'] === 1, [ldr('a', x), str(x, 1)]),
  litmus('CoWR', NONE, (r) => r['a'] !== 1 && r['a'] !== 2, [str(x, 1), ldr('a', x)], [str(x, 2)]),
  litmus('CoRW2', NONE, (r, m) => r['a'] === 2 && m['x'] === 2, [ldr('a', x), str(x, 1)], [str(x, 2)]),
  litmus(
    'RSW',
    REORDERED,
    (r) => r['a'] === 1 && r['d'] === 0,
    [str(x, 1), dmb, str(y, 1)],
    [ldr('a', y), ldr('b', through('a', z)), ldr('c', z), ldr('d', through('c', x))],
  ),
  litmus(
    'RDW',
    NONE,
    (r) => r['a'] === 1 && r['b'] === 1 && r['c'] === 2 && r['d'] === 0,
    [str(x, 1), dmb, str(y, 1)],
    [ldr('a', y), ldr('b', through('a', z)), ldr('c', z), ldr('d', through('c', x))],
    [str(z, 1), str(z, 2)],
  ),
];

const THREE_AND_MORE: readonly Litmus[] = [
  litmus('IRIW', REORDERED, disagree, [str(x, 1)], [str(y, 1)], [ldr('a', x), ldr('b', y)], [ldr('c', y), ldr('d', x)]),
  litmus(
    'IRIW+addrs',
    NONE,
    disagree,
    [str(x, 1)],
    [str(y, 1)],
    [ldr('a', x), ldr('b', through('a', y))],
    [ldr('c', y), ldr('d', through('c', x))],
  ),
  litmus(
    'IRIW+acqs',
    NONE,
    disagree,
    [str(x, 1)],
    [str(y, 1)],
    [ldar('a', x), ldar('b', y)],
    [ldar('c', y), ldar('d', x)],
  ),
  litmus(
    'WRC+addrs',
    NONE,
    handedOn,
    [str(x, 1)],
    [ldr('a', x), str(through('a', y), 1)],
    [ldr('b', y), ldr('c', through('b', x))],
  ),
  litmus('WRC', REORDERED, handedOn, [str(x, 1)], [ldr('a', x), str(y, 1)], [ldr('b', y), ldr('c', x)]),
  litmus(
    'ISA2+rel+acqs',
    NONE,
    handedOn,
    [str(x, 1), stlr(y, 1)],
    [ldar('a', y), stlr(z, 1)],
    [ldar('b', z), ldr('c', x)],
  ),
  litmus(
    'RWC+dmbs',
    NONE,
    (r) => r['a'] === 1 && r['b'] === 0 && r['c'] === 0,
    [str(x, 1)],
    [ldr('a', x), dmb, ldr('b', y)],
    [str(y, 1), dmb, ldr('c', x)],
  ),
  litmus('two increments', NONE, (_, m) => m['x'] !== 2, [increment('a', x)], [increment('b', x)]),
  litmus(
    'two plain increments',
    ALL,
    (_, m) => m['x'] === 1,
    [ldr('a', x), str(x, (r) => r['a'] + 1)],
    [ldr('b', x), str(x, (r) => r['b'] + 1)],
  ),
  litmus('swap behind swap', NONE, (r) => r['a'] === r['b'], [swap('a', x, 1)], [swap('b', x, 1)]),
];

export const LITMUS_TESTS: readonly Litmus[] = [
  ...STORE_BUFFERING,
  ...MESSAGE_PASSING,
  ...SEQLOCKS,
  ...LOAD_BUFFERING,
  ...COHERENCE,
  ...THREE_AND_MORE,
];
export const LITMUS_WORDS: readonly string[] = ['x', 'y', 'z'];
