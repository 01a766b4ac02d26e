/**
 * Explores schedules of the engine: `node -C sharena-proof dist/test/proof/schedule/main.js GROUP [--slow]`, or replays one:
 * `... --scenario NAME --choices 0,12,1,30 [--deaths 1:7] [--failures 0:3] [--late] [--fault NAME] [--every] [--steps 5000] [--narrate]`.
 *
 * Exits with 1 when a schedule went wrong, after printing it and the command that repeats it.
 */
import * as seam from '../../../src/memory/atomics.scheduled.ts';
import * as linked from '#atomics';
import { FAULTS, type Fault } from './faults.ts';
import { type Effort, FAST, type Group, GROUPS, SLOW } from './groups.ts';
import { allScenarios } from './scenarios.ts';
import type { Plan } from './plan.ts';
import { Stage } from './stage.ts';

if ((linked as { installGate?: unknown }).installGate !== seam.installGate) {
  throw new Error('start this with `node -C sharena-proof`: the seam is the plain one');
}

const args = process.argv.slice(2);

function option(name: string): string | undefined {
  const at = args.indexOf(`--${name}`);
  return at < 0 ? undefined : args[at + 1];
}

function faultOf(name: string | undefined): Fault {
  const fault = FAULTS.find((known) => known === (name ?? 'none'));
  if (fault === undefined) throw new RangeError(`fault ${String(name)} is none of ${FAULTS.join(', ')}`);
  return fault;
}

/** Pairs of an actor and the number of one of its changes. */
function moments(name: string): [number, number][] {
  const pairs = (option(name) ?? '').split(',').filter(Boolean);
  return pairs.map((pair) => pair.split(':').map(Number) as [number, number]);
}

function replayed(): Plan {
  const choices = (option('choices') ?? '').split(',').filter(Boolean).map(Number);
  return {
    choices,
    deaths: moments('deaths'),
    failures: moments('failures'),
    lateProof: args.includes('--late'),
    everyAccess: args.includes('--every'),
    fault: faultOf(option('fault')),
    ...(args.includes('--steps') ? { stepsMax: Number(option('steps')) } : {}),
  };
}

/** Any number of an effort can be given by its name. */
function numbersFrom(given: readonly string[]): Partial<Effort> {
  const names = Object.keys(FAST).filter((name) => typeof FAST[name as keyof Effort] === 'number');
  const pairs = names.flatMap((name) => (given.includes(`--${name}`) ? [[name, Number(option(name))]] : []));
  return Object.fromEntries(pairs) as Partial<Effort>;
}

function replay(stage: Stage, name: string): boolean {
  const scenario = allScenarios().find((known) => known.name === name);
  if (scenario === undefined) throw new RangeError(`there is no scenario ${name}`);
  stage.setUp(scenario, args.includes('--narrate'));
  const run = stage.run(replayed());
  console.log(`${run.problem ?? 'all was right'}\n${run.steps} steps, trace ${(run.trace >>> 0).toString(16)}`);
  return run.problem === null;
}

function explore(stage: Stage, name: string, effort: Effort): boolean {
  const group: Group | undefined = GROUPS[name];
  if (group === undefined) throw new RangeError(`group ${name} is none of ${Object.keys(GROUPS).join(', ')}`);
  return group(stage, effort);
}

process.exitCode = 1;
const stage = new Stage();
const name = option('scenario');
const effort = {
  ...(args.includes('--slow') ? SLOW : FAST),
  ...numbersFrom(args),
  seed: Number(option('seed') ?? 1),
  only: option('only') ?? '',
  fault: faultOf(option('fault')),
};
const isGood = name === undefined ? explore(stage, args[0] ?? '', effort) : replay(stage, name);
await stage.close();
if (isGood) process.exitCode = 0;
