/** Kills busy workers at random moments, again and again, and checks after each death what the contract says of it. */
import { strict as assert } from 'node:assert';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { LOCK_ENTRY_MASK, LOCK_ENTRY_SHIFT, threadEntry } from '../../native-layout/arena.ts';
import { segmentHeader } from '../../native-layout/segment.ts';
import { Store } from '../../src/index.ts';
import { arenaOf } from '../../src/store.ts';
import {
  counterKey,
  EXIT,
  HOARD,
  Journal,
  ownKey,
  type Plan,
  plannedBytes,
  registerKey,
  RUN,
  STOP,
  THROW,
} from '../fixtures/journal.ts';
import type { MortalData } from '../fixtures/mortal-worker.ts';
import { Mortal, numberOf, ON_PURPOSE, ownKeyProblem } from '../fixtures/mortal.ts';
import { Random } from '../fixtures/random.ts';
import { stampOf } from '../fixtures/stamped.ts';
import { until } from '../fixtures/until.ts';

export interface KillPlan extends Plan {
  readonly memory: string;
  readonly segments: number;
  /** Whether deaths are proven by the OS, or by exit events alone. */
  readonly osThreads: boolean;
}

export interface KillReport {
  readonly kills: number;
  /** Locks that were found in a dead thread's hands. */
  readonly recoveries: number;
  /** Writes in flight at a death, and how many of them had happened. */
  readonly inFlight: number;
  readonly happened: number;
  /** Longest operation of the main thread next to a dying one. */
  readonly longestStallMs: number;
}

/** Heap of a worker: enough to work, little enough to hoard full. */
const WORKER_HEAP_MB = 24;
/** Operations of each worker between two kills, at least. */
const PROGRESS = 5;
const MAIN = 0;

export async function soakKills(plan: KillPlan, kills: number, seed: number): Promise<KillReport> {
  const soak = new KillSoak(plan, new Random(seed));
  try {
    for (let kill = 0; kill < kills; kill++) await soak.killOne();
    await soak.finish();
  } finally {
    await soak.terminateAll();
  }
  return soak.report();
}

class KillSoak {
  readonly #plan: KillPlan;
  readonly #random: Random;
  readonly #store: Store;
  readonly #freeBytes: number;
  readonly #memory: SharedArrayBuffer;
  readonly #journals: readonly Journal[];
  readonly #main: Mortal;
  readonly #workers: (Worker | undefined)[] = [];
  /** Errors of workers that nobody asked for. */
  readonly #failures: unknown[] = [];
  /** Writes to counters and registers of which nobody knows whether they happened: in flight when their thread died. */
  readonly #unknown: Map<number, number> = new Map();
  #kills: number = 0;
  #inFlight: number = 0;
  #happened: number = 0;
  #longestStallMs: number = 0;

  constructor(plan: KillPlan, random: Random) {
    this.#plan = plan;
    this.#random = random;
    this.#store = Store.create({ memory: plan.memory, segments: plan.segments });
    this.#freeBytes = this.#store.stats().freeBytes;
    this.#memory = Journal.reserve(plan);
    this.#journals = Array.from({ length: plan.workers }, (_, worker) => new Journal(this.#memory, plan, worker));
    for (let counter = 0; counter < plan.counters; counter++) this.#store.set(counterKey(counter), 0);
    this.#main = new Mortal(this.#store, plan, MAIN, this.#journal(MAIN), random);
    for (let worker = 1; worker < plan.workers; worker++) this.#start(worker);
  }

  report(): KillReport {
    return {
      kills: this.#kills,
      recoveries: this.#recoveries,
      inFlight: this.#inFlight,
      happened: this.#happened,
      longestStallMs: this.#longestStallMs,
    };
  }

  #recoveries: number = 0;

  async killOne(): Promise<void> {
    await this.#progress();
    for (let steps = this.#random.below(30); steps > 0; steps--) this.#main.step();
    const anyone = 1 + this.#random.below(this.#plan.workers - 1);
    const holder = this.#random.chance(0.7) ? this.#lockHolder() : undefined;
    const victim = holder ?? anyone;
    if (holder === undefined) this.#strike(victim);
    else void this.#worker(holder).terminate();
    const exit = exitOf(this.#worker(victim));
    // The main thread writes on while the victim dies, without a turn of its event loop, so without any exit event.
    if (this.#plan.osThreads) for (let step = 0; step < 40; step++) this.#timedStep();
    await exit;
    this.#workers[victim] = undefined;
    this.#kills += 1;
    this.#afterDeath(victim);
    this.#journal(victim).control = RUN;
    this.#start(victim);
  }

  async finish(): Promise<void> {
    await this.#progress();
    const exits = this.#workers.map(async (worker) => worker !== undefined && exitOf(worker));
    for (const journal of this.#journals) journal.control = STOP;
    await Promise.all(exits);
    assert.deepEqual(this.#failures, []);
    for (let worker = 1; worker < this.#plan.workers; worker++) {
      assert.ok(this.#journal(worker).stopped, `worker ${worker} did not stop by itself`);
    }
    for (let worker = 0; worker < this.#plan.workers; worker++) this.#checkOwnKeys(worker);
    this.#checkSums(true);
    for (const [key, value] of this.#store) {
      if (typeof key === 'string' && key.startsWith('counter')) continue;
      const stamp = stampOf(value);
      if (typeof stamp === 'string') assert.fail(`key ${String(key)}: ${stamp}`);
    }
    assert.deepEqual(this.#store.verify().problems, []);
    this.#recoveries = this.#store.stats().recoveries;
    this.#store.clear();
    assert.deepEqual(this.#store.verify().problems, []);
    assert.equal(this.#store.stats().freeBytes, this.#freeBytes, 'pages are lost');
    assert.equal(this.#store.stats().threads, 1, 'places of dead threads are not free');
  }

  async terminateAll(): Promise<void> {
    await Promise.all(this.#workers.map(async (worker) => worker?.terminate()));
    this.#store.close();
  }

  #start(index: number): void {
    const workerData: MortalData = {
      handle: this.#store.handle,
      plan: this.#plan,
      journal: this.#memory,
      worker: index,
      seed: this.#random.bits(),
      osThreads: this.#plan.osThreads,
    };
    const worker = new Worker(new URL('../fixtures/mortal-worker.js', import.meta.url), {
      workerData,
      resourceLimits: { maxOldGenerationSizeMb: WORKER_HEAP_MB },
    });
    worker.on('error', (error: NodeJS.ErrnoException) => {
      const meant = error.message === ON_PURPOSE || error.code === 'ERR_WORKER_OUT_OF_MEMORY';
      if (!meant) this.#failures.push(error);
    });
    this.#workers[index] = worker;
  }

  #strike(victim: number): void {
    const draw = this.#random.below(100);
    if (draw < 80) void this.#worker(victim).terminate();
    else this.#journal(victim).control = draw < 88 ? EXIT : draw < 96 ? THROW : HOARD;
  }

  /** A worker that was seen with the lock of a segment a moment ago. */
  #lockHolder(): number | undefined {
    const arena = arenaOf(this.#store);
    for (let glance = 0; glance < 20_000; glance++) {
      const segment = glance % arena.segmentCount;
      const held = Atomics.load(arena.viewOf(segment), arena.headOf(segment) + segmentHeader.word.lock);
      const entry = ((held >>> LOCK_ENTRY_SHIFT) & LOCK_ENTRY_MASK) - 1;
      if (entry < 0) continue;
      const identity = Atomics.load(
        arena.words,
        arena.threadsWord + entry * threadEntry.words + threadEntry.word.identity,
      );
      const holder = this.#workers.findIndex((worker) => worker?.threadId === identity - 1);
      if (holder > 0) return holder;
    }
    return undefined;
  }

  #timedStep(): void {
    const start = performance.now();
    this.#main.step();
    this.#longestStallMs = Math.max(this.#longestStallMs, performance.now() - start);
  }

  async #progress(): Promise<void> {
    const before = this.#journals.map((journal) => journal.operations);
    await until('all workers go on', () => {
      assert.deepEqual(this.#failures, []);
      return this.#journals.every(
        (journal, worker) => worker === MAIN || journal.operations >= (before[worker] ?? 0) + PROGRESS,
      );
    });
    await nextTurn();
  }

  #afterDeath(victim: number): void {
    assert.deepEqual(this.#failures, []);
    assert.deepEqual(this.#store.verify().problems, []);
    this.#checkOwnKeys(victim);
    const journal = this.#journal(victim);
    for (let key = 0; key < this.#plan.ownKeys; key++) this.#settleOwn(victim, key, journal);
    for (let line = 0; line < this.#plan.counters + this.#plan.registers; line++) {
      if (journal.inFlight(line) === journal.done(line)) continue;
      this.#unknown.set(line, (this.#unknown.get(line) ?? 0) + 1);
      journal.withdraw(line);
    }
    this.#checkSums(false);
  }

  #checkOwnKeys(worker: number): void {
    for (let key = 0; key < this.#plan.ownKeys; key++) {
      const problem = ownKeyProblem(this.#store, this.#plan, worker, key, this.#journal(worker));
      if (problem !== undefined) assert.fail(`after ${this.#kills} kills: ${problem}`);
    }
  }

  #settleOwn(worker: number, key: number, journal: Journal): void {
    const line = journal.ownKeyLine(key);
    if (journal.inFlight(line) === journal.done(line)) return;
    this.#inFlight += 1;
    const found = this.#store.get(ownKey(worker, key));
    const happened =
      found === undefined
        ? plannedBytes(this.#plan, worker, key, journal.inFlight(line)) < 0
        : numberOf(found) === journal.inFlight(line);
    if (happened) this.#happened += 1;
    journal.settle(line, happened ? journal.inFlight(line) : journal.done(line));
  }

  /** Counters and registers have all that was acknowledged and, once nobody writes, no more than what was in flight. */
  #checkSums(quiet: boolean): void {
    const { counters, registers } = this.#plan;
    for (let line = 0; line < counters + registers; line++) {
      const least = this.#journals.reduce((sum, journal) => sum + journal.done(line), 0);
      const key = line < counters ? counterKey(line) : registerKey(line - counters);
      const found = this.#store.get(key);
      const value = typeof found === 'number' ? found : found === undefined ? 0 : numberOf(found);
      assert.ok(value >= least, `${key} is ${value}, ${least} writes were acknowledged`);
      const most = least + (this.#unknown.get(line) ?? 0);
      if (quiet) assert.ok(value <= most, `${key} is ${value}, at most ${most} writes were made`);
    }
  }

  #journal(worker: number): Journal {
    const journal = this.#journals[worker];
    assert.ok(journal);
    return journal;
  }

  #worker(index: number): Worker {
    const worker = this.#workers[index];
    assert.ok(worker);
    return worker;
  }
}

async function exitOf(worker: Worker): Promise<void> {
  await new Promise<void>((resolve) => worker.once('exit', () => resolve()));
}
