/** Faults in numbers, in the replacement of words in place, and in what is remembered by number. */
import { type Mutant, SCHEDULES } from './mutant.ts';

const IN_PLACE = 'src/segment/in-place.ts';
const READ = 'src/segment/read.ts';
const WRITE = 'src/segment/write.ts';
const NUMBER = 'src/segment/number.ts';
const SIGHTING = 'src/segment/sighting.ts';

export const IN_PLACE_MUTANTS: readonly Mutant[] = [
  {
    name: 'numbers are given twice',
    file: NUMBER,
    from: '  poke(words, head + NEXT_SEQ, seq === 0x7fffffff ? 1 : seq + 1);\n',
    to: '',
    why: 'Two records of a segment have one version.',
    caughtBy: SCHEDULES.chosen,
  },
  {
    name: 'a replacement in place skips the version',
    file: IN_PLACE,
    from: '  releaseStore(words, ref + RECORD_SEQ, seq);\n',
    to: '',
    why: 'A compare-and-set with the version from before undoes the replacement.',
    caughtBy: SCHEDULES.chosen,
  },
  {
    name: 'words are replaced before the version',
    file: IN_PLACE,
    from: `  releaseStore(words, ref + RECORD_SEQ, seq);
  reuseFence(words, ref + RECORD_SEQ);
  for (let i = 0; i < count; i++) poke(words, at + i, source[i]);`,
    to: `  for (let i = 0; i < count; i++) poke(words, at + i, source[i]);
  releaseStore(words, ref + RECORD_SEQ, seq);
  reuseFence(words, ref + RECORD_SEQ);`,
    why: 'A read gets half of the new words under the old version.',
    caughtBy: SCHEDULES.fields,
  },
  {
    name: 'readers are not told that words change',
    file: IN_PLACE,
    from: '  releaseStore(words, ref + RECORD_META, meta | META_CHANGING);\n',
    to: '',
    why: 'A read gets half of the new words under the new version.',
    caughtBy: SCHEDULES.fields,
  },
  {
    name: 'readers take the words of whatever intent there is',
    file: IN_PLACE,
    from: '  if (seq !== intentSeq) return true;\n',
    to: '',
    why: 'Words that were announced for another record, or not yet, pass for those of this one.',
    caughtBy: SCHEDULES.fields,
  },
  {
    name: 'readers do not look at the intent again',
    file: IN_PLACE,
    from: '  return closingLoad(words, head + INTENT_SEQ) === intentSeq;',
    to: '  return true;',
    why: 'The words of the next intent pass for those of this one.',
    caughtBy: SCHEDULES.fields,
  },
  {
    name: 'readers take the old expiry for the new value',
    file: IN_PLACE,
    from: '  if (isDated) valueScratch.expiry = expiryAt(words, head + INTENT_WORDS);\n',
    to: '',
    why: 'An entry whose TTL was made longer is missed, one whose TTL was made shorter outlives it.',
    caughtBy: SCHEDULES.expiry,
  },
  {
    name: 'readers who want no value do not look whether the expiry changes',
    file: READ,
    from: '  if ((meta & META_CHANGING) !== 0) {',
    to: '  if (wanted && (meta & META_CHANGING) !== 0) {',
    why: 'The same for `has`.',
    caughtBy: SCHEDULES.expiry,
  },
  {
    name: 'a TTL that is made shorter in place is not noted',
    file: WRITE,
    from: '  noteNewExpiry(words, head, expiry);\n',
    to: '',
    why: 'A full store does not look for what has ended.',
    caughtBy: { file: 'unit/store-ttl.test', test: 'gives its room back' },
  },
  {
    name: 'a hit takes what is over for an entry',
    file: 'src/segment/step.ts',
    from: '(oldExpiry === 0 || oldExpiry > nowMs)',
    to: 'nowMs > 0',
    why: 'A value whose TTL is over keeps a rate limit out.',
    caughtBy: { file: 'unit/store-rate.test', test: 'a limit and a value do not mix' },
  },
  {
    name: 'a hit is counted without the lock',
    file: 'src/segment/step.ts',
    from: '  enterSegment(arena, words, head, segment);\n  try {\n    status = stepLocked(arena, words, head, segment, place, tag, stepper);\n    leaveSegment(arena, words, head);\n',
    to: '  try {\n    status = stepLocked(arena, words, head, segment, place, tag, stepper);\n    enterSegment(arena, words, head, segment);\n    leaveSegment(arena, words, head);\n',
    why: 'Of two hits at a time one is lost.',
    caughtBy: SCHEDULES.expiry,
  },
  {
    name: 'a replacement in place is not announced',
    file: IN_PLACE,
    from: '  releaseStore(words, head + INTENT, ref);\n',
    to: '',
    why: 'Who dies in it leaves a mixture of old and new words.',
    caughtBy: SCHEDULES.deaths,
  },
  {
    name: 'an announcement is not withdrawn',
    file: IN_PLACE,
    from: '  releaseStore(words, head + INTENT, 0);\n',
    to: '',
    why: 'A later recovery stores old words into whatever is there then.',
    caughtBy: SCHEDULES.pairs,
  },
  {
    name: 'a replacement is announced before it is written down',
    file: IN_PLACE,
    from: `  releaseStore(words, head + INTENT_SEQ, seq);
  reuseFence(words, head + INTENT_SEQ);`,
    to: `  releaseStore(words, head + INTENT, ref);
  releaseStore(words, head + INTENT_SEQ, seq);
  reuseFence(words, head + INTENT_SEQ);`,
    why: 'Recovery completes it with the words of the intent before.',
    caughtBy: SCHEDULES.deaths,
  },
  {
    name: 'recovery skips the intent',
    file: IN_PLACE,
    from: '  if (ref === 0) return;',
    to: '  if (ref >= 0) return;',
    why: 'What was announced stays half done.',
    caughtBy: SCHEDULES.witnesses,
  },
  {
    name: 'a value is remembered while somebody writes',
    file: SIGHTING,
    from: 'into.nextSeq = isQuiet ? nextSeq : 0;',
    to: 'into.nextSeq = nextSeq;',
    why: 'The number of the write was taken before, so that nothing tells of it.',
    caughtBy: SCHEDULES.memories,
  },
  {
    name: 'what is remembered does not look at its slot',
    file: SIGHTING,
    from: `    closingLoadNext(words, sighting.slotWord) === ref &&
    closingLoadNext(words, head + TABLE) === sighting.table &&
    closingLoadNext(words, ref + RECORD_SEQ)`,
    to: `    closingLoadNext(words, head + TABLE) === sighting.table &&
    closingLoadNext(words, ref + RECORD_SEQ)`,
    why: 'A value is given after its entry was replaced, before its block is marked as free.',
    caughtBy: SCHEDULES.memories,
  },
  {
    name: 'what is remembered does not look at the number',
    file: SIGHTING,
    from: '    closingLoadNext(words, ref + RECORD_SEQ) === sighting.seq &&\n    closingLoadNext(words, head + EPOCH) === sighting.epoch;',
    to: '    closingLoadNext(words, head + EPOCH) === sighting.epoch;',
    why: 'A value is given after it was replaced in place, or in its old block.',
    caughtBy: SCHEDULES.memories,
  },
];
