/** `readOnce` of src/segment/read.ts and `readShort` of read-short.ts, for a segment of one record a key and a few slots. */
import { block, endOfBlock, set, stop, when, type Statement } from './instructions.ts';
import type { Seam, SourceFunction } from './seam.ts';

/** Results of a read; a value is what its words say, all the same number if it is whole. */
export const MISS = -1;
export const TORN = -2;
/** Words of a value that do not belong together. */
export const MIXED = -3;

export interface ReadPlan {
  /** The word that only this reader writes. */
  readonly own: number;
  readonly epoch: number;
  readonly table: number;
  readonly tag: number;
  /** What stands in the meta word of records of the key. */
  readonly key: number;
  /** Slots of a line, and lines of a table. Where a table begins is what its name says. */
  readonly slots: number;
  readonly lines: number;
  /** The number and the words of a replacement in place, see [in-place]. */
  readonly intent?: { readonly seq: number; readonly words: number };
  /** Words of the value, VALUE_WORDS unless said. */
  readonly valueWords?: 1 | 2;
  /** The value is copied after the validation, as `readLarge` does. */
  readonly isLarge?: boolean;
}

/** Offsets in a record. */
export const SEQ = 0;
export const META = 1;
export const VALUE = 2;
/** Bit of META: words are being replaced. */
export const CHANGING = 64;
/** Words of a value. */
export const VALUE_WORDS = 2;
export const RECORD_WORDS: number = VALUE + VALUE_WORDS;

export type ReadFault =
  | 'nothing is loaded again'
  | 'the slot is not loaded again'
  | 'the table is not loaded again'
  | 'the number is not loaded again'
  | 'the epoch is not loaded again'
  | 'the epoch is loaded after the table'
  | 'the number is loaded after the value'
  | 'the number of the intent is not loaded again'
  | 'the mark is not looked at'
  | 'the mark is loaded plainly';

/** Registers: `result`; of a record that was read, `version`. */
export function readOnce(seam: Seam, plan: ReadPlan, fault: string): Statement[] {
  const read = seam.of('segment/read.ts', 'readOnce', plan.own);
  const epoch = read.openingLoad('head + EPOCH', 'epoch', plan.epoch);
  const table = read.openingLoad('head + TABLE', 'table', plan.table);
  const statements: Statement[] = fault === 'the epoch is loaded after the table' ? [table, epoch] : [epoch, table];
  statements.push(when((r) => r['table'] === 0, [set('result', MISS), stop]));
  for (let line = 0; line < plan.lines; line++) {
    statements.push(set('ended', 0));
    for (let slot = 0; slot < plan.slots; slot++) {
      const at = 2 * (line * plan.slots + slot);
      // The first slot stands for all of them in the mirror: it is one loop there.
      const source = line === 0 && slot === 0 ? read : seam.of('segment/read.ts', 'readOnce', plan.own);
      statements.push(
        source.peek('at', 'tag', (r) => r['table'] + at),
        when((r) => r['tag'] === plan.tag, readSlot(seam, source, plan, at, fault)),
        when((r) => r['tag'] === 0, [set('ended', 1)]),
      );
    }
    if (line + 1 < plan.lines) statements.push(when((r) => r['ended'] === 1, missed(seam, plan, fault)));
  }
  return [...statements, ...missed(seam, plan, fault)];
}

/** The same for a value that is found in the home line and copied word by word; TORN: `readEntry` is asked. */
export function readShort(seam: Seam, plan: ReadPlan, fault: string): Statement[] {
  const read = seam.of('segment/read-short.ts', 'readShort', plan.own);
  const isPlain: ReadFault = 'the mark is loaded plainly';
  const isBlind = fault === 'the mark is not looked at';
  return [
    read.openingLoad('head + EPOCH', 'epoch', plan.epoch),
    read.openingLoad('head + TABLE', 'table', plan.table),
    when((r) => r['table'] === 0, torn),
    read.peek('slot', 'tag', (r) => r['table']),
    when((r) => r['tag'] !== plan.tag, torn),
    read.openingLoad('slot + 1', 'ref', (r) => r['table'] + 1),
    when((r) => r['ref'] === 0, torn),
    read.openingLoad('ref + RECORD_SEQ', 'version', (r) => r['ref'] + SEQ),
    when((r) => r['version'] <= 0, torn),
    fault === isPlain
      ? { op: 'load', into: 'meta', at: (r) => r['ref'] + META, acquire: false }
      : read.openingLoad('ref + RECORD_META', 'meta', (r) => r['ref'] + META),
    when((r) => (isBlind ? r['meta'] & ~CHANGING : r['meta']) !== plan.key, torn),
    ...copyOf(plan, (into, word) => {
      const one = word === 0 ? read : seam.of('segment/read-short.ts', 'readShort', plan.own);
      return one.peek('value + i', into, (r) => r['ref'] + VALUE + word);
    }),
    ...validated(read, 'slot + 1', plan, 0, fault),
    set('result', (r) => r['copy']),
    stop,
  ];
}

const torn: readonly Statement[] = [set('result', TORN), stop];

function readSlot(seam: Seam, read: SourceFunction, plan: ReadPlan, at: number, fault: string): Statement[] {
  return [
    read.openingLoad('at + 1', 'ref', (r) => r['table'] + at + 1),
    when(
      (r) => r['ref'] !== 0,
      [
        ...readRecord(seam, plan, fault),
        ...validated(read, 'at + 1', plan, at, fault),
        when(
          (r) => r['kind'] > 0,
          plan.isLarge === true ? readLarge(seam, plan, fault) : [set('result', (r) => r['copy']), stop],
        ),
      ],
    ),
  ];
}

/** Leaves `kind`: 1 for a value, 0 for another key. */
function readRecord(seam: Seam, plan: ReadPlan, fault: string): Statement[] {
  const read = seam.of('segment/read.ts', 'readRecord', plan.own);
  const version = block(
    read.openingLoad('ref + RECORD_SEQ', 'version', (r) => r['ref'] + SEQ),
    when((r) => r['version'] <= 0, torn),
  );
  const isLate = fault === 'the number is loaded after the value';
  const isPlain: ReadFault = 'the mark is loaded plainly';
  const key = block(
    fault === isPlain
      ? { op: 'load', into: 'meta', at: (r) => r['ref'] + META, acquire: false }
      : read.openingLoad('ref + RECORD_META', 'meta', (r) => r['ref'] + META),
    set('kind', (r) => Number((r['meta'] & ~CHANGING) === plan.key)),
  );
  if (plan.isLarge === true) return [version, key];
  const copy = when(
    (r) => (r['meta'] & ~CHANGING) === plan.key,
    [
      ...copyOf(plan, (into, word) => read.peek('at + i', into, (r) => r['ref'] + VALUE + word)),
      ...(plan.intent === undefined || fault === 'the mark is not looked at'
        ? []
        : [when((r) => (r['meta'] & CHANGING) !== 0, copyChanging(seam, plan, plan.intent, fault))]),
    ],
  );
  return isLate ? [key, copy, version] : [version, key, copy];
}

function copyChanging(seam: Seam, plan: ReadPlan, intent: { seq: number; words: number }, fault: string): Statement[] {
  const read = seam.of('segment/in-place.ts', 'copyChanging', plan.own);
  const opened = read.openingLoad('head + INTENT_SEQ', 'intentSeq', intent.seq);
  const copied = copyOf(plan, (into, word) => read.peekRun('at', into, (r) => r['ref'] + VALUE + word));
  const taken = copyOf(plan, (into, word) => {
    const one = word === 0 ? read : seam.of('segment/in-place.ts', 'copyChanging', plan.own);
    return one.peek('head + INTENT_WORDS + i', into, intent.words + word);
  });
  const closed = read.closingLoad('head + INTENT_SEQ', 'again', intent.seq);
  const isBlind = fault === 'the number of the intent is not loaded again';
  return [
    opened,
    ...copied,
    when(
      (r) => r['version'] === r['intentSeq'],
      [...taken, ...(isBlind ? [] : [closed, when((r) => r['again'] !== r['intentSeq'], torn)])],
    ),
  ];
}

function copyOf(plan: ReadPlan, loadInto: (into: string, word: number) => Statement): Statement[] {
  // Each word is stored to private memory before the next one is loaded.
  if (plan.valueWords === 1) return [loadInto('copy', 0), endOfBlock];
  return [
    loadInto('copy', 0),
    endOfBlock,
    loadInto('rest', 1),
    endOfBlock,
    set('copy', (r) => (r['copy'] === r['rest'] ? r['copy'] : MIXED)),
  ];
}

function validated(read: SourceFunction, ref: string, plan: ReadPlan, at: number, fault: string): Statement[] {
  if (fault === 'nothing is loaded again') return [];
  const again = (statement: Statement, register: string, name: ReadFault): Statement[] =>
    fault === name ? [] : [statement, when((r) => r['again'] !== r[register], torn)];
  const slot = read.closingLoad(ref, 'again', (r) => r['table'] + at + 1);
  return [
    // The store before the first closing load is there whatever word that is.
    ...(fault === 'the slot is not loaded again' ? [slot] : again(slot, 'ref', 'the slot is not loaded again')),
    ...again(read.closingLoadNext('head + TABLE', 'again', plan.table), 'table', 'the table is not loaded again'),
    ...again(
      read.closingLoadNext('ref + RECORD_SEQ', 'again', (r) => r['ref'] + SEQ),
      'version',
      'the number is not loaded again',
    ),
    ...again(read.closingLoadNext('head + EPOCH', 'again', plan.epoch), 'epoch', 'the epoch is not loaded again'),
  ];
}

function readLarge(seam: Seam, plan: ReadPlan, fault: string): Statement[] {
  const read = seam.of('segment/read.ts', 'readLarge', plan.own);
  const copy = copyOf(plan, (into, word) => read.peekBytes('at', into, (r) => r['ref'] + VALUE + word));
  const version = read.closingLoad('ref + RECORD_SEQ', 'again', (r) => r['ref'] + SEQ);
  const epoch = read.closingLoadNext('head + EPOCH', 'again', plan.epoch);
  return [
    ...copy,
    version,
    ...(fault === 'the number is not loaded again' ? [] : [when((r) => r['again'] !== r['version'], torn)]),
    ...(fault === 'the epoch is not loaded again' ? [] : [epoch, when((r) => r['again'] !== r['epoch'], torn)]),
    set('result', (r) => r['copy']),
    stop,
  ];
}

function missed(seam: Seam, plan: ReadPlan, fault: string): Statement[] {
  const read = seam.of('segment/read.ts', 'readOnce', plan.own);
  const table = read.closingLoad('head + TABLE', 'again', plan.table);
  const epoch = read.closingLoadNext('head + EPOCH', 'again', plan.epoch);
  const isBlind = fault === 'nothing is loaded again';
  return [
    ...(isBlind || fault === 'the table is not loaded again'
      ? []
      : [table, when((r) => r['again'] !== r['table'], torn)]),
    ...(isBlind || fault === 'the epoch is not loaded again'
      ? []
      : [epoch, when((r) => r['again'] !== r['epoch'], torn)]),
    set('result', MISS),
    stop,
  ];
}
