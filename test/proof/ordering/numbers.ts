/** Programs for [in-place]: words of a value are replaced in their record, while it is read with its number. */
import { type Expression, mayDie, when, type Statement } from './instructions.ts';
import type { Outcome } from './enumerate.ts';
import { EVERYWHERE, ON_ARM64, type Protocol } from './protocol.ts';
import { CHANGING, META, MIXED, readOnce, readShort, SEQ, TORN, VALUE, type ReadPlan } from './reading.ts';
import { bumpEpoch, takeSeq } from './writing.ts';
import type { Seam } from './seam.ts';
import type { Program } from './state.ts';

const WORDS: readonly string[] = [
  'reader.own',
  'epoch',
  'table',
  'nextSeq',
  'lock',
  'intent',
  'intentSeq',
  'intent word 0',
  'intent word 1',
  'slot.tag',
  'slot.ref',
  'a.seq',
  'a.meta',
  'a.value',
  'a.rest',
];

function at(name: string): number {
  return WORDS.indexOf(name);
}

const A = at('a.seq');
const KEY = 1;
const TAG = 9;
const INTENT_WORD = at('intent word 0');
/** Value n has the number 10 + n. */
const FIRST = 1;
const WORD_NUMBERS: readonly number[] = [0, 1];

const INITIAL: Readonly<Record<string, number>> = {
  table: at('slot.tag'),
  nextSeq: 12,
  'slot.tag': TAG,
  'slot.ref': A,
  'a.seq': 11,
  'a.meta': KEY,
  'a.value': FIRST,
  'a.rest': FIRST,
};

const PLAN: ReadPlan = {
  own: at('reader.own'),
  epoch: at('epoch'),
  table: at('table'),
  tag: TAG,
  key: KEY,
  slots: 1,
  lines: 1,
  intent: { seq: at('intentSeq'), words: INTENT_WORD },
};

/** `replaceWords`: this many words of the value become n. */
function replace(seam: Seam, n: number, fault: string, count = 2): Statement[] {
  const from = seam.of('segment/in-place.ts', 'replaceWords');
  const number = from.releaseStore('head + INTENT_SEQ', at('intentSeq'), (r) => r['seq']);
  const fence = from.reuseFence('head + INTENT_SEQ', at('intentSeq'));
  const words = WORD_NUMBERS.slice(0, count).map((word) => {
    const one = word === 0 ? from : seam.of('segment/in-place.ts', 'replaceWords');
    return one.poke('head + INTENT_WORDS + i', INTENT_WORD + word, n);
  });
  const announced = from.releaseStore('head + INTENT', at('intent'), A);
  const taken = takeSeq(seam, at('lock'), at('nextSeq'), fault);
  const isUnfenced = fault === 'an intent is written without the fence behind its number';
  const isHasty = fault === 'the intent is announced before what it is';
  return [
    ...taken,
    ...(isHasty ? [announced] : []),
    number,
    ...(isUnfenced ? [] : [fence]),
    ...words,
    ...(isHasty || fault === 'the intent is not announced' ? [] : [announced]),
    ...carryOut(
      seam,
      fault,
      (r) => r['seq'],
      words.map(() => () => n),
    ),
  ];
}

/** `carryOut`, with a number and words. */
function carryOut(seam: Seam, fault: string, number: Expression, source: readonly Expression[]): Statement[] {
  const from = seam.of('segment/in-place.ts', 'carryOut');
  const meta = from.peek('ref + RECORD_META', 'meta', A + META);
  const marked = from.releaseStore('ref + RECORD_META', A + META, (r) => r['meta'] | CHANGING);
  const numbered = from.releaseStore('ref + RECORD_SEQ', A + SEQ, number);
  const fence = from.reuseFence('ref + RECORD_SEQ', A + SEQ);
  const words = source.map((value, word) => {
    const one = word === 0 ? from : seam.of('segment/in-place.ts', 'carryOut');
    return one.poke('at + i', A + VALUE + word, value);
  });
  const unmarked = from.releaseStore('ref + RECORD_META', A + META, (r) => r['meta'] & ~CHANGING);
  const over = from.releaseStore('head + INTENT', at('intent'), 0);
  const isLate = fault === 'the number is stored after the words';
  const isUnmarked = fault === 'the mark is stored after the number';
  return [
    meta,
    ...(isLate || !isUnmarked ? [marked] : []),
    ...(isLate ? [] : [numbered]),
    ...(isUnmarked ? [marked] : []),
    ...(fault === 'words are replaced without the fence behind the number' ? [] : [fence]),
    ...words,
    ...(isLate ? [numbered] : []),
    unmarked,
    over,
  ];
}

function isWhole(value: number | undefined, number: number | undefined): boolean {
  return value !== undefined && value > 0 && number === 10 + value;
}

function reading(
  read: typeof readOnce,
  seam: Seam,
  fault: string,
  valueWords: 1 | 2,
  ...values: readonly number[]
): Program {
  return {
    threads: {
      reader: read(seam, { ...PLAN, valueWords }, fault),
      writer: values.flatMap((n) => replace(seam, n, fault, valueWords)),
    },
    words: WORDS,
    initial: INITIAL,
    ownWords: ['reader.own', 'intent', 'nextSeq', 'lock'],
  };
}

function judgeRead({ registers }: Outcome): string {
  const { result, version } = registers['reader'] ?? {};
  if (result === TORN) return 'reads again';
  const seen = `${result === MIXED ? 'words of several values' : `value ${result}`} with number ${version}`;
  return isWhole(result, version) ? seen : `bad: ${seen}`;
}

function replacedUnder(read: typeof readOnce, what: string): Protocol {
  return {
    argument: 'in-place',
    scene: `the words of ${what} are replaced while it is read with its number`,
    program: (seam, fault) => reading(read, seam, fault, 2, 2),
    judge: judgeRead,
    faults: [
      { name: 'the number is stored after the words', badOn: EVERYWHERE },
      { name: 'the mark is stored after the number', badOn: EVERYWHERE },
      { name: 'the mark is not looked at', badOn: EVERYWHERE },
      { name: 'the mark is loaded plainly', badOn: ON_ARM64 },
      { name: 'words are replaced without the fence behind the number', badOn: ON_ARM64 },
    ],
  };
}

const twice: Protocol = {
  argument: 'in-place',
  scene: 'the word of a value is replaced twice while it is read with its number',
  program: (seam, fault) => reading(readOnce, seam, fault, 1, 2, 3),
  judge: judgeRead,
  faults: [
    { name: 'the number of the intent is not loaded again', badOn: EVERYWHERE },
    { name: 'an intent is written without the fence behind its number', badOn: ON_ARM64 },
  ],
};

/** `completeIntent`, and the epoch before it. The heir has the lock: the owner is proven dead. */
function complete(seam: Seam): Statement[] {
  const from = seam.of('segment/in-place.ts', 'completeIntent');
  const intent = from.peek('head + INTENT', 'intent', at('intent'));
  const announced = WORD_NUMBERS.map((word) => {
    const one = word === 0 ? from : seam.of('segment/in-place.ts', 'completeIntent');
    return one.peek('head + INTENT_WORDS + i', `word${word}`, INTENT_WORD + word);
  });
  return [
    bumpEpoch(seam, at('epoch'), 1),
    intent,
    when(
      (r) => r['intent'] !== 0,
      [
        ...announced,
        from.peek('head + INTENT_SEQ', 'number', at('intentSeq')),
        ...carryOut(
          seam,
          'none',
          (r) => r['number'],
          WORD_NUMBERS.map((word) => (r) => r[`word${word}`]),
        ),
      ],
    ),
    { op: 'load', into: 'meta', at: A + META, acquire: false },
    { op: 'load', into: 'value', at: A + VALUE, acquire: false },
    { op: 'load', into: 'rest', at: A + VALUE + 1, acquire: false },
    { op: 'load', into: 'seq', at: A + SEQ, acquire: false },
    { op: 'load', into: 'next', at: at('nextSeq'), acquire: false },
  ];
}

const dies: Protocol = {
  argument: 'in-place',
  scene: 'a thread dies in replacing words, and its heir completes what was announced',
  program: (seam, fault) => ({
    threads: {
      owner: replace(seam, 2, fault).flatMap((step) => [step, mayDie]),
      heir: [{ op: 'await-end', thread: 0, end: 'died' }, ...complete(seam)],
    },
    words: WORDS,
    initial: INITIAL,
  }),
  judge: ({ registers }) => judgeHeir(registers['heir'] ?? {}),
  faults: [
    { name: 'the intent is not announced', badOn: EVERYWHERE },
    { name: 'the intent is announced before what it is', badOn: EVERYWHERE },
  ],
};

function judgeHeir({ meta, value, rest, seq = 0, next = 0 }: Outcome['registers'][string]): string {
  const seen = `value ${value}, ${rest} with number ${seq}`;
  if (value !== rest || !isWhole(value, seq)) return `bad: ${seen}`;
  if (meta !== KEY) return 'bad: the mark is left';
  return seq >= next ? `bad: number ${seq} will be given again` : seen;
}

export const NUMBER_PROTOCOLS: readonly Protocol[] = [
  replacedUnder(readOnce, 'a value'),
  replacedUnder(readShort, 'a short value'),
  twice,
  dies,
];
