/** Bar M1: bytes an entry takes beyond its key and its value, when the budget is used up. */
import { Store, StoreFullError, text } from '../../src/index.ts';
import type { Effort } from '../harness/effort.ts';
import { freshKey, KEY_LENGTH, stringValue, VALUE_LENGTH } from '../harness/fresh-keys.ts';
import { atMost, single, type Finding } from '../harness/question.ts';

const PAYLOAD_BYTES: number = KEY_LENGTH + VALUE_LENGTH;
const OVERHEAD_BYTES_MAX = 24;
/** A million entries fit if the overhead is what the bar asks for. */
const ENTRIES = 1_000_000;
const ENTRIES_OF_A_QUICK_RUN = 50_000;

export function measureOverhead(effort: Effort): Finding {
  const entries = effort.quick ? ENTRIES_OF_A_QUICK_RUN : ENTRIES;
  const memory = entries * (PAYLOAD_BYTES + OVERHEAD_BYTES_MAX);
  const store = Store.create<string>({ memory, value: text() });
  let stored = 0;
  try {
    for (; stored < 2 * entries; stored++) store.set(freshKey(stored), stringValue(stored));
    throw new Error(`a budget of ${memory} bytes took ${stored} entries of ${PAYLOAD_BYTES} bytes without filling up`);
  } catch (error) {
    if (!(error instanceof StoreFullError)) throw error;
  }
  if (store.size !== stored) throw new Error(`${stored} entries were set, the store says ${store.size}`);
  store.close();
  const overhead = memory / stored - PAYLOAD_BYTES;
  const count = stored.toLocaleString('en-US');
  return {
    what: 'overhead of an entry when sets begin to fail',
    unit: 'bytes',
    measured: single(overhead),
    bar: atMost('M1', OVERHEAD_BYTES_MAX),
    detail: `${count} entries of ${PAYLOAD_BYTES} bytes in ${(memory / 2 ** 20).toFixed(1)} MiB`,
    samples: [{ subject: 'sharena', unit: 'bytes', values: [overhead] }],
  };
}
