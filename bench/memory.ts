/** Bars M1 to M4: what entries cost in bytes, what many threads cost, and what all that is to the garbage collector. */
import type { Effort } from './harness/effort.ts';
import type { Finding, Question } from './harness/question.ts';
import { measureFragmentation } from './memory/churn.ts';
import { measureOverhead } from './memory/fill.ts';
import { measurePauses } from './memory/pauses.ts';
import { measureResident } from './memory/resident.ts';

async function answer(effort: Effort, progress: (step: string) => void): Promise<Finding[]> {
  progress('filling a store until sets fail');
  const overhead = measureOverhead(effort);
  const fragmentation = measureFragmentation(effort, progress);
  const resident = await measureResident(effort, progress);
  const pauses = await measurePauses(effort, progress);
  return [overhead, ...resident, fragmentation, ...pauses];
}

export const question: Question = {
  name: 'memory',
  asks: 'What do entries cost in memory, shared by threads, after churn, and in garbage collection?',
  answer,
};
