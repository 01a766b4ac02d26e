import type { Question } from './question.ts';

/** Every question, in the order in which they are run. A question is loaded in the process that answers it. */
const LOADERS = {
  get: () => import('../get.ts'),
  set: () => import('../set.ts'),
  numbers: () => import('../numbers.ts'),
  objects: () => import('../objects.ts'),
  memo: () => import('../memo.ts'),
  bytes: () => import('../bytes.ts'),
  lease: () => import('../lease.ts'),
  batch: () => import('../batch.ts'),
  keys: () => import('../keys.ts'),
  entries: () => import('../entries.ts'),
  sizes: () => import('../sizes.ts'),
  latency: () => import('../latency.ts'),
  trips: () => import('../trips.ts'),
  threads: () => import('../threads.ts'),
  growth: () => import('../growth.ts'),
  memory: () => import('../memory.ts'),
  execute: () => import('../execute.ts'),
  upkeep: () => import('../upkeep.ts'),
  calls: () => import('../calls.ts'),
  http: () => import('../http.ts'),
  seam: () => import('../seam.ts'),
} satisfies Record<string, () => Promise<{ question: Question }>>;

export const questionNames: readonly string[] = Object.keys(LOADERS);

/** @throws RangeError for a name that is none of questionNames */
export async function loadQuestion(name: string): Promise<Question> {
  if (!questionNames.includes(name)) {
    throw new RangeError(`there is no bench ${name}: there are ${questionNames.join(', ')}`);
  }
  return (await LOADERS[name as keyof typeof LOADERS]()).question;
}
