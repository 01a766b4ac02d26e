import { installGate } from '../../../src/memory/atomics.scheduled.ts';
import type { Arena } from '../../../src/memory/arena.ts';
import { arenaOf, type Store } from '../../../src/store.ts';
import {
  ABORTED,
  ACTORS_MAX,
  ALL_DONE,
  awaitBaton,
  COMMAND,
  DRIVER,
  EVERY_ACCESS,
  FAULT,
  MUTATIONS,
  NOBODY,
  NOW_MS,
  OUTCOME,
  passBaton,
  PROOF,
  PROOF_AT_ONCE,
  PROOF_LATE,
  SET_UP,
  STANDSTILL,
  STEP_COUNT,
  STEP_LIMIT,
  STEPS_MAX,
  TIMEOUTS,
  TRACE,
} from './control.ts';
import { proveDeaths } from './deaths.ts';
import { Ensemble } from './ensemble.ts';
import { FAULTS } from './faults.ts';
import { type Beginning, type Ending, judge } from './judge.ts';
import type { Recorded } from './op.ts';
import type { Counter, Part, Plan, Run, Runs, Scenario } from './plan.ts';
import { beginningOf, storeWithKnownHashes } from './preparation.ts';
import { chooseNext } from './turns.ts';

const EPOCH_MS = 1_700_000_000_000;

/** A scenario that was set up. */
interface Scene {
  readonly scenario: Scenario;
  readonly store: Store;
  readonly arena: Arena;
  readonly bytes: Uint8Array;
  /** What the bytes are before each run. */
  readonly start: Uint8Array;
  readonly beginning: Beginning;
}

/** Runs scenarios on workers that wait for the baton, and judges what came of each run. */
export class Stage extends Ensemble implements Runs {
  #scene: Scene | null = null;

  constructor() {
    super(new URL('./actor.js', import.meta.url));
    Date.now = () => EPOCH_MS + this.control[NOW_MS];
  }

  /** Prepares a scenario for any number of runs. */
  setUp(scenario: Scenario, isNarrated: boolean = false): void {
    const { control } = this;
    control[NOW_MS] = 0;
    this.#scene?.store.close();
    const store = storeWithKnownHashes(scenario);
    const arena = arenaOf(store);
    scenario.prepare(store);
    control[NOW_MS] = scenario.laterMs ?? 0;
    const { entries, endsInMs, keys, tokens } = beginningOf(scenario, store);
    const untouched = [...entries.keys()].filter((key) => !keys.includes(key) && endsInMs.get(key) === Infinity);
    const isCleared = scenario.actors.flat().some(({ call }) => call === 'clear');
    const others = isCleared ? [] : untouched;
    control[COMMAND] = SET_UP;
    for (const [self, ops] of scenario.actors.entries()) {
      const comesLater = scenario.latecomers?.includes(self) ?? false;
      const part: Part = { handle: store.handle, tokens, keys, others, ops, comesLater, isNarrated };
      this.giveOut(self, part);
      this.#complain();
    }
    const bytes = new Uint8Array(arena.words.buffer);
    this.#scene = { scenario, store, arena, bytes, start: bytes.slice(), beginning: beginningOf(scenario, store) };
  }

  run(plan: Plan): Run {
    const { control } = this;
    const { scenario, store, arena, bytes, start, beginning } = this.#sceneSetUp();
    bytes.set(start);
    this.#prepareRun(plan, scenario);
    passBaton(control, chooseNext(control, NOBODY));
    awaitBaton(control, DRIVER);
    this.#complain();
    const messages = scenario.actors.map((_, self) => this.messageOf(self));
    const records = messages as Recorded[][];
    proveDeaths(control, arena);
    const ending: Ending = { records, dead: (plan.deaths ?? []).length, nowMs: control[NOW_MS] };
    return {
      problem: this.#troubleOfRun() ?? judge(store, scenario, beginning, ending),
      steps: control[STEP_COUNT],
      mutations: scenario.actors.map((_, self) => control[MUTATIONS + self]),
      trace: control[TRACE],
      timeouts: control[TIMEOUTS],
    };
  }

  get actorCount(): number {
    return this.#sceneSetUp().scenario.actors.length;
  }

  /** How often the last run made the store do something for its upkeep. */
  counted(counter: Counter): number {
    const { store, beginning } = this.#sceneSetUp();
    return store.stats()[counter] - beginning.stats[counter];
  }

  /** Words of the arena. */
  get wordCount(): number {
    return this.#sceneSetUp().arena.words.length;
  }

  override async close(): Promise<void> {
    installGate(null);
    await super.close();
  }

  #sceneSetUp(): Scene {
    if (this.#scene === null) throw new Error('no scenario was set up');
    return this.#scene;
  }

  #prepareRun(plan: Plan, scenario: Scenario): void {
    const { control } = this;
    this.writePlan(plan, scenario.actors.length, STEPS_MAX);
    control[NOW_MS] = scenario.laterMs ?? 0;
    control[PROOF] = plan.lateProof === true ? PROOF_LATE : PROOF_AT_ONCE;
    control[FAULT] = FAULTS.indexOf(plan.fault ?? 'none');
    control[EVERY_ACCESS] = plan.everyAccess === true ? 1 : 0;
  }

  #troubleOfRun(): string | null {
    const { control } = this;
    if (control[OUTCOME] === STANDSTILL) return 'a standstill: threads sleep whom nobody will wake';
    if (control[OUTCOME] !== ALL_DONE) return `it has not ended after ${control[STEP_LIMIT]} steps`;
    return null;
  }

  /** Throws what an actor died of that is none of the proof's business. */
  #complain(): void {
    if (this.control[ABORTED] === 0 || this.control[OUTCOME] !== ALL_DONE) return;
    for (let self = 0; self < ACTORS_MAX; self++) {
      const message = this.messageOf(self);
      if (typeof message === 'string') throw new Error(`an actor failed: ${message}`);
    }
  }
}
