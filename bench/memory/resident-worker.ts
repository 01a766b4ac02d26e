/** One thread of resident-process.ts: loads its share into the store, or everything into a Map of its own, and reads all. */
import { parentPort, workerData } from 'node:worker_threads';
import { Store, type StoreHandle } from '../../src/index.ts';
import { freshKey, stringValue } from '../harness/fresh-keys.ts';
import { collectGarbage, type Task } from './child.ts';

export interface ResidentSetup {
  readonly subject: Task['subject'];
  readonly entryCount: number;
  readonly index: number;
  readonly threads: number;
  readonly handle: StoreHandle;
}

/** Make all keys and values and drop them; load; read. */
export type Step = 'make' | 'load' | 'read';

const setup = workerData as ResidentSetup;
const { subject, entryCount, index: own, threads } = setup;
const shared = subject === 'sharena';
const table = shared ? Store.attach<string>(setup.handle) : new Map<string, string>();

function make(): void {
  let length = 0;
  for (let index = 0; index < entryCount; index++) length += freshKey(index).length + stringValue(index).length;
  if (length === 0) throw new RangeError(`there is nothing to make of ${entryCount} entries`);
}

function load(): void {
  for (let index = shared ? own : 0; index < entryCount; index += shared ? threads : 1) {
    table.set(freshKey(index), stringValue(index));
  }
}

function readAll(): void {
  for (let index = 0; index < entryCount; index++) {
    const value = table.get(freshKey(index));
    if (value !== stringValue(index)) throw new Error(`the entry ${index} is ${value}`);
  }
}

parentPort?.on('message', (step: Step) => {
  if (step === 'make') make();
  else if (step === 'load') load();
  else readAll();
  collectGarbage();
  parentPort?.postMessage('done');
});
parentPort?.postMessage('ready');
