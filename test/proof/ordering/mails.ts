/** Programs for the arguments of mail: src/dispatch/mail-ring.ts, mail-bell.ts, mail-owner.ts and mail-calls.ts. */
import { mayDie, set, stop, when, type Statement } from './instructions.ts';
import type { Outcome } from './enumerate.ts';
import type { MachineName } from './machines.ts';
import { EVERYWHERE, ON_ARM64, type Protocol } from './protocol.ts';
import type { Seam } from './seam.ts';

/** A ring of five words: two records of two words, then it begins again at the start. */
const WORDS: readonly string[] = [
  'head',
  'tail',
  'bell',
  'stuck',
  'started',
  'effects',
  'ring 0',
  'ring 1',
  'ring 2',
  'ring 3',
  'ring 4',
];
const RING = WORDS.indexOf('ring 0');
const RECORD_WORDS = 2;
const [ASLEEP, RUNG, AWAKE] = [1, 2, 0];
const WITH_BUFFERS: readonly MachineName[] = ['x64', 'x64-jit'];
const NOT_SC: readonly MachineName[] = ['x64', 'x64-jit', 'arm64'];

function at(name: string): number {
  return WORDS.indexOf(name);
}

/** `pushRecord` at this offset of the ring, which has room: the words are the length and n. */
function push(seam: Seam, offset: number, n: number, fault: string): Statement[] {
  const from = seam.of('dispatch/mail-ring.ts', 'pushRecord');
  const more = seam.of('dispatch/mail-ring.ts', 'pushRecord');
  const words = [
    from.poke('startWord + at + word', RING + offset, RECORD_WORDS),
    more.poke('startWord + at + word', RING + offset + 1, n),
  ];
  const tail = from.releaseStore('tailWord', at('tail'), offset + RECORD_WORDS);
  return fault === 'the tail is stored before the record' ? [tail, ...words] : [...words, tail];
}

/** `nextRecord` and `dropRecord`. Leaves what the record says in `got`, unless that is empty; stops when there is none. */
function take(seam: Seam, got: string): Statement[] {
  const next = seam.of('dispatch/mail-ring.ts', 'nextRecord');
  const again = seam.of('dispatch/mail-ring.ts', 'nextRecord');
  const drop = seam.of('dispatch/mail-ring.ts', 'dropRecord');
  const first = next.openingLoad('ring.tailWord', 'tail', at('tail'));
  const size = next.peek('startWord + ring.head', 'size', (r) => RING + r['head']);
  const jumped = [set('head', 0), again.peek('startWord', 'size', RING)];
  const word: Statement = { op: 'load', into: got, at: (r) => RING + r['head'] + 1, acquire: false };
  const dropped = [
    drop.peek('startWord + ring.head', 'size', (r) => RING + r['head']),
    set('head', (r) => r['head'] + RECORD_WORDS),
    drop.releaseStore('headWord', at('head'), (r) => r['head']),
  ];
  return [
    when((r) => r['head'] === r['tail'], [first]),
    when((r) => r['head'] === r['tail'], [stop]),
    size,
    when((r) => r['size'] === 0, jumped),
    ...(got === '' ? dropped : [word, ...dropped]),
  ];
}

function judgeRecords({ registers }: Outcome): string {
  const { one, two, three } = registers['reader'] ?? {};
  const wrong = [one, two, three].findIndex((got, index) => got !== undefined && got !== index + 1);
  if (wrong !== -1) return `bad: record ${wrong + 1} says ${[one, two, three][wrong]}`;
  return `${[one, two, three].filter((got) => got !== undefined).length} records`;
}

const published: Protocol = {
  argument: 'mail-publish',
  scene: 'records are put into a ring and taken out',
  program: (seam, fault) => ({
    threads: {
      reader: [set('head', 0), set('tail', 0), ...take(seam, 'one'), ...take(seam, 'two')],
      writer: [...push(seam, 0, 1, fault), ...push(seam, 2, 2, fault)],
    },
    words: WORDS,
  }),
  judge: judgeRecords,
  faults: [
    { name: 'the tail is stored before the record', badOn: EVERYWHERE },
    { name: 'release stores are plain', badOn: ON_ARM64 },
    { name: 'opening loads are plain', badOn: ON_ARM64 },
  ],
};

/** The third record comes to where the first one was, once both are taken. */
const roomy: Protocol = {
  argument: 'mail-room',
  scene: 'a record is put where another one was in a ring',
  program: (seam, fault) => {
    const room = seam.of('dispatch/mail-ring.ts', 'findRoom');
    const looked = room.openingLoad('ring.headWord', 'room', at('head'));
    const jump = room.poke('ring.startWord + ring.tail', RING + 4, 0);
    const late: Statement = { op: 'load', into: 'one', at: RING + 1, acquire: false };
    const isHasty = fault === 'room is given back before the record is read';
    const reads = [
      ...take(seam, isHasty ? '' : 'one'),
      ...take(seam, 'two'),
      ...(isHasty ? [late] : []),
      ...take(seam, 'three'),
    ];
    return {
      threads: {
        reader: [set('head', 0), set('tail', 4), ...reads],
        writer: [looked, when((r) => r['room'] !== 4, [stop]), jump, ...push(seam, 0, 3, fault)],
      },
      words: WORDS,
      initial: { tail: 4, 'ring 0': 2, 'ring 1': 1, 'ring 2': 2, 'ring 3': 2, 'ring 4': 9 },
    };
  },
  judge: judgeRecords,
  faults: [
    { name: 'room is given back before the record is read', badOn: EVERYWHERE },
    { name: 'release stores are plain', badOn: ON_ARM64 },
  ],
};

/** `ringBell`, after `settleTail`. */
function ring(seam: Seam, fault: string): Statement[] {
  const settled = seam.of('dispatch/mail-ring.ts', 'settleTail').store('ring.tailWord', at('tail'), RECORD_WORDS);
  return [...(fault === 'the tail is not settled' ? [] : [settled]), ...ringOnly(seam, fault)];
}

function ringOnly(seam: Seam, fault: string): Statement[] {
  const from = seam.of('dispatch/mail-bell.ts', 'ringBell');
  const statements = [
    from.load('word', 'state', at('bell')),
    when((r) => r['state'] === AWAKE, [stop]),
    when((r) => r['state'] === RUNG && fault === 'who finds a rung bell goes on', [stop]),
    when((r) => r['state'] === ASLEEP, [from.compareExchange('word', 'rung', at('bell'), ASLEEP, RUNG)]),
    mayDie,
    from.notify('word', at('bell')),
  ];
  return fault === 'nobody is notified' ? statements.slice(0, -2) : statements;
}

/** `lieDown`, then what the loop does: it waits, gets up, and looks. `look` leaves 1 in `has` when there is something to do. */
function lieDown(seam: Seam, look: readonly Statement[], fault: string): Statement[] {
  const from = seam.of('dispatch/mail-bell.ts', 'lieDown');
  const bell: Statement =
    fault === 'the bell is stored plainly'
      ? { op: 'store', at: at('bell'), value: ASLEEP, release: false, locked: false }
      : from.store('bellWord(thread)', at('bell'), ASLEEP);
  const awake = from.store('bellWord(thread)', at('bell'), AWAKE);
  const up = seam.of('dispatch/mail-bell.ts', 'getUp').store('bellWord(thread)', at('bell'), AWAKE);
  const first = fault === 'a sleeper looks before it stores the bell' ? [...look, bell] : [bell, ...look];
  return [
    ...first,
    when((r) => r['has'] === 1, [awake, stop]),
    { op: 'wait', at: at('bell'), expected: ASLEEP },
    up,
    ...look,
  ];
}

function hasRecord(seam: Seam): Statement[] {
  const from = seam.of('dispatch/mail-ring.ts', 'hasRecord');
  return [from.load('ring.tailWord', 'tail', at('tail')), set('has', (r) => Number(r['tail'] !== 0))];
}

/** Somebody sleeps only if there is nothing to do, or nobody lives to tell. */
function judgeSleep({ registers, asleep, died }: Outcome): string {
  if (asleep.length > 0) return died.length > 0 ? 'asleep, but for the dead' : 'bad: asleep for ever';
  return registers['sleeper']?.['has'] === 1 ? 'there is mail' : 'bad: woken, and sees nothing';
}

const belled: Protocol = {
  argument: 'mail-bell',
  scene: 'a thread lies down while mail is sent to it',
  program: (seam, fault) => {
    const sent = push(seam, 0, 1, fault);
    const rung = ring(seam, fault);
    return {
      threads: {
        sleeper: lieDown(seam, hasRecord(seam), fault),
        sender: fault === 'the bell is looked at first' ? [...rung, ...sent] : [...sent, ...rung],
      },
      words: WORDS,
      ownWords: ['ring 0', 'ring 1'],
    };
  },
  judge: judgeSleep,
  faults: [
    { name: 'a sleeper looks before it stores the bell', badOn: EVERYWHERE },
    { name: 'nobody is notified', badOn: EVERYWHERE },
    { name: 'the tail is not settled', badOn: WITH_BUFFERS },
    { name: 'the bell is stored plainly', badOn: NOT_SC },
  ],
};

/** The first one may die before it notifies; the second one's mail is found all the same. */
const rungTwice: Protocol = {
  argument: 'mail-bell',
  scene: 'two senders ring for a thread that lies down, and the first may die before it notifies',
  program: (seam, fault) => ({
    threads: {
      sleeper: lieDown(seam, hasRecord(seam), fault),
      first: ring(seam, fault),
      second: ring(seam, fault).filter((statement) => statement !== mayDie),
    },
    words: WORDS,
  }),
  judge: (outcome) => {
    return outcome.asleep.length > 0 ? 'bad: asleep for ever' : judgeSleep(outcome);
  },
  faults: [{ name: 'who finds a rung bell goes on', badOn: EVERYWHERE }],
};

/** An owner that has an answer and no room; a sender that takes an answer. */
const stuck: Protocol = {
  argument: 'mail-stuck',
  scene: 'an owner waits for room for an answer while the sender makes some',
  program: (seam, fault) => {
    const owner = seam.of('dispatch/mail-owner.ts', 'sendUnsent');
    const sender = seam.of('dispatch/mail-calls.ts', 'unstick');
    const raised = owner.store('STUCK', at('stuck'), 1);
    const plain: Statement = { op: 'store', at: at('stuck'), value: 1, release: false, locked: false };
    const looked = seam.of('dispatch/mail-ring.ts', 'findRoom').openingLoad('ring.headWord', 'head', at('head'));
    const lowered = owner.store('STUCK', at('stuck'), 0);
    const flag = fault === 'the flag is stored plainly' ? plain : raised;
    const head = sender.store('ANSWER_HEAD', at('head'), RECORD_WORDS);
    const released = seam.of('dispatch/mail-ring.ts', 'dropRecord').releaseStore('headWord', at('head'), RECORD_WORDS);
    const flagged = sender.load('STUCK', 'stuck', at('stuck'));
    const moved = fault === 'the head is not stored again' ? released : head;
    const woken = [sender.store('STUCK', at('stuck'), 0), ...ringOnly(seam, fault).filter((one) => one !== mayDie)];
    const hasCall = seam.of('dispatch/mail-owner.ts', 'hasCall').load('STUCK', 'stuck', at('stuck'));
    return {
      threads: {
        sleeper: [
          ...(fault === 'the head is looked at before the flag is stored' ? [looked, flag] : [flag, looked]),
          when((r) => r['head'] !== 0, [lowered, set('has', 1), stop]),
          ...lieDown(seam, [hasCall, set('has', (r) => Number(r['stuck'] === 0))], fault),
        ],
        sender: [
          ...(fault === 'the flag is looked at before the head is stored' ? [flagged, moved] : [moved, flagged]),
          when((r) => r['stuck'] !== 0, woken),
        ],
      },
      words: WORDS,
    };
  },
  judge: judgeSleep,
  faults: [
    { name: 'the head is looked at before the flag is stored', badOn: EVERYWHERE },
    { name: 'the flag is looked at before the head is stored', badOn: EVERYWHERE },
    { name: 'the flag is stored plainly', badOn: NOT_SC },
    { name: 'the head is not stored again', badOn: WITH_BUFFERS },
  ],
};

/** The only call of the ring has the number 1. `tail` is that of the answers, `head` that of the calls. */
function serve(seam: Seam, fault: string): Statement[] {
  const mark = seam.of('dispatch/mail-owner.ts', 'serveNext').releaseStore('STARTED', at('started'), 1);
  const effect: Statement[] = [
    { op: 'load', into: 'effects', at: at('effects'), acquire: false },
    { op: 'store', at: at('effects'), value: (r) => r['effects'] + 1, release: false, locked: false },
  ];
  const drop = seam.of('dispatch/mail-ring.ts', 'dropRecord').releaseStore('headWord', at('head'), RECORD_WORDS);
  const answer = push(seam, 0, 1, fault);
  const marked = fault === 'the mark is stored after the first effect' ? [...effect, mark] : [mark, ...effect];
  const answered = fault === 'room is given back before the answer' ? [drop, ...answer] : [...answer, drop];
  return [...marked, ...answered];
}

const startedOnce: Protocol = {
  argument: 'mail-started',
  scene: 'an owner dies in serving a call, and its successor takes the call over',
  program: (seam, fault) => {
    const over = seam.of('dispatch/mail-owner.ts', 'takeOverCall');
    return {
      threads: {
        owner: serve(seam, fault).flatMap((step) => [step, mayDie]),
        successor: [
          { op: 'await-end', thread: 0, end: 'died' },
          { op: 'load', into: 'head', at: at('head'), acquire: true },
          when((r) => r['head'] === RECORD_WORDS, [stop]),
          over.load('STARTED', 'started', at('started')),
          when(
            (r) => r['started'] === 1,
            [
              ...push(seam, 0, 2, 'none'),
              seam.of('dispatch/mail-ring.ts', 'dropRecord').releaseStore('headWord', at('head'), RECORD_WORDS),
            ],
            serve(seam, 'none'),
          ),
        ],
      },
      words: WORDS,
    };
  },
  judge: ({ memory }) => {
    if (memory['effects'] > 1) return 'bad: begun twice';
    if (memory['head'] !== RECORD_WORDS) return 'bad: left in the ring';
    return memory['tail'] === RECORD_WORDS ? `${memory['effects']} effects, answered` : 'bad: not answered';
  },
  faults: [
    { name: 'the mark is stored after the first effect', badOn: EVERYWHERE },
    { name: 'room is given back before the answer', badOn: EVERYWHERE },
  ],
};

export const MAIL_PROTOCOLS: readonly Protocol[] = [published, roomy, startedOnce, belled, rungTwice, stuck];
