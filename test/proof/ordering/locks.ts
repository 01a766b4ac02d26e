/** Programs for [lock], [full-stack] and the taking over of [owner-died]: src/memory/lock.ts. */
import { leave, loop, set, stop, when, type Expression, type Statement } from './instructions.ts';
import type { Outcome } from './enumerate.ts';
import { EVERYWHERE, ON_ARM64, type Protocol } from './protocol.ts';
import type { Seam } from './seam.ts';
import type { Program } from './state.ts';

/** LOCK_WAITERS and LOCK_ABANDONED. */
const WAITERS = 1;
const ABANDONED = 2;

/** Lock word of the thread with this number; bits 0 and 1 are flags. */
export function tokenOf(thread: number): number {
  return (thread + 1) << 2;
}

/** `acquire`, and `acquireSlow` with one round of its spinning. */
function acquire(seam: Seam, word: number, token: number, fault: string): Statement[] {
  const fast = seam.of('memory/lock.ts', 'acquire');
  if (fault === 'the lock is taken by a load and a store') {
    return [
      fast.compareExchange('word', 'got', word, 0, 0),
      when((r) => r['got'] !== 0, [stop]),
      { op: 'store', at: word, value: token, release: true, locked: true },
    ];
  }
  return [
    fast.compareExchange('word', 'got', word, 0, token),
    when((r) => r['got'] !== 0, acquireSlow(seam, word, token, fault)),
  ];
}

function acquireSlow(seam: Seam, word: number, token: number, fault: string): Statement[] {
  const slow = seam.of('memory/lock.ts', 'acquireSlow');
  const spin = [
    slow.peek('word', 'seen', word),
    when((r) => r['seen'] === 0, [slow.compareExchange('word', 'got', word, 0, token)]),
  ];
  const held = slow.load('word', 'held', word);
  const bits = fault === 'sleepers forget each other' ? 0 : WAITERS;
  const free = [slow.compareExchange('word', 'got', word, 0, token | bits), when((r) => r['got'] === 0, [leave])];
  const isSilent = fault === 'waiters do not say that they wait';
  const announced: Expression = (r) => (isSilent ? r['held'] : r['held'] | WAITERS);
  const marked = slow.compareExchange('word', 'got', word, (r) => r['held'], announced);
  const sleep = [slow.wait('word', word, announced), slow.load('word', 'still', word)];
  return [
    ...spin,
    when(
      (r) => r['got'] !== 0,
      [
        loop(
          held,
          when((r) => r['held'] === 0, free, [
            set('says', 1),
            when((r) => (r['held'] & WAITERS) === 0, [marked, set('says', (r) => Number(r['got'] === r['held']))]),
            when((r) => r['says'] === 1, sleep),
          ]),
        ),
      ],
    ),
  ];
}

/** `release`, and `releaseContended`. */
function release(seam: Seam, word: number, token: number, fault: string): Statement[] {
  const exchanged = seam.of('memory/lock.ts', 'release').exchange('word', 'old', word, 0);
  const notified = seam.of('memory/lock.ts', 'releaseContended').notify('word', word);
  if (fault === 'the lock is given back by a plain store') {
    return [{ op: 'store', at: word, value: 0, release: false, locked: false }, notified];
  }
  if (fault === 'waiters are not woken') return [exchanged];
  return [exchanged, when((r) => r['old'] !== token, [notified])];
}

/** What the lock protects: a count, stored plainly. */
function countUp(count: number): Statement[] {
  return [
    { op: 'load', into: 'count', at: count, acquire: false },
    { op: 'store', at: count, value: (r) => r['count'] + 1, release: false, locked: false },
    set('entered', 1),
  ];
}

function pair(seam: Seam, fault: string): Program {
  const [lock, count] = [0, 1];
  const one = (thread: number): Statement[] => [
    ...acquire(seam, lock, tokenOf(thread), fault),
    ...countUp(count),
    ...release(seam, lock, tokenOf(thread), fault),
  ];
  return {
    threads: { one: one(0), two: one(1) },
    words: ['lock', 'count'],
  };
}

function judgeCrowd({ registers, memory, asleep }: Outcome): string {
  if (asleep.length > 0) return `bad: ${asleep.join(' and ')} never woken`;
  const entered = Object.values(registers).filter((own) => own['entered'] === 1).length;
  if (memory['lock'] !== 0) return `bad: the lock is left as ${memory['lock']}`;
  return memory['count'] === entered
    ? `${entered} came in`
    : `bad: ${entered} came in, and the count is ${memory['count']}`;
}

const two: Protocol = {
  argument: 'lock',
  scene: 'two threads take a lock and count',
  program: pair,
  judge: judgeCrowd,
  faults: [
    { name: 'the lock is taken by a load and a store', badOn: EVERYWHERE },
    { name: 'the lock is given back by a plain store', badOn: ON_ARM64 },
    { name: 'waiters are not woken', badOn: EVERYWHERE },
    { name: 'waiters do not say that they wait', badOn: EVERYWHERE },
  ],
};

const three: Protocol = {
  argument: 'lock',
  scene: 'two threads wait for a lock that a third one has',
  program: (seam, fault) => {
    const one = (thread: number): Statement[] => [
      ...acquire(seam, 0, tokenOf(thread), fault),
      set('entered', 1),
      ...release(seam, 0, tokenOf(thread), fault),
    ];
    return {
      threads: { one: one(0), two: one(1), holder: release(seam, 0, tokenOf(2), fault) },
      words: ['lock', 'count'],
      initial: { lock: tokenOf(2), count: 2 },
    };
  },
  judge: judgeCrowd,
  faults: [{ name: 'sleepers forget each other', badOn: EVERYWHERE }],
};

/** `takeOver`. Leaves `took`. */
function takeOver(seam: Seam, word: number, dead: number, token: number, fault: string): Statement[] {
  const won = seam.of('memory/lock.ts', 'takeOver').compareExchange('word', 'got', word, dead, token | WAITERS);
  if (fault !== 'a dead lock is taken over by a store') return [won, set('took', (r) => Number(r['got'] === dead))];
  return [
    { op: 'load', into: 'got', at: word, acquire: true },
    when((r) => r['got'] === dead, [{ op: 'store', at: word, value: token | WAITERS, release: true, locked: true }]),
    set('took', (r) => Number(r['got'] === dead)),
  ];
}

const heirs: Protocol = {
  argument: 'owner-died',
  scene: 'two threads find the lock of a dead one',
  program: (seam, fault) => {
    const [lock, count] = [0, 1];
    const dead = tokenOf(2);
    const heir = (thread: number): Statement[] => [
      ...takeOver(seam, lock, dead, tokenOf(thread), fault),
      when((r) => r['took'] === 0, acquire(seam, lock, tokenOf(thread), fault)),
      ...countUp(count),
      ...release(seam, lock, tokenOf(thread), fault),
    ];
    return { threads: { heir: heir(0), other: heir(1) }, words: ['lock', 'count'], initial: { lock: dead } };
  },
  judge: (outcome) => {
    const took = Object.values(outcome.registers).filter((own) => own['took'] === 1).length;
    return took === 1 ? judgeCrowd(outcome) : `bad: ${took} took it over`;
  },
  faults: [{ name: 'a dead lock is taken over by a store', badOn: EVERYWHERE }],
};

/** The section stored a ref and failed. Its heir looks at the slot to see which block is free. */
const failed: Protocol = {
  argument: 'full-stack',
  scene: 'a section fails and leaves its lock, and another thread repairs',
  program: (seam, fault) => {
    const [lock, slot] = [0, 1];
    const publish = seam.of('segment/write.ts', 'publish');
    const handler = seam.of('segment/write.ts', 'putEntry');
    // What the slice gives, whatever a processor promises: stores that precede the mark have left their core.
    const slice = seam.of('memory/lock.ts', 'awaitStores').slice('word', { op: 'await-end', thread: 0, end: 'done' });
    const isHasty = seam.isOrdered || fault === 'an abandoned lock is taken at once';
    return {
      threads: {
        failing: [
          publish.releaseStore('at + REF', slot, 7),
          { op: 'load', into: 'own', at: lock, acquire: false },
          when((r) => r['own'] === tokenOf(0), [handler.plain('head + LOCK', lock, ABANDONED)]),
        ],
        heir: [
          seam.of('memory/lock.ts', 'acquireSlow').load('word', 'held', lock),
          when((r) => r['held'] !== ABANDONED, [stop]),
          ...(isHasty ? [] : [slice]),
          ...takeOver(seam, lock, ABANDONED, tokenOf(1), fault),
          seam.of('segment/recovery.ts', 'liveRefs').peek('at + REF', 'ref', slot),
        ],
      },
      words: ['lock', 'slot.ref'],
      initial: { lock: tokenOf(0), 'slot.ref': 3 },
    };
  },
  judge: ({ registers, memory }) => {
    const ref = registers['heir']?.['ref'];
    if (ref === undefined) return 'not found yet';
    return ref === memory['slot.ref'] ? 'repaired' : `bad: the heir saw ref ${ref}, the slot has ${memory['slot.ref']}`;
  },
  faults: [{ name: 'an abandoned lock is taken at once', badOn: ON_ARM64 }],
};

export const LOCK_PROTOCOLS: readonly Protocol[] = [two, three, heirs, failed];
