import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { arenaHeader } from '../../../native-layout/arena.ts';
import type { Key } from '../../../src/index.ts';
import { installGate } from '../../../src/memory/atomics.scheduled.ts';
import { countThreads } from '../../../src/memory/threads.ts';
import { type Arena } from '../../../src/memory/arena.ts';
import { arenaOf, Store, type StoreHandle } from '../../../src/store.ts';
import type { Token } from '../linearizability/values.ts';
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
import { type Fault, FAULTS } from './faults.ts';
import { judge } from './judge.ts';
import type { Op, Recorded, Subject } from './operations.ts';
import { chooseNext } from './turns.ts';

/** A situation and what several threads do in it at the same time. */
export interface Scenario {
  readonly name: string;
  readonly segments?: number;
  /** Brings the store into the situation. */
  prepare(store: Store): void;
  /** The operations of each actor, one after the other. */
  readonly actors: readonly (readonly Op[])[];
  /** Actors that attach by an operation of their own. */
  readonly latecomers?: readonly number[];
  /** Ms that pass between `prepare` and the actors. */
  readonly laterMs?: number;
  /** Whether an operation may find the store full. */
  readonly mayBeFull?: boolean;
}

/** What an actor is told of a scenario. */
export interface Part extends Subject {
  readonly ops: readonly Op[];
  readonly comesLater: boolean;
  readonly isNarrated: boolean;
}

/** One run of a scenario: who goes how far, who dies where, and what is broken on purpose. */
export interface Plan {
  /** Pairs of actor and steps, one after the other; then each runs until it stops. */
  readonly choices?: readonly number[];
  /** Instead of choices: the priorities of the actors, and the steps at which the running one falls to the end. */
  readonly priorities?: readonly number[];
  readonly changes?: readonly number[];
  /** Actor and the number of the change to shared memory that it dies before. */
  readonly deaths?: readonly (readonly [actor: number, before: number])[];
  readonly lateProof?: boolean;
  readonly fault?: Fault;
  readonly everyAccess?: boolean;
  /** Steps after which the run is taken for one that never ends. */
  readonly stepsMax?: number;
}

export interface Step {
  readonly actor: number;
  /** It is no access, but comes before an operation. */
  readonly isBetween: boolean;
  /** As a bit map, who could have taken it. */
  readonly ready: number;
  readonly access: number;
  readonly word: number;
  readonly count: number;
}

export interface Run {
  /** What was wrong, in words; null when all was right. */
  readonly problem: string | null;
  readonly steps: number;
  /** Each actor's changes to shared memory. */
  readonly mutations: readonly number[];
  readonly trace: number;
  readonly timeouts: number;
}

const EPOCH_MS = 1_700_000_000_000;
const HASH_KEY = [0x5eed5eed, 0x0ddba115] as const;
const MEMORY_BYTES = 256 * 1024;

interface Cast {
  readonly worker: Worker;
  readonly port: MessagePort;
}

/** Runs scenarios on workers that wait for the baton, and judges what came of each run. */
export class Stage {
  readonly control: Control = new Int32Array(new SharedArrayBuffer(CONTROL_WORDS * 4));
  readonly #cast: Cast[] = [];
  #scenario: Scenario | null = null;
  #store: Store | null = null;
  #arena: Arena | null = null;
  #bytes: Uint8Array = new Uint8Array();
  #start: Uint8Array = new Uint8Array();
  #initial: ReadonlyMap<Key, unknown> = new Map<Key, unknown>();
  #keys: readonly Key[] = [];
  #attached: number = 0;
  #tokens: readonly Token[] = [];

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
    this.#store?.close();
    const store = storeWithKnownHashes(scenario.segments ?? 1);
    const arena = arenaOf(store);
    scenario.prepare(store);
    control[NOW_MS] = scenario.laterMs ?? 0;
    this.#scenario = scenario;
    this.#store = store;
    this.#arena = arena;
    this.#initial = new Map(store.entries());
    this.#keys = keysIn(scenario, this.#initial);
    this.#tokens = tokensIn(scenario, this.#initial);
    const untouched = [...this.#initial.keys()].filter((key) => !this.#keys.includes(key));
    const isCleared = scenario.actors.flat().some(({ call }) => call === 'clear');
    control[COMMAND] = SET_UP;
    for (const [self, { port }] of this.#cast.entries()) {
      if (self >= scenario.actors.length) continue;
      const part: Part = {
        handle: store.handle,
        tokens: this.#tokens,
        keys: this.#keys,
        others: isCleared ? [] : untouched,
        ops: scenario.actors[self],
        comesLater: scenario.latecomers?.includes(self) ?? false,
        isNarrated,
      };
      port.postMessage(part);
      passBaton(control, self);
      awaitBaton(control, DRIVER);
      this.#complain();
    }
    this.#bytes = new Uint8Array(arena.words.buffer);
    this.#start = this.#bytes.slice();
    this.#attached = countThreads(arena.words, arena.threadsWord);
  }

  run(plan: Plan): Run {
    const { control } = this;
    const [scenario, arena, store] = [this.#scenario, this.#arena, this.#store];
    if (scenario === null || arena === null || store === null) throw new Error('no scenario was set up');
    this.#bytes.set(this.#start);
    this.#writePlan(plan, scenario.actors.length);
    passBaton(control, chooseNext(control, NOBODY));
    awaitBaton(control, DRIVER);
    this.#complain();
    const records = scenario.actors.map(
      (_, self) => receiveMessageOnPort(this.#cast[self].port)?.message as Recorded[],
    );
    proveDeaths(control, arena);
    const dead = (plan.deaths ?? []).length;
    return {
      problem:
        this.#troubleOfRun() ??
        judge(store, arena, scenario, records, this.#initial, this.#keys, this.#tokens, this.#attached, dead),
      steps: control[STEP_COUNT],
      mutations: scenario.actors.map((_, self) => control[MUTATIONS + self]),
      trace: control[TRACE],
      timeouts: control[TIMEOUTS],
    };
  }

  get actorCount(): number {
    return this.#scenario?.actors.length ?? 0;
  }

  /** Words of the arena. */
  get wordCount(): number {
    return this.#bytes.length / 4;
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

  #writePlan(plan: Plan, actorCount: number): void {
    const { control } = this;
    const nowMs = control[NOW_MS];
    const threadIds = control.slice(THREAD_IDS, THREAD_IDS + ACTORS_MAX);
    control.fill(0, COMMAND, LOG);
    control.set(threadIds, THREAD_IDS);
    control[NOW_MS] = nowMs;
    control[COMMAND] = RUN;
    for (let self = 0; self < ACTORS_MAX; self++) {
      control[STATE + self] = self < actorCount ? READY : OUT;
      control[DIES_BEFORE + self] = -1;
    }
    for (const [actor, before] of plan.deaths ?? []) control[DIES_BEFORE + actor] = before;
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

/** The hash key of an arena is random; a run can be repeated only with one that is not. */
export function storeWithKnownHashes(segments: number): Store {
  const first = Store.create({ memory: MEMORY_BYTES, segments, lockTimeout: 200 });
  const { words } = arenaOf(first);
  [words[arenaHeader.word.hashKey0], words[arenaHeader.word.hashKey1]] = HASH_KEY;
  const handle: StoreHandle = first.handle;
  first.close();
  return Store.attach(handle, { lockTimeout: 200 });
}

/** The keys that operations name, and some of those that an operation is about that names none. */
function keysIn(scenario: Scenario, initial: ReadonlyMap<Key, unknown>): Key[] {
  const ops = scenario.actors.flat();
  const named = ops.flatMap((op) => ('key' in op ? [op.key] : []));
  const all = ops.some(({ call }) => call === 'clear' || call === 'keys');
  return [...new Set([...named, ...(all ? [...initial.keys()].slice(0, 3) : [])])];
}

function tokensIn(scenario: Scenario, initial: ReadonlyMap<Key, unknown>): Token[] {
  const written = scenario.actors.flat().flatMap((op) => ('token' in op ? [op.token] : []));
  const before = [...initial.values()].flatMap((value) =>
    typeof value === 'string' ? [value.slice(0, value.indexOf(' ')) as Token] : [],
  );
  return [...new Set([...before, ...written])];
}
