/** Which operations a history consists of, and how often each comes. */
import type { Random } from './random.ts';
import type { StoreCall } from './store-model.ts';

/** A call of the store, or several that belong together. */
export type Choice = StoreCall | 'getOrInsertComputed' | 'compareAndSetSeen' | 'getMany' | 'setMany' | 'deleteMany';

/** Each as often as it is listed. */
const ON_VALUES: readonly Choice[] = [
  ...repeat('get', 12),
  ...repeat('set', 10),
  ...repeat('has', 3),
  ...repeat('peek', 2),
  ...repeat('getVersioned', 3),
  ...repeat('delete', 4),
  ...repeat('getOrInsert', 3),
  ...repeat('getOrInsertComputed', 2),
  ...repeat('replace', 3),
  ...repeat('compareAndSet', 2),
  ...repeat('compareAndSetSeen', 4),
  ...repeat('update', 4),
  'increment',
  'getMany',
  'setMany',
  'deleteMany',
];
const ON_COUNTERS: readonly Choice[] = [...ON_VALUES, ...repeat('increment', 20), ...repeat('get', 6)];

/** One in so many operations clears the store. */
const CLEAR_PERIOD = 150;

function repeat(choice: Choice, count: number): Choice[] {
  return Array.from({ length: count }, () => choice);
}

export function chooseCall(random: Random, isCounter: boolean): Choice {
  return random.oneIn(CLEAR_PERIOD) ? 'clear' : random.pick(isCounter ? ON_COUNTERS : ON_VALUES);
}
