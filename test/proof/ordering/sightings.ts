/** Programs for [remembered]: src/segment/sighting.ts. A value was read; it is sighted, and asked for later. */
import { set, stop, when, type Statement } from './instructions.ts';
import type { Outcome } from './enumerate.ts';
import { tokenOf } from './locks.ts';
import { EVERYWHERE, ON_ARM64, type Protocol } from './protocol.ts';
import { RECORD_WORDS, SEQ } from './reading.ts';
import { A, at, B, INITIAL, record, SLOT, TAG, WORDS } from './segment.ts';
import { overwrite, takeSeq } from './writing.ts';
import type { Seam, SourceFunction } from './seam.ts';

const RELIES_ON: Protocol['reliesOn'] = {
  machines: ['x64-jit'],
  what: 'the compiler leaves the loads of nextSeq and the lock, which stand in one basic block, in their order',
};

/** Number of the record that was read. */
const SEQ_READ = 11;
const absent: readonly Statement[] = [set('stands', 0), stop];

function quiet(from: SourceFunction, fault: string): Statement[] {
  const next = from.openingLoad('head + NEXT_SEQ', 'nextSeq', at('nextSeq'));
  const lock = from.openingLoad('head + LOCK', 'lock', at('lock'));
  return [
    ...(fault === 'the lock is loaded before the next number' ? [lock, next] : [next, lock]),
    set('isQuiet', (r) => Number(r['lock'] === 0 || fault === 'the lock is not looked at')),
  ];
}

/** `sight`: the table and its one slot are at their places. */
function sight(seam: Seam, fault: string): Statement[] {
  const from = seam.of('segment/sighting.ts', 'sight', at('reader.own'));
  const again = (load: Statement, register: string): Statement[] => [
    load,
    when((r) => r['again'] !== r[register], absent),
  ];
  return [
    ...quiet(from, fault),
    from.openingLoad('head + EPOCH', 'epoch', at('epoch')),
    from.openingLoad('head + TABLE', 'table', at('table')),
    from.peek('at', 'tag', (r) => r['table']),
    when((r) => r['tag'] !== TAG, absent),
    from.openingLoad('at + REF', 'ref', (r) => r['table'] + 1),
    from.openingLoad('ref + RECORD_SEQ', 'seq', (r) => r['ref'] + SEQ),
    when((r) => r['seq'] !== SEQ_READ, absent),
    ...again(
      from.closingLoad('at + REF', 'again', (r) => r['table'] + 1),
      'ref',
    ),
    ...again(from.closingLoadNext('head + TABLE', 'again', at('table')), 'table'),
    ...again(
      from.closingLoadNext('ref + RECORD_SEQ', 'again', (r) => r['ref'] + SEQ),
      'seq',
    ),
    ...again(from.closingLoadNext('head + EPOCH', 'again', at('epoch')), 'epoch'),
  ];
}

/** `isUnwritten` with what `sight` left. Leaves `stands`. */
function isUnwritten(seam: Seam): Statement[] {
  const from = seam.of('segment/sighting.ts', 'isUnwritten');
  return [
    when((r) => r['isQuiet'] === 0, absent),
    from.closingLoadNext('seqWord', 'again', at('nextSeq')),
    set('stands', (r) => Number(r['again'] === r['nextSeq'])),
  ];
}

/** `isStillThere`. Leaves `stands`, and `isQuiet` with a new `nextSeq`. */
function isStillThere(seam: Seam, fault: string): Statement[] {
  const from = seam.of('segment/sighting.ts', 'isStillThere');
  const again = (load: Statement, register: string, name: string): Statement[] =>
    fault === name ? [] : [load, when((r) => r['again'] !== r[register], absent)];
  return [
    ...quiet(from, fault),
    ...again(
      from.closingLoadNext('sighting.slotWord', 'again', (r) => r['table'] + 1),
      'ref',
      'the slot is not asked',
    ),
    ...again(from.closingLoadNext('head + TABLE', 'again', at('table')), 'table', ''),
    ...again(
      from.closingLoadNext('ref + RECORD_SEQ', 'again', (r) => r['ref'] + SEQ),
      'seq',
      '',
    ),
    ...again(from.closingLoadNext('head + EPOCH', 'again', at('epoch')), 'epoch', ''),
    set('stands', 1),
  ];
}

/** `putEntry` of the key, in its section. */
function write(seam: Seam, fault: string): Statement[] {
  const token = tokenOf(1);
  const entered = seam.of('memory/lock.ts', 'acquire').compareExchange('word', 'got', at('lock'), 0, token);
  const taken = takeSeq(seam, at('lock'), at('nextSeq'), fault);
  const [first, ...written] = overwrite(seam, SLOT, { ...record(B, 2), valueWords: 1 }, A, RECORD_WORDS, fault);
  const left = seam.of('memory/lock.ts', 'release').exchange('word', 'old', at('lock'), 0);
  const isLate = fault === 'the number is taken after the change';
  return [entered, ...(isLate ? [] : taken), first, ...written, ...(isLate ? taken : []), left];
}

/** Whether a thread that asks after the write has returned is told that the old value stands. */
const overwritten: Protocol = {
  argument: 'remembered',
  scene: 'a value is sighted while its key is overwritten, and asked for when the write has returned',
  program: (seam, fault) => ({
    threads: {
      reader: [...sight(seam, fault), { op: 'await-end', thread: 1, end: 'done' }, ...isUnwritten(seam)],
      writer: write(seam, fault),
    },
    words: WORDS,
    initial: { ...INITIAL, nextSeq: 12 },
    ownWords: ['reader.own'],
  }),
  judge,
  faults: [
    { name: 'the lock is not looked at', badOn: EVERYWHERE },
    { name: 'the lock is loaded before the next number', badOn: EVERYWHERE },
    { name: 'a number is taken without the fence behind the lock', badOn: ON_ARM64 },
  ],
  reliesOn: RELIES_ON,
};

function judge({ registers }: Outcome): string {
  return registers['reader']?.['stands'] === 1 ? 'bad: the old value stands' : 'read again';
}

/** The same by `isStillThere`, and then by the glance that it renews. */
const askedAgain: Protocol = {
  argument: 'remembered',
  scene: 'a value is asked for in its slot while its key is overwritten, and by a glance when the write has returned',
  program: (seam, fault) => ({
    threads: {
      reader: [
        set('table', SLOT),
        set('ref', A),
        set('seq', SEQ_READ),
        set('epoch', 0),
        ...isStillThere(seam, fault),
        { op: 'await-end', thread: 1, end: 'done' },
        ...isUnwritten(seam),
      ],
      writer: write(seam, fault),
    },
    words: WORDS,
    initial: { ...INITIAL, nextSeq: 12 },
  }),
  judge,
  faults: [
    { name: 'the lock is loaded before the next number', badOn: EVERYWHERE },
    { name: 'a number is taken without the fence behind the lock', badOn: ON_ARM64 },
  ],
  reliesOn: RELIES_ON,
};

/** Nobody is told of an old value after anybody was told of the new one. */
const seen: Protocol = {
  argument: 'remembered',
  scene: 'a value is sighted, the new one is read, and the old one asked for, while the write is under way',
  program: (seam, fault) => ({
    threads: {
      reader: [
        ...sight(seam, fault),
        { op: 'load', into: 'now', at: SLOT + 1, acquire: true },
        when((r) => r['now'] !== B, absent),
        ...isUnwritten(seam),
      ],
      writer: write(seam, fault),
    },
    words: WORDS,
    initial: { ...INITIAL, nextSeq: 12 },
    ownWords: ['reader.own'],
  }),
  judge,
  faults: [
    { name: 'the number is taken after the change', badOn: EVERYWHERE },
    { name: 'release stores are plain', badOn: ON_ARM64 },
  ],
  reliesOn: RELIES_ON,
};

export const SIGHTING_PROTOCOLS: readonly Protocol[] = [overwritten, askedAgain, seen];
