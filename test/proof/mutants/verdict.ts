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

/** What is wrong with tests of a copy without a fault: they have to be there, and to pass. Null when nothing is. */
export async function problemOf(root: string, choice: TestChoice): Promise<string | null> {
  const { passed, isBad, isHung, output } = await tryTests(root, choice);
  const what = `${choice.file}${choice.test === undefined ? '' : `, ${choice.test}`}`;
  if (isHung) return `without a fault, ${what} hangs`;
  if (isBad) return `without a fault, ${what} fails:\n${output}`;
  return passed > 0 ? null : `there is no test ${what}`;
}
