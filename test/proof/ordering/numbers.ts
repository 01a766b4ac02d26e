/** Programs for [in-place]: an int32 is replaced in its record, while it is read with its version. */
import { mayDie, set, when, type Statement } from './instructions.ts';
import type { Outcome } from './enumerate.ts';
import { EVERYWHERE, ON_ARM64, type Protocol } from './protocol.ts';
import { readOnce, SEQ, TORN, VALUE, type ReadPlan } from './reading.ts';
import { bumpEpoch } from './writing.ts';
import type { Seam, SourceFunction } from './seam.ts';

const WORDS: readonly string[] = [
  'reader.own',
  'epoch',
  'table',
  'intent',
  'intentValue',
  'nextSeq',
  'slot.tag',
  'slot.ref',
  'a.seq',
  'a.meta',
  'a.value',
];

function at(name: string): number {
  return WORDS.indexOf(name);
}

const A = at('a.seq');
const KEY = 1;
const TAG = 9;
const [OLD, NEW] = [1, 2];
const [OLD_SEQ, NEXT_SEQ] = [11, 12];

const INITIAL: Readonly<Record<string, number>> = {
  table: at('slot.tag'),
  nextSeq: NEXT_SEQ,
  'slot.tag': TAG,
  'slot.ref': A,
  'a.seq': OLD_SEQ,
  'a.meta': KEY,
  'a.value': OLD,
};

const PLAN: ReadPlan = {
  own: at('reader.own'),
  epoch: at('epoch'),
  table: at('table'),
  tag: TAG,
  key: KEY,
  slots: 1,
  lines: 1,
  valueWords: 1,
};

/** `replaceInt32`: the steps in their order. */
function replace(seam: Seam, fault: string, between: readonly Statement[]): Statement[] {
  const from = seam.of('segment/write.ts', 'replaceInt32');
  const seq = from.peek('head + NEXT_SEQ', 'seq', at('nextSeq'));
  const value = from.poke('head + INTENT_VALUE', at('intentValue'), NEW);
  const intent = from.releaseStore('head + INTENT', at('intent'), A);
  const stored = from.releaseStore('valueWord(words, ref)', A + VALUE, NEW);
  const numbered = from.releaseStore('ref + RECORD_SEQ', A + SEQ, (r) => r['seq']);
  const withdrawn = from.releaseStore('head + INTENT', at('intent'), 0);
  const taken = takeSeq(seam);
  const steps: readonly Statement[] =
    fault === 'the number is stored before the value'
      ? [value, intent, numbered, stored, withdrawn]
      : fault === 'the intent is not announced'
        ? [stored, numbered]
        : fault === 'the intent is announced before what it is'
          ? [intent, value, stored, numbered, withdrawn]
          : fault === 'the intent is announced after the value'
            ? [value, stored, intent, numbered, withdrawn]
            : [value, intent, stored, numbered, withdrawn];
  return [seq, ...steps, ...taken].flatMap((step) => [step, ...between]);
}

function takeSeq(seam: Seam): Statement[] {
  const take = seam.of('segment/recovery.ts', 'takeSeq');
  return [
    take.peek('head + NEXT_SEQ', 'taken', at('nextSeq')),
    take.poke('head + NEXT_SEQ', at('nextSeq'), (r) => r['taken'] + 1),
  ];
}

const read: Protocol = {
  argument: 'in-place',
  scene: 'a number is replaced while it is read with its version',
  program: (seam, fault) => ({
    threads: { reader: readOnce(seam, PLAN, fault), writer: replace(seam, fault, []) },
    words: WORDS,
    initial: INITIAL,
    ownWords: ['reader.own', 'intent', 'intentValue', 'nextSeq'],
  }),
  judge: ({ registers }) => {
    const result = registers['reader']?.['result'];
    const version = registers['reader']?.['version'];
    if (result === TORN) return 'reads again';
    const seen = `value ${result} with number ${version}`;
    return result === OLD && version !== OLD_SEQ ? `bad: old ${seen}` : seen;
  },
  faults: [
    { name: 'the number is stored before the value', badOn: EVERYWHERE },
    { name: 'the number is loaded after the value', badOn: EVERYWHERE },
    { name: 'release stores are plain', badOn: ON_ARM64 },
    { name: 'opening loads are plain', badOn: ON_ARM64 },
  ],
};

/** `completeIntent`, and the epoch before it. The heir has the lock: the owner is proven dead. */
function complete(seam: Seam): Statement[] {
  const from = seam.of('segment/recovery.ts', 'completeIntent');
  return [
    bumpEpoch(seam, at('epoch'), 1),
    from.peek('head + INTENT', 'intent', at('intent')),
    when((r) => r['intent'] !== 0, completion(from)),
    ...takeSeq(seam),
    { op: 'load', into: 'value', at: A + VALUE, acquire: false },
    { op: 'load', into: 'number', at: A + SEQ, acquire: false },
    { op: 'load', into: 'next', at: at('nextSeq'), acquire: false },
    set('isWhole', 1),
  ];
}

function completion(from: SourceFunction): Statement[] {
  return [
    from.peek('head + INTENT_VALUE', 'intended', at('intentValue')),
    from.releaseStore(
      'valueWord(words, intent)',
      (r) => r['intent'] + VALUE,
      (r) => r['intended'],
    ),
    from.peek('head + NEXT_SEQ', 'seq', at('nextSeq')),
    from.releaseStore(
      'intent + RECORD_SEQ',
      (r) => r['intent'] + SEQ,
      (r) => r['seq'],
    ),
    from.releaseStore('head + INTENT', at('intent'), 0),
  ];
}

const dies: Protocol = {
  argument: 'in-place',
  scene: 'a thread dies in replacing a number, and its heir completes what was announced',
  program: (seam, fault) => ({
    threads: {
      owner: replace(seam, fault, [mayDie]),
      heir: [{ op: 'await-end', thread: 0, end: 'died' }, ...complete(seam)],
    },
    words: WORDS,
    initial: INITIAL,
  }),
  judge: ({ registers }) => judgeHeir(registers['heir'] ?? {}),
  faults: [
    { name: 'the intent is not announced', badOn: EVERYWHERE },
    { name: 'the intent is announced before what it is', badOn: EVERYWHERE },
    { name: 'the intent is announced after the value', badOn: EVERYWHERE },
  ],
};

function judgeHeir({ value, number, next }: Outcome['registers'][string]): string {
  const seen = `value ${value} with number ${number}`;
  if (value !== OLD && value !== NEW) return `bad: ${seen}`;
  if (value === NEW && number === OLD_SEQ) return `bad: new ${seen} of the old one`;
  if (value === OLD && number !== OLD_SEQ) return `bad: old ${seen} of a new one`;
  return number === next ? `bad: number ${number} will be given again` : seen;
}

export const NUMBER_PROTOCOLS: readonly Protocol[] = [read, dies];
