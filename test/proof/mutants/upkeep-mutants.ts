/** Faults in the heap, in tidying, in the repair of segments, and in the ring of owners. */
import { type Mutant, SCHEDULES } from './mutant.ts';

const HEAP = 'src/segment/heap.ts';
const OWNERS = 'src/dispatch/owners.ts';
const RECLAIM = 'src/segment/reclaim.ts';
const RECOVERY = 'src/segment/recovery.ts';
const RING = 'src/dispatch/ring.ts';
const TIDY = 'src/segment/tidy.ts';

const heapMutants: readonly Mutant[] = [
  {
    name: 'a free block keeps the number of its record',
    file: HEAP,
    from: '  releaseStore(words, block, -size);\n',
    to: '  if (peek(words, block) <= 0) releaseStore(words, block, -size);\n',
    why: 'A reader takes what is written into the block next for the record it was.',
    caughtBy: SCHEDULES.pairs,
  },
  {
    name: 'blocks are merged under the old epoch',
    file: TIDY,
    from: '  bumpEpoch(words, head);\n  clearBins(words, head);\n  let before = 0;',
    to: '  clearBins(words, head);\n  let before = 0;',
    why: 'A block is used again, under other borders, before readers can know.',
    caughtBy: SCHEDULES.readers,
  },
  {
    name: 'the end of an exhausted extent is kept',
    file: TIDY,
    from: '    poke(words, head + BUMP_WORD, 0);\n    poke(words, head + BUMP_END, 0);\n  }\n  if (before === 0)',
    to: '  }\n  if (before === 0)',
    why: 'The extent behind it is taken for untouched, and given away with the records in it.',
    caughtBy: { file: 'unit/heap-tidy.test' },
  },
  {
    name: 'the last free block of an extent is not listed',
    file: TIDY,
    from: '  else listFree(words, head, freeStart, free);\n  return false;',
    to: '  return false;',
    why: 'Its words are lost.',
    caughtBy: SCHEDULES.situations,
  },
  {
    name: 'compaction frees a record before its slot leads to the copy',
    file: TIDY,
    from: `    releaseStore(words, at + REF, to);
    // [free-mark] In no list: the next record must not move in here again.
    releaseStore(words, ref, -size);`,
    to: `    releaseStore(words, ref, -size);
    releaseStore(words, at + REF, to);`,
    why: 'Who dies in between leaves a slot that leads to a free block.',
    caughtBy: SCHEDULES.deaths,
  },
  {
    name: 'compaction publishes the copy before it is whole',
    file: TIDY,
    from: `    moveRun(words, to, ref, size);
    // [publish-record] The copy is complete before the slot leads to it.
    releaseStore(words, at + REF, to);`,
    to: `    releaseStore(words, at + REF, to);
    moveRun(words, to, ref, size);`,
    why: 'Readers find half of a record, and a death leaves it there.',
    caughtBy: SCHEDULES.situations,
  },
  {
    name: 'compaction leaves the slot behind',
    file: TIDY,
    from: '    releaseStore(words, at + REF, to);\n',
    to: '    if ((ref & 64) === 0) releaseStore(words, at + REF, to);\n',
    why: 'The slot leads to a block that is free.',
    caughtBy: SCHEDULES.situations,
  },
  {
    name: 'a large value is freed under the old epoch',
    file: RECLAIM,
    from: `  bumpEpoch(words, head);
  const next = linkOf(pages, page);`,
    to: '  const next = linkOf(pages, page);',
    why: 'Another segment writes there, whose numbers mean nothing here.',
    caughtBy: SCHEDULES.readers,
  },
  {
    name: 'a large value leaves the chain of all others',
    file: RECLAIM,
    from: '  else setLink(pages, runs[place - 1], next);\n',
    to: '  else setLink(pages, runs[place - 1], 0);\n',
    why: 'The runs behind it are in no chain any more.',
    caughtBy: { file: 'model/model.test' },
  },
  {
    name: 'the slot is not looked up again after tidying',
    file: 'src/segment/write.ts',
    from: '    at = locate(words, head, place, tag);\n    if (at === 0) {\n      free = freeSlot',
    to: '    if (at === 0) {\n      free = freeSlot',
    why: 'Tidying has swept the entry, or made a new table: the record goes to a slot of others.',
    caughtBy: SCHEDULES.situations,
  },
  {
    name: 'sweeping removes what has not expired',
    file: RECLAIM,
    from: 'if (expiry > Date.now()) {',
    to: 'if (expiry < 0) {',
    why: 'Entries are lost before their time.',
    caughtBy: { file: 'model/model.test' },
  },
  {
    name: 'sweeping forgets the records',
    file: RECLAIM,
    from: `    vacate(words, head, at);
    freeRecord(arena, words, head, segment, ref);
    swept += 1;`,
    to: `    vacate(words, head, at);
    swept += 1;`,
    why: 'The memory of expired entries is lost.',
    caughtBy: SCHEDULES.situations,
  },
  {
    name: 'gathering waits for the lock of another segment',
    file: RECLAIM,
    from: '!tryAcquire(arena, words, head + LOCK)) continue;',
    to: 'lockModule.acquire(arena, words, head + LOCK)) continue;',
    why: 'Two that gather from each other wait in a circle.',
    caughtBy: SCHEDULES.chosen,
  },
  {
    name: 'gathering takes from a segment that somebody is in',
    file: RECLAIM,
    from: `    if (!holdsSpare(words, head) || !tryAcquire(arena, words, head + LOCK)) continue;
    try {
      gathered = tidySegment(arena, words, head, other) || gathered;
      release(arena, words, head + LOCK);`,
    to: `    if (!holdsSpare(words, head)) continue;
    try {
      gathered = tidySegment(arena, words, head, other) || gathered;`,
    why: 'Two threads change one segment.',
    caughtBy: SCHEDULES.situations,
  },
  {
    name: 'gathering keeps the lock of the other segment',
    file: RECLAIM,
    from: `gathered;
      release(arena, words, head + LOCK);`,
    to: 'gathered;',
    why: 'Nobody can write to that segment any more.',
    caughtBy: SCHEDULES.situations,
  },
];

const recoveryMutants: readonly Mutant[] = [
  {
    name: 'recovery does not bump the epoch',
    file: RECOVERY,
    from: '  bumpEpoch(words, head);\n  completeIntent(words, head);',
    to: '  completeIntent(words, head);',
    why: 'Recovery merges free blocks, and readers trust the old borders.',
    caughtBy: SCHEDULES.bereaved,
  },
  {
    name: 'recovery keeps the pages of the dead',
    file: RECOVERY,
    from: `  if (!lives) {
    givePages(arena, pages, page, 0);
    return first;`,
    to: `  if (!lives) {
    return first;`,
    why: 'Pages that were taken and not used yet are lost.',
    caughtBy: SCHEDULES.deaths,
  },
  {
    name: 'recovery keeps a table that nobody named',
    file: RECOVERY,
    from: '    if (table === 0 || page !== (table & TABLE_PAGE_MASK)) givePages(arena, pages, page, 0);\n',
    to: '',
    why: 'The pages of a growth that was cut off are lost.',
    caughtBy: SCHEDULES.deaths,
  },
  {
    name: 'recovery does not count entries',
    file: RECOVERY,
    from: '  poke(words, head + LIVE, live);\n',
    to: '',
    why: 'The size is off by what the dead thread had in hand.',
    caughtBy: SCHEDULES.deaths,
  },
  {
    name: 'recovery does not count free words anew',
    file: HEAP,
    from: '  poke(words, head + FREE_WORDS, 0);\n',
    to: '',
    why: 'Free words are counted twice.',
    caughtBy: SCHEDULES.deaths,
  },
  {
    name: 'recovery does not count times to live',
    file: RECOVERY,
    from: '  setExpiries(words, head, withTtl, earliest);\n',
    to: '',
    why: 'A segment whose count is too low never sweeps its expired entries.',
    caughtBy: SCHEDULES.deaths,
  },
  {
    name: 'a shorter TTL that comes later is not noted',
    file: 'src/segment/expiry.ts',
    from: '  else noteNewExpiry(words, head, expiry);\n',
    to: '',
    why: 'A full store refuses what there is room for.',
    caughtBy: { file: 'unit/store-ttl.test' },
  },
  {
    name: 'recovery gives the last page of an extent away',
    file: RECOVERY,
    from: '  if (at < end) listFree(words, head, at, end - at);\n  return next;',
    to: '  return next;',
    why: 'The free end of each extent is lost.',
    caughtBy: SCHEDULES.deaths,
  },
  {
    name: 'recovery keeps the old lists',
    file: RECOVERY,
    from: '  const refs = relistLeases(arena, head, segment, liveRefs(words, head, segment, pages));\n  clearBins(words, head);',
    to: '  const refs = relistLeases(arena, head, segment, liveRefs(words, head, segment, pages));',
    why: 'Blocks are in two lists, and are given to two records.',
    caughtBy: SCHEDULES.deaths,
  },
];

const ownerMutants: readonly Mutant[] = [
  {
    name: 'a ring is claimed from a living pool',
    file: OWNERS,
    from: 'if (keeper !== 0 && !tokenIsDead(words, threadsWord, keeper)) return false;',
    to: '',
    why: 'Two pools route to the same segments.',
    caughtBy: { file: 'unit/ring-table.test' },
  },
  {
    name: 'a ring of a dead pool stays claimed',
    file: OWNERS,
    from: 'if (keeper !== 0 && !tokenIsDead(words, threadsWord, keeper)) return false;',
    to: 'if (keeper !== 0) return false;',
    why: 'No pool can take the stores of a pool that died.',
    caughtBy: { file: 'unit/ring-table.test' },
  },
  {
    name: 'a change of owners counts no epoch',
    file: OWNERS,
    from: '  add(words, ringWord + WORD.epoch, 1);\n',
    to: '',
    why: 'Whoever keeps an owner in mind never learns that it changed.',
    caughtBy: { file: 'unit/ring-table.test' },
  },
  {
    name: 'segments leave owners that stay',
    file: RING,
    from: 'const held = heldBy(segmentCount, weights, previous);',
    to: 'const held = heldBy(segmentCount, weights, null);',
    why: 'A join or leave moves segments between owners that were there before and after.',
    caughtBy: { file: 'unit/ring.test' },
  },
];

export const UPKEEP_MUTANTS: readonly Mutant[] = [...heapMutants, ...recoveryMutants, ...ownerMutants];
