/** Faults in reads, writes, the table, iteration and time to live. */
import { type Mutant, SCHEDULES } from './mutant.ts';

const OVERWRITE = 'src/segment/overwrite.ts';
const READ = 'src/segment/read.ts';
const READ_SHORT = 'src/segment/read-short.ts';
const RECORD = 'src/segment/record.ts';
const SCAN = 'src/segment/scan.ts';
const TABLE = 'src/segment/table.ts';
const WRITE = 'src/segment/write.ts';

const readMutants: readonly Mutant[] = [
  {
    name: 'a read does not look at its slot again',
    file: READ,
    from: '          closingLoad(words, at + 1) !== ref ||\n',
    to: '',
    why: 'A record that was freed, or is not published yet, is taken for the entry.',
    caughtBy: SCHEDULES.chosen,
  },
  {
    name: 'a read does not look at the number again',
    file: READ,
    from: '          closingLoadNext(words, ref + RECORD_SEQ) !== valueScratch.version ||\n',
    to: '',
    why: 'A block that was used again under the copy gives a mixture of two values.',
    caughtBy: SCHEDULES.chosen,
  },
  {
    name: 'a read does not look at the epoch again',
    file: READ,
    from: `valueScratch.version ||
          closingLoadNext(words, head + EPOCH) !== epoch
        ) {`,
    to: `valueScratch.version
        ) {`,
    why: 'Bytes of a value that hold the old number where a record began pass for it.',
    caughtBy: SCHEDULES.readers,
  },
  {
    name: 'a read loads the number after the value',
    file: READ,
    from: '  valueScratch.kind = (meta >>> META_VALUE_KIND_SHIFT) & META_VALUE_KIND_MASK;\n  return valueScratch.kind;',
    to: '  valueScratch.version = peek(words, ref + RECORD_SEQ);\n  valueScratch.kind = (meta >>> META_VALUE_KIND_SHIFT) & META_VALUE_KIND_MASK;\n  return valueScratch.kind;',
    why: 'An old value with a new number lets a compare-and-set undo an increment.',
    caughtBy: SCHEDULES.chosen,
  },
  {
    name: 'a miss is not validated',
    file: READ,
    from: '  if (closingLoad(words, head + TABLE) !== table || closingLoadNext(words, head + EPOCH) !== epoch) return TORN;\n  return MISS;',
    to: '  return MISS;',
    why: 'A table whose page went to others is searched in vain for a key that is there.',
    caughtBy: SCHEDULES.tables,
  },
  {
    name: 'a search ends at a vacant slot',
    file: READ,
    from: '        if (ref === 0) continue;\n        const kind',
    to: '        if (ref === 0) return MISS;\n        const kind',
    why: 'A key of the same hash behind a vacant slot is missed.',
    caughtBy: { file: 'unit/hash-collisions.test' },
  },
  {
    name: 'a read takes the tag for the key',
    file: READ,
    from: '    if (peek(words, at + i) !== key[i]) return OTHER_KEY;\n',
    to: '',
    why: 'Two keys of one hash have one entry.',
    caughtBy: { file: 'unit/hash-collisions.test' },
  },
  {
    name: 'a large value is not validated again',
    file: READ,
    from: `  if (closingLoad(words, ref + RECORD_SEQ) !== valueScratch.version || closingLoadNext(words, head + EPOCH) !== epoch) {
    return TORN;
  }
  valueScratch.large = copy;`,
    to: '  valueScratch.large = copy;',
    why: 'Pages that were given to another value under the copy give a mixture of two.',
    caughtBy: SCHEDULES.readers,
  },
  {
    name: 'the epoch is not looked at again after a large value',
    file: READ,
    from: `!== valueScratch.version || closingLoadNext(words, head + EPOCH) !== epoch) {
    return TORN;`,
    to: `!== valueScratch.version) {
    return TORN;`,
    why: 'A value of another segment under the same number passes for this one.',
    caughtBy: SCHEDULES.readers,
  },
  {
    name: 'an entry outlives its time by a moment in reads',
    file: READ,
    from: 'valueScratch.expiry <= nowMs',
    to: 'valueScratch.expiry < nowMs',
    why: 'Reads and writes do not agree on when an entry ends.',
    caughtBy: { file: 'unit/store-ttl.test' },
  },
];

/** Faults in the reads and writes of what is short. */
const shortMutants: readonly Mutant[] = [
  {
    name: 'a short read does not look at its slot again',
    file: READ_SHORT,
    from: '    closingLoad(words, slot + 1) !== ref ||\n',
    to: '',
    why: 'A record that was freed, or is not published yet, is taken for the entry.',
    caughtBy: SCHEDULES.chosen,
  },
  {
    name: 'a short read does not look at the number again',
    file: READ_SHORT,
    from: '    closingLoadNext(words, ref + RECORD_SEQ) !== seq ||\n',
    to: '',
    why: 'A block that was used again under the copy gives a mixture of two values.',
    caughtBy: SCHEDULES.chosen,
  },
  {
    name: 'a short read does not look at the epoch again',
    file: READ_SHORT,
    from: `RECORD_SEQ) !== seq ||
    closingLoadNext(words, head + EPOCH) !== epoch
  ) {`,
    to: `RECORD_SEQ) !== seq
  ) {`,
    why: 'Bytes of a value that hold the old number where a record began pass for it.',
    caughtBy: SCHEDULES.readers,
  },
  {
    name: 'a short read takes words that are being replaced',
    file: READ_SHORT,
    from: 'KEY_META_MASK | META_CHANGING;',
    to: 'KEY_META_MASK | (META_CHANGING & 0);',
    why: 'A read gets half of the new words under the new version.',
    caughtBy: SCHEDULES.chosen,
  },
  {
    name: 'a short read takes the tag for the key',
    file: READ_SHORT,
    from: '  for (let i = 0; i < keyCount; i++) if (peek(words, key + i) !== keyWords[i]) return NOT_SHORT;\n',
    to: '',
    why: 'Two keys of one hash have one entry.',
    caughtBy: { file: 'unit/hash-collisions.test' },
  },
  {
    name: 'an entry outlives its time by a moment in short reads',
    file: READ_SHORT,
    from: 'expiry <= Date.now()',
    to: 'expiry < Date.now()',
    why: 'Reads and writes do not agree on when an entry ends.',
    caughtBy: { file: 'unit/store-ttl.test' },
  },
  {
    name: 'a short read takes the expiry for the value',
    file: READ_SHORT,
    from: '    value += EXPIRY_WORDS;\n',
    to: '',
    why: 'A value with a TTL is another one.',
    caughtBy: { file: 'unit/store-ttl.test' },
  },
  {
    name: 'a short read takes a record that ends behind the arena',
    file: READ_SHORT,
    from: '((KEY_BYTES_MAX + 3) >>> 2)',
    to: '(KEY_BYTES_EXTENDED >> 2)',
    why: 'A forged or damaged ref gives a value that ends in zeros.',
    caughtBy: { file: 'unit/read-short.test' },
  },
  {
    name: 'a short read keeps a large value',
    file: READ_SHORT,
    from: '  valueScratch.large = null;\n',
    to: '',
    why: 'The last large value stays in memory for as long as only short ones are read.',
    caughtBy: { file: 'unit/read-short.test' },
  },
  {
    name: 'an overwrite takes the tag for the key',
    file: OVERWRITE,
    from: '  for (let i = 0; i < keyCount; i++) if (peek(words, key + i) !== keyWords[i]) return false;\n',
    to: '',
    why: 'The value of another key is replaced.',
    caughtBy: { file: 'unit/hash-collisions.test' },
  },
  {
    name: 'an overwrite takes what is longer',
    file: OVERWRITE,
    from: 'peek(words, ref + RECORD_META) !== meta) return false;',
    to: '(peek(words, ref + RECORD_META) ^ meta) << 16 !== 0) return false;',
    why: 'Words behind the record are replaced.',
    caughtBy: { file: 'model/model.test' },
  },
  {
    name: 'an overwrite changes what is leased',
    file: OVERWRITE,
    from: 'peek(words, ref + RECORD_META) !== meta) return false;',
    to: '(peek(words, ref + RECORD_META) ^ meta) << 1 !== 0) return false;',
    why: 'Leased bytes change.',
    caughtBy: SCHEDULES.leases,
  },
];

const writeMutants: readonly Mutant[] = [
  {
    name: 'a record is published before it is written',
    file: WRITE,
    from: '  writeRecord(words, ref, takeSeq(words, head), expiry);\n',
    to: `  const early = at > 0 ? peek(words, at + REF) : 0;
  if (early !== 0) releaseStore(words, at + REF, ref);
  writeRecord(words, ref, takeSeq(words, head), expiry);
  if (early !== 0) releaseStore(words, at + REF, early);
`,
    why: 'Readers find a record of nothing.',
    caughtBy: SCHEDULES.deaths,
  },
  {
    name: 'the old record is freed before the new one takes its place',
    file: WRITE,
    from: `    releaseStore(words, at + REF, ref);
    freeRecord(arena, words, head, segment, old);`,
    to: `    freeRecord(arena, words, head, segment, old);
    releaseStore(words, at + REF, ref);`,
    why: 'Who dies in between leaves a slot that leads to a free block.',
    caughtBy: SCHEDULES.deaths,
  },
  {
    name: 'the record is freed before its slot is vacant',
    file: WRITE,
    from: `      vacate(words, head, at);
      freeRecord(arena, words, head, segment, ref);`,
    to: `      freeRecord(arena, words, head, segment, ref);
      vacate(words, head, at);`,
    why: 'Who dies in between leaves a slot that leads to a free block.',
    caughtBy: SCHEDULES.deaths,
  },
  {
    name: 'a slot is occupied before it has its tag',
    file: TABLE,
    from: `  releaseStore(words, at, tag);
  // [publish-record] This store makes the record reachable; everything in it was stored before.
  releaseStore(words, at + REF, ref);`,
    to: `  releaseStore(words, at + REF, ref);
  releaseStore(words, at, tag);`,
    why: 'Who dies in between leaves an entry that no search finds.',
    caughtBy: SCHEDULES.deaths,
  },
  {
    name: 'an increment gives an entry a new time to live',
    file: 'src/segment/increment.ts',
    from: 'tag, at, present ? expiryOf(words, ref) : expiry);',
    to: 'tag, at, expiry);',
    why: 'An entry that is incremented ends at another moment than it was given.',
    caughtBy: { file: 'unit/store-ttl.test' },
  },
  {
    name: 'a delete of nothing keeps the lock',
    file: WRITE,
    from: `      freeRecord(arena, words, head, segment, ref);
    }
    leaveSegment(arena, words, head);`,
    to: `      freeRecord(arena, words, head, segment, ref);
      leaveSegment(arena, words, head);
    }`,
    why: 'Others wait for a lock that nobody will give back.',
    caughtBy: SCHEDULES.pairs,
  },
  {
    name: 'a condition is checked before the lock is taken',
    file: WRITE,
    from: `  enterSegment(arena, words, head, segment);
  try {
    status =
      condition === ALWAYS && expiry === 0 && overwrite(words, head, place, tag)
        ? DONE
        : putLocked(arena, words, head, segment, place, tag, condition, expiry);`,
    to: `  const early = condition === ALWAYS || meets(words, locate(words, head, place, tag), condition);
  enterSegment(arena, words, head, segment);
  try {
    status = early ? putLocked(arena, words, head, segment, place, tag, ALWAYS, expiry) : REFUSED;`,
    why: 'Two compare-and-sets with one version both win.',
    caughtBy: SCHEDULES.pairs,
  },
  {
    name: 'an expired entry counts as present',
    file: WRITE,
    from: 'const present = ref !== 0 && !isExpired(words, ref);\n  if (condition',
    to: 'const present = ref !== 0;\n  if (condition',
    why: 'An entry that reads no longer give refuses an insertion.',
    caughtBy: { file: 'unit/store-ttl.test' },
  },
  {
    name: 'an entry outlives its time by a moment in writes',
    file: RECORD,
    from: 'expiryOf(words, ref) <= Date.now()',
    to: 'expiryOf(words, ref) < Date.now()',
    why: 'Reads and writes do not agree on when an entry ends.',
    caughtBy: { file: 'unit/store-ttl.test' },
  },
  {
    name: 'clear does not bump the epoch',
    file: 'src/segment/clear.ts',
    from: `  store(words, head + TABLE, 0);
  bumpEpoch(words, head);`,
    to: '  store(words, head + TABLE, 0);',
    why: 'A reader trusts pages that another segment has by now.',
    caughtBy: SCHEDULES.readers,
  },
  {
    name: 'clear gives pages back before it hides them',
    file: 'src/segment/clear.ts',
    from: `  store(words, head + TABLE, 0);
  bumpEpoch(words, head);
  if (table === 0 || peek(words, head + LEASES) !== 0) {
    // [lease] What is pinned stays where it is, as in a repair.
    rebuildSegment(arena, words, head, segment);
    return;
  }
  givePages(arena, pages, table & TABLE_PAGE_MASK, 0);`,
    to: `  bumpEpoch(words, head);
  if (table === 0 || peek(words, head + LEASES) !== 0) {
    store(words, head + TABLE, 0);
    rebuildSegment(arena, words, head, segment);
    return;
  }
  givePages(arena, pages, table & TABLE_PAGE_MASK, 0);
  store(words, head + TABLE, 0);`,
    why: 'Who dies in between leaves a table on pages that are free.',
    caughtBy: SCHEDULES.deaths,
  },
  {
    name: 'clear forgets large values',
    file: 'src/segment/clear.ts',
    from: '    ...chainOf(pages, head + LARGE_RUNS, segment, PAGE_LARGE),\n',
    to: '',
    why: 'Their pages are lost.',
    caughtBy: { file: 'unit/store-budget.test', test: 'after clear every page is free' },
  },
];

const tableMutants: readonly Mutant[] = [
  {
    name: 'a write takes the tag for the key',
    file: TABLE,
    from: 'if (ref !== 0 && hasScratchKey(words, ref)) return at;',
    to: 'if (ref !== 0) return at;',
    why: 'A set replaces the entry of another key that has the same hash.',
    caughtBy: { file: 'unit/hash-collisions.test' },
  },
  {
    name: 'a full line loses a tag',
    file: TABLE,
    from: '    if (peek(words, other) !== 0) continue;\n    poke(words, at, 0);',
    to: '    poke(words, at, 0);',
    why: 'A search ends before the keys that overflowed out of this line.',
    caughtBy: SCHEDULES.situations,
  },
  {
    name: 'growth loses a slot',
    file: TABLE,
    from: 'for (let from = tableStart(old); from < end; from += 2) {',
    to: 'for (let from = tableStart(old) + 2; from < end; from += 2) {',
    why: 'The entry in the first slot is gone.',
    caughtBy: { file: 'model/model.test' },
  },
  {
    name: 'growth names the table before it is filled',
    file: TABLE,
    from: '    if (!copySlots(arena, words, old, page, sizeClass)) {',
    to: `    store(words, head + TABLE, page | (sizeClass << TABLE_CLASS_SHIFT));
    if (!copySlots(arena, words, old, page, sizeClass)) {`,
    why: 'Readers miss the keys that have not been copied yet.',
    caughtBy: SCHEDULES.situations,
  },
  {
    name: 'growth gives the old table back while it is in use',
    file: TABLE,
    from: `    store(words, head + TABLE, page | (sizeClass << TABLE_CLASS_SHIFT));
    bumpEpoch(words, head);
    if (old !== 0) givePages(arena, pages, old & TABLE_PAGE_MASK, 0);`,
    to: `    if (old !== 0) givePages(arena, pages, old & TABLE_PAGE_MASK, 0);
    store(words, head + TABLE, page | (sizeClass << TABLE_CLASS_SHIFT));
    bumpEpoch(words, head);`,
    why: 'Another segment writes over slots that are still the truth.',
    caughtBy: SCHEDULES.deaths,
  },
  {
    name: 'growth keeps the old table',
    file: TABLE,
    from: '    if (old !== 0) givePages(arena, pages, old & TABLE_PAGE_MASK, 0);\n',
    to: '',
    why: 'Its pages are lost.',
    caughtBy: SCHEDULES.situations,
  },
  {
    name: 'growth does not bump the epoch',
    file: TABLE,
    from: `TABLE_CLASS_SHIFT));
    bumpEpoch(words, head);
    if (old`,
    to: `TABLE_CLASS_SHIFT));
    if (old`,
    why: 'A table that came back to its page looks as if it had never left.',
    caughtBy: SCHEDULES.tables,
  },
];

const scanMutants: readonly Mutant[] = [
  {
    name: 'iteration skips keys that overflowed',
    file: SCAN,
    from: 'if (!full && first + step >= last) return true;',
    to: 'if (first + step >= last) return true;',
    why: 'Keys behind the last line of a range are left out.',
    caughtBy: { file: 'unit/store-map.test' },
  },
  {
    name: 'iteration gives a key twice that was set again',
    file: SCAN,
    from: 'if (isRepeated(batch, start)) batch.length = start;\n      else batch.starts.push(start);',
    to: 'batch.starts.push(start);',
    why: 'A key that moved to a later slot while the iteration went by is met there again.',
    caughtBy: SCHEDULES.readers,
  },
  {
    name: 'iteration does not validate its table',
    file: SCAN,
    from: 'if (good && closingLoad(words, head + TABLE) === table && closingLoadNext(words, head + EPOCH) === epoch) {',
    to: 'if (good) {',
    why: 'Slots of a table that is gone are taken for the keys of the segment.',
    caughtBy: SCHEDULES.tables,
  },
  {
    name: 'iteration does not validate a key',
    file: SCAN,
    from: 'if (copied && unchanged && closingLoadNext(words, ref + RECORD_SEQ) === seq) {',
    to: 'if (copied) {',
    why: 'A key of another record, or half of one, is given.',
    caughtBy: SCHEDULES.pairs,
  },
  {
    name: 'iteration goes on with the wrong place',
    file: SCAN,
    from: 'return to === PLACES ? -1 : to;',
    to: 'return to === PLACES ? -1 : to + 2 ** 20;',
    why: 'The keys between two ranges are left out.',
    caughtBy: { file: 'unit/store-map.test' },
  },
];

export const SEGMENT_MUTANTS: readonly Mutant[] = [
  ...readMutants,
  ...shortMutants,
  ...writeMutants,
  ...tableMutants,
  ...scanMutants,
];
