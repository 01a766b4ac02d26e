/** Runs one history on a store of its own and checks it, key by key. */
import { Store } from '../../../src/store.ts';
import type { StoreStats } from '../../../src/store/stats.ts';
import { check } from './checker.ts';
import { explain } from './evidence.ts';
import { withFlaw } from './flawed-stores.ts';
import { CONTROL, type HistoryTask } from './history-worker.ts';
import { partition } from './model.ts';
import { describePlan, type HistoryPlan, keysOf, MAIN_THREAD } from './plan.ts';
import { createLog, HistoryLog } from './recording.ts';
import { storeModel, type StoreOperation } from './store-model.ts';
import type { WorkerTeam } from './team.ts';
import { HistoryThread } from './thread.ts';

export interface HistoryOutcome {
  readonly plan: HistoryPlan;
  readonly verdict: 'linearizable' | 'not linearizable' | 'unknown';
  readonly operationCount: number;
  /** Operations without a return: a killed thread's last one. */
  readonly pendingCount: number;
  readonly fullCount: number;
  readonly wasKilled: boolean;
  readonly stats: StoreStats;
  /** The plan, and what is wrong; of a good history only the plan. */
  readonly text: string;
  /** Errors that no call should have thrown, and what the store's own check found. */
  readonly failures: readonly string[];
}

/** A thread that is to be killed goes on until it is, or until its log is full. */
const LOG_OPERATIONS = 2000;
/** Longer than any worker needs to start and to come to the point where it is killed. */
const DOOM_TIMEOUT_MS = 10_000;
/** Longer than any TTL of a history. */
const EXPIRY_MS = 6;

export async function runHistory(team: WorkerTeam, plan: HistoryPlan): Promise<HistoryOutcome> {
  const store = Store.create({ memory: plan.memoryBytes, segments: plan.segments, name: `seed ${plan.seed}` });
  const tickets = new SharedArrayBuffer(4);
  const control = new SharedArrayBuffer(4 * Object.keys(CONTROL).length);
  const clockTickets = plan.clock === 'ticket' ? new Int32Array(tickets) : null;
  const logs = Array.from({ length: plan.threadCount }, () => createLog(LOG_OPERATIONS));
  const assignments = logs.map((log, thread) => {
    const task: HistoryTask = { plan, thread, handle: store.handle, log, tickets, control };
    return team.give(task);
  });
  if (plan.killAt !== null) {
    // Blocks, so that nothing of the event loop lies between the sign and the kill.
    Atomics.wait(new Int32Array(control), CONTROL.doomed, 0, DOOM_TIMEOUT_MS);
    await assignments[0].kill();
  }
  const reports = await Promise.all(assignments.map(({ report }) => report));
  const failures = reports.flatMap((report) => report?.failures ?? []);
  if (plan.usesTtl) Atomics.wait(new Int32Array(control), CONTROL.started, 1, EXPIRY_MS);
  const lastLog = createLog(4 * plan.keyCount);
  const last = new HistoryThread(withFlaw(store, plan.flaw), new HistoryLog(lastLog, clockTickets), plan, MAIN_THREAD);
  last.readAll();
  failures.push(...last.failures, ...store.verify().problems);
  const stats = store.stats();
  store.close();
  const operations = sinceFirst([
    ...logs.flatMap((log, thread) => new HistoryLog(log, clockTickets).read(thread, plan.keyCount)),
    ...new HistoryLog(lastLog, clockTickets).read(MAIN_THREAD, plan.keyCount),
  ]);
  const judged = judge(plan, operations);
  return {
    plan,
    ...judged,
    operationCount: operations.length,
    pendingCount: operations.filter(({ end }) => end === Infinity).length,
    fullCount: operations.filter(({ output }) => output !== undefined && 'error' in output && output.error === 'full')
      .length,
    wasKilled: reports[0] === null,
    stats,
    failures,
  };
}

/** The history with times from its first call on. */
function sinceFirst(operations: readonly StoreOperation[]): StoreOperation[] {
  const firstNs = Math.min(...operations.map(({ input }) => input.fromNs));
  return operations.map((operation) => {
    const { input } = operation;
    return { ...operation, input: { ...input, fromNs: input.fromNs - firstNs, untilNs: input.untilNs - firstNs } };
  });
}

/** Checks a history key by key; one refused key refuses it. */
function judge(plan: HistoryPlan, operations: readonly StoreOperation[]): Pick<HistoryOutcome, 'verdict' | 'text'> {
  let verdict: HistoryOutcome['verdict'] = 'linearizable';
  const keys = keysOf(plan);
  const texts = [describePlan(plan)];
  for (const [key, part] of partition(operations, (input) => input.key)) {
    const model = storeModel(part);
    const result = check(model, part);
    if (result.verdict === 'linearizable') continue;
    const name = `key ${key}, ${String(keys[key]).slice(0, 20)}`;
    if (result.verdict === 'unknown') {
      if (verdict === 'linearizable') verdict = 'unknown';
      texts.push(`${name}: unknown after ${result.steps} steps, ${part.length} operations`);
    } else {
      verdict = 'not linearizable';
      texts.push(`${name}: not linearizable, ${explain(model, part, result.refusal.blocked)}`);
    }
  }
  return { verdict, text: texts.join('\n') };
}
