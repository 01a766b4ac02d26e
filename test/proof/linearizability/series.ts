/** Runs histories one after the other with one team of workers, and sums up what came of them. */
import { type HistoryOutcome, runHistory } from './history.ts';
import { type HistoryPlan, THREADS_MAX } from './plan.ts';
import { WorkerTeam } from './team.ts';

export interface SeriesSummary {
  readonly histories: number;
  readonly operations: number;
  /** Operations of killed threads that have no return. */
  readonly pending: number;
  readonly kills: number;
  /** Writes that found no room. */
  readonly full: number;
  readonly unknown: number;
  readonly growths: number;
  readonly compactions: number;
  readonly expired: number;
  readonly recoveries: number;
  /** The texts of histories that are not linearizable. */
  readonly refused: readonly string[];
  /** Errors that no call should have thrown, and damage that the stores found in themselves, with the plans. */
  readonly failures: readonly string[];
}

/** @param stopAt called after each history; true ends the series */
export async function runSeries(
  plans: Iterable<HistoryPlan>,
  stopAt: (outcome: HistoryOutcome) => boolean = () => false,
): Promise<SeriesSummary> {
  const team = new WorkerTeam();
  const outcomes: HistoryOutcome[] = [];
  try {
    for (const plan of plans) {
      team.prepare(THREADS_MAX + 1);
      const outcome = await runHistory(team, plan);
      outcomes.push(outcome);
      if (stopAt(outcome)) break;
    }
  } finally {
    await team.close();
  }
  return summarize(outcomes);
}

function summarize(outcomes: readonly HistoryOutcome[]): SeriesSummary {
  const sum = (countOf: (outcome: HistoryOutcome) => number): number =>
    outcomes.reduce((total, outcome) => total + countOf(outcome), 0);
  return {
    histories: outcomes.length,
    operations: sum(({ operationCount }) => operationCount),
    pending: sum(({ pendingCount }) => pendingCount),
    kills: sum(({ wasKilled }) => Number(wasKilled)),
    full: sum(({ fullCount }) => fullCount),
    unknown: sum(({ verdict }) => Number(verdict === 'unknown')),
    growths: sum(({ stats }) => stats.growths),
    compactions: sum(({ stats }) => stats.compactions),
    expired: sum(({ stats }) => stats.expired),
    recoveries: sum(({ stats }) => stats.recoveries),
    refused: outcomes.filter(({ verdict }) => verdict === 'not linearizable').map(({ text }) => text),
    failures: outcomes.flatMap(({ text, failures }) => failures.map((failure) => `${text}\n${failure}`)),
  };
}

export function describeSummary(summary: SeriesSummary): string {
  const { refused, failures, ...counts } = summary;
  return [
    ...Object.entries(counts).map(([name, count]) => `${name} ${count}`),
    `refused ${refused.length}`,
    `failures ${failures.length}`,
  ].join(', ');
}
