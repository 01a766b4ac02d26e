/**
 * Whether this tree is slower than another commit: `npm run bench:guard -- COMMIT [operation ...] [--pairs N] [--list]`.
 *
 * Compiles the other commit beside this one and runs both in turn. The exit code is 1 when an operation's speed is below 0.9 of
 * the other's, by the interval of the ratio or, where that leaves it open to the end, by its median; 0 otherwise.
 */
import { parseArgs } from 'node:util';
import { OPERATIONS } from './guard/operations.ts';
import { timePair } from './guard/pair.ts';
import { openTree, ownTree, type Tree } from './guard/tree.ts';
import { judge, judgeFinally, RATIO_MIN, type Judged } from './guard/verdict.ts';
import { Progress } from './harness/progress.ts';
import { median } from './harness/statistics.ts';

/** Pairs after which most operations are decided, and up to which the others go on. */
const PAIRS = 9;
/** An interval of 95 % needs as many. */
const PAIRS_LEAST = 6;
const PAIRS_MORE = 2;
const BATCH_MS = 25;

interface Choice {
  readonly commit: string;
  readonly operations: readonly string[];
  readonly pairs: number;
}

interface Series {
  readonly ratios: number[];
  readonly ours: number[];
  readonly theirs: number[];
}

function choiceOf(args: string[]): Choice | undefined {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { pairs: { type: 'string' }, list: { type: 'boolean' } },
  });
  const known = Object.keys(OPERATIONS);
  if (values.list === true) {
    console.log(known.join('\n'));
    return undefined;
  }
  const [commit, ...operations] = positionals;
  if (commit === undefined) throw new RangeError('with which commit? npm run bench:guard -- COMMIT [operation ...]');
  const unknown = operations.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new RangeError(`there is no operation ${unknown.join(', ')}: there are ${known.join(', ')}`);
  const pairs = values.pairs === undefined ? PAIRS : Number(values.pairs);
  if (!Number.isInteger(pairs) || pairs < PAIRS_LEAST) {
    throw new RangeError(`--pairs ${values.pairs}: takes a whole number from ${PAIRS_LEAST} up`);
  }
  return { commit, operations: operations.length > 0 ? operations : known, pairs };
}

/** Runs pairs of processes until every operation is decided, twice the pairs asked for at the most. */
async function measure(trees: readonly [Tree, Tree], { operations, pairs }: Choice): Promise<Map<string, Series>> {
  const series = new Map(operations.map((name): [string, Series] => [name, { ratios: [], ours: [], theirs: [] }]));
  const progress = new Progress('guard');
  let open = [...operations];
  for (let pair = 0; open.length > 0 && pair < PAIRS_MORE * pairs; pair++) {
    progress.step(`pair ${pair + 1}${pair < pairs ? ` of ${pairs}` : ', to be sure'}, ${open.length} operations`);
    for (const [name, { ours, theirs }] of await timePair(trees, open, BATCH_MS)) {
      const found = series.get(name);
      found?.ours.push(ours);
      found?.theirs.push(theirs);
      found?.ratios.push(theirs / ours);
    }
    if (pair + 1 < pairs) continue;
    open = open.filter((name) => judge(series.get(name)?.ratios ?? []).verdict === 'unsure');
  }
  progress.done();
  return series;
}

function print(series: ReadonlyMap<string, Series>, commit: string): readonly Judged[] {
  const rows = [...series].map(([name, { ratios, ours, theirs }]) => {
    const judged = judgeFinally(ratios);
    const { low, high } = judged.interval;
    const cells = [
      name,
      `${median(ours).toFixed(0)} ns`,
      `${median(theirs).toFixed(0)} ns`,
      `${judged.median.toFixed(3)}x`,
      `${low.toFixed(3)} - ${high.toFixed(3)}`,
      String(ratios.length),
      judged.verdict === 'slower' ? 'SLOWER' : 'ok',
    ];
    return { cells, judged };
  });
  const head = ['operation', 'this tree', commit, 'speed', '95 %', 'pairs', ''];
  const lines = [head, ...rows.map(({ cells }) => cells)];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  for (const line of lines) {
    const cells = line.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
    );
    console.log(cells.join('  ').trimEnd());
  }
  return rows.map(({ judged }) => judged);
}

async function main(args: string[]): Promise<void> {
  const choice = choiceOf(args);
  if (choice === undefined) return;
  const other = openTree(choice.commit);
  try {
    const judged = print(await measure([ownTree, other], choice), other.name);
    const slower = judged.filter(({ verdict }) => verdict === 'slower').length;
    console.log(
      slower === 0
        ? `No operation is below ${RATIO_MIN}x of ${other.name}`
        : `${slower} of ${judged.length} operations are below ${RATIO_MIN}x of ${other.name}`,
    );
    if (slower > 0) process.exitCode = 1;
  } finally {
    other.remove();
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
