import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import {
  ABORTED,
  ACCESS_SHIFT,
  ACTORS_MAX,
  awaitBaton,
  BETWEEN,
  BY_CHOICES,
  BY_PRIORITIES,
  CHANGE_COUNT,
  CHANGES,
  CHOICE_COUNT,
  CHOICES,
  COMMAND,
  type Control,
  CONTROL_WORDS,
  DIES_BEFORE,
  DRIVER,
  FAILS_BEFORE,
  LOG,
  LOG_COUNT,
  LOG_WORD,
  MUTATIONS,
  NOBODY,
  OUT,
  OUTCOME,
  passBaton,
  POLICY,
  PRIORITY,
  QUIT,
  READY,
  READY_MASK,
  READY_SHIFT,
  RUN,
  SET_UP,
  STATE,
  STEP_COUNT,
  STEP_LIMIT,
  TOO_LONG,
  TRACE,
} from '../schedule/control.ts';
import type { Plan, Run, Runs, Step } from '../schedule/plan.ts';
import { chooseNext } from '../schedule/turns.ts';
import type { Part } from './actor.ts';
import type { Fault } from './gate.ts';
import { judge } from './judge.ts';
import { type Account, newScene, type Scenario, type Scene } from './scene.ts';

interface Cast {
  readonly worker: Worker;
  readonly port: MessagePort;
}

/** A run of a mail scenario is short: one that takes more accesses goes in circles. */
const STEPS_LIMIT = 20_000;

/** Runs mail scenarios on workers that wait for the baton, and judges what came of each run. */
export class MailStage implements Runs {
  readonly control: Control = new Int32Array(new SharedArrayBuffer(CONTROL_WORDS * 4));
  readonly #cast: Cast[] = [];
  #scenario: Scenario | null = null;
  #scene: Scene | null = null;
  #start: Uint8Array = new Uint8Array(0);

  constructor() {
    for (let self = 0; self < ACTORS_MAX; self++) {
      const { port1, port2 } = new MessageChannel();
      const worker = new Worker(new URL('./actor.js', import.meta.url), {
        workerData: { control: this.control, self, port: port2 },
        transferList: [port2],
      });
      this.#cast.push({ worker, port: port1 });
    }
  }

  setUp(scenario: Scenario, fault: Fault, isNarrated: boolean = false): void {
    this.control[ABORTED] = 0;
    this.#scenario = scenario;
    this.#scene = newScene(scenario);
    this.#start = new Uint8Array(this.#scene.buffer).slice();
    this.control[COMMAND] = SET_UP;
    for (const self of scenario.actors.keys()) {
      const part: Part = { scenario, buffer: this.#scene.buffer, fault, isNarrated };
      this.#cast[self].port.postMessage(part);
      passBaton(this.control, self);
      awaitBaton(this.control, DRIVER);
    }
  }

  run(plan: Plan): Run {
    const { control } = this;
    const { scenario, scene } = this.#sceneSetUp();
    new Uint8Array(scene.buffer).set(this.#start);
    this.#writePlan(plan, scenario);
    passBaton(control, chooseNext(control, NOBODY));
    awaitBaton(control, DRIVER);
    const accounts = scenario.actors.map((_, self) => this.#accountOf(self));
    const died = scenario.actors.flatMap((_, self) => {
      return control[DIES_BEFORE + self] >= 0 && control[MUTATIONS + self] === control[DIES_BEFORE + self]
        ? [self]
        : [];
    });
    return {
      problem: control[OUTCOME] === TOO_LONG ? 'it goes in circles' : judge(scenario, scene, accounts, died),
      steps: control[STEP_COUNT],
      mutations: scenario.actors.map((_, self) => control[MUTATIONS + self]),
      trace: control[TRACE],
      timeouts: 0,
    };
  }

  get actorCount(): number {
    return this.#sceneSetUp().scenario.actors.length;
  }

  get wordCount(): number {
    return this.#sceneSetUp().scene.buffer.byteLength / 4;
  }

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
    this.control[COMMAND] = QUIT;
    const ends = this.#cast.map(({ worker }) => new Promise((done) => worker.once('exit', done)));
    for (let self = 0; self < ACTORS_MAX; self++) passBaton(this.control, self);
    for (const { port } of this.#cast) port.close();
    await Promise.all(ends);
  }

  #sceneSetUp(): { readonly scenario: Scenario; readonly scene: Scene } {
    if (this.#scenario === null || this.#scene === null) throw new Error('no scenario was set up');
    return { scenario: this.#scenario, scene: this.#scene };
  }

  #accountOf(self: number): Account {
    const message: unknown = receiveMessageOnPort(this.#cast[self].port)?.message;
    if (typeof message === 'object' && message !== null) return message as Account;
    throw new Error(`an actor failed: ${String(message)}`);
  }

  #writePlan(plan: Plan, { actors }: Scenario): void {
    const { control } = this;
    control.fill(0, COMMAND, LOG);
    control[COMMAND] = RUN;
    for (let self = 0; self < ACTORS_MAX; self++) {
      control[STATE + self] = self < actors.length ? READY : OUT;
      control[DIES_BEFORE + self] = -1;
      control[FAILS_BEFORE + self] = -1;
    }
    for (const [actor, before] of plan.deaths ?? []) control[DIES_BEFORE + actor] = before;
    control[POLICY] = plan.priorities === undefined ? BY_CHOICES : BY_PRIORITIES;
    for (const [actor, priority] of (plan.priorities ?? []).entries()) control[PRIORITY + actor] = priority;
    control[CHANGE_COUNT] = plan.changes?.length ?? 0;
    control.set(plan.changes ?? [], CHANGES);
    control[CHOICE_COUNT] = (plan.choices?.length ?? 0) / 2;
    control.set(plan.choices ?? [], CHOICES);
    control[STEP_LIMIT] = plan.stepsMax ?? STEPS_LIMIT;
  }
}
