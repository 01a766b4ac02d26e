/**
 * Runs the benches: `npm run bench [-- name ...] [--quick] [--json FILE] [--list]`.
 *
 * Without names all are run, which takes minutes. It reports and does not judge: the exit code is 0 whether bars are
 * reached or not, and 1 when a bench failed to run.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { describeEnvironment } from './harness/environment.ts';
import type { Finding } from './harness/question.ts';
import { loadQuestion, questionNames } from './harness/questions.ts';
import { table, verdict } from './harness/report.ts';

/** What a question's process answers. */
interface Answer {
  readonly asks: string;
  readonly findings: readonly Finding[];
}

interface Choice {
  readonly names: readonly string[];
  readonly quick: boolean;
  readonly list: boolean;
  readonly jsonFile: string | undefined;
}

function choiceOf(args: string[]): Choice {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { quick: { type: 'boolean' }, list: { type: 'boolean' }, json: { type: 'string' } },
  });
  const unknown = positionals.filter((name) => !questionNames.includes(name));
  if (unknown.length > 0) {
    throw new RangeError(`there is no bench ${unknown.join(', ')}: there are ${questionNames.join(', ')}`);
  }
  return {
    names: positionals.length > 0 ? positionals : questionNames,
    quick: values.quick === true,
    list: values.list === true,
    jsonFile: values.json,
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

async function main(args: string[]): Promise<void> {
  const choice = choiceOf(args);
  if (choice.list) return list();
  const environment = describeEnvironment(args);
  console.log(`${environment.date}  node ${environment.node}  ${environment.cpu}, ${environment.cores} cores`);
  if (choice.quick) console.log('A quick run: it shows that everything works, its figures are rough.');
  const questions: ({ name: string } & Answer)[] = [];
  for (const name of choice.names) {
    const answer = await answerOf(name, choice.quick);
    questions.push({ name, ...answer });
    console.log(`\n${name}: ${answer.asks}\n${table(answer.findings)}`);
  }
  const summary = verdict(questions.flatMap(({ findings }) => findings));
  if (summary !== '') console.log(`\n${summary}`);
  if (choice.jsonFile === undefined) return;
  writeFileSync(choice.jsonFile, `${JSON.stringify({ environment, quick: choice.quick, questions }, null, 2)}\n`);
  console.log(`All samples are in ${choice.jsonFile}`);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
