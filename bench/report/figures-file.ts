/** The few figures that are committed: of every bar, and of every library that reads and writes were compared with. */
import { readFileSync } from 'node:fs';
import type { Environment } from '../harness/environment.ts';
import { meets, type Finding, type Unit } from '../harness/question.ts';
import type { Results } from './results.ts';

/** Questions whose comparisons are kept even where no bar is on them. */
const KEPT: readonly string[] = ['get', 'set', 'numbers', 'bytes', 'trips'];

export interface Figure {
  readonly question: string;
  readonly what: string;
  readonly unit: Unit;
  /** null where nothing came of the measurement. */
  readonly median: number | null;
  /** The interval that holds the true median in 95 of 100 cases. */
  readonly within?: readonly [number | null, number | null];
  readonly bar?: string;
  readonly met?: boolean;
}

export interface FiguresFile {
  readonly environment: Environment;
  readonly figures: readonly Figure[];
}

/** @throws RangeError for a quick run, whose figures say nothing, and for a run of some questions only */
export function condense(results: Results, everyQuestion: readonly string[]): FiguresFile {
  const { environment, quick, questions } = results;
  if (quick) throw new RangeError('a quick run says nothing: npm run bench measures figures to show');
  const missing = everyQuestion.filter((name) => !questions.some((question) => question.name === name));
  if (missing.length > 0)
    throw new RangeError(`the run left out ${missing.join(', ')}: npm run bench asks all questions`);
  const figures = questions.flatMap(({ name, findings }) =>
    findings
      .filter(({ bar, unit }) => bar !== undefined || (KEPT.includes(name) && unit === 'x'))
      .map((finding) => figureOf(name, finding)),
  );
  return { environment, figures };
}

function figureOf(question: string, finding: Finding): Figure {
  const { what, unit, measured, bar } = finding;
  const { median, confidence } = measured;
  return {
    question,
    what,
    unit,
    median: rounded(median),
    ...(confidence === undefined ? {} : { within: [rounded(confidence.low), rounded(confidence.high)] }),
    ...(bar === undefined ? {} : { bar: `${bar.id} ${bar.sense} ${bar.limit}`, met: meets(finding) }),
  };
}

/** Four digits that matter: more would only be noise in a diff. */
function rounded(value: number): number | null {
  return Number.isFinite(value) ? Number(value.toPrecision(4)) : null;
}

export function readFigures(file: string): FiguresFile {
  return JSON.parse(readFileSync(file, 'utf8')) as FiguresFile;
}
