/** Reduces a refused history to what a reader needs to see that it is not linearizable. */
import { check, finalStates } from './checker.ts';
import type { Operation, SequentialModel } from './model.ts';
import { drawHistory } from './picture.ts';

/** Bound on the checks that are made only to make the evidence smaller. */
const STEPS_MAX = 200_000;
const LINEARIZATION_SHOWN_MAX = 12;
const SETTLED_SHOWN_MAX = 6;

export interface Evidence<State, Input, Output> {
  /** What returned before the operations shown were called. */
  readonly settled: readonly Operation<Input, Output>[];
  /** The states that the settled operations may have left. */
  readonly starts: readonly State[];
  /** Not linearizable from any of the starts, although what is left out has been left out. */
  readonly operations: readonly Operation<Input, Output>[];
  readonly blocked: Operation<Input, Output>;
}

/**
 * Reduces the history in three ways, each of which a refused history survives only if it is wrong by itself: what
 * begins after the blocked operation's return is cut off, the operations before a moment of rest are replaced by the
 * states they may have left, and operations that change nothing are left out as long as the rest is refused.
 */
export function reduceRefused<State, Input, Output>(
  model: SequentialModel<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
  blocked: Operation<Input, Output>,
): Evidence<State, Input, Output> {
  const begun = operations
    .filter(({ call }) => call <= blocked.end)
    .map((operation) => (operation.end > blocked.end ? { ...operation, end: Infinity } : operation));
  const { settled, starts, rest } = cutAtRest(model, begun, blocked);
  return { settled, starts, operations: withoutReads(model, starts, rest, blocked), blocked };
}

function cutAtRest<State, Input, Output>(
  model: SequentialModel<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
  blocked: Operation<Input, Output>,
): Pick<Evidence<State, Input, Output>, 'settled' | 'starts'> & { rest: readonly Operation<Input, Output>[] } {
  const inOrder = [...operations].sort((a, b) => a.call - b.call);
  let restIndex = 0;
  let lastEnd = -Infinity;
  for (const [index, { call, end }] of inOrder.entries()) {
    if (lastEnd < call && call <= blocked.call) restIndex = index;
    lastEnd = Math.max(lastEnd, end);
  }
  const settled = inOrder.slice(0, restIndex);
  const starts = finalStates(model, settled, { stepsMax: STEPS_MAX });
  if (starts === undefined) return { settled: [], starts: [model.initial], rest: inOrder };
  return { settled, starts, rest: inOrder.slice(restIndex) };
}

function withoutReads<State, Input, Output>(
  model: SequentialModel<State, Input, Output>,
  starts: readonly State[],
  operations: readonly Operation<Input, Output>[],
  blocked: Operation<Input, Output>,
): readonly Operation<Input, Output>[] {
  const isRefused = (tried: readonly Operation<Input, Output>[]): boolean =>
    starts.every(
      (initial) => check({ ...model, initial }, tried, { stepsMax: STEPS_MAX }).verdict === 'not linearizable',
    );
  let kept = operations;
  for (let size = operations.length; size >= 1; size = Math.floor(size / 2)) {
    for (let from = 0; from < kept.length; from += size) {
      const chunk = new Set(kept.slice(from, from + size).filter((it) => it !== blocked && model.isRead(it)));
      if (chunk.size === 0) continue;
      const tried = kept.filter((operation) => !chunk.has(operation));
      if (isRefused(tried)) kept = tried;
    }
  }
  return kept;
}

/** The evidence as text: which operation has no place, a picture, and the longest linearization of the others. */
export function explain<State, Input, Output>(
  model: SequentialModel<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
  blocked: Operation<Input, Output>,
): string {
  const evidence = reduceRefused(model, operations, blocked);
  const left = operations.length - evidence.operations.length;
  const lines = [
    `no place for thread ${blocked.thread}: ${model.describe(blocked)}`,
    ...lastOf(evidence.settled, SETTLED_SHOWN_MAX).map(
      (operation) => `before: thread ${operation.thread} ${model.describe(operation)}`,
    ),
    drawHistory(model, evidence.operations),
    `(${left} of ${operations.length} operations are not in the picture: settled ones, later ones, and reads that prove nothing)`,
  ];
  for (const initial of evidence.starts) {
    const result = check({ ...model, initial }, evidence.operations, { stepsMax: STEPS_MAX });
    const prefix = result.verdict === 'not linearizable' ? result.refusal.prefix : [];
    const shown = lastOf(prefix, LINEARIZATION_SHOWN_MAX).map((operation) => model.describe(operation));
    if (shown.length < prefix.length) shown.unshift('...');
    lines.push(`from ${model.key(initial)} the longest linearization is: ${shown.join('; ') || 'none'}`);
  }
  return lines.join('\n');
}

function lastOf<T>(items: readonly T[], count: number): readonly T[] {
  return items.slice(Math.max(0, items.length - count));
}
