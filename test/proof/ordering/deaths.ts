/** Programs for [owner-died] and [page-run]: a thread dies in a section, and its heir goes by what is there. */
import { leave, loop, mayDie, set, stop, when, type Statement } from './instructions.ts';
import type { Outcome } from './enumerate.ts';
import { tokenOf } from './locks.ts';
import { EVERYWHERE, type Protocol } from './protocol.ts';
import { MISS, MIXED, META, readOnce, RECORD_WORDS, SEQ, TORN, VALUE, type ReadPlan } from './reading.ts';
import { bumpEpoch, overwrite, pushFree } from './writing.ts';
import type { Seam } from './seam.ts';
import { A, at, B, INITIAL, KEY, PLAN, SLOT, WORDS } from './segment.ts';

const OWNER = tokenOf(0);
const HEIR = tokenOf(1);
const READ: ReadPlan = { ...PLAN, valueWords: 1 };

/** Overwrites the record of the key by record 2, under the lock, and may die at any step. */
function owner(seam: Seam, fault: string): Statement[] {
  const steps = overwrite(seam, SLOT, { ref: B, seq: 12, key: KEY, value: 2, valueWords: 1 }, A, RECORD_WORDS, fault);
  const released = seam.of('memory/lock.ts', 'release').exchange('word', 'old', at('lock'), 0);
  return [...steps.flatMap((step) => [step, mayDie]), released];
}

/** Takes the lock over, makes the block that no slot leads to free, and overwrites the record by record 5. */
function heir(seam: Seam, fault: string): Statement[] {
  const proof: Statement[] =
    fault === 'a lock is taken over without a proof' ? [] : [{ op: 'await-end', thread: 0, end: 'died' }];
  const over = seam.of('memory/lock.ts', 'takeOver');
  const bumped = bumpEpoch(seam, at('epoch'), 1);
  const peeked = seam.of('segment/recovery.ts', 'liveRefs').peek('at + REF', 'live', SLOT + 1);
  const repair = (live: number, free: number): Statement[] => [
    { op: 'load', into: 'seq', at: live + SEQ, acquire: false },
    { op: 'load', into: 'key', at: live + META, acquire: false },
    { op: 'load', into: 'value', at: live + VALUE, acquire: false },
    ...pushFree(seam, free, RECORD_WORDS, 0, 'none'),
    ...overwrite(seam, SLOT, { ref: free, seq: 15, key: KEY, value: 5, valueWords: 1 }, live, RECORD_WORDS, 'none'),
  ];
  return [
    ...proof,
    over.compareExchange('word', 'got', at('lock'), OWNER, HEIR),
    when((r) => r['got'] !== OWNER, [stop]),
    bumped,
    peeked,
    when((r) => r['live'] === A, repair(A, B), repair(B, A)),
    seam.of('memory/lock.ts', 'release').exchange('word', 'old', at('lock'), 0),
    set('isDone', 1),
  ];
}

function judge({ registers, memory }: Outcome): string {
  const { isDone, live, seq, key, value } = registers['heir'] ?? {};
  const result = registers['reader']?.['result'];
  if (isDone === 1) {
    const found = live === A ? 1 : 2;
    if (seq !== 10 + found || key !== KEY || value !== found)
      return `bad: the heir finds number ${seq}, value ${value}`;
    const ref = memory['slot.ref'];
    const last = ref === A ? memory['a.value'] : memory['b.value'];
    if (last !== 5) return `bad: the last record says ${last}`;
  }
  if (result === undefined || result === TORN) return 'reads again';
  if (result === MISS || result === MIXED) return `bad: ${result === MISS ? 'not found' : 'words of several values'}`;
  return [1, 2, 5].includes(result) ? `value ${result}` : `bad: value ${result}`;
}

const dies: Protocol = {
  argument: 'owner-died',
  scene: 'a thread dies in overwriting a record, another one repairs and overwrites it, and a third one reads',
  program: (seam, fault) => ({
    threads: { owner: owner(seam, fault), heir: heir(seam, fault), reader: readOnce(seam, READ, fault) },
    words: WORDS,
    initial: { ...INITIAL, lock: OWNER },
    ownWords: ['reader.own'],
  }),
  judge,
  faults: [
    { name: 'a block is freed before its slot has changed', badOn: EVERYWHERE },
    { name: 'a record is published before it is written', badOn: EVERYWHERE },
    { name: 'a lock is taken over without a proof', badOn: EVERYWHERE },
  ],
};

/** A use word: segment, then pages of the run. */
const OWN_RUN = 21;
const [TWO_PAGES, THREE_PAGES] = [12, 13];
const PAGES = ['page lock', 'use 0', 'use 1', 'use 2'];
const USE_WORD = 'table.tableWord + page * ENTRY_WORDS + USE';

function underPageLock(seam: Seam, token: number, ...section: readonly Statement[]): Statement[] {
  return [
    seam.of('memory/lock.ts', 'acquire').compareExchange('word', 'got', 0, 0, token),
    when((r) => r['got'] !== 0, [stop]),
    ...section,
    seam.of('memory/lock.ts', 'release').exchange('word', 'old', 0, 0),
  ];
}

/** Gives a run of three pages back and takes two of them again. */
function others(seam: Seam, fault: string): Statement[] {
  const isVerbose = fault === 'each page of a run says so';
  const give = seam.of('memory/pages.ts', 'givePages').store(USE_WORD, 1, 0);
  const take = seam.of('memory/pages.ts', 'takePages').releaseStore(USE_WORD, 1, TWO_PAGES);
  const second = (value: number): Statement[] =>
    isVerbose ? [{ op: 'store', at: 2, value, release: true, locked: true }] : [];
  return [
    ...underPageLock(seam, tokenOf(0), give, ...second(0)),
    ...underPageLock(seam, tokenOf(0), take, ...second(TWO_PAGES)),
    ...underPageLock(seam, tokenOf(0), seam.of('memory/pages.ts', 'givePages').store(USE_WORD, 1, 0), ...second(0)),
  ];
}

/** Hops over the page table, past branches that a processor may guess. */
function hop(seam: Seam): Statement[] {
  const hopper = seam.of('memory/page-table.ts', 'useOf');
  return [
    set('page', 0),
    set('met', 0),
    loop(
      when((r) => r['page'] >= 3, [leave]),
      hopper.peek('table.tableWord + page * ENTRY_WORDS + USE', 'use', (r) => 1 + r['page']),
      when((r) => r['use'] === OWN_RUN, [set('met', (r) => r['met'] + 1)]),
      when(
        (r) => r['use'] % 10 === 3,
        [set('page', (r) => r['page'] + 3)],
        [when((r) => r['use'] % 10 === 2, [set('page', (r) => r['page'] + 2)], [set('page', (r) => r['page'] + 1)])],
      ),
    ),
  ];
}

const hops: Protocol = {
  argument: 'page-run',
  scene: 'an heir hops over the page table while another segment gives and takes pages before its run',
  program: (seam, fault) => ({
    threads: {
      others: others(seam, fault),
      owner: underPageLock(
        seam,
        tokenOf(1),
        { op: 'load', into: 'first', at: 1, acquire: false },
        when((r) => r['first'] % 10 === 3, [stop]),
        seam.of('memory/pages.ts', 'takePages').releaseStore(USE_WORD, 3, OWN_RUN),
        set('took', 1),
      ),
      heir: [{ op: 'await-end', thread: 1, end: 'done' }, ...hop(seam)],
    },
    words: PAGES,
    initial: { 'use 0': THREE_PAGES },
  }),
  judge: ({ registers }) => {
    if (registers['owner']?.['took'] !== 1) return 'there was no room';
    const met = registers['heir']?.['met'];
    return met === 1 ? 'meets its run' : `bad: meets its run ${met} times`;
  },
  faults: [{ name: 'each page of a run says so', badOn: EVERYWHERE }],
};

export const DEATH_PROTOCOLS: readonly Protocol[] = [dies, hops];
