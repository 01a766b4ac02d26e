/** Words that hold several small numbers: where the bits of each are, from the masks and shifts of the other files. */
import {
  LOCK_ABANDONED,
  LOCK_ENTRY_MASK,
  LOCK_ENTRY_SHIFT,
  LOCK_GENERATION_MASK,
  LOCK_GENERATION_SHIFT,
  LOCK_WAITERS,
  PAGE_KIND_MASK,
  PAGE_RUN_MAX,
  PAGE_RUN_SHIFT,
  PAGE_SEGMENT_MASK,
  PAGE_SEGMENT_SHIFT,
} from './arena.ts';
import { LEASE_DETACHED, LEASE_SEGMENT_MASK } from './lease.ts';
import {
  CALL_ARGS_MASK,
  CALL_ARGS_SHIFT,
  CALL_KEY_BYTES_SHIFT,
  CALL_KEY_KIND_MASK,
  CALL_NAME_SHIFT,
  CALL_STORE_MASK,
  VALUE_WORD_BYTES_SHIFT,
  VALUE_WORD_KIND_MASK,
} from './mailbox.ts';
import {
  META_CHANGING,
  META_KEY_BYTES_MASK,
  META_KEY_BYTES_SHIFT,
  META_KEY_KIND_MASK,
  META_LEASED,
  META_TTL,
  META_VALUE_BYTES_MASK,
  META_VALUE_BYTES_SHIFT,
  META_VALUE_KIND_MASK,
  META_VALUE_KIND_SHIFT,
} from './record.ts';
import {
  INTENT_AT_MASK,
  INTENT_COUNT_MASK,
  INTENT_COUNT_SHIFT,
  TABLE_CLASS_SHIFT,
  TABLE_PAGE_MASK,
} from './segment.ts';

export interface BitField {
  readonly name: string;
  /** Place of its lowest bit. */
  readonly shift: number;
  /** Its largest value, all ones. */
  readonly mask: number;
  readonly doc: string;
}

export interface PackedWord {
  readonly name: string;
  readonly doc: string;
  /** From the lowest bit up. */
  readonly fields: readonly BitField[];
}

function bits(name: string, shift: number, mask: number, doc: string): BitField {
  return { name, shift, mask, doc };
}

/** A single bit, given as the mask at its place. */
function flag(name: string, bit: number, doc: string): BitField {
  return bits(name, 31 - Math.clz32(bit), 1, doc);
}

const lockWord: PackedWord = {
  name: 'lock',
  doc: 'a lock; 0 is free',
  fields: [
    flag('waiters', LOCK_WAITERS, 'somebody may sleep until the word changes'),
    flag('abandoned', LOCK_ABANDONED, 'left by a living thread whose section failed; no entry, no generation'),
    bits('entry', LOCK_ENTRY_SHIFT, LOCK_ENTRY_MASK, 'registry entry of the holder, plus 1'),
    bits('generation', LOCK_GENERATION_SHIFT, LOCK_GENERATION_MASK, 'generation of that entry'),
  ],
};

const useWord: PackedWord = {
  name: 'use',
  doc: 'the use of a page; 0 is free, or inside of a run',
  fields: [
    bits('kind', 0, PAGE_KIND_MASK, 'PAGE_EXTENT, PAGE_LARGE or PAGE_TABLE'),
    bits('segment', PAGE_SEGMENT_SHIFT, PAGE_SEGMENT_MASK, 'segment that the run is of'),
    bits('pages', PAGE_RUN_SHIFT, PAGE_RUN_MAX, 'pages of the run that begins here'),
  ],
};

const tableWord: PackedWord = {
  name: 'table',
  doc: 'the slot table of a segment; 0 is none',
  fields: [
    bits('page', 0, TABLE_PAGE_MASK, 'its first page'),
    bits('class', TABLE_CLASS_SHIFT, 0xffffffff >>> TABLE_CLASS_SHIFT, 'its size class'),
  ],
};

const intentAtWord: PackedWord = {
  name: 'intent_at',
  doc: 'the words that are being replaced in place',
  fields: [
    bits('word', 0, INTENT_AT_MASK, 'word index of the first one'),
    bits('count', INTENT_COUNT_SHIFT, INTENT_COUNT_MASK, 'how many they are, at most INTENT_WORDS_MAX'),
  ],
};

const metaWord: PackedWord = {
  name: 'meta',
  doc: 'the second word of a record',
  fields: [
    bits('keyKind', 0, META_KEY_KIND_MASK, 'KEY_LATIN1 to KEY_BYTES'),
    flag('ttl', META_TTL, 'the record has an expiry'),
    bits('valueKind', META_VALUE_KIND_SHIFT, META_VALUE_KIND_MASK, 'VALUE_UNDEFINED to VALUE_STRUCTURED'),
    bits('keyBytes', META_KEY_BYTES_SHIFT, META_KEY_BYTES_MASK, 'KEY_BYTES_EXTENDED: in a word of its own'),
    bits('valueBytes', META_VALUE_BYTES_SHIFT, META_VALUE_BYTES_MASK, 'VALUE_BYTES_EXTENDED: in a word of its own'),
    flag('changing', META_CHANGING, 'words of the value are being replaced in place'),
    flag('leased', META_LEASED, 'a lease pins the record'),
  ],
};

const leasePlaceWord: PackedWord = {
  name: 'lease_place',
  doc: 'where a pinned record is',
  fields: [
    bits('segment', 0, LEASE_SEGMENT_MASK, 'segment of the record'),
    flag('detached', LEASE_DETACHED, 'no slot leads to the record any more'),
  ],
};

const callKeyWord: PackedWord = {
  name: 'call_key',
  doc: 'the key word of a call',
  fields: [
    bits('kind', 0, CALL_KEY_KIND_MASK, 'KEY_LATIN1 to KEY_BYTES'),
    bits('bytes', CALL_KEY_BYTES_SHIFT, 0xffffffff >>> CALL_KEY_BYTES_SHIFT, 'bytes of the key'),
  ],
};

const callWhatWord: PackedWord = {
  name: 'call_what',
  doc: 'what a call asks for',
  fields: [
    bits('store', 0, CALL_STORE_MASK, 'number of the store, in the order in which the pool has them'),
    bits('args', CALL_ARGS_SHIFT, CALL_ARGS_MASK, 'arguments'),
    bits('name', CALL_NAME_SHIFT, 0xffffffff >>> CALL_NAME_SHIFT, 'bytes of the name of the processor, UTF-8'),
  ],
};

const mailValueWord: PackedWord = {
  name: 'mail_value',
  doc: 'what an argument or a result is',
  fields: [
    bits('kind', 0, VALUE_WORD_KIND_MASK, 'VALUE_UNDEFINED to VALUE_STRUCTURED'),
    bits('bytes', VALUE_WORD_BYTES_SHIFT, 0xffffffff >>> VALUE_WORD_BYTES_SHIFT, 'bytes of the value'),
  ],
};

export const PACKED_WORDS: readonly PackedWord[] = [
  lockWord,
  leasePlaceWord,
  useWord,
  tableWord,
  intentAtWord,
  metaWord,
  callKeyWord,
  callWhatWord,
  mailValueWord,
];
