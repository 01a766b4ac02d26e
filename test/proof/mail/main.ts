/**
 * Explores schedules of mail: `node -C sharena-proof dist/test/proof/mail/main.js peace|deaths|canaries [--slow]`, or replays
 * one: `... --scenario NAME --choices 0,12,1,30 [--deaths 0:7] [--fault NAME] [--narrate]`. See ../schedule/README.md.
 */
import * as seam from '../../../src/memory/atomics.scheduled.ts';
import * as linked from '#atomics';
import {
  exploreAll,
  exploreRandomly,
  type Findings,
  killAmidWitness,
  killAtEveryStep,
  noFindings,
} from '../schedule/explore.ts';
import type { Plan } from '../schedule/plan.ts';
import { type Fault, FAULTS } from './gate.ts';
import { mortalScenarios, peacefulScenarios, type Scenario } from './scene.ts';
import { MailStage } from './stage.ts';

if ((linked as { installGate?: unknown }).installGate !== seam.installGate) {
  throw new Error('start this with `node -C sharena-proof`: the seam is the plain one');
}

const args = process.argv.slice(2);
const isSlow = args.includes('--slow');
const seed = Number(option('seed') ?? 1);

function option(name: string): string | undefined {
  const at = args.indexOf(`--${name}`);
  return at < 0 ? undefined : args[at + 1];
}

/** Schedules of a scenario at most, and every so many of the moments to die at amid a witness. */
const SCHEDULES_MAX: number = isSlow ? 20_000 : 700;
const WITNESS_STRIDE: number = isSlow ? 1 : 5;
const RANDOM_RUNS: number = isSlow ? 5000 : 150;

function explorePeace(stage: MailStage, findings: Findings): void {
  exploreAll(stage, {}, isSlow ? 3 : 2, SCHEDULES_MAX, seed, findings);
  exploreRandomly(stage, {}, stage.actorCount, 3, RANDOM_RUNS, seed, findings);
}

/** The first actor dies at each step: alone, when the others have gone as far as they can, and amid each step of the second. */
function exploreDeaths(stage: MailStage, findings: Findings): void {
  killAtEveryStep(stage, {}, 0, 0, 1, findings);
  killAtEveryStep(stage, { choices: [1, 0x7fffffff] }, 0, 0, 1, findings);
  killAmidWitness(stage, {}, WITNESS_STRIDE, seed, findings);
}

type Explore = (stage: MailStage, findings: Findings) => void;

const GROUPS: Readonly<Record<string, readonly [readonly Scenario[], Explore]>> = {
  peace: [peacefulScenarios, explorePeace],
  deaths: [mortalScenarios, exploreDeaths],
};

function examine(stage: MailStage, fault: Fault, scenario: Scenario, explore: Explore): Findings {
  const findings = noFindings('none');
  stage.setUp(scenario, fault);
  explore(stage, findings);
  const { schedules, steps, deaths, isComplete, failure } = findings;
  const isPartial = isComplete ? '' : ', not all';
  console.log(
    `${fault === 'none' ? '' : `with "${fault}": `}${scenario.name}: ${schedules} schedules, ${steps} steps, ${deaths} deaths${isPartial}`,
  );
  if (failure === null) return findings;
  const again = stage.run(failure.plan).problem;
  if (again !== failure.problem)
    throw new Error(`this run cannot be repeated: ${failure.problem}, then ${String(again)}`);
  console.log(
    `FAILED ${scenario.name}\n${failure.problem}\nrepeat it with:\n  ${commandOf(scenario, failure.plan, fault)}`,
  );
  return findings;
}

function commandOf({ name }: Scenario, { choices = [], deaths = [] }: Plan, fault: Fault): string {
  const died = deaths.map(([actor, before]) => `${actor}:${before}`).join(',');
  return [
    `node -C sharena-proof dist/test/proof/mail/main.js --scenario '${name}' --choices ${choices.join(',')}`,
    ...(died === '' ? [] : [`--deaths ${died}`]),
    ...(fault === 'none' ? [] : [`--fault '${fault}'`]),
    '--narrate',
  ].join(' ');
}

function exploreGroup(stage: MailStage, name: string): boolean {
  if (name === 'canaries') return lookForFaults(stage);
  if (GROUPS[name] === undefined) throw new RangeError(`group ${name} is none of peace, deaths, canaries`);
  const [scenarios, explore] = GROUPS[name];
  const findings = scenarios.map((scenario) => examine(stage, 'none', scenario, explore));
  const sum = (of: (one: Findings) => number): number => findings.reduce((total, one) => total + of(one), 0);
  const failures = findings.filter(({ failure }) => failure !== null).length;
  console.log(
    `${scenarios.length} scenarios: ${sum((one) => one.schedules)} schedules, ${sum((one) => one.steps)} steps, ` +
      `${sum((one) => one.deaths)} deaths; ${failures} failed`,
  );
  return failures === 0;
}

/** Each fault, and a scenario in which it shows. */
const SHOWS: Readonly<Record<Exclude<Fault, 'none'>, string>> = {
  'sleepers do not look again': 'one call',
  'bells are not rung': 'one call',
  'senders do not look at the bell': 'one call',
  'what is begun is not marked': 'an owner dies under 1 calls in 64 words',
  'successors do not look at the mark': 'an owner dies under 1 calls in 64 words',
  'jumps are not written': 'calls that go back to the start early',
  'writers do not look at the head': 'calls that go round the ring',
  'waiting for room is not said': 'calls that go round the ring',
  'room is made and nobody told': 'calls that go round the ring',
  'numbers are not kept': 'a sender dies with 2 calls in 64 words',
};

/** Breaks the protocol in each way that there is. Returns whether each was found out. */
function lookForFaults(stage: MailStage): boolean {
  let isGood = true;
  for (const [fault, name] of Object.entries(SHOWS) as [Fault, string][]) {
    for (const [scenarios, explore] of Object.values(GROUPS)) {
      const scenario = scenarios.find((known) => known.name === name);
      if (scenario === undefined) continue;
      isGood &&= examine(stage, fault, scenario, explore).failure !== null;
    }
  }
  return isGood;
}

function replay(stage: MailStage, name: string): boolean {
  const scenario = [...peacefulScenarios, ...mortalScenarios].find((known) => known.name === name);
  const fault = FAULTS.find((known) => known === (option('fault') ?? 'none'));
  if (scenario === undefined || fault === undefined)
    throw new RangeError(`there is no scenario ${name}, or no such fault`);
  stage.setUp(scenario, fault, args.includes('--narrate'));
  const deaths = (option('deaths') ?? '').split(',').filter(Boolean);
  const { problem, steps, trace } = stage.run({
    choices: (option('choices') ?? '').split(',').filter(Boolean).map(Number),
    deaths: deaths.map((moment) => moment.split(':').map(Number) as [number, number]),
  });
  console.log(`${problem ?? 'all was right'}\n${steps} steps, trace ${(trace >>> 0).toString(16)}`);
  return problem === null;
}

process.exitCode = 1;
const stage = new MailStage();
const scenarioName = option('scenario');
const isGood = scenarioName === undefined ? exploreGroup(stage, args[0] ?? '') : replay(stage, scenarioName);
await stage.close();
if (isGood) process.exitCode = 0;
