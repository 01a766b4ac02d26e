import type { Key } from '../../../src/index.ts';
import { type Gate, installGate } from '../../../src/memory/atomics.scheduled.ts';
import type { Arena } from '../../../src/memory/arena.ts';
import { countThreads } from '../../../src/memory/threads.ts';
import type { Store } from '../../../src/store.ts';
import { check } from '../linearizability/checker.ts';
import { partition } from '../linearizability/model.ts';
import { storeModel, type StoreOperation } from '../linearizability/store-model.ts';
import type { Token } from '../linearizability/values.ts';
import { type Recorded, tokenOf } from './operations.ts';
import type { Scenario } from './stage.ts';

/** The driver never sleeps: when it looks, nobody else runs. */
const wakeful: Gate = { substitute: 0, enter: () => true, sleep: () => undefined, wake: () => 0 };

const PRIOR = -1;
/** Later than every call of an actor. */
const AFTERWARDS = 1e6;

/**
 * What was wrong with a run, in words; null when each call did what it may in some order of the calls, everything else in
 * the store is as it was, and its memory is in order.
 */
export function judge(
  store: Store,
  arena: Arena,
  scenario: Scenario,
  records: readonly (readonly Recorded[])[],
  initial: ReadonlyMap<Key, unknown>,
  keys: readonly Key[],
  tokens: readonly Token[],
  attachedBefore: number,
  dead: number,
): string | null {
  installGate(wakeful);
  try {
    return (
      problemOfCalls(scenario, records) ??
      problemOfMemory(store, arena, scenario, attachedBefore, dead) ??
      problemOfHistory(store, records, initial, keys, tokens) ??
      problemOfOthers(store, scenario, initial, keys)
    );
  } catch (error) {
    return `looking at it afterwards failed: ${String((error as Error).stack)}`;
  } finally {
    installGate(null);
  }
}

function problemOfCalls(scenario: Scenario, records: readonly (readonly Recorded[])[]): string | null {
  for (const { op, effects, problem } of records.flat()) {
    if (problem !== null) return problem;
    const isFull = effects.some(({ output }) => output !== undefined && 'error' in output && output.error === 'full');
    if (isFull && scenario.mayBeFull !== true) return `${op.call} found the store full`;
  }
  return null;
}

function problemOfMemory(
  store: Store,
  arena: Arena,
  scenario: Scenario,
  attachedBefore: number,
  dead: number,
): string | null {
  const { problems } = store.verify();
  if (problems.length > 0) return `verify: ${problems.join('; ')}`;
  const attached = countThreads(arena.words, arena.threadsWord);
  const alive = 1 + scenario.actors.length - (scenario.latecomers?.length ?? 0) - dead;
  const unproven = scenario.latecomers === undefined ? 0 : dead;
  if (attached < alive) return `${attached} threads are attached, ${alive} are alive`;
  if (attached > attachedBefore + unproven) return `${attached} threads are attached, ${attachedBefore} were before`;
  return null;
}

function problemOfHistory(
  store: Store,
  records: readonly (readonly Recorded[])[],
  initial: ReadonlyMap<Key, unknown>,
  keys: readonly Key[],
  tokens: readonly Token[],
): string | null {
  const operations: StoreOperation[] = [];
  for (const [number, key] of keys.entries()) {
    const timeless = { key: number, fromNs: 0, untilNs: 0 };
    const before = initial.get(key);
    if (before !== undefined) {
      const token = tokenOf(before, tokens);
      if (token === null) throw new Error(`no token makes the value that key ${String(key)} has at first`);
      const input = { call: 'set', token, ...timeless } as const;
      operations.push({ thread: PRIOR, call: -2, end: -1, input, output: { done: true } });
    }
    const after = store.get(key);
    const token = after === undefined ? null : tokenOf(after, tokens);
    const output = after !== undefined && token === null ? ({ unreadable: true } as const) : { token };
    operations.push({
      thread: PRIOR,
      call: AFTERWARDS,
      end: AFTERWARDS + 1,
      input: { call: 'get', ...timeless },
      output,
    });
  }
  for (const [thread, recorded] of records.entries()) {
    for (const { key, call, end, input, output } of recorded.flatMap(({ effects }) => effects)) {
      operations.push({ thread, call, end, input: { ...input, key: keys.indexOf(key) }, output });
    }
  }
  return verdictOf(operations, keys);
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

function problemOfOthers(
  store: Store,
  scenario: Scenario,
  initial: ReadonlyMap<Key, unknown>,
  keys: readonly Key[],
): string | null {
  const involved = new Set(keys);
  const isCleared = scenario.actors.flat().some(({ call }) => call === 'clear');
  let others = 0;
  for (const [key, value] of initial) {
    if (involved.has(key)) continue;
    const now = store.get(key);
    if (now !== undefined) others += 1;
    if (now !== value && !(isCleared && now === undefined))
      return `key ${String(key)}, which no operation names, has ${String(now)} instead of ${String(value)}`;
  }
  // Expired entries count until they are reclaimed.
  if (scenario.laterMs !== undefined) return null;
  const present = keys.reduce((count: number, key) => count + (store.has(key) ? 1 : 0), 0);
  return store.size === others + present ? null : `size is ${store.size}, there are ${others + present} entries`;
}
