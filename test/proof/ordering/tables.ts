/** Programs for [publish-table] and [miss]: a reader, and a writer that replaces the table or takes keys out of lines. */
import { block, type Statement } from './instructions.ts';
import type { Outcome } from './enumerate.ts';
import { EVERYWHERE, ON_ARM64, type Protocol } from './protocol.ts';
import { MISS, MIXED, readOnce, RECORD_WORDS, TORN, type ReadPlan } from './reading.ts';
import { bumpEpoch, insert, passPages, vacate, pushFree } from './writing.ts';
import type { Seam } from './seam.ts';
import type { Program } from './state.ts';

/** Tables of two slots, p and q, in a page each; records a and b. */
const WORDS: readonly string[] = [
  'reader.own',
  'epoch',
  'table',
  'page lock',
  'use',
  ...['p', 'q'].flatMap((name) => ['tag', 'ref', 'tag2', 'ref2'].map((field) => `${name}.${field}`)),
  ...['a', 'b', 'c'].flatMap((name) => ['seq', 'meta', 'value', 'rest'].map((field) => `${name}.${field}`)),
];

function at(name: string): number {
  return WORDS.indexOf(name);
}

const P = at('p.tag');
const Q = at('q.tag');
const [A, B, C] = [at('a.seq'), at('b.seq'), at('c.seq')];
const [KEY, OTHER, THIRD] = [1, 2, 3];
const [TAG, OTHER_TAG, THIRD_TAG] = [9, 8, 7];
const WRITER = 5;

const PLAN: ReadPlan = {
  own: at('reader.own'),
  epoch: at('epoch'),
  table: at('table'),
  tag: TAG,
  key: KEY,
  slots: 1,
  lines: 1,
};

/** Record a is the one that is read; b is one of another key or segment. */
const INITIAL: Readonly<Record<string, number>> = {
  table: P,
  use: 1,
  'p.tag': TAG,
  'p.ref': A,
  'a.seq': 11,
  'a.meta': KEY,
  'a.value': 1,
  'a.rest': 1,
  'b.seq': 12,
  'b.meta': KEY,
  'b.value': 2,
  'b.rest': 2,
};

function program(reader: readonly Statement[], writer: readonly Statement[], initial = INITIAL): Program {
  return { threads: { reader, writer }, words: WORDS, initial, ownWords: ['reader.own', 'page lock', 'use'] };
}

/** The key is there all the time, with the value 1. */
function judge({ registers }: Outcome): string {
  const result = registers['reader']?.['result'];
  if (result === TORN) return 'reads again';
  if (result === 1) return 'value 1';
  if (result === MISS) return 'bad: not found';
  return result === MIXED ? 'bad: words of several values' : `bad: value ${result}`;
}

function fill(seam: Seam, table: number): Statement {
  const copy = seam.of('segment/table.ts', 'copySlots');
  return block(
    copy.zeroRun('start', table),
    copy.zeroRun('start', table + 1),
    copy.poke('to', table, TAG),
    copy.poke('to + REF', table + 1, A),
  );
}

/** `rebuildTable`: the table that is named now is `to`, and the page of the old one has become somebody else's. */
function rebuild(seam: Seam, to: number, epoch: number, fault: string): Statement[] {
  const filled = fill(seam, to);
  const name = seam.of('segment/table.ts', 'rebuildTable').store('head + TABLE', at('table'), to);
  const named: Statement =
    fault === 'a table is named by a plain store'
      ? { op: 'store', at: at('table'), value: to, release: false, locked: false }
      : name;
  const isEarly = fault === 'a table is named before it is filled';
  const bumped = bumpEpoch(seam, at('epoch'), epoch);
  const passed = passPages(seam, at('page lock'), at('use'), WRITER);
  if (fault === 'the old page is given back before the new table is named') return [filled, passed, named, bumped];
  return [...(isEarly ? [named, filled] : [filled, named]), bumped, passed];
}

function overwritePage(table: number, tag: number, ref: number): Statement[] {
  return [tag, ref].map((value, word) => ({ op: 'store', at: table + word, value, release: false, locked: false }));
}

/** The page of the old table goes to another segment, where the same words look like a slot of the key. */
const replaced: Protocol = {
  argument: 'publish-table',
  scene: 'the table is replaced while it is read, and its page is used by another segment',
  program: (seam, fault) => {
    const others = overwritePage(P, TAG, B);
    if (fault !== 'the old page is given back before the new table is named') {
      return program(readOnce(seam, PLAN, fault), [...rebuild(seam, Q, 1, fault), ...others]);
    }
    const [filled, passed, ...rest] = rebuild(seam, Q, 1, fault);
    return program(readOnce(seam, PLAN, fault), [filled, passed, ...others, ...rest]);
  },
  judge,
  faults: [
    { name: 'nothing is loaded again', badOn: EVERYWHERE },
    { name: 'a table is named before it is filled', badOn: EVERYWHERE },
    { name: 'the old page is given back before the new table is named', badOn: EVERYWHERE },
    { name: 'a table is named by a plain store', badOn: ON_ARM64 },
  ],
};

/** Under its old name the page is filled anew: who looks at it meanwhile finds nothing. */
const cameBack: Protocol = {
  argument: 'publish-table',
  scene: 'the table is replaced twice while it is read, and comes back to the page that it had',
  program: (seam, fault) =>
    program(readOnce(seam, PLAN, fault), [...rebuild(seam, Q, 1, fault), ...rebuild(seam, P, 2, fault)]),
  judge,
  faults: [
    { name: 'the epoch is not loaded again', badOn: EVERYWHERE },
    { name: 'the epoch is loaded after the table', badOn: EVERYWHERE },
    { name: 'opening loads are plain', badOn: ON_ARM64 },
  ],
  reliesOn: {
    machines: ['x64-jit'],
    what: 'the compiler leaves the loads of epoch and table, which stand in one basic block, in their order',
  },
};

/** Keys 2 and 1 had one home line, of one slot: 1 lies behind 2. */
const BEHIND: Readonly<Record<string, number>> = {
  ...INITIAL,
  'p.tag': OTHER_TAG,
  'p.ref': B,
  'p.tag2': TAG,
  'p.ref2': A,
  'b.meta': OTHER,
  'c.seq': -RECORD_WORDS,
};

const behind: Protocol = {
  argument: 'miss',
  scene: 'a key in a full line is deleted and another one set, while a key behind that line is read',
  program: (seam, fault) =>
    program(
      readOnce(seam, { ...PLAN, lines: 2 }, fault),
      [
        ...vacate(seam, P, false, fault),
        ...pushFree(seam, B, RECORD_WORDS, 0, fault),
        ...insert(seam, P, THIRD_TAG, { ref: C, seq: 13, key: THIRD, value: 3 }, fault),
      ],
      BEHIND,
    ),
  judge,
  faults: [{ name: 'tags are cleared in lines that were full', badOn: EVERYWHERE }],
};

const emptied: Protocol = {
  argument: 'miss',
  scene: 'the table is replaced while a key is looked for, and its page is emptied by another segment',
  program: (seam, fault) =>
    program(readOnce(seam, PLAN, fault), [...rebuild(seam, Q, 1, fault), ...overwritePage(P, 0, 0)]),
  judge,
  faults: [
    { name: 'nothing is loaded again', badOn: EVERYWHERE },
    { name: 'closing loads without the store before them', badOn: ON_ARM64 },
  ],
};

export const TABLE_PROTOCOLS: readonly Protocol[] = [replaced, cameBack, behind, emptied];
