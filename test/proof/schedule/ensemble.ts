/** The workers of a stage, each of which waits for the baton, and what is written for a run of theirs and read from it. */
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import {
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
  OUT,
  passBaton,
  POLICY,
  PRIORITY,
  QUIT,
  READY,
  READY_MASK,
  READY_SHIFT,
  RUN,
  STATE,
  STEP_LIMIT,
  THREAD_IDS,
} from './control.ts';
import type { Plan, Step } from './plan.ts';

interface Member {
  readonly worker: Worker;
  readonly port: MessagePort;
}

export class Ensemble {
  readonly control: Control = new Int32Array(new SharedArrayBuffer(CONTROL_WORDS * 4));
  readonly #members: readonly Member[];

  /** @param actor the module that each worker runs */
  constructor(actor: URL) {
    this.#members = Array.from({ length: ACTORS_MAX }, (_, self) => {
      const { port1, port2 } = new MessageChannel();
      const worker = new Worker(actor, {
        workerData: { control: this.control, self, port: port2 },
        transferList: [port2],
      });
      this.control[THREAD_IDS + self] = worker.threadId;
      return { worker, port: port1 };
    });
  }

  /** Hands an actor its part, and waits until it has learnt it. */
  giveOut(self: number, part: unknown): void {
    this.#members[self].port.postMessage(part);
    passBaton(this.control, self);
    awaitBaton(this.control, DRIVER);
  }

  /** The next message of an actor; undefined when there is none. */
  messageOf(self: number): unknown {
    return receiveMessageOnPort(this.#members[self].port)?.message;
  }

  /** Clears what the last run left, and writes who runs, who ends when, and who is chosen when. */
  protected writePlan(plan: Plan, actorCount: number, stepsMax: number): void {
    const { control } = this;
    const threadIds = control.slice(THREAD_IDS, THREAD_IDS + ACTORS_MAX);
    control.fill(0, COMMAND, LOG);
    control.set(threadIds, THREAD_IDS);
    control[COMMAND] = RUN;
    for (let self = 0; self < ACTORS_MAX; self++) {
      control[STATE + self] = self < actorCount ? READY : OUT;
      control[DIES_BEFORE + self] = -1;
      control[FAILS_BEFORE + self] = -1;
    }
    for (const [actor, before] of plan.deaths ?? []) control[DIES_BEFORE + actor] = before;
    for (const [actor, before] of plan.failures ?? []) control[FAILS_BEFORE + actor] = before;
    control[POLICY] = plan.priorities === undefined ? BY_CHOICES : BY_PRIORITIES;
    for (const [actor, priority] of (plan.priorities ?? []).entries()) control[PRIORITY + actor] = priority;
    control[CHANGE_COUNT] = plan.changes?.length ?? 0;
    control.set(plan.changes ?? [], CHANGES);
    control[CHOICE_COUNT] = (plan.choices?.length ?? 0) / 2;
    control.set(plan.choices ?? [], CHOICES);
    control[STEP_LIMIT] = plan.stepsMax ?? stepsMax;
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
    this.control[COMMAND] = QUIT;
    const ends = this.#members.map(({ worker }) => new Promise((done) => worker.once('exit', done)));
    for (let self = 0; self < ACTORS_MAX; self++) passBaton(this.control, self);
    for (const { port } of this.#members) port.close();
    await Promise.all(ends);
  }
}
