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

/** The value of a replacement in place is stored after its version: when the announcement is withdrawn. */
function valueAfterVersion(places: ArenaPlaces): Break {
  let announced = 0;
  let late: readonly [word: number, value: number] | null = null;
  return {
    lets: (access, words, word, value) => {
      if (access !== RELEASE_STORE) return true;
      if (places.isField(word, 'intent')) {
        if (late !== null) words[late[0]] = late[1];
        late = null;
        announced = value;
        return true;
      }
      if (announced === 0 || word === announced || !places.isHeap(word)) return true;
      late = [word, value];
      return false;
    },
    substitute: () => 0,
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
  | 'a version changes before its value'
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
  'a version changes before its value': valueAfterVersion,
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
