import type { Operation, SequentialModel } from './model.ts';

const COLUMNS_MAX = 72;

/**
 * Operations as bars over time, one a line, in the order of their calls. Columns are events, not equal spans of time.
 * `[==]` returned, `[==>` never did.
 */
export function drawHistory<State, Input, Output>(
  model: SequentialModel<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
): string {
  const inOrder = [...operations].sort((a, b) => a.call - b.call);
  const times = inOrder.flatMap(({ call, end }) => (end === Infinity ? [call] : [call, end]));
  const ranks = new Map([...new Set(times)].sort((a, b) => a - b).map((time, rank) => [time, rank]));
  const stride = Math.min(2, COLUMNS_MAX / Math.max(1, ranks.size));
  const width = Math.ceil(stride * ranks.size) + 1;
  const columnOf = (time: number): number => Math.floor(stride * (ranks.get(time) ?? ranks.size));
  const lines = inOrder.map((operation) => {
    const from = columnOf(operation.call);
    const to = Math.max(from + 1, columnOf(operation.end));
    const bar = `[${'='.repeat(to - from - 1)}${operation.end === Infinity ? '>' : ']'}`;
    return `thread ${operation.thread} ${(' '.repeat(from) + bar).padEnd(width + 1)} ${model.describe(operation)}`;
  });
  return lines.join('\n');
}
