/** Faults in locks, the thread registry, the page table and the handling of handles. */
import { type Mutant, SCHEDULES } from './mutant.ts';

const LOCK = 'src/memory/lock.ts';
const THREADS = 'src/memory/threads.ts';
const FREE_RUNS = 'src/memory/free-runs.ts';
const PAGES = 'src/memory/pages.ts';
const ARENA = 'src/memory/arena.ts';
const MEMBERSHIP = 'src/memory/membership.ts';

const lockMutants: readonly Mutant[] = [
  {
    name: 'a lock is taken whoever has it',
    file: LOCK,
    from: `  if (compareExchange(words, word, 0, holder.token) === 0) return false;
  return acquireSlow(`,
    to: `  if (exchange(words, word, holder.token) === 0) return false;
  return acquireSlow(`,
    why: 'Two threads are in one critical section.',
    caughtBy: SCHEDULES.chosen,
  },
  {
    name: 'release wakes nobody',
    file: LOCK,
    from: '  notify(words, word, 1);\n',
    to: '',
    why: 'A waiter sleeps on though the lock is free; only the end of its slice saves it.',
    caughtBy: SCHEDULES.chosen,
  },
  {
    name: 'who has slept forgets the other sleepers',
    file: LOCK,
    from: 'if (compareExchange(words, word, 0, holder.token | LOCK_WAITERS) === 0) return false;',
    to: 'if (compareExchange(words, word, 0, holder.token) === 0) return false;',
    why: 'The next release sees no waiters bit and wakes none of those who still sleep.',
    caughtBy: SCHEDULES.chosen,
  },
  {
    name: 'a waiter does not say that it waits',
    file: LOCK,
    from: 'if ((held & LOCK_WAITERS) === 0 && compareExchange(words, word, held, held | LOCK_WAITERS) !== held) continue;\n    wait(words, word, held | LOCK_WAITERS, SLICE_MS);',
    to: 'wait(words, word, held, SLICE_MS);',
    why: 'The holder gives the lock back without a wake-up.',
    caughtBy: SCHEDULES.chosen,
  },
  {
    name: 'a lock is stolen from a living holder',
    file: LOCK,
    from: 'if (still !== 0 && tokenIsDead(holder.words, holder.threadsWord, still) && takeOver(holder, words, word, still)) {',
    to: 'if (still !== 0 && takeOver(holder, words, word, still)) {',
    why: 'A holder that slept for a slice wakes up and writes into what another one is changing.',
    caughtBy: { file: 'unit/lock.test', test: 'in the hands of a living thread' },
  },
  {
    name: 'of two who find a dead holder both win',
    file: LOCK,
    from: 'return compareExchange(words, word, dead, holder.token | LOCK_WAITERS) === dead;',
    to: 'exchange(words, word, holder.token | LOCK_WAITERS);\n  return true;',
    why: 'The second finder takes the lock from the first one, which lives.',
    caughtBy: SCHEDULES.finders,
  },
  {
    name: 'who takes a lock over does not repair',
    file: LOCK,
    from: 'if (takeOver(holder, words, word, held)) return true;',
    to: 'if (takeOver(holder, words, word, held)) return false;',
    why: 'A failed section is taken for a finished one.',
    caughtBy: SCHEDULES.failures,
  },
  {
    name: 'the lock of the dead is not repaired after',
    file: LOCK,
    from: `takeOver(holder, words, word, still)) {
      return true;`,
    to: `takeOver(holder, words, word, still)) {
      return false;`,
    why: 'What a dead thread left half-written is taken for whole.',
    caughtBy: SCHEDULES.deaths,
  },
];

const registryMutants: readonly Mutant[] = [
  {
    name: 'two threads take one place',
    file: THREADS,
    from: 'if (compareExchange(words, entry + IDENTITY, 0, claimOf(osThreadOfCaller().id)) !== 0) continue;',
    to: 'store(words, entry + IDENTITY, claimOf(osThreadOfCaller().id));',
    why: 'Both have the same token, and each takes the lock of the other for its own.',
    caughtBy: SCHEDULES.chosen,
  },
  {
    name: 'the generation of a place stands still',
    file: THREADS,
    from: '(load(words, entry + GENERATION) + 1) & LOCK_GENERATION_MASK || 2',
    to: 'load(words, entry + GENERATION) || 2',
    why: 'A lock that the last holder of the place died with looks like one of its successor.',
    caughtBy: { file: 'unit/thread-registry.test' },
  },
  {
    name: 'the generation of a lock is not compared',
    file: THREADS,
    from: '  if (load(words, entry + GENERATION) !== token >>> LOCK_GENERATION_SHIFT) return true;\n',
    to: '',
    why: 'A dead holder counts as alive as long as its place has another thread.',
    caughtBy: { file: 'unit/thread-registry.test' },
  },
  {
    name: 'a start time is not compared',
    file: THREADS,
    from: 'if (startTicks === ((BigInt(hi) << 32n) | BigInt(lo >>> 0))) return false;',
    to: 'if (startTicks !== null) return false;',
    why: 'A dead thread counts as alive once its id was given to another thread.',
    caughtBy: { file: 'unit/thread-registry.test' },
  },
  {
    name: 'places of the dead are kept',
    file: THREADS,
    from: '  clearEntry(words, entry, identity);\n  return true;',
    to: '  return true;',
    why: 'A registry full of the dead takes no thread any more.',
    caughtBy: { file: 'unit/thread-registry.test' },
  },
  {
    name: 'a place that somebody died taking is kept',
    file: THREADS,
    from: 'else if (identity < OS_CLAIM && isGone(OS_CLAIM - identity)) clearEntry(words, entry, identity);',
    to: '',
    why: 'The place is lost for good where no exit event tells of the death.',
    caughtBy: { file: 'unit/thread-registry.test' },
  },
  {
    name: 'exit events prove nothing',
    file: THREADS,
    from: 'if (Math.abs(identity) !== exitedThreadId + 1) continue;',
    to: 'if (identity !== -(exitedThreadId + 1)) continue;',
    why: 'Where the OS shows no threads, the lock of a dead holder is never free again.',
    caughtBy: { file: 'race/kill-exit-events.test' },
  },
  {
    name: 'a place is given back while stores are open',
    file: MEMBERSHIP,
    from: '  if (place.holders > 0) return;\n',
    to: '',
    why: 'Another thread takes the place, and with it the locks, of a thread that still writes.',
    caughtBy: { file: 'unit/store-handle.test', test: 'a store attached twice in one thread' },
  },
];

const pageMutants: readonly Mutant[] = [
  {
    name: 'pages are taken without saying so',
    file: PAGES,
    from: `      releaseStore(
        words,
        table.tableWord + page * ENTRY_WORDS + USE,
        kind | (segment << PAGE_SEGMENT_SHIFT) | (count << PAGE_RUN_SHIFT),
      );
`,
    to: '',
    why: 'The next one takes the same pages.',
    caughtBy: SCHEDULES.situations,
  },
  {
    name: 'a shortened run is given back whole',
    file: PAGES,
    from: 'const left = keep === 0 ? 0 : (use & ((1 << PAGE_RUN_SHIFT) - 1)) | (keep << PAGE_RUN_SHIFT);',
    to: 'const left = 0;',
    why: 'Pages with records in them are given to others.',
    caughtBy: { file: 'unit/heap-tidy.test' },
  },
  {
    name: 'free pages are not counted anew after a death',
    file: FREE_RUNS,
    from: '  poke(words, FREE_PAGES, free);\n',
    to: '',
    why: 'The budget shrinks or grows by what the dead thread had in hand.',
    caughtBy: SCHEDULES.deaths,
  },
  {
    name: 'the gap is not made shorter by what is taken out of it',
    file: FREE_RUNS,
    from: '  if (from - first >= end - to) poke(words, GAP_TO, Math.max(first, from));\n  else poke(words, GAP_FROM, Math.min(to, end));\n',
    to: '',
    why: 'Pages are given to two segments.',
    caughtBy: { file: 'unit/free-pages.test' },
  },
  {
    name: 'the gap is not made anew after a death',
    file: FREE_RUNS,
    from: '    if (page - start > peek(words, GAP_TO) - peek(words, GAP_FROM)) setGap(words, start, page);\n',
    to: '',
    why: 'Nothing is wrong for the data, but every table is looked for page by page from then on.',
    caughtBy: { file: 'unit/free-pages.test' },
  },
  {
    name: 'a lower free page is forgotten',
    file: PAGES,
    from: '    if (page + keep < peek(words, LOW_HINT)) poke(words, LOW_HINT, page + keep);\n',
    to: '',
    why: 'Free pages below the hint are never found again.',
    caughtBy: { file: 'model/model.test' },
  },
  {
    name: 'the reserve of compaction is given to anybody',
    file: PAGES,
    from: 'const reserved = spare ? 0 : reservedRun(table);',
    to: 'const reserved = 0;',
    why: 'With nowhere to move records to, a full heap cannot be tidied.',
    caughtBy: { file: 'unit/heap-tidy.test' },
  },
];

const handleMutants: readonly Mutant[] = [
  {
    name: 'arena ids are not compared at attach',
    file: ARENA,
    from: 'if (peek(words, HEADER.bufferIndex) !== index || idOf(words) !== idOf(first)) {',
    to: 'if (peek(words, HEADER.bufferIndex) !== index) {',
    why: 'A handle may mix the buffers of two arenas.',
    caughtBy: { file: 'unit/store-handle.test' },
  },
  {
    name: 'the places of buffers are not compared at attach',
    file: ARENA,
    from: 'if (peek(words, HEADER.bufferIndex) !== index || idOf(words) !== idOf(first)) {',
    to: 'if (idOf(words) !== idOf(first)) {',
    why: 'Buffers that were swapped put each segment into the place of another.',
    caughtBy: { file: 'unit/store-handle.test' },
  },
  {
    name: 'table words are not checked at attach',
    file: ARENA,
    from: 'if (!inRange || page < buffer.firstPage || page + tablePages(sizeClass) > buffer.pageCount) {',
    to: 'if (!inRange) {',
    why: 'Reads follow a forged table word out of the heap.',
    caughtBy: { file: 'unit/store-handle.test', test: 'a table word that leads out of the heap' },
  },
];

export const MEMORY_MUTANTS: readonly Mutant[] = [...lockMutants, ...registryMutants, ...pageMutants, ...handleMutants];
