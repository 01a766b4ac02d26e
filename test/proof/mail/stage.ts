import {
  ABORTED,
  awaitBaton,
  COMMAND,
  DIES_BEFORE,
  DRIVER,
  MUTATIONS,
  NOBODY,
  OUTCOME,
  passBaton,
  SET_UP,
  STEP_COUNT,
  TOO_LONG,
  TRACE,
} from '../schedule/control.ts';
import { Ensemble } from '../schedule/ensemble.ts';
import type { Plan, Run, Runs } from '../schedule/plan.ts';
import { chooseNext } from '../schedule/turns.ts';
import type { Part } from './actor.ts';
import type { Fault } from './gate.ts';
import { judge } from './judge.ts';
import { type Account, newScene, type Scenario, type Scene } from './scene.ts';

/** A run of a mail scenario is short: one that takes more accesses goes in circles. */
const STEPS_LIMIT = 20_000;

/** Runs mail scenarios on workers that wait for the baton, and judges what came of each run. */
export class MailStage extends Ensemble implements Runs {
  #scenario: Scenario | null = null;
  #scene: Scene | null = null;
  #start: Uint8Array = new Uint8Array(0);

  constructor() {
    super(new URL('./actor.js', import.meta.url));
  }

  setUp(scenario: Scenario, fault: Fault, isNarrated: boolean = false): void {
    this.control[ABORTED] = 0;
    this.#scenario = scenario;
    this.#scene = newScene(scenario);
    this.#start = new Uint8Array(this.#scene.buffer).slice();
    this.control[COMMAND] = SET_UP;
    for (const self of scenario.actors.keys()) {
      const part: Part = { scenario, buffer: this.#scene.buffer, fault, isNarrated };
      this.giveOut(self, part);
    }
  }

  run(plan: Plan): Run {
    const { control } = this;
    const { scenario, scene } = this.#sceneSetUp();
    new Uint8Array(scene.buffer).set(this.#start);
    this.writePlan(plan, scenario.actors.length, STEPS_LIMIT);
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

  #sceneSetUp(): { readonly scenario: Scenario; readonly scene: Scene } {
    if (this.#scenario === null || this.#scene === null) throw new Error('no scenario was set up');
    return { scenario: this.#scenario, scene: this.#scene };
  }

  #accountOf(self: number): Account {
    const message = this.messageOf(self);
    if (typeof message === 'object' && message !== null) return message as Account;
    throw new Error(`an actor failed: ${String(message)}`);
  }
}
