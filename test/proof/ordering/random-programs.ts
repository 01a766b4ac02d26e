/** Random straight programs, and the comparison of the two tellings of the models on them. */
import type { Random } from '../../fixtures/random.ts';
import { countExecutions, type AxiomaticModel, type Instruction, type StraightProgram } from './axioms.ts';
import { enumerate } from './enumerate.ts';
import { when, type Expression, type Statement } from './instructions.ts';

const WORDS = ['x', 'y', 'z'];
const MODELS: readonly AxiomaticModel[] = ['sc', 'x64', 'arm64'];

function randomInstruction(random: Random, earlier: readonly Instruction[]): Instruction {
  const kind = random.pick([
    'load',
    'load',
    'load',
    'load',
    'store',
    'store',
    'store',
    'store',
    'swap',
    'fence',
    'branch',
  ] as const);
  const readers = [...earlier.keys()].filter(
    (index) => earlier[index].kind === 'load' || earlier[index].kind === 'swap',
  );
  const register = (probability: number): number =>
    readers.length > 0 && random.chance(probability) ? random.pick(readers) : -1;
  const isAccess = kind === 'load' || kind === 'store' || kind === 'swap';
  return {
    kind: kind === 'branch' && readers.length === 0 ? 'fence' : kind,
    word: random.chance(0.15) ? 2 : random.below(2),
    isOrdered: random.chance(0.25),
    isLocked: random.chance(0.25),
    holds: random.pick(['all', 'loads', 'stores'] as const),
    value: earlier.length + 1,
    addressFrom: isAccess ? register(0.35) : -1,
    valueFrom: kind === 'store' ? register(0.35) : -1,
    branchesOn: kind === 'branch' ? register(1) : -1,
  };
}

function randomProgram(random: Random): StraightProgram {
  const threads = random.pick([2, 2, 2, 3]);
  return Array.from({ length: threads }, () => {
    const instructions: Instruction[] = [];
    const length = threads === 2 ? random.between(3, 4) : random.between(1, 3);
    while (instructions.length < length) instructions.push(randomInstruction(random, instructions));
    return instructions;
  });
}

function statementOf(instruction: Instruction, index: number): Statement {
  const { kind, word, isOrdered, isLocked, holds, value, addressFrom, valueFrom, branchesOn } = instruction;
  const into = `r${index}`;
  const at: Expression = addressFrom === -1 ? word : (r) => word + r[`r${addressFrom}`] - r[`r${addressFrom}`];
  switch (kind) {
    case 'load':
      return { op: 'load', into, at, acquire: isOrdered };
    case 'swap':
      return { op: 'rmw', into, at, update: () => value };
    case 'store': {
      const stored: Expression = valueFrom === -1 ? value : (r) => value + r[`r${valueFrom}`];
      return { op: 'store', at, value: stored, release: isOrdered, locked: isLocked };
    }
    case 'fence':
      return { op: 'fence', holds };
    default:
      return when((r) => r[`r${branchesOn}`] > 0, []);
  }
}

/**
 * Counts the executions of random programs in both ways.
 *
 * @returns how many there were on each model
 * @throws Error with the program when the two differ
 */
export function compareOn(random: Random, programs: number): Readonly<Record<AxiomaticModel, number>> {
  const totals: Record<AxiomaticModel, number> = { sc: 0, x64: 0, arm64: 0 };
  for (let round = 0; round < programs; round++) {
    const program = randomProgram(random);
    const threads = Object.fromEntries(
      program.map((instructions, index) => [`P${index}`, instructions.map(statementOf)]),
    );
    for (const model of MODELS) {
      const { executions } = enumerate({ threads, words: WORDS }, model, () => 'any');
      const allowed = countExecutions(program, model);
      if (executions !== allowed) {
        throw new Error(`${model}: ${executions} are enumerated, ${allowed} allowed, of ${JSON.stringify(program)}`);
      }
      totals[model] += executions;
    }
  }
  return totals;
}
