import { META_CHANGING, RECORD_META, RECORD_SEQ } from '../../../native-layout/record.ts';
import { INTENT_AT_MASK, INTENT_COUNT_SHIFT, segmentHeader } from '../../../native-layout/segment.ts';
import {
  CLOSING_LOAD,
  COMPARE_EXCHANGE,
  EXCHANGE,
  LOAD,
  NOTIFY,
  OPENING_LOAD,
  POKE,
  RELEASE_STORE,
  STORE,
} from '../../../src/memory/atomics.scheduled.ts';
import type { Words } from '#atomics';
import type { ArenaPlaces } from './places.ts';

/** Accesses that a fault leaves out, and what they come to instead. */
export interface Break {
  /** False when the access is left out. */
  lets(access: number, words: Words, word: number, value: number): boolean;
  readonly substitute: () => number;
}

type Breaker = (places: ArenaPlaces) => Break;

/** Leaves out stores. */
function without(isMeant: (places: ArenaPlaces, access: number, word: number, value: number) => boolean): Breaker {
  return (places) => ({ lets: (access, _, word, value) => !isMeant(places, access, word, value), substitute: () => 0 });
}

/** Closing loads of some words give what the opening load of the word gave last. */
function unvalidated(isMeant: (places: ArenaPlaces, word: number) => boolean): Breaker {
  return (places) => {
    const opened = new Map<number, number>();
    let last = 0;
    return {
      lets: (access, words, word) => {
        if (access === OPENING_LOAD) opened.set(word, words[word]);
        last = opened.get(word) ?? words[word];
        return access !== CLOSING_LOAD || !isMeant(places, word);
      },
      substitute: () => last,
    };
  };
}

/** The words of a replacement in place are stored as soon as they are announced. */
function wordsBeforeNumber(places: ArenaPlaces): Break {
  const { intent, intentAt, intentWords } = segmentHeader.word;
  return {
    lets: (access, words, word, value) => {
      if (access === RELEASE_STORE && value !== 0 && places.isField(word, 'intent')) {
        const head = word - intent;
        const range = words[head + intentAt];
        const at = range & INTENT_AT_MASK;
        for (let i = 0; i < range >>> INTENT_COUNT_SHIFT; i++) words[at + i] = words[head + intentWords + i];
      }
      return true;
    },
    substitute: () => 0,
  };
}

/** Leaves out stores to the words of records that are being changed in place. */
function withoutInPlace(isMeant: (offset: number, value: number) => boolean): Breaker {
  return (places) => {
    let announced = 0;
    return {
      lets: (access, _, word, value) => {
        if (access === RELEASE_STORE && places.isField(word, 'intent')) announced = value;
        return access !== RELEASE_STORE || announced === 0 || !places.isHeap(word) || !isMeant(word - announced, value);
      },
      substitute: () => 0,
    };
  };
}

const isLock = (places: ArenaPlaces, word: number): boolean => places.lockWords.includes(word);

/** Ways to break the protocol on purpose: a proof is worth something only if it finds each of them. */
export type Fault =
  | 'none'
  | 'reads are not validated'
  | 'reads do not look at the epoch again'
  | 'reads do not look at the record again'
  | 'waiters are not woken'
  | 'waiters do not say that they wait'
  | 'sleepers forget each other'
  | 'the epoch stands still'
  | 'free blocks are not marked'
  | 'locks are taken whoever has them'
  | 'locks are not given back'
  | 'the living are taken for dead'
  | 'intents are not announced'
  | 'words change before their number'
  | 'changing records are not marked'
  | 'numbers stay when words change'
  | 'intents are not looked at again'
  | 'memories are not looked after'
  | 'locks look free'
  | 'pages are taken without saying so'
  | 'numbers are given twice'
  | 'leases leave no mark'
  | 'leases are not written down';

const BREAKERS: Readonly<Record<Fault, Breaker>> = {
  none: without(() => false),
  'reads are not validated': unvalidated(() => true),
  'reads do not look at the epoch again': unvalidated((places, word) => places.isField(word, 'epoch')),
  'reads do not look at the record again': unvalidated((places, word) => places.isHeap(word)),
  'waiters are not woken': without((_, access) => access === NOTIFY),
  'waiters do not say that they wait': (places) => ({
    lets: (access, words, word, value) =>
      access !== COMPARE_EXCHANGE || !isLock(places, word) || words[word] === 0 || value !== (words[word] | 1),
    substitute: () => 0,
  }),
  'sleepers forget each other': (places) => ({
    lets: (access, words, word, value) => {
      if (access !== COMPARE_EXCHANGE || !isLock(places, word) || words[word] !== 0) return true;
      words[word] = value & ~1;
      return false;
    },
    substitute: () => 0,
  }),
  'the epoch stands still': without((places, access, word) => access === STORE && places.isField(word, 'epoch')),
  'free blocks are not marked': without(
    (places, access, word, value) => access === RELEASE_STORE && value < 0 && places.isHeap(word),
  ),
  'locks are taken whoever has them': (places) => ({
    lets: (access, words, word, value) => {
      if (access !== COMPARE_EXCHANGE || !isLock(places, word)) return true;
      words[word] = value;
      return false;
    },
    substitute: () => 0,
  }),
  'locks are not given back': without((places, access, word) => access === EXCHANGE && isLock(places, word)),
  'the living are taken for dead': without((places, access, word) => access === LOAD && places.isRegistry(word)),
  'words change before their number': wordsBeforeNumber,
  'changing records are not marked': withoutInPlace(
    (offset, value) => offset === RECORD_META && (value & META_CHANGING) !== 0,
  ),
  'numbers stay when words change': withoutInPlace((offset) => offset === RECORD_SEQ),
  'intents are not looked at again': unvalidated((places, word) => places.isField(word, 'intentSeq')),
  'memories are not looked after': unvalidated(() => true),
  'locks look free': without((places, access, word) => access === OPENING_LOAD && isLock(places, word)),
  'pages are taken without saying so': without(
    (places, access, word) => access === RELEASE_STORE && places.isPageTable(word),
  ),
  'intents are not announced': without(
    (places, access, word) => access === RELEASE_STORE && places.isField(word, 'intent'),
  ),
  'numbers are given twice': without((places, access, word) => access === POKE && places.isField(word, 'nextSeq')),
  // The mark is the sign of a word, and no other word that is poked into these heaps is negative.
  'leases leave no mark': without((places, access, word, value) => access === POKE && value < 0 && places.isHeap(word)),
  'leases are not written down': without(
    (places, access, word, value) => access === RELEASE_STORE && value !== 0 && places.isLeaseTable(word),
  ),
};

export const FAULTS: readonly Fault[] = Object.keys(BREAKERS) as Fault[];

export function breakOf(fault: Fault, places: ArenaPlaces): Break {
  return BREAKERS[fault](places);
}
