/** The process of resident.ts. */
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { Store, text } from '../../src/index.ts';
import { roomFor } from '../peers/sharena.ts';
import { collectGarbage, taskOfProcess } from './child.ts';
import type { Resident } from './resident.ts';
import type { ResidentSetup, Step } from './resident-worker.ts';

/** Time in which freed memory goes back to the system. */
const SETTLE_MS = 300;

const { subject, entryCount, threads } = taskOfProcess();
const store = Store.create<string>({ memory: roomFor(entryCount), value: text() });
const workers = Array.from({ length: threads }, (_, index) => {
  const workerData: ResidentSetup = { subject, entryCount, index, threads, handle: store.handle };
  return new Worker(new URL('./resident-worker.js', import.meta.url), { workerData });
});

async function everyone(step: Step): Promise<void> {
  const answers = workers.map((worker) => once(worker, 'message'));
  for (const worker of workers) worker.postMessage(step);
  await Promise.all(answers);
}

await Promise.all(workers.map((worker) => once(worker, 'message')));
await everyone('make');
await delay(SETTLE_MS);
const emptyBytes = process.memoryUsage.rss();
await everyone('load');
await everyone('read');
collectGarbage();
await delay(SETTLE_MS);
const answer: Resident = { rssBytes: process.memoryUsage.rss(), emptyBytes };
process.send?.(answer, () => process.exit(0));
