import type { Store } from '../../../src/store.ts';
import { valueOf } from './operations.ts';

/** A few entries and room for more. */
export function fewEntries(store: Store): void {
  store.set('a', valueOf('a0:40'));
  store.set('b', valueOf('b0:40'));
  store.set('n', 7);
}
