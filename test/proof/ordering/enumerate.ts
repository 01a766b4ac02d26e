/** All executions that a machine allows of a program, and what they come to. */
import { MACHINES, NOWHERE, type MachineName } from './machines.ts';
import { Performer, type Step } from './perform.ts';
import { pictureOf } from './picture.ts';
import { keyOf, type Program, type State } from './state.ts';

/** How an execution ended. */
export interface Outcome {
  /** Registers of the threads, by thread; the last value of each. Undefined for one that was never given a value. */
  readonly registers: Readonly<Record<string, Readonly<Record<string, number | undefined>>>>;
  /** Contents of the words, by name. */
  readonly memory: Readonly<Record<string, number>>;
  /** Threads that nobody will wake. */
  readonly asleep: readonly string[];
  readonly died: readonly string[];
}

export interface Enumeration {
  /** False when the search ended early because a verdict was what was looked for. */
  readonly isComplete: boolean;
  /** Executions: they differ in the path of a thread, in a write that is read, or in the order of writes to a word. */
  readonly executions: number;
  readonly states: number;
  /** How many executions the judge gave each verdict. */
  readonly verdicts: ReadonlyMap<string, number>;
  /** An execution of each verdict, for people. */
  readonly pictures: ReadonlyMap<string, string>;
}

/** More states than this is more than a test has time for. */
const STATES_MAX = 1_000_000;

/**
 * Enumerates all executions, or until the first one of which `isEnough` holds.
 *
 * @param judge names what an execution comes to
 * @throws RangeError when there are too many states
 */
export function enumerate(
  program: Program,
  machine: MachineName,
  judge: (outcome: Outcome) => string,
  isEnough: (verdict: string) => boolean = () => false,
): Enumeration {
  const performer = new Performer(program, MACHINES[machine]);
  const seen = new Set<string>();
  const verdicts = new Map<string, number>();
  const pictures = new Map<string, string>();
  const steps: Step[] = [];
  let executions = 0;
  let isComplete = true;
  const visit = (state: State): void => {
    const key = keyOf(state);
    if (!isComplete || seen.has(key)) return;
    seen.add(key);
    if (seen.size > STATES_MAX) throw new RangeError(`more than ${STATES_MAX} states`);
    const successors = performer.successors(state);
    for (const [step, next] of successors) {
      steps.push(step);
      visit(next);
      steps.pop();
    }
    if (successors.length > 0 || !isFinal(state)) return;
    executions += 1;
    const verdict = judge(outcomeOf(program, performer, state));
    verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
    if (!pictures.has(verdict)) pictures.set(verdict, pictureOf(program, steps));
    if (isEnough(verdict)) isComplete = false;
  };
  for (const state of performer.start()) visit(state);
  return { isComplete, executions, states: seen.size, verdicts, pictures };
}

/** Whether an execution that cannot go on is one that a machine can have: all threads are through, or asleep for good. */
function isFinal(state: State): boolean {
  return state.threads.every(
    ({ next, events, asleepOn }) => (next === -1 || asleepOn !== NOWHERE) && events.every(({ performed }) => performed),
  );
}

function outcomeOf(program: Program, performer: Performer, state: State): Outcome {
  const names = Object.keys(program.threads);
  const registers: Record<string, Record<string, number>> = {};
  for (const [index, name] of names.entries()) {
    const own: Record<string, number> = {};
    for (const { into, value } of state.threads[index].events) if (into !== '') own[into] = value;
    registers[name] = own;
  }
  return {
    registers,
    memory: Object.fromEntries(program.words.map((name, word) => [name, performer.valueAt(state, word)])),
    asleep: names.filter((_, index) => state.threads[index].asleepOn !== NOWHERE),
    died: names.filter((_, index) => state.threads[index].end === 'died'),
  };
}
