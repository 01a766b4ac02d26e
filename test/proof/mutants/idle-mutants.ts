/** Faults in what owners do in idle time. */
import { type Mutant, SCHEDULES } from './mutant.ts';

const LOCK = 'src/memory/lock.ts';
const STEPS = 'src/segment/upkeep.ts';
const POLICY = 'src/policy/upkeep.ts';
const OWNER = 'src/dispatch/upkeep.ts';
const UNIT = { file: 'unit/upkeep.test' };

export const IDLE_MUTANTS: readonly Mutant[] = [
  {
    name: 'upkeep goes into a segment that somebody is in',
    file: STEPS,
    from: '  if (!isTaken) return LOCKED;\n',
    to: '',
    why: 'Two threads change one segment.',
    caughtBy: SCHEDULES.upkeep,
  },
  {
    name: 'upkeep takes the lock of the living',
    file: LOCK,
    from: '  else if (!tokenIsDead(holder.words, holder.threadsWord, held)) return false;\n',
    to: '',
    why: 'An owner repairs a segment that somebody is changing.',
    caughtBy: UNIT,
  },
  {
    name: 'upkeep goes on with what a dead thread left',
    file: STEPS,
    from: '    recoverSegment(arena, words, head, segment);\n    return true;',
    to: '    return true;',
    why: 'The lock is free again, and what it protects is half-written.',
    caughtBy: SCHEDULES.upkeepDeaths,
  },
  {
    name: 'upkeep keeps the lock',
    file: STEPS,
    from: '    leaveSegment(arena, words, head);\n',
    to: '',
    why: 'All writers wait for an owner that is idle.',
    caughtBy: SCHEDULES.upkeep,
  },
  {
    name: 'a sweep skips every other line',
    file: STEPS,
    from: 'Math.ceil((last * 2 ** PLACE_BITS) / lines)',
    to: 'Math.ceil(((last + SWEPT_LINES) * 2 ** PLACE_BITS) / lines)',
    why: 'Half of the expired entries stay for ever, or the sweep has no end.',
    caughtBy: UNIT,
  },
  {
    name: 'a round of sweeping counts that found the segment locked',
    file: POLICY,
    from: '    if (outcome === LOCKED) return false;\n',
    to: '',
    why: 'The entries of a segment that was locked once are never reclaimed.',
    caughtBy: UNIT,
  },
  {
    name: 'entries that come after a round are not looked for',
    file: POLICY,
    from: 'if (isKnown && nowMs < this.#sweep.earliestMs) return false;',
    to: 'if (nowMs < this.#sweep.earliestMs) return false;',
    why: 'What ends before all that was known of is reclaimed late or never.',
    caughtBy: UNIT,
  },
  {
    name: 'compaction that gained nothing is tried again at once',
    file: POLICY,
    from: '    if (step === COMPACT) this.#stuckWords = freeWordsOf(words, head);\n',
    to: '',
    why: 'An idle owner is never idle.',
    caughtBy: UNIT,
  },
  {
    name: 'records are moved while the segment is written to',
    file: POLICY,
    from: 'return isQuiet && isWorthCompacting(',
    to: 'return isWorthCompacting(',
    why: 'Compaction is done again and again for blocks that the next writes would have filled.',
    caughtBy: UNIT,
  },
  {
    name: 'tables take pages ahead of need though few are left',
    file: STEPS,
    from: 'return isNearlyCrowded(words, head) && hasPlenty(pageTableOf(arena, segment));',
    to: 'return isNearlyCrowded(words, head);',
    why: 'The last pages go to tables that may never fill.',
    caughtBy: UNIT,
  },
  {
    name: 'owners look after segments of others',
    file: OWNER,
    from: '!isGivenUp && !store.closed && ownerOf(arena, upkeep.segment) === this.#site.owner;',
    to: '!isGivenUp && !store.closed && ownerOf(arena, upkeep.segment) >= 0;',
    why: 'All owners sweep all segments.',
    caughtBy: UNIT,
  },
  {
    name: 'a busy owner does upkeep',
    file: OWNER,
    from: 'if (!this.#site.isIdle()) this.#rest',
    to: 'if (!this.#site.isIdle() && this.#at < 0) this.#rest',
    why: 'Tasks and calls wait for it.',
    caughtBy: UNIT,
  },
  {
    name: 'upkeep does not wait for a moment without writers',
    file: OWNER,
    from: 'if (!isQuiet && this.#hushes < HUSHES_MAX) return false;',
    to: 'if (!isQuiet && this.#hushes < 0) return false;',
    why: 'In the midst of a burst, writers come upon the locks of owners.',
    caughtBy: UNIT,
  },
  {
    name: 'upkeep waits for such a moment for ever',
    file: OWNER,
    from: 'if (!isQuiet && this.#hushes < HUSHES_MAX) return false;',
    to: 'if (!isQuiet) return false;',
    why: 'A store that is written to all the time gets none.',
    caughtBy: UNIT,
  },
];
