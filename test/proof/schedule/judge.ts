import { isDeepStrictEqual } from 'node:util';
import type { Key } from '../../../src/index.ts';
import { type Gate, installGate } from '../../../src/memory/atomics.scheduled.ts';
import { countThreads } from '../../../src/memory/threads.ts';
import { arenaOf, type Store } from '../../../src/store.ts';
import type { StoreStats } from '../../../src/store/stats.ts';
import { check } from '../linearizability/checker.ts';
import { partition } from '../linearizability/model.ts';
import { storeModel, type StoreOperation } from '../linearizability/store-model.ts';
import type { Token } from '../linearizability/values.ts';
import type { Recorded } from './op.ts';
import type { Scenario } from './plan.ts';
import { tokenOf } from './values.ts';

/** The driver never sleeps: when it looks, nobody else runs. */
const wakeful: Gate = { substitute: 0, enter: () => true, sleep: () => undefined, wake: () => 0 };

const OUTSIDE = -1;
/** Later than every call of an actor. */
const AFTERWARDS = 1e6;

/** What there was before a run. */
export interface Beginning {
  readonly entries: ReadonlyMap<Key, unknown>;
  /** Ms that each entry had to live, Infinity for ever. */
  readonly endsInMs: ReadonlyMap<Key, number>;
  /** The keys that the history is about. */
  readonly keys: readonly Key[];
  /** Every token that a value may have. */
  readonly tokens: readonly Token[];
  /** Places taken in the registry. */
  readonly attached: number;
  readonly nowMs: number;
  readonly stats: StoreStats;
}

/** What there is after a run. */
export interface Ending {
  /** What each actor wrote down. */
  readonly records: readonly (readonly Recorded[])[];
  readonly dead: number;
  readonly nowMs: number;
}

/**
 * What was wrong with a run, in words; null when each call did what it may in some order of the calls, everything else in
 * the store is as it was, and its memory is in order.
 */
export function judge(store: Store, scenario: Scenario, beginning: Beginning, ending: Ending): string | null {
  const gate = installGate(wakeful);
  try {
    return (
      problemOfCalls(scenario, ending) ??
      problemOfMemory(store, scenario, beginning, ending) ??
      problemOfHistory(store, beginning, ending) ??
      problemOfOthers(store, scenario, beginning, ending)
    );
  } catch (error) {
    return `looking at it afterwards failed: ${String((error as Error).stack)}`;
  } finally {
    installGate(gate);
  }
}

function problemOfCalls(scenario: Scenario, { records }: Ending): string | null {
  for (const { op, effects, problem } of records.flat()) {
    if (problem !== null) return problem;
    const isFull = effects.some(({ output }) => output !== undefined && 'error' in output && output.error === 'full');
    if (isFull && scenario.mayBeFull !== true) return `${op.call} found the store full`;
  }
  return null;
}

function problemOfMemory(store: Store, scenario: Scenario, beginning: Beginning, { dead }: Ending): string | null {
  const { problems } = store.verify();
  if (problems.length > 0) return `verify: ${problems.join('; ')}`;
  const { words, threadsWord } = arenaOf(store);
  const attached = countThreads(words, threadsWord);
  const latecomers = scenario.latecomers ?? [];
  const stay = latecomers.filter((actor) => scenario.actors[actor].every(({ call }) => call !== 'close')).length;
  const alive = 1 + scenario.actors.length - latecomers.length + stay - dead;
  const unproven = scenario.latecomers === undefined ? 0 : dead;
  const attachedMax = beginning.attached + stay + unproven;
  if (attached < alive) return `${attached} threads are attached, ${alive} are alive`;
  if (attached > attachedMax) return `${attached} threads are attached, at most ${attachedMax} should be`;
  const { leases, detachedBytes } = store.stats();
  if (leases > 0 || detachedBytes > 0) return `${leases} leases are left, and ${detachedBytes} bytes that they kept`;
  return null;
}

function problemOfHistory(store: Store, beginning: Beginning, ending: Ending): string | null {
  const { keys } = beginning;
  const operations: StoreOperation[] = [];
  for (const [number, key] of keys.entries()) {
    const prior = priorSet(beginning, key, number);
    if (prior !== null) operations.push(prior);
    operations.push(lastGet(store, beginning, ending, key, number));
  }
  for (const [thread, recorded] of ending.records.entries()) {
    for (const { key, call, end, input, output } of recorded.flatMap(({ effects }) => effects)) {
      operations.push({ thread, call, end, input: { ...input, key: keys.indexOf(key) }, output });
    }
  }
  return verdictOf(operations, keys);
}

function priorSet({ entries, endsInMs, tokens, nowMs }: Beginning, key: Key, number: number): StoreOperation | null {
  const value = entries.get(key);
  if (value === undefined) return null;
  const token = tokenOf(value, tokens);
  if (token === null) throw new Error(`no token makes the value that key ${String(key)} has at first`);
  const ttlMs = endsInMs.get(key) ?? Infinity;
  const moment = { key: number, fromNs: nowMs * 1e6, untilNs: nowMs * 1e6 };
  const input = { call: 'set', token, ...moment, ...(ttlMs === Infinity ? {} : { ttlMs }) } as const;
  return { thread: OUTSIDE, call: -2, end: -1, input, output: { done: true } };
}

function lastGet(store: Store, { tokens }: Beginning, { nowMs }: Ending, key: Key, number: number): StoreOperation {
  const value = store.get(key);
  const token = value === undefined ? null : tokenOf(value, tokens);
  const output = value !== undefined && token === null ? ({ unreadable: true } as const) : { token };
  const input = { call: 'get', key: number, fromNs: nowMs * 1e6, untilNs: nowMs * 1e6 } as const;
  return { thread: OUTSIDE, call: AFTERWARDS, end: AFTERWARDS + 1, input, output };
}

const verdicts = new Map<string, string | null>();
const VERDICTS_MAX = 50_000;

/** Most runs of a scenario have one of few histories. */
function verdictOf(operations: readonly StoreOperation[], keys: readonly Key[]): string | null {
  const text = JSON.stringify(operations, (_, value: unknown) => (value === Infinity ? 'never' : value));
  const known = verdicts.get(text);
  if (known !== undefined) return known;
  if (verdicts.size > VERDICTS_MAX) verdicts.clear();
  let problem: string | null = null;
  for (const [number, part] of partition(operations, ({ key }) => key)) {
    const model = storeModel(part);
    const { verdict } = check(model, part);
    if (verdict === 'linearizable') continue;
    const calls = [...part].sort((a, b) => a.call - b.call);
    const lines = calls.map((call) => `thread ${call.thread}, ${call.call} to ${call.end}: ${model.describe(call)}`);
    problem ??= `the history of key ${String(keys[number])} is ${verdict}:\n  ${lines.join('\n  ')}`;
  }
  verdicts.set(text, problem);
  return problem;
}

function problemOfOthers(store: Store, scenario: Scenario, beginning: Beginning, { nowMs }: Ending): string | null {
  const { entries, keys, endsInMs } = beginning;
  const involved = new Set(keys);
  const isCleared = scenario.actors.flat().some(({ call }) => call === 'clear');
  let others = 0;
  for (const [key, value] of entries) {
    if (involved.has(key)) continue;
    const now = store.get(key);
    if (now !== undefined) others += 1;
    const isOver = nowMs - beginning.nowMs >= (endsInMs.get(key) ?? Infinity);
    if (!isDeepStrictEqual(now, isOver ? undefined : value) && !(isCleared && now === undefined))
      return `key ${String(key)}, which no operation names, has ${String(now)} instead of ${String(value)}`;
  }
  // Expired entries count until they are reclaimed.
  if (scenario.laterMs !== undefined) return null;
  const present = keys.reduce((count: number, key) => count + (store.has(key) ? 1 : 0), 0);
  return store.size === others + present ? null : `size is ${store.size}, there are ${others + present} entries`;
}
