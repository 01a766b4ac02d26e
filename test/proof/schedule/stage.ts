import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { installGate } from '../../../src/memory/atomics.scheduled.ts';
import type { Arena } from '../../../src/memory/arena.ts';
import { arenaOf, type Store } from '../../../src/store.ts';
import {
  ABORTED,
  ACCESS_SHIFT,
  ACTORS_MAX,
  ALL_DONE,
  awaitBaton,
  BETWEEN,
  BY_CHOICES,
  BY_PRIORITIES,
  CHANGE_COUNT,
  CHANGES,
  CHOICE_COUNT,
  CHOICES,
  CLOCK,
  COMMAND,
  type Control,
  CONTROL_WORDS,
  DIES_BEFORE,
  DRIVER,
  EVERY_ACCESS,
  FAILS_BEFORE,
  FAULT,
  LOG,
  LOG_COUNT,
  LOG_WORD,
  MUTATIONS,
  NOBODY,
  NOW_MS,
  OUT,
  OUTCOME,
  passBaton,
  POLICY,
  PRIORITY,
  PROOF,
  PROOF_AT_ONCE,
  PROOF_LATE,
  QUIT,
  READY,
  READY_MASK,
  READY_SHIFT,
  RUN,
  SET_UP,
  STANDSTILL,
  STATE,
  STEP_COUNT,
  STEP_LIMIT,
  STEPS_MAX,
  THREAD_IDS,
  TIMEOUTS,
  TRACE,
} from './control.ts';
import { proveDeaths } from './deaths.ts';
import { FAULTS } from './faults.ts';
import { type Beginning, type Ending, judge } from './judge.ts';
import type { Recorded } from './op.ts';
import type { Counter, Part, Plan, Run, Scenario, Step } from './plan.ts';
import { beginningOf, storeWithKnownHashes } from './preparation.ts';
import { chooseNext } from './turns.ts';

const EPOCH_MS = 1_700_000_000_000;

interface Cast {
  readonly worker: Worker;
  readonly port: MessagePort;
}

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
export class Stage {
  readonly control: Control = new Int32Array(new SharedArrayBuffer(CONTROL_WORDS * 4));
  readonly #cast: Cast[] = [];
  #scene: Scene | null = null;

  constructor() {
    Date.now = () => EPOCH_MS + this.control[NOW_MS];
    for (let self = 0; self < ACTORS_MAX; self++) {
      const { port1, port2 } = new MessageChannel();
      const worker = new Worker(new URL('./actor.js', import.meta.url), {
        workerData: { control: this.control, self, port: port2 },
        transferList: [port2],
      });
      this.control[THREAD_IDS + self] = worker.threadId;
      this.#cast.push({ worker, port: port1 });
    }
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
      this.#cast[self].port.postMessage(part);
      passBaton(control, self);
      awaitBaton(control, DRIVER);
      this.#complain();
    }
    const bytes = new Uint8Array(arena.words.buffer);
    this.#scene = { scenario, store, arena, bytes, start: bytes.slice(), beginning: beginningOf(scenario, store) };
  }

  run(plan: Plan): Run {
    const { control } = this;
    const { scenario, store, arena, bytes, start, beginning } = this.#sceneSetUp();
    bytes.set(start);
    this.#writePlan(plan, scenario);
    passBaton(control, chooseNext(control, NOBODY));
    awaitBaton(control, DRIVER);
    this.#complain();
    const messages = scenario.actors.map((_, self) => receiveMessageOnPort(this.#cast[self].port)?.message as unknown);
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

  /** A step of the last run. */
  stepOf(step: number): Step {
    const entry = this.control[LOG + step];
    return {
      actor: entry & 7,
      isBetween: (entry & BETWEEN) !== 0,
      ready: (entry >> READY_SHIFT) & READY_MASK,
      access: entry >> ACCESS_SHIFT,
      word: this.control[LOG_WORD + step],
      count: this.control[LOG_COUNT + step],
    };
  }

  /** The first `count` steps of the last run as a list of choices. */
  choicesOf(count: number): number[] {
    const choices: number[] = [];
    for (let step = 0; step < count; step++) {
      const actor = this.control[LOG + step] & 7;
      if (choices.length > 0 && choices[choices.length - 2] === actor) choices[choices.length - 1] += 1;
      else choices.push(actor, 1);
    }
    return choices;
  }

  async close(): Promise<void> {
    installGate(null);
    this.control[COMMAND] = QUIT;
    const ends = this.#cast.map(({ worker }) => new Promise((done) => worker.once('exit', done)));
    for (let self = 0; self < ACTORS_MAX; self++) passBaton(this.control, self);
    for (const { port } of this.#cast) port.close();
    await Promise.all(ends);
  }

  #sceneSetUp(): Scene {
    if (this.#scene === null) throw new Error('no scenario was set up');
    return this.#scene;
  }

  #writePlan(plan: Plan, scenario: Scenario): void {
    const { control } = this;
    const threadIds = control.slice(THREAD_IDS, THREAD_IDS + ACTORS_MAX);
    control.fill(0, COMMAND, LOG);
    control.set(threadIds, THREAD_IDS);
    control[NOW_MS] = scenario.laterMs ?? 0;
    control[COMMAND] = RUN;
    for (let self = 0; self < ACTORS_MAX; self++) {
      control[STATE + self] = self < scenario.actors.length ? READY : OUT;
      control[DIES_BEFORE + self] = -1;
      control[FAILS_BEFORE + self] = -1;
    }
    for (const [actor, before] of plan.deaths ?? []) control[DIES_BEFORE + actor] = before;
    for (const [actor, before] of plan.failures ?? []) control[FAILS_BEFORE + actor] = before;
    control[PROOF] = plan.lateProof === true ? PROOF_LATE : PROOF_AT_ONCE;
    control[FAULT] = FAULTS.indexOf(plan.fault ?? 'none');
    control[EVERY_ACCESS] = plan.everyAccess === true ? 1 : 0;
    control[POLICY] = plan.priorities === undefined ? BY_CHOICES : BY_PRIORITIES;
    for (const [actor, priority] of (plan.priorities ?? []).entries()) control[PRIORITY + actor] = priority;
    control[CHANGE_COUNT] = plan.changes?.length ?? 0;
    control.set(plan.changes ?? [], CHANGES);
    control[CHOICE_COUNT] = (plan.choices?.length ?? 0) / 2;
    control.set(plan.choices ?? [], CHOICES);
    control[CLOCK] = 0;
    control[STEP_LIMIT] = plan.stepsMax ?? STEPS_MAX;
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
    for (const { port } of this.#cast) {
      const message: unknown = receiveMessageOnPort(port)?.message;
      if (typeof message === 'string') throw new Error(`an actor failed: ${message}`);
    }
  }
}
