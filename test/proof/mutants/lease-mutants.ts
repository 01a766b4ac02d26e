/** Faults in leases. */
import { type Mutant, SCHEDULES } from './mutant.ts';

const LEASE = 'src/segment/lease.ts';
const LEASE_TABLE = 'src/segment/lease-table.ts';
const RECLAIM = 'src/segment/reclaim.ts';
const RECOVERY = 'src/segment/recovery.ts';
const TIDY = 'src/segment/tidy.ts';

export const LEASE_MUTANTS: readonly Mutant[] = [
  {
    name: 'a leased record is freed when its entry is overwritten',
    file: RECLAIM,
    from: '  if (isLeased(words, ref) && detach(leaseTableOf(arena, segment), head, ref)) return;\n',
    to: '',
    why: 'The bytes of the lease become those of another entry.',
    caughtBy: SCHEDULES.leases,
  },
  {
    name: 'compaction moves leased records',
    file: TIDY,
    from: '        isPinned ||= isLeased(words, block);\n',
    to: '',
    why: 'The bytes of the lease are given to others.',
    caughtBy: SCHEDULES.leases,
  },
  {
    name: 'clear takes leased pages',
    file: 'src/segment/clear.ts',
    from: 'if (table === 0 || peek(words, head + LEASES) !== 0) {',
    to: 'if (table === 0) {',
    why: 'The bytes of the lease are given to others.',
    caughtBy: SCHEDULES.leases,
  },
  {
    name: 'the first of two leases of a record frees it',
    file: LEASE_TABLE,
    from: '      if (leasedRef(table, other) === ref) isLast = false;\n',
    to: '',
    why: 'Another thread still reads the bytes.',
    caughtBy: SCHEDULES.leases,
  },
  {
    name: 'what the last lease kept is not freed',
    file: LEASE,
    from: '      discardBlock(arena, words, head, segment, ref, size);\n',
    to: '',
    why: 'Its words are lost.',
    caughtBy: SCHEDULES.leases,
  },
  {
    name: 'a lease is written down before its record is marked',
    file: LEASE_TABLE,
    from: `  poke(words, ref + RECORD_META, peek(words, ref + RECORD_META) | META_LEASED);
  // [lease] Place and mark before the ref: from this store on the record lives until the ref is taken back.
  releaseStore(words, entry + REF, ref);`,
    to: `  releaseStore(words, entry + REF, ref);
  releaseStore(words, entry + REF, ref);`,
    why: 'An overwrite frees the record though it is leased.',
    caughtBy: SCHEDULES.leases,
  },
  {
    name: 'recovery forgets leases',
    file: RECOVERY,
    from: 'const refs = relistLeases(arena, head, segment, liveRefs(words, head, segment, pages));',
    to: 'const refs = liveRefs(words, head, segment, pages);',
    why: 'What only a lease keeps is given to others.',
    caughtBy: SCHEDULES.leaseWitnesses,
  },
  {
    name: 'recovery does not mark what is leased',
    file: LEASE_TABLE,
    from: '    poke(words, ref + RECORD_META, peek(words, ref + RECORD_META) | META_LEASED);\n    poke(words, entry + NEXT',
    to: '    poke(words, entry + NEXT',
    why: 'The next overwrite frees a record that is leased.',
    caughtBy: SCHEDULES.leaseWitnesses,
  },
  {
    name: 'leases of the dead stay',
    file: LEASE,
    from: 'return holder !== 0 && deaths.includes(holder);',
    to: 'return false;',
    why: 'Their records are pinned for good.',
    caughtBy: SCHEDULES.leaseDeaths,
  },
  {
    name: 'leases of the living are taken back',
    file: LEASE,
    from: 'return holder !== 0 && deaths.includes(holder);',
    to: 'return holder !== 0;',
    why: 'The bytes of a lease that is open are given to others.',
    caughtBy: { file: 'race/leases.test', test: 'are given back by whoever verifies' },
  },
  {
    name: 'a lease that failed on its way is forgotten',
    file: LEASE,
    from: 'if (holder === arena.token) return !isKnown(arena, table, segment, number);',
    to: 'if (holder === arena.token) return false;',
    why: 'Its record is pinned as long as the thread lives.',
    caughtBy: SCHEDULES.leaseFailures,
  },
];
