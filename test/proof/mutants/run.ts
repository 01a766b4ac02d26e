/**
 * Puts faults into copies of the engine, one at a time, and sees whether the tests notice: `npm run test:mutants`, or
 * `npm run test:mutants -- --only PART` for the mutants whose names have this part; `--verbose` shows what the tests said.
 *
 * Exits with 1 when a mutant survives or is none, or when the tests fail without one.
 */
import { MUTANTS } from './mutants.ts';
import type { Mutant, TestChoice } from './mutant.ts';
import { MutatedCopy } from './mutated-copy.ts';
import { judgeMutant, problemOf, type Verdict } from './verdict.ts';

/** Copies at a time; most tests that are chosen here keep one core busy. */
const JOBS = 2;

process.exitCode = 1;
const args = process.argv.slice(2);
const onlyAt = args.indexOf('--only');
const only = onlyAt < 0 ? '' : (args[onlyAt + 1] ?? '');
const isVerbose = args.includes('--verbose');
const mutants = MUTANTS.filter(({ name }) => name.includes(only));
if (mutants.length === 0) throw new RangeError(`no mutant has ${only} in its name`);

/** Calls `work` with each item, a few at a time. */
async function forEach<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const left = [...items];
  const worker = async (): Promise<void> => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: JOBS }, worker));
}

function choicesOf(tried: readonly Mutant[]): TestChoice[] {
  return [...new Map(tried.map(({ caughtBy }) => [`${caughtBy.file} ${caughtBy.test ?? ''}`, caughtBy])).values()];
}

function row(mutant: Mutant, { outcome, by, seconds }: Verdict): string {
  const test = `${mutant.caughtBy.file}: ${by === '' ? (mutant.caughtBy.test ?? 'all tests') : by}`;
  return `${outcome.padEnd(8)} | ${seconds.toFixed(1).padStart(5)} s | ${mutant.name} | ${test}`;
}

const startMs = performance.now();
const problems: string[] = [];
const copy = new MutatedCopy(null);
await forEach(choicesOf(mutants), async (choice) => {
  const problem = await problemOf(copy.root, choice);
  if (problem !== null) problems.push(problem);
}).finally(() => copy.remove());
for (const problem of problems) console.log(problem);
let hung = 0;
let broken = 0;
const survivors: string[] = [];
if (problems.length === 0) {
  await forEach(mutants, async (mutant) => {
    const verdict = await judgeMutant(mutant).catch((error: unknown) => {
      broken += 1;
      console.log(`broken   | ${mutant.name} | ${(error as Error).message}`);
    });
    if (verdict === undefined) return;
    console.log(row(mutant, verdict));
    if (isVerbose) console.log(verdict.output);
    if (verdict.outcome === 'hung') hung += 1;
    if (verdict.outcome === 'survived') survivors.push(mutant.name);
  });
  const seconds = ((performance.now() - startMs) / 1000).toFixed(0);
  console.log(
    `${mutants.length} mutants: ${survivors.length} survived, ${hung} hung, ${broken} broken, in ${seconds} s`,
  );
  for (const name of survivors) console.log(`survived: ${name}`);
  if (survivors.length + broken === 0) process.exitCode = 0;
}
