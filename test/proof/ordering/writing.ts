/** What a writer of src/segment does to records, slots and blocks, call by call. */
import { block, type Statement } from './instructions.ts';
import { META, SEQ, VALUE, VALUE_WORDS } from './reading.ts';
import type { Seam } from './seam.ts';

export interface RecordPlan {
  /** Word index of its block. */
  readonly ref: number;
  readonly seq: number;
  readonly key: number;
  /** What each word of its value says. */
  readonly value: number;
  /** Words of the value, VALUE_WORDS unless said. */
  readonly valueWords?: number;
}

export type WriteFault =
  | 'a record is written without the fence before it'
  | 'a record gets its number before its words'
  | 'a block is marked free without the fence after it'
  | 'free blocks are not marked'
  | 'a record is published before it is written'
  | 'a block is freed before its slot has changed'
  | 'tags are cleared in lines that were full';

const UNWRITTEN: WriteFault = 'a record is published before it is written';
const UNNUMBERED: WriteFault = 'a record gets its number before its words';

/** `writeRecord`, and `writeValue` within. */
export function writeRecord(seam: Seam, plan: RecordPlan, fault: string): Statement[] {
  const record = seam.of('segment/record.ts', 'writeRecord');
  const value = seam.of('segment/record.ts', 'writeValue');
  const fence = record.reuseFence('ref', plan.ref);
  const words: Statement[] = [record.poke('ref + RECORD_META', plan.ref + META, plan.key)];
  for (let word = 0; word < (plan.valueWords ?? VALUE_WORDS); word++) {
    const values = word === 0 ? value : seam.of('segment/record.ts', 'writeValue');
    words.push(values.poke('at + i', plan.ref + VALUE + word, plan.value));
  }
  const number = record.releaseStore('ref + RECORD_SEQ', plan.ref + SEQ, plan.seq);
  const isEarly = fault === UNNUMBERED;
  return [
    ...(fault === 'a record is written without the fence before it' ? [] : [fence]),
    ...(isEarly ? [number, ...words] : [...words, number]),
  ];
}

/** `pushFree`: a block of a record's size becomes free. */
export function pushFree(seam: Seam, ref: number, size: number, next: number, fault: string): Statement[] {
  const push = seam.of('segment/heap.ts', 'pushFree');
  const mark = push.releaseStore('block', ref, -size);
  const fence = push.reuseFence('block', ref);
  const link = push.poke('block + NEXT', ref + META, next);
  return [
    ...(fault === 'free blocks are not marked' ? [] : [mark]),
    ...(fault === 'a block is marked free without the fence after it' ? [] : [fence]),
    link,
  ];
}

/** `publish` where the key has a record at `old`: the new one is written, takes its place, and the old block is free. */
export function overwrite(
  seam: Seam,
  slot: number,
  plan: RecordPlan,
  old: number,
  size: number,
  fault: string,
): Statement[] {
  const written = writeRecord(seam, plan, fault === UNWRITTEN ? UNNUMBERED : fault);
  const slotStore = seam.of('segment/write.ts', 'publish').releaseStore('at + REF', slot + 1, plan.ref);
  const freed = pushFree(seam, old, size, 0, fault);
  if (fault === UNWRITTEN) return [slotStore, ...written, ...freed];
  if (fault === 'a block is freed before its slot has changed') return [...written, ...freed, slotStore];
  return [...written, slotStore, ...freed];
}

/** `publish` of a new key, with `occupy` within. */
export function insert(seam: Seam, slot: number, tag: number, plan: RecordPlan, fault: string): Statement[] {
  const written = writeRecord(seam, plan, fault === UNWRITTEN ? UNNUMBERED : fault);
  const occupy = seam.of('segment/table.ts', 'occupy');
  const stores = [occupy.releaseStore('at', slot, tag), occupy.releaseStore('at + REF', slot + 1, plan.ref)];
  return fault === UNWRITTEN ? [...stores, ...written] : [...written, ...stores];
}

/** `vacate`. A line that has another empty slot loses the tag too. */
export function vacate(seam: Seam, slot: number, hasEmptySlot: boolean, fault: string): Statement[] {
  const from = seam.of('segment/table.ts', 'vacate');
  const ref = from.releaseStore('at + REF', slot + 1, 0);
  if (!hasEmptySlot && fault !== 'tags are cleared in lines that were full') return [ref];
  return [ref, from.poke('at', slot, 0)];
}

/** `bumpEpoch`. */
export function bumpEpoch(seam: Seam, epoch: number, value: number): Statement {
  return seam.of('segment/heap.ts', 'bumpEpoch').store('head + EPOCH', epoch, value);
}

/** `moveRecords`: one record to another place. */
export function moveRecord(seam: Seam, slot: number, plan: RecordPlan, old: number, size: number): Statement[] {
  const move = seam.of('segment/tidy.ts', 'moveRecords');
  const copied = move.moveRun('to', plan.ref + SEQ, plan.seq);
  const others = [META, ...Array.from({ length: VALUE_WORDS }, (_, word) => VALUE + word)].map((offset) => {
    const value = offset === META ? plan.key : plan.value;
    return move.moveRun('to', plan.ref + offset, value);
  });
  return [
    copied,
    ...others,
    move.releaseStore('at + REF', slot + 1, plan.ref),
    move.releaseStore('ref', old, -size),
    move.reuseFence('ref', old),
  ];
}

/** `givePages` and then `takePages`, as far as others may see it: the page lock is taken twice. */
export function passPages(seam: Seam, pageLock: number, use: number, token: number): Statement {
  const give = seam.of('memory/pages.ts', 'givePages');
  const take = seam.of('memory/pages.ts', 'takePages');
  return block(
    ...underPageLock(seam, pageLock, token, give.store('table.tableWord + page * ENTRY_WORDS + USE', use, 0)),
    ...underPageLock(seam, pageLock, token, take.releaseStore('table.tableWord + page * ENTRY_WORDS + USE', use, 1)),
  );
}

function underPageLock(seam: Seam, pageLock: number, token: number, statement: Statement): Statement[] {
  const enter = seam.of('memory/lock.ts', 'acquire').compareExchange('word', 'held', pageLock, 0, token);
  return [enter, statement, seam.of('memory/lock.ts', 'release').exchange('word', 'held', pageLock, 0)];
}

/** `takeSeq`. Leaves `seq`. */
export function takeSeq(seam: Seam, lock: number, nextSeq: number, fault: string): Statement[] {
  const take = seam.of('segment/number.ts', 'takeSeq');
  const fence = take.reuseFence('head + LOCK', lock);
  return [
    ...(fault === 'a number is taken without the fence behind the lock' ? [] : [fence]),
    take.peek('head + NEXT_SEQ', 'seq', nextSeq),
    take.poke('head + NEXT_SEQ', nextSeq, (r) => r['seq'] + 1),
  ];
}
