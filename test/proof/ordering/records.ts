/** Programs for [publish-record], [validate-read] and [free-mark]: one reader, and a writer that uses blocks again. */
import { mayDie, type Statement } from './instructions.ts';
import type { Outcome } from './enumerate.ts';
import { EVERYWHERE, ON_ARM64, type Protocol } from './protocol.ts';
import { MISS, MIXED, readOnce, readShort, RECORD_WORDS, SEQ, TORN, VALUE } from './reading.ts';
import { insert, moveRecord, bumpEpoch, overwrite, pushFree, writeRecord } from './writing.ts';
import type { Seam } from './seam.ts';
import { A, at, B, EMPTY, INITIAL, OTHER, PLAN, record, SLOT, TAG, WORDS } from './segment.ts';
import type { Program } from './state.ts';

const EPOCH = at('epoch');
/** A free block before that of a. */
const P = at('free.seq');

function program(reader: readonly Statement[], writer: readonly Statement[], initial = INITIAL): Program {
  return { threads: { reader, writer }, words: WORDS, initial, ownWords: ['reader.own'] };
}

function resultOf({ registers }: Outcome): number {
  return registers['reader']?.['result'] ?? Number.NaN;
}

/** Good results, by what they are; anything else is bad. */
function judged(outcome: Outcome, ...good: readonly number[]): string {
  const result = resultOf(outcome);
  if (result === TORN) return 'reads again';
  if (good.includes(result)) return result === MISS ? 'miss' : `value ${result}`;
  if (result === MIXED) return 'bad: words of several values';
  return result === MISS ? 'bad: not found' : `bad: value ${result}`;
}

const newKey: Protocol = {
  argument: 'publish-record',
  scene: 'a key is set for the first time while it is read',
  program: (seam, fault) => program(readOnce(seam, PLAN, fault), insert(seam, SLOT, TAG, record(A, 2), fault), EMPTY),
  judge: (outcome) => judged(outcome, MISS, 2),
  faults: [
    { name: 'a record is published before it is written', badOn: EVERYWHERE },
    { name: 'release stores are plain', badOn: ON_ARM64 },
  ],
};

/** The block of the old record is used again by a later record of the same key, whose writer may die before it says so. */
const reuse: Protocol = {
  argument: 'validate-read',
  scene: 'a key is overwritten twice while it is read, and its first block is used again',
  program: (seam, fault) => program(readOnce(seam, PLAN, fault), overwriteTwice(seam, fault)),
  judge: judgeTwice,
  faults: [
    { name: 'nothing is loaded again', badOn: EVERYWHERE },
    { name: 'the slot is not loaded again', badOn: EVERYWHERE },
    { name: 'the number is not loaded again', badOn: EVERYWHERE },
    { name: 'the number is loaded after the value', badOn: EVERYWHERE },
    { name: 'closing loads without the store before them', badOn: ON_ARM64 },
    { name: 'closing loads are plain', badOn: ON_ARM64 },
    { name: 'opening loads are plain', badOn: ON_ARM64 },
    { name: 'a record gets its number before its words', badOn: EVERYWHERE },
  ],
};

const reuseUnderShort: Protocol = {
  argument: 'validate-read',
  scene: 'a key with a short value is overwritten twice while it is read, and its first block is used again',
  program: (seam, fault) => program(readShort(seam, PLAN, fault), overwriteTwice(seam, fault)),
  judge: judgeTwice,
  faults: [
    { name: 'nothing is loaded again', badOn: EVERYWHERE },
    { name: 'the slot is not loaded again', badOn: EVERYWHERE },
    { name: 'the number is not loaded again', badOn: EVERYWHERE },
    { name: 'closing loads without the store before them', badOn: ON_ARM64 },
    { name: 'closing loads are plain', badOn: ON_ARM64 },
    { name: 'opening loads are plain', badOn: ON_ARM64 },
    { name: 'a record gets its number before its words', badOn: EVERYWHERE },
  ],
};

function overwriteTwice(seam: Seam, fault: string): Statement[] {
  return [
    ...overwrite(seam, SLOT, record(B, 2), A, RECORD_WORDS, fault),
    ...writeRecord(seam, record(A, 3), fault),
    mayDie,
    seam.of('segment/write.ts', 'publish').releaseStore('at + REF', SLOT + 1, A),
  ];
}

function judgeTwice(outcome: Outcome): string {
  return judged(outcome, 1, 2, ...(outcome.died.length === 0 ? [3] : []));
}

const reuseByOther: Protocol = {
  argument: 'free-mark',
  scene: 'a key is overwritten while it is read, and its old block goes to another key',
  program: (seam, fault) =>
    program(readOnce(seam, PLAN, fault), [
      ...overwrite(seam, SLOT, record(B, 2), A, RECORD_WORDS, fault),
      ...writeRecord(seam, record(A, 3, OTHER), fault),
    ]),
  judge: (outcome) => judged(outcome, 1, 2),
  faults: [{ name: 'a block is marked free without the fence after it', badOn: ON_ARM64 }],
};

const large: Protocol = {
  argument: 'free-mark',
  scene: 'a value that is copied after the validation is overwritten, and its block used again',
  program: (seam, fault) =>
    program(readOnce(seam, { ...PLAN, isLarge: true }, fault), [
      ...overwrite(seam, SLOT, record(B, 2), A, RECORD_WORDS, fault),
      ...writeRecord(seam, record(A, 3, OTHER), fault),
    ]),
  judge: (outcome) => judged(outcome, 1, 2),
  faults: [
    { name: 'the number is not loaded again', badOn: EVERYWHERE },
    { name: 'free blocks are not marked', badOn: EVERYWHERE },
    { name: 'a block is marked free without the fence after it', badOn: ON_ARM64 },
    { name: 'closing loads without the store before them', badOn: ON_ARM64 },
  ],
};

/** The only other record of the block is gone when the first one comes back: number and slot are what they were. */
function awayAndBack(read: typeof readOnce, what: string): Protocol {
  return {
    argument: 'validate-read',
    scene: `${what} is moved away and back while it is read, and another one was there in between`,
    program: (seam, fault) => program(read(seam, PLAN, fault), moves(seam, fault)),
    judge: (outcome) => judged(outcome, 1),
    faults: [
      { name: 'the epoch is not loaded again', badOn: EVERYWHERE },
      { name: 'the epoch is bumped after the reuse', badOn: EVERYWHERE },
    ],
  };
}

function moves(seam: Seam, fault: string): Statement[] {
  const isLate = fault === 'the epoch is bumped after the reuse';
  const first = bumpEpoch(seam, EPOCH, 1);
  const second = bumpEpoch(seam, EPOCH, 2);
  return [
    ...(isLate ? [] : [first]),
    ...moveRecord(seam, SLOT, { ...record(B, 1) }, A, RECORD_WORDS),
    ...(isLate ? [] : [second]),
    ...pushFree(seam, A, RECORD_WORDS, 0, fault),
    ...writeRecord(seam, record(A, 3, OTHER), fault),
    ...pushFree(seam, A, RECORD_WORDS, 0, fault),
    bumpEpoch(seam, EPOCH, isLate ? 0 : 3),
    ...moveRecord(seam, SLOT, { ...record(A, 1) }, B, RECORD_WORDS),
    ...(isLate ? [first] : []),
  ];
}

/** The old block is merged with the one before it, and what is cut from both has the old number where the record began. */
const merged: Protocol = {
  argument: 'free-mark',
  scene: 'a value that is copied after the validation is overwritten, and its block merged with another one',
  program: (seam, fault) => {
    const write = seam.of('segment/record.ts', 'writeRecord');
    const isLate = fault === 'the epoch is bumped after the reuse';
    const bumped = bumpEpoch(seam, EPOCH, 1);
    const fence = write.reuseFence('ref', P);
    return program(readOnce(seam, { ...PLAN, isLarge: true }, fault), [
      ...overwrite(seam, SLOT, record(B, 2), A, RECORD_WORDS, fault),
      ...(isLate ? [] : [bumped]),
      ...(fault === 'a record is written without the fence before it' ? [] : [fence]),
      ...[A + SEQ, A + VALUE, A + VALUE + 1].map((word) => {
        return seam.of('segment/record.ts', 'writeValue').poke('at + i', word, word === A + SEQ ? 11 : 3);
      }),
      write.releaseStore('ref + RECORD_SEQ', P, 13),
      ...(isLate ? [bumped] : []),
    ]);
  },
  judge: (outcome) => judged(outcome, 1, 2),
  faults: [
    { name: 'the epoch is not loaded again', badOn: EVERYWHERE },
    { name: 'the epoch is bumped after the reuse', badOn: EVERYWHERE },
    { name: 'a record is written without the fence before it', badOn: ON_ARM64 },
  ],
};

export const RECORD_PROTOCOLS: readonly Protocol[] = [
  newKey,
  reuse,
  reuseUnderShort,
  reuseByOther,
  large,
  merged,
  awayAndBack(readOnce, 'a record'),
  awayAndBack(readShort, 'a record with a short value'),
];
