/** The process of pauses.ts: fills a table, then overwrites, deletes and sets again at random for some seconds. */
import { PerformanceObserver } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Store, text } from '../../src/index.ts';
import { freshKey, stringValue } from '../harness/fresh-keys.ts';
import { Random } from '../harness/random.ts';
import { warmProcess } from '../harness/warm.ts';
import { roomFor } from '../peers/sharena.ts';
import { collectGarbage, taskOfProcess } from './child.ts';
import type { Pauses } from './pauses.ts';

const OPS_A_TURN = 10_000;
/** One operation in so many deletes an entry and sets it again. */
const DELETE_EVERY = 4;

const { subject, entryCount, durationMs } = taskOfProcess();
warmProcess();
collectGarbage();
const heapBefore = process.memoryUsage().heapUsed;
const table =
  subject === 'sharena'
    ? Store.create<string>({ memory: roomFor(entryCount), value: text() })
    : new Map<string, string>();
for (let index = 0; index < entryCount; index++) table.set(freshKey(index), stringValue(index));
collectGarbage();
const heapBytes = process.memoryUsage().heapUsed - heapBefore;

const pausesMs: number[] = [];
const observer = new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) pausesMs.push(duration);
});
// The collection just asked for is not of the churn.
await nextTurn();
observer.observe({ entryTypes: ['gc'] });
const random = new Random(11);
let churnOps = 0;
// Every turn makes garbage, so the first collection comes soon, also where the core is shared and the time is over first.
const endMs = performance.now() + durationMs;
for (; performance.now() < endMs || pausesMs.length === 0; await nextTurn()) {
  for (let op = 0; op < OPS_A_TURN; op++) {
    const key = freshKey(random.below(entryCount));
    if (op % DELETE_EVERY === 0) table.delete(key);
    table.set(key, stringValue(op));
  }
  churnOps += OPS_A_TURN;
}
await nextTurn();
observer.disconnect();
if (table.size !== entryCount) throw new Error(`${entryCount} entries were set, ${table.size} are there`);
const answer: Pauses = { heapBytes, pausesMs, churnOps };
process.send?.(answer, () => process.exit(0));
