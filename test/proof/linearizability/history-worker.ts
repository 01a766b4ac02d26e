/** The worker's side: takes part in one history after the other. */
import { parentPort } from 'node:worker_threads';
import { Store, type StoreHandle } from '../../../src/store.ts';
import { withFlaw } from './flawed-stores.ts';
import type { HistoryPlan } from './plan.ts';
import { HistoryLog } from './recording.ts';
import { HistoryThread } from './thread.ts';

/** What the main thread asks of a worker. */
export interface HistoryTask {
  readonly plan: HistoryPlan;
  readonly thread: number;
  readonly handle: StoreHandle;
  readonly log: SharedArrayBuffer;
  readonly tickets: SharedArrayBuffer;
  /** Words by the names of `CONTROL`. */
  readonly control: SharedArrayBuffer;
}

export interface HistoryReport {
  readonly failures: readonly string[];
}

export const CONTROL = {
  /** Workers that are ready. */
  arrived: 0,
  /** 1 when all are. */
  started: 1,
  /** 1 when the worker that is to be killed has come to that point. */
  doomed: 2,
} as const;

const SPINS = 20_000;

function takePart(task: HistoryTask): HistoryReport {
  const { plan, thread } = task;
  const control = new Int32Array(task.control);
  const store = Store.attach(task.handle);
  const log = new HistoryLog(task.log, plan.clock === 'ticket' ? new Int32Array(task.tickets) : null);
  const actor = new HistoryThread(withFlaw(store, plan.flaw), log, plan, thread);
  const victim = plan.killAt !== null && thread === 0;
  // One on several keys has as many records, and a step may be two operations.
  const last = log.capacity - 2 * plan.keyCount;
  const steps = plan.isTight ? Array.from({ length: plan.operationsPerThread }, () => actor.prepare()) : [];
  startTogether(control, plan.threadCount);
  if (plan.isTight) for (const step of steps) step();
  while (log.count < (victim ? last : Math.min(last, plan.operationsPerThread))) {
    actor.prepare()();
    if (victim && plan.killAt !== null && log.count >= plan.killAt && Atomics.load(control, CONTROL.doomed) === 0) {
      Atomics.store(control, CONTROL.doomed, 1);
      Atomics.notify(control, CONTROL.doomed);
    }
  }
  actor.settle();
  store.close();
  return { failures: actor.failures };
}

function startTogether(control: Int32Array, threadCount: number): void {
  if (Atomics.add(control, CONTROL.arrived, 1) === threadCount - 1) {
    Atomics.store(control, CONTROL.started, 1);
    Atomics.notify(control, CONTROL.started);
    return;
  }
  for (let spin = 0; spin < SPINS && Atomics.load(control, CONTROL.started) === 0; spin++);
  Atomics.wait(control, CONTROL.started, 0);
}

if (parentPort !== null) {
  const port = parentPort;
  port.on('message', (task: HistoryTask) => port.postMessage(takePart(task)));
}
