/**
 * Runs the benches: `npm run bench [-- name ...] [--quick] [--json FILE] [--report] [--out DIR] [--from FILE] [--list]`.
 *
 * Without names all are run, which takes minutes, and a report is written to bench/results: with names only if `--report`
 * asks for it. `--from` measures nothing and reports what an earlier run left. It does not judge: the exit code is 0
 * whether bars are reached or not, and 1 when a bench failed to run.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeEnvironment } from './harness/environment.ts';
import { loadQuestion, questionNames } from './harness/questions.ts';
import { table, verdict } from './harness/report.ts';
import { readResults, type Answered, type Results } from './report/results.ts';
import { RESULTS_DIRECTORY, RESULTS_FILE, writeReport, writeResults } from './report/write.ts';

/** What a question's process answers. */
type Answer = Omit<Answered, 'name'>;

interface Choice {
  readonly names: readonly string[];
  /** The names that were given; all are meant where none was. */
  readonly asked: readonly string[];
  readonly quick: boolean;
  readonly list: boolean;
  readonly jsonFile: string | undefined;
  readonly report: boolean;
  readonly directory: string;
  /** The results of an earlier run. */
  readonly fromFile: string | undefined;
}

function choiceOf(args: string[]): Choice {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      quick: { type: 'boolean' },
      list: { type: 'boolean' },
      json: { type: 'string' },
      report: { type: 'boolean' },
      out: { type: 'string' },
      from: { type: 'string' },
    },
  });
  const unknown = positionals.filter((name) => !questionNames.includes(name));
  if (unknown.length > 0) {
    throw new RangeError(`there is no bench ${unknown.join(', ')}: there are ${questionNames.join(', ')}`);
  }
  return {
    names: positionals.length > 0 ? positionals : questionNames,
    asked: positionals,
    quick: values.quick === true,
    list: values.list === true,
    jsonFile: values.json,
    report: values.report ?? positionals.length === 0,
    directory: values.out ?? RESULTS_DIRECTORY,
    fromFile: values.from,
  };
}

async function answerOf(name: string, quick: boolean): Promise<Answer> {
  const child = fork(new URL('./harness/question-process.js', import.meta.url), [name, quick ? 'quick' : 'full'], {
    execArgv: ['--expose-gc'],
  });
  let answer: Answer | undefined;
  child.on('message', (message) => {
    answer = message as Answer;
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  if (answer === undefined || code !== 0) throw new Error(`the bench ${name} ended with ${code ?? signal}`);
  return answer;
}

async function list(): Promise<void> {
  const width = Math.max(...questionNames.map((name) => name.length));
  for (const name of questionNames) console.log(`${name.padEnd(width)}  ${(await loadQuestion(name)).asks}`);
}

/** @param keep is called after each question with what there is by then: a run of minutes may be cut off */
async function measure(choice: Choice, keep: (results: Results) => void): Promise<Results> {
  // Where the results go is nobody else's business.
  const environment = describeEnvironment([...choice.asked, ...(choice.quick ? ['--quick'] : [])]);
  console.log(`${environment.date}  node ${environment.node}  ${environment.cpu}, ${environment.cores} cores`);
  if (choice.quick) console.log('A quick run: it shows that everything works, its figures are rough.');
  const questions: Answered[] = [];
  for (const [index, name] of choice.names.entries()) {
    if (choice.names.length > 1) process.stderr.write(`[${index + 1} of ${choice.names.length}] ${name}\n`);
    const answer = await answerOf(name, choice.quick);
    questions.push({ name, ...answer });
    console.log(`\n${name}: ${answer.asks}\n${table(answer.findings)}`);
    keep({ environment, quick: choice.quick, questions });
  }
  const summary = verdict(questions.flatMap(({ findings }) => findings));
  if (summary !== '') console.log(`\n${summary}`);
  return { environment, quick: choice.quick, questions };
}

async function main(args: string[]): Promise<void> {
  const choice = choiceOf(args);
  if (choice.list) return list();
  const keep = (results: Results): void => {
    if (choice.jsonFile !== undefined) writeResults(results, choice.jsonFile);
    if (choice.report) writeResults(results, join(choice.directory, RESULTS_FILE));
  };
  const { fromFile } = choice;
  const results = fromFile === undefined ? await measure(choice, keep) : readResults(fromFile);
  keep(results);
  if (choice.jsonFile !== undefined) console.log(`All samples are in ${choice.jsonFile}`);
  if (choice.report) console.log(`The report is ${writeReport(results, choice.directory)}`);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
