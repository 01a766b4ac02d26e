/** Kills busy workers at random moments, again and again, and checks after each death what the contract says of it. */
import { strict as assert } from 'node:assert';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { inspect } from 'node:util';
import { Worker } from 'node:worker_threads';
import { Store } from '../../src/index.ts';
import { arenaOf } from '../../src/store.ts';
import { counterKey, EXIT, HOARD, type Plan, REST, RUN, STOP, THROW } from '../fixtures/journal.ts';
import type { MortalData } from '../fixtures/mortal-worker.ts';
import { LOCK_TIMEOUT_MS, Mortal, ON_PURPOSE } from '../fixtures/mortal.ts';
import { PauseLog } from '../fixtures/pauses.ts';
import type { Random } from '../fixtures/random.ts';
import { sharedClockMs } from '../fixtures/shared-clock.ts';
import { until } from '../fixtures/until.ts';
import { Balance } from './balance.ts';
import { lockHolder } from './lock-holder.ts';
import { type StallReport, Stalls } from './stalls.ts';

export interface KillPlan extends Plan {
  readonly memory: string;
  readonly segments: number;
  /** Whether deaths are proven by the OS, or by exit events alone. */
  readonly osThreads: boolean;
  /** How often of a hundred a worker is told to die each way. */
  readonly deaths: Readonly<Record<DeathKind, number>>;
  /** Part of the terminations that wait for a worker with a lock in its hands. */
  readonly holders: number;
  /** Workers that die at a time. */
  readonly victims: number;
  /** Operations of the main thread at most before and during a death. */
  readonly steps: number;
}

/** worker.terminate(), process.exit(), an uncaught error, a full heap. */
export type DeathKind = 'terminate' | 'exit' | 'throw' | 'hoard';

export interface KillReport {
  /** Deaths as they came to be, by kind. */
  readonly kills: Readonly<Record<DeathKind, number>>;
  /** Locks that were found in a dead thread's hands. */
  readonly recoveries: number;
  /** Writes in flight at a death, and how many of them had happened. */
  readonly inFlight: number;
  readonly happened: number;
  readonly operations: number;
  readonly stalls: StallReport;
}

/** Heap of a worker: enough to work, little enough to hoard full. */
const WORKER_HEAP_MB = 24;
/** Operations of each worker between two kills, at least. */
const PROGRESS = 5;
const MAIN = 0;
const ORDERS: Readonly<Record<Exclude<DeathKind, 'terminate'>, number>> = { exit: EXIT, throw: THROW, hoard: HOARD };

/** `kills` deaths at least; `onRound` is told how many there have been after each round of them. */
export async function soakKills(
  plan: KillPlan,
  kills: number,
  random: Random,
  onRound?: (report: KillReport) => void,
): Promise<KillReport> {
  const soak = new KillSoak(plan, random);
  try {
    while (soak.killCount < kills) {
      await soak.killSome();
      onRound?.(soak.report());
    }
    await soak.finish();
  } catch (error) {
    throw new Error(`after ${soak.killCount} kills: ${inspect(error)}`, { cause: error });
  } finally {
    await soak.terminateAll();
  }
  return soak.report();
}

interface Victim {
  readonly index: number;
  readonly orderMs: number;
  readonly exit: Promise<void>;
}

class KillSoak {
  readonly #plan: KillPlan;
  readonly #random: Random;
  readonly #store: Store;
  readonly #freeBytes: number;
  readonly #balance: Balance;
  readonly #stalls: Stalls;
  readonly #main: Mortal;
  readonly #mainPauses: PauseLog;
  readonly #workers: (Worker | undefined)[] = [];
  /** Errors of workers that nobody asked for. */
  readonly #failures: unknown[] = [];
  readonly #kills: Record<DeathKind, number> = { terminate: 0, exit: 0, throw: 0, hoard: 0 };
  #recoveries: number = 0;

  constructor(plan: KillPlan, random: Random) {
    this.#plan = plan;
    this.#random = random;
    this.#store = Store.create({ memory: plan.memory, segments: plan.segments, lockTimeout: LOCK_TIMEOUT_MS });
    this.#freeBytes = this.#store.stats().freeBytes;
    this.#balance = new Balance(this.#store, plan);
    this.#stalls = new Stalls(plan.workers);
    for (let counter = 0; counter < plan.counters; counter++) this.#store.set(counterKey(counter), 0);
    this.#main = new Mortal(this.#store, plan, MAIN, this.#balance.journal(MAIN), random);
    this.#mainPauses = new PauseLog(this.#stalls.memory, MAIN);
    this.#mainPauses.open(arenaOf(this.#store).token);
    for (let worker = 1; worker < plan.workers; worker++) this.#start(worker);
  }

  get killCount(): number {
    return Object.values(this.#kills).reduce((sum, count) => sum + count, 0);
  }

  report(): KillReport {
    const { inFlight, happened } = this.#balance;
    let operations = 0;
    for (let worker = 0; worker < this.#plan.workers; worker++) operations += this.#balance.journal(worker).operations;
    return {
      kills: { ...this.#kills },
      recoveries: this.#recoveries,
      inFlight,
      happened,
      operations,
      stalls: this.#stalls.report(),
    };
  }

  async killSome(): Promise<void> {
    await this.#progress([...this.#workers.keys()]);
    this.#stepMain(this.#random.below(this.#plan.steps));
    const victims = this.#strike();
    // The main thread writes on while they die, without a turn of its event loop, so without any exit event.
    if (this.#plan.osThreads) this.#stepMain(this.#plan.steps);
    for (const victim of victims) await victim.exit;
    for (const { index, orderMs } of victims) {
      this.#workers[index] = undefined;
      await this.#countEnd(index, orderMs);
    }
    // Whatever the deaths held up is over before verify holds others up.
    await this.#progress([...this.#workers.keys()].filter((index) => this.#workers[index] !== undefined));
    this.#stalls.collect();
    this.#recoveries = this.#store.stats().recoveries;
    assert.deepEqual(this.#store.verify().problems, []);
    for (const { index } of victims) this.#balance.settle(index);
    this.#balance.checkSums(false);
    // The others leave the cores to those who come.
    for (const index of this.#workers.keys()) this.#balance.journal(index).control = REST;
    for (const { index } of victims) {
      this.#balance.journal(index).control = RUN;
      this.#start(index);
    }
    await this.#progress(victims.map(({ index }) => index));
    for (const index of this.#workers.keys()) this.#balance.journal(index).control = RUN;
  }

  async finish(): Promise<void> {
    await this.#progress([...this.#workers.keys()]);
    const exits = this.#workers.map(async (worker) => worker !== undefined && exitOf(worker));
    for (let worker = 0; worker < this.#plan.workers; worker++) this.#balance.journal(worker).control = STOP;
    await Promise.all(exits);
    assert.deepEqual(this.#failures, []);
    for (let worker = 1; worker < this.#plan.workers; worker++) {
      assert.ok(this.#balance.journal(worker).stopped, `worker ${worker} did not stop by itself`);
    }
    this.#balance.checkAll();
    this.#stalls.collect();
    assert.deepEqual(this.#store.verify().problems, []);
    this.#recoveries = this.#store.stats().recoveries;
    this.#store.clear();
    assert.deepEqual(this.#store.verify().problems, []);
    assert.equal(this.#store.stats().freeBytes, this.#freeBytes, 'pages are lost');
    assert.equal(this.#store.stats().threads, 1, 'places of dead threads are not free');
  }

  async terminateAll(): Promise<void> {
    await Promise.all(this.#workers.map(async (worker) => worker?.terminate()));
    await this.#stalls.close();
    this.#mainPauses.close();
    this.#store.close();
  }

  #start(index: number): void {
    const workerData: MortalData = {
      handle: this.#store.handle,
      plan: this.#plan,
      journal: this.#balance.memory,
      pauses: this.#stalls.memory,
      worker: index,
      seed: this.#random.bits(),
      osThreads: this.#plan.osThreads,
    };
    const worker = new Worker(new URL('../fixtures/mortal-worker.js', import.meta.url), {
      workerData,
      resourceLimits: { maxOldGenerationSizeMb: WORKER_HEAP_MB },
    });
    let kind: DeathKind | undefined;
    worker.on('error', (error: NodeJS.ErrnoException) => {
      if (error.message === ON_PURPOSE) kind = 'throw';
      else if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') kind = 'hoard';
      else this.#failures.push(error);
    });
    worker.once('exit', (code) => {
      if (!this.#balance.journal(index).stopped) this.#kills[kind ?? (code === 0 ? 'exit' : 'terminate')] += 1;
    });
    this.#workers[index] = worker;
  }

  /** Has some workers die, each in its way. */
  #strike(): Victim[] {
    const victims: Victim[] = [];
    while (victims.length < this.#plan.victims) {
      const kind = this.#drawKind();
      const holder =
        kind === 'terminate' && this.#random.chance(this.#plan.holders)
          ? lockHolder(this.#store, this.#workers)
          : undefined;
      const index = holder ?? 1 + this.#random.below(this.#plan.workers - 1);
      if (victims.some((victim) => victim.index === index)) continue;
      const worker = this.#workers[index];
      assert.ok(worker);
      const osThread = this.#balance.journal(index).osThread;
      const orderMs = sharedClockMs();
      if (kind === 'terminate') void worker.terminate();
      else this.#balance.journal(index).control = ORDERS[kind];
      if (osThread !== 0) this.#stalls.watch.watch(index, osThread);
      victims.push({ index, orderMs, exit: exitOf(worker) });
    }
    return victims;
  }

  #drawKind(): DeathKind {
    let draw = this.#random.below(100);
    const kinds = Object.entries(this.#plan.deaths) as [DeathKind, number][];
    return kinds.find(([, share]) => (draw -= share) < 0)?.[0] ?? 'terminate';
  }

  #stepMain(steps: number): void {
    for (let step = 0; step < steps; step++) this.#mainPauses.timed(() => this.#main.step());
  }

  /** Where the OS shows threads: waits until the end of this one was seen, which the watcher does by itself. */
  async #countEnd(index: number, orderMs: number): Promise<void> {
    if (this.#balance.journal(index).osThread === 0) return;
    await until('the end of a dead thread is seen', () => this.#stalls.watch.endOf(index) !== undefined);
    const endMs = this.#stalls.watch.endOf(index);
    if (endMs !== undefined) this.#stalls.countDeath(index, orderMs, endMs);
  }

  /** Waits until these workers have done some more. */
  async #progress(workers: readonly number[]): Promise<void> {
    const operationsOf = (worker: number): number => this.#balance.journal(worker).operations;
    const before = workers.map(operationsOf);
    await until('all workers go on', () => {
      assert.deepEqual(this.#failures, []);
      return workers.every(
        (worker, index) => worker === MAIN || operationsOf(worker) >= (before[index] ?? 0) + PROGRESS,
      );
    });
    await nextTurn();
  }
}

async function exitOf(worker: Worker): Promise<void> {
  await new Promise<void>((resolve) => worker.once('exit', () => resolve()));
}
