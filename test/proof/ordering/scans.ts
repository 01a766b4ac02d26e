/** Programs for iteration, `collectKeys` of src/segment/scan.ts, and for what goes to other segments as a whole. */
import { set, stop, when, type Statement } from './instructions.ts';
import type { Outcome } from './enumerate.ts';
import { EVERYWHERE, ON_ARM64, type Protocol } from './protocol.ts';
import { META, MISS, MIXED, readOnce, RECORD_WORDS, SEQ, TORN, VALUE } from './reading.ts';
import { A, at, B, INITIAL, KEY, OTHER, OTHER_TAG, PLAN, record, SLOT, TAG, WORDS } from './segment.ts';
import { bumpEpoch, insert, overwrite, passPages, pushFree, vacate, writeRecord } from './writing.ts';
import type { Seam } from './seam.ts';

/** One slot of `collectRange`. The words of a key are those of the value elsewhere; `result` is what they say. */
function collect(seam: Seam, fault: string): Statement[] {
  const own = at('reader.own');
  const keys = seam.of('segment/scan.ts', 'collectKeys', own);
  const range = seam.of('segment/scan.ts', 'collectRange', own);
  const slot = seam.of('segment/scan.ts', 'collectSlot', own);
  const copy = seam.of('segment/scan.ts', 'copyKey', own);
  const torn = [set('result', TORN), stop];
  const differs = (register: string): Statement => when((r) => r['again'] !== r[register], torn);
  return [
    keys.openingLoad('head + EPOCH', 'epoch', at('epoch')),
    keys.openingLoad('head + TABLE', 'table', at('table')),
    range.openingLoad('at', 'tag', SLOT),
    when((r) => r['tag'] !== TAG, [set('result', MISS), stop]),
    slot.openingLoad('at + REF', 'ref', SLOT + 1),
    when((r) => r['ref'] === 0, [set('result', MISS), stop]),
    slot.openingLoad('ref + RECORD_SEQ', 'version', (r) => r['ref'] + SEQ),
    when((r) => r['version'] <= 0, torn),
    copy.peek('ref + RECORD_META', 'meta', (r) => r['ref'] + META),
    copy.peek('at + i', 'copy', (r) => r['ref'] + VALUE),
    slot.closingLoad('at + REF', 'again', SLOT + 1),
    differs('ref'),
    slot.closingLoadNext('head + TABLE', 'again', at('table')),
    differs('table'),
    slot.closingLoadNext('head + EPOCH', 'again', at('epoch')),
    differs('epoch'),
    slot.closingLoadNext('ref + RECORD_SEQ', 'again', (r) => r['ref'] + SEQ),
    ...(fault === 'the number is not loaded again' ? [] : [differs('version')]),
    slot.closingLoadNext('head + EPOCH', 'again', at('epoch')),
    ...(fault === 'the epoch is not loaded again' ? [] : [differs('epoch')]),
    slot.closingLoadNext('at', 'again', SLOT),
    ...(fault === 'the tag is not loaded again' ? [] : [when((r) => r['again'] !== TAG, [set('result', MISS), stop])]),
    set('result', (r) => (r['meta'] === r['copy'] ? r['copy'] : MIXED)),
    keys.closingLoad('head + TABLE', 'again', at('table')),
    differs('table'),
    keys.closingLoadNext('head + EPOCH', 'again', at('epoch')),
    differs('epoch'),
  ];
}

function judgeKey({ registers }: Outcome): string {
  const result = registers['reader']?.['result'];
  if (result === TORN) return 'reads again';
  if (result === MISS) return 'nothing in the slot';
  return result === KEY ? 'its key' : `bad: ${result === MIXED ? 'words of several keys' : `key ${result}`}`;
}

const overtaken: Protocol = {
  argument: 'validate-read',
  scene: 'a slot is listed while its key is overwritten, and its block used by another key',
  program: (seam, fault) => ({
    threads: {
      reader: collect(seam, fault),
      writer: [
        ...overwrite(seam, SLOT, { ...record(B, KEY), seq: 12 }, A, RECORD_WORDS, fault),
        ...writeRecord(seam, record(A, OTHER, OTHER), fault),
        ...pushFree(seam, A, RECORD_WORDS, 0, fault),
        ...overwrite(seam, SLOT, { ...record(A, KEY), seq: 14 }, B, RECORD_WORDS, fault),
      ],
    },
    words: WORDS,
    initial: INITIAL,
    ownWords: ['reader.own'],
  }),
  judge: judgeKey,
  faults: [
    { name: 'the number is not loaded again', badOn: EVERYWHERE },
    { name: 'closing loads without the store before them', badOn: ON_ARM64 },
  ],
};

const passedOn: Protocol = {
  argument: 'validate-read',
  scene: 'a slot is listed while its key is deleted, and slot and block go to another key',
  program: (seam, fault) => ({
    threads: {
      reader: collect(seam, fault),
      writer: [
        ...vacate(seam, SLOT, true, fault),
        ...pushFree(seam, A, RECORD_WORDS, 0, fault),
        ...insert(seam, SLOT, OTHER_TAG, record(A, OTHER, OTHER), fault),
      ],
    },
    words: WORDS,
    initial: INITIAL,
    ownWords: ['reader.own'],
  }),
  judge: judgeKey,
  faults: [{ name: 'the tag is not loaded again', badOn: EVERYWHERE }],
};

/** `freeLarge`: the run goes to another segment, which writes what it likes, the old number for one. */
function freeLarge(seam: Seam, fault: string): Statement[] {
  const free = seam.of('segment/reclaim.ts', 'freeLarge');
  const mark = free.releaseStore('ref', A, -RECORD_WORDS);
  const bumped = bumpEpoch(seam, at('epoch'), 1);
  const passed = passPages(seam, at('page lock'), at('use'), 4);
  const others = [SEQ, VALUE, VALUE + 1].map((offset): Statement => {
    return { op: 'store', at: A + offset, value: offset === SEQ ? 11 : 3, release: false, locked: false };
  });
  return [mark, ...(fault === 'the epoch stands still' ? [] : [bumped]), passed, ...others];
}

function judgeValue({ registers }: Outcome, ...good: readonly number[]): string {
  const result = registers['reader']?.['result'];
  if (result === undefined || result === TORN) return 'reads again';
  if (good.includes(result)) return result === MISS ? 'miss' : `value ${result}`;
  return `bad: ${result === MIXED ? 'words of several values' : result === MISS ? 'not found' : `value ${result}`}`;
}

const largeRun: Protocol = {
  argument: 'free-mark',
  scene: 'a large value is overwritten while it is copied, and its pages go to another segment',
  program: (seam, fault) => ({
    threads: {
      reader: readOnce(seam, { ...PLAN, isLarge: true }, fault),
      writer: [
        ...writeRecord(seam, record(B, 2), fault),
        seam.of('segment/write.ts', 'publish').releaseStore('at + REF', SLOT + 1, B),
        ...freeLarge(seam, fault),
      ],
    },
    words: WORDS,
    initial: INITIAL,
    ownWords: ['reader.own', 'page lock', 'use'],
  }),
  judge: (outcome) => judgeValue(outcome, 1, 2),
  faults: [
    { name: 'the epoch stands still', badOn: EVERYWHERE },
    { name: 'the epoch is not loaded again', badOn: EVERYWHERE },
  ],
};

/** `clearLocked`: the name of the table goes first, then its pages. */
function clear(seam: Seam, fault: string): Statement[] {
  const named = seam.of('segment/clear.ts', 'clearLocked').store('head + TABLE', at('table'), 0);
  const bumped = bumpEpoch(seam, at('epoch'), 1);
  const passed = passPages(seam, at('page lock'), at('use'), 4);
  const others = [VALUE, VALUE + 1].map((offset): Statement => {
    return { op: 'store', at: A + offset, value: 3, release: false, locked: false };
  });
  if (fault === 'pages are given back before the table has no name') return [passed, ...others, named, bumped];
  return [named, bumped, passed, ...others];
}

const cleared: Protocol = {
  argument: 'publish-table',
  scene: 'a segment is cleared while it is read, and its pages go to another segment',
  program: (seam, fault) => ({
    threads: { reader: readOnce(seam, PLAN, fault), writer: clear(seam, fault) },
    words: WORDS,
    initial: INITIAL,
    ownWords: ['reader.own', 'page lock', 'use'],
  }),
  judge: (outcome) => judgeValue(outcome, 1, MISS),
  faults: [
    { name: 'pages are given back before the table has no name', badOn: EVERYWHERE },
    { name: 'nothing is loaded again', badOn: EVERYWHERE },
    { name: 'closing loads without the store before them', badOn: ON_ARM64 },
  ],
};

export const SCAN_PROTOCOLS: readonly Protocol[] = [overtaken, passedOn, largeRun, cleared];
