/** Programs for [lease]: src/segment/lease-table.ts and lease.ts. */
import { mayDie, set, stop, when, type Statement } from './instructions.ts';
import { tokenOf } from './locks.ts';
import { EVERYWHERE, ON_ARM64, type Protocol } from './protocol.ts';
import type { Seam } from './seam.ts';

/** One entry of the lease table, chains of two segments, and who has the lock of the first. */
const WORDS: readonly string[] = [
  'holder',
  'ref',
  'place',
  'next',
  'chain 1',
  'chain 2',
  'lock',
  'meta',
  'bytes',
  'more bytes',
  'slot.ref',
];

function at(name: string): number {
  return WORDS.indexOf(name);
}

const [MINE, THEIRS] = [1, 2];
const [OLD_REF, NEW_REF] = [100, 200];
const [DEAD, TAKER] = [tokenOf(4), tokenOf(5)];
const MARK = -0x80000000;
const DETACHED = 0x1000;
/** Number of the entry; 5 is another one of the second segment. */
const [ENTRY, OTHER_ENTRY] = [1, 5];

/** `leaseSegment`. Leaves `ref`, and `place` when there is one. */
function leaseSegment(seam: Seam, fault: string): Statement[] {
  const from = seam.of('segment/lease-table.ts', 'leaseSegment');
  const glance = from.peek('entry + REF', 'ref', at('ref'));
  const ref = from.openingLoad('entry + REF', 'ref', at('ref'));
  const place = from.peek('entry + PLACE', 'place', at('place'));
  if (fault === 'the place is loaded before the ref') return [place, ref];
  return [glance, when((r) => r['ref'] !== 0, [ref, when((r) => r['ref'] !== 0, [place])])];
}

/** `claimEntry`. Leaves `claimed`: 0 when the entry was free. */
function claim(seam: Seam, token: number): Statement[] {
  const from = seam.of('segment/lease-table.ts', 'claimEntry');
  return [
    from.peek('entry', 'claimed', at('holder')),
    when((r) => r['claimed'] === 0, [from.compareExchange('entry', 'claimed', at('holder'), 0, token)]),
  ];
}

/** `pin`, for the second segment. */
function pin(seam: Seam, fault: string): Statement[] {
  const from = seam.of('segment/lease-table.ts', 'pin');
  const place = from.poke('entry + PLACE', at('place'), THEIRS);
  const mark = from.poke('ref + RECORD_META', at('meta'), MARK);
  const ref = from.releaseStore('entry + REF', at('ref'), NEW_REF);
  const isLate = fault === 'the place is stored after the ref';
  return [
    ...(isLate ? [mark, ref, place] : [place, mark, ref]),
    from.peek('head + LEASES', 'first', at('chain 2')),
    from.poke('entry + NEXT', at('next'), (r) => r['first']),
    from.poke('head + LEASES', at('chain 2'), ENTRY),
  ];
}

/** `unchain`: the entry is the first of the first segment's. */
function unchain(seam: Seam, fault: string): Statement[] {
  const from = seam.of('segment/lease-table.ts', 'unchain');
  const chained = [
    seam.of('segment/lease-table.ts', 'firstLease').peek('head + LEASES', 'first', at('chain 1')),
    seam.of('segment/lease-table.ts', 'nextLease').peek('entryWord(table, number) + NEXT', 'next', at('next')),
    from.poke('before', at('chain 1'), (r) => r['next']),
  ];
  const ref = from.releaseStore('entryWord(table, number) + REF', at('ref'), 0);
  return fault === 'the ref is taken back before the chain' ? [ref, ...chained] : [...chained, ref];
}

/** `freeEntry`. */
function free(seam: Seam, fault: string): Statement {
  const from = seam.of('segment/lease-table.ts', 'freeEntry');
  const word = 'entryWord(table, number) + HOLDER';
  if (fault !== 'an entry is given back whoever has it')
    return from.compareExchange(word, 'had', at('holder'), DEAD, 0);
  return { op: 'store', at: at('holder'), value: 0, release: true, locked: true };
}

/** `holderOf`. */
function holder(seam: Seam): Statement[] {
  const from = seam.of('segment/lease-table.ts', 'holderOf');
  return [
    from.peek('holder', 'holder', at('holder')),
    when((r) => r['holder'] !== 0, [from.openingLoad('holder', 'holder', at('holder'))]),
  ];
}

/** Segment 1 gives the entry back, somebody takes it for segment 2, and the next holder of lock 1 looks for its own. */
const looked: Protocol = {
  argument: 'lease',
  scene: 'an entry goes from one segment to another while the first one looks for its entries',
  program: (seam, fault) => {
    const leaver = [...unchain(seam, fault), free(seam, fault)];
    const left = seam.of('memory/lock.ts', 'release').exchange('word', 'old', at('lock'), 0);
    const entered = seam.of('memory/lock.ts', 'acquire').compareExchange('word', 'got', at('lock'), 0, tokenOf(2));
    return {
      threads: {
        leaver: [...leaver, left],
        taker: [...claim(seam, TAKER), when((r) => r['claimed'] !== 0, [stop]), ...pin(seam, fault)],
        looker: [entered, when((r) => r['got'] !== 0, [stop]), set('place', 0), ...leaseSegment(seam, fault)],
      },
      words: WORDS,
      initial: { holder: DEAD, ref: OLD_REF, place: MINE, 'chain 1': ENTRY, lock: tokenOf(0) },
    };
  },
  judge: ({ registers }) => {
    const { place, ref } = registers['looker'] ?? {};
    if (ref === undefined) return 'not let in yet';
    if (ref === 0) return 'none';
    return place === THEIRS ? 'of another segment' : `bad: ref ${ref} is taken for one of segment ${place}`;
  },
  faults: [
    { name: 'the place is stored after the ref', badOn: EVERYWHERE },
    { name: 'the place is loaded before the ref', badOn: EVERYWHERE },
    { name: 'release stores are plain', badOn: ON_ARM64 },
    { name: 'opening loads are plain', badOn: ON_ARM64 },
  ],
};

/** One has the lock and unpins; the other has none and finds an entry without a ref. */
const reclaimed: Protocol = {
  argument: 'lease',
  scene: 'two threads give the entry of a dead one back, and a third one takes it',
  program: (seam, fault) => ({
    threads: {
      locked: [...unchain(seam, fault), free(seam, fault)],
      passing: [
        ...holder(seam),
        when((r) => r['holder'] !== DEAD, [stop]),
        ...leaseSegment(seam, fault),
        when((r) => r['ref'] === 0, [free(seam, 'none')]),
      ],
      taker: [...claim(seam, TAKER), when((r) => r['claimed'] !== 0, [stop]), ...pin(seam, fault)],
    },
    words: WORDS,
    initial: { holder: DEAD, ref: OLD_REF, place: MINE, 'chain 1': ENTRY, 'chain 2': OTHER_ENTRY },
  }),
  judge: ({ registers, memory }) => {
    if (memory['chain 1'] !== 0) return `bad: entry ${memory['chain 1']} is left in the chain of the first segment`;
    if (registers['taker']?.['claimed'] !== 0) return 'nobody takes it';
    return memory['holder'] === TAKER && memory['ref'] === NEW_REF ? 'taken' : 'bad: free, and in use';
  },
  faults: [
    { name: 'the ref is taken back before the chain', badOn: EVERYWHERE },
    { name: 'an entry is given back whoever has it', badOn: EVERYWHERE },
  ],
};

const diesPinning: Protocol = {
  argument: 'lease',
  scene: 'a thread dies in pinning a record, and another one gives back its entry if it pins nothing',
  program: (seam, fault) => {
    const proof: Statement = { op: 'await-end', thread: 0, end: 'died' };
    const isLate = fault === 'the ref is loaded before the proof';
    const looks = leaseSegment(seam, fault);
    return {
      threads: {
        pinning: [...claim(seam, DEAD), ...pin(seam, fault)].flatMap((step) => [step, mayDie]),
        passing: [
          ...holder(seam),
          when((r) => r['holder'] !== DEAD, [stop]),
          ...(isLate ? [...looks, proof] : [proof, ...looks]),
          when((r) => r['ref'] === 0, [free(seam, fault)]),
        ],
      },
      words: WORDS,
    };
  },
  judge: ({ memory }) => {
    if (memory['holder'] !== 0) return 'left to be unpinned';
    return memory['ref'] === 0 ? 'given back' : 'bad: free, and in use';
  },
  faults: [{ name: 'the ref is loaded before the proof', badOn: EVERYWHERE }],
};

/** The lessee reads, then gives its lease back; the writer takes the slot away, and uses the block again if it is free. */
const bytes: Protocol = {
  argument: 'lease',
  scene: 'a leased record is overwritten while its bytes are read, and its block used again once it is free',
  program: (seam, fault) => {
    const { enter, exit } = section(seam, tokenOf(0));
    const writer = section(seam, tokenOf(1));
    const detach = seam.of('segment/lease-table.ts', 'detach').poke('place', at('place'), MINE | DETACHED);
    const isLeased = seam.of('segment/record.ts', 'isLeased').peek('ref + RECORD_META', 'meta', at('meta'));
    const leased = seam
      .of('segment/lease-table.ts', 'isDetached')
      .peek('entryWord(table, number) + PLACE', 'place', at('place'));
    return {
      threads: {
        lessee: [
          { op: 'load', into: 'bytes', at: at('bytes'), acquire: false },
          { op: 'load', into: 'more', at: at('more bytes'), acquire: false },
          ...enter,
          leased,
          ...unchain(seam, fault),
          when((r) => (r['place'] & DETACHED) !== 0, [plain('meta', 0)]),
          ...exit,
        ],
        writer: [
          ...writer.enter,
          seam.of('segment/write.ts', 'publish').releaseStore('at + REF', at('slot.ref'), NEW_REF),
          isLeased,
          when((r) => r['meta'] < 0 && fault !== 'a lease is not looked for', [detach], [plain('meta', 0)]),
          ...writer.exit,
          ...writer.enter,
          { op: 'load', into: 'meta', at: at('meta'), acquire: false },
          when((r) => r['meta'] === 0, [plain('bytes', 7), plain('more bytes', 7)]),
          ...writer.exit,
        ],
      },
      words: WORDS,
      initial: {
        holder: DEAD,
        ref: OLD_REF,
        place: MINE,
        'chain 1': ENTRY,
        'slot.ref': OLD_REF,
        meta: MARK,
        bytes: 3,
        'more bytes': 3,
      },
    };
  },
  judge: ({ registers, memory }) => {
    const { bytes: first, more } = registers['lessee'] ?? {};
    if (first !== 3 || more !== 3) return `bad: bytes ${first}, ${more}`;
    return memory['bytes'] === 7 ? 'used again' : 'left alone';
  },
  faults: [{ name: 'a lease is not looked for', badOn: EVERYWHERE }],
};

/** A section of the first segment; who finds the lock taken stops there. */
function section(seam: Seam, token: number): { readonly enter: Statement[]; readonly exit: Statement[] } {
  const got = seam.of('memory/lock.ts', 'acquire').compareExchange('word', 'got', at('lock'), 0, token);
  return {
    enter: [got, when((r) => r['got'] !== 0, [stop])],
    exit: [seam.of('memory/lock.ts', 'release').exchange('word', 'old', at('lock'), 0)],
  };
}

function plain(name: string, value: number): Statement {
  return { op: 'store', at: at(name), value, release: false, locked: false };
}

export const LEASE_PROTOCOLS: readonly Protocol[] = [looked, reclaimed, diesPinning, bytes];
