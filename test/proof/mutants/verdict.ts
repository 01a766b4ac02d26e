import type { Mutant, TestChoice } from './mutant.ts';
import { MutatedCopy } from './mutated-copy.ts';
import { tryTests } from './trial.ts';

export interface Verdict {
  readonly outcome: 'caught' | 'hung' | 'survived';
  /** The first test that failed. */
  readonly by: string;
  readonly seconds: number;
  readonly output: string;
}

/** Lets the test that a mutant names loose on it. Throws when the mutant does not fit the sources or does not compile. */
export async function judgeMutant(mutant: Mutant, limitMs?: number): Promise<Verdict> {
  const copy = new MutatedCopy(mutant);
  try {
    const { failed, isBad, isHung, seconds, output } = await tryTests(copy.root, mutant.caughtBy, limitMs);
    const outcome = isHung ? 'hung' : isBad ? 'caught' : 'survived';
    return { outcome, by: failed[0] ?? (isBad ? 'a crash' : ''), seconds, output };
  } finally {
    copy.remove();
  }
}

/** What is wrong with tests of the sources as they are: they have to pass, and to be there. Empty when nothing is. */
export async function judgeSources(choices: readonly TestChoice[]): Promise<string[]> {
  const copy = new MutatedCopy(null);
  const problems: string[] = [];
  try {
    for (const choice of choices) {
      const { passed, isBad, isHung, output } = await tryTests(copy.root, choice);
      const what = `${choice.file}${choice.test === undefined ? '' : `, ${choice.test}`}`;
      if (isHung) problems.push(`without a fault, ${what} hangs`);
      else if (isBad) problems.push(`without a fault, ${what} fails:\n${output}`);
      else if (passed === 0) problems.push(`there is no test ${what}`);
    }
  } finally {
    copy.remove();
  }
  return problems;
}
