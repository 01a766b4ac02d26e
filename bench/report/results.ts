/** What a run of the benches leaves behind: every sample, and what they were measured on. */
import { readFileSync } from 'node:fs';
import type { Environment } from '../harness/environment.ts';
import type { Finding } from '../harness/question.ts';

/** A question with its answer. */
export interface Answered {
  readonly name: string;
  readonly asks: string;
  readonly findings: readonly Finding[];
}

export interface Results {
  readonly environment: Environment;
  readonly quick: boolean;
  readonly questions: readonly Answered[];
}

/** @throws Error for a file that is not of a run of the benches */
export function readResults(file: string): Results {
  const results = JSON.parse(readFileSync(file, 'utf8')) as Partial<Results> | null;
  if (results?.environment === undefined || !Array.isArray(results.questions)) {
    throw new TypeError(`${file} holds no results of the benches: npm run bench -- --json FILE writes some`);
  }
  return results as Results;
}

export function findingsOf({ questions }: Results): Finding[] {
  return questions.flatMap(({ findings }) => findings);
}
