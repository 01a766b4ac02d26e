/**
 * Pools that are used in every way while their threads die, start and stop as they like, and their number changes: what is said of
 * every call, and what the store says of it. One pool follows the other on the same store.
 */
import assert from 'node:assert/strict';
import type { Worker } from 'node:worker_threads';
import { Pool } from '../../src/dispatch/pool.ts';
import { ClosedError, ConflictError, OwnerDiedError, Store, TaskTimeoutError } from '../../src/index.ts';
import { STORMY_START, type StormTask } from '../fixtures/pool-stormy.ts';
import type { Random } from '../fixtures/random.ts';

export interface StormReport {
  pools: number;
  calls: number;
  /** Calls that were answered with an error. */
  errors: number;
  deaths: number;
  /** Restarts and resizes, and those of them that failed. */
  changes: number;
  failedChanges: number;
}

/** What came of a call, checked against what it has counted in the store. */
interface Told {
  readonly id: number | string;
  readonly outcome: PromiseSettledResult<unknown>;
}

const SEGMENTS = 16;
const KEYS = 24;
const ACTIONS = 60;
/** Between two actions, at most. */
const TURNS_MAX = 40;
/** Longer than a busy machine takes for what ends by itself, most of the time; what it cuts off is answered as well. */
const CLOSE_TIMEOUT_MS = 200;
/** Two such answers fill a ring. */
const LONG_BYTES = 1_900_000;

/** Says what goes on, for whoever has to find out why a storm does not end. */
export type Log = (what: string) => void;

/** Goes through storms until `isOver` says so, asked after each pool. */
export async function weather(
  random: Random,
  isOver: (report: StormReport) => boolean,
  log: Log = () => {},
): Promise<StormReport> {
  const report: StormReport = { pools: 0, calls: 0, errors: 0, deaths: 0, changes: 0, failedChanges: 0 };
  const counts = Store.create({ memory: '64MiB', segments: SEGMENTS });
  const workers: Worker[] = [];
  const onWorker = (worker: Worker): void => {
    workers.push(worker);
    worker.once('exit', () => {
      report.deaths += 1;
    });
  };
  process.on('worker', onWorker);
  counts.set('seed', random.seed);
  try {
    while (!isOver(report)) {
      await new Storm(counts, random, workers, report, log).blow();
      report.pools += 1;
      workers.length = 0;
    }
  } finally {
    process.off('worker', onWorker);
    counts.close();
  }
  return report;
}

class Storm {
  readonly #counts: Store;
  readonly #random: Random;
  readonly #workers: readonly Worker[];
  readonly #report: StormReport;
  readonly #log: Log;
  readonly #pool: Pool;
  readonly #told: Promise<readonly Told[]>[] = [];
  readonly #changes: Promise<unknown>[] = [];
  readonly #killed: Set<Worker> = new Set();

  constructor(counts: Store, random: Random, workers: readonly Worker[], report: StormReport, log: Log) {
    this.#counts = counts;
    this.#random = random;
    this.#workers = workers;
    this.#report = report;
    this.#log = log;
    this.#pool = new Pool({
      stores: { counts },
      filename: new URL('../fixtures/pool-stormy.js', import.meta.url),
      threads: random.between(1, 3),
      closeTimeout: CLOSE_TIMEOUT_MS,
    });
  }

  async blow(): Promise<void> {
    const random = this.#random;
    // With little of it, nearly nothing is answered before the next death or change.
    const patience = random.pick([0.03, 0.15, 0.4]);
    await Promise.allSettled([this.#pool.run({ id: 0, key: null, calls: [], turns: 0 }, { name: 'step' })]);
    for (let action = 0; action < ACTIONS; action++) {
      this.#act();
      if (random.chance(patience)) await this.#told.at(-1);
      if (random.chance(patience)) await this.#changes.at(-1);
      for (let turn = random.below(TURNS_MAX); turn > 0; turn--) await new Promise((resolve) => setImmediate(resolve));
    }
    this.#checkStats();
    await this.#end();
    const told = (await Promise.all(this.#told)).flat();
    await Promise.all(this.#changes);
    for (const { id, outcome } of told) this.#check(id, outcome);
    const alive = this.#workers.filter(({ threadId }) => threadId !== -1);
    assert.deepEqual(alive, [], 'no thread outlives its pool');
    assert.equal(this.#counts.get('out of order'), undefined);
    assert.deepEqual(this.#counts.verify(), { ok: true, problems: [] });
  }

  #act(): void {
    const random = this.#random;
    const draw = random.fraction();
    if (draw < 0.35) this.#execute();
    else if (draw < 0.5) this.#executeMany();
    else if (draw < 0.75) this.#run();
    else if (draw < 0.8) this.#mapSegments();
    else if (draw < 0.86) this.#change('restart', this.#pool.restart());
    else if (draw < 0.92) this.#change('resize', this.#pool.resize(random.between(1, 4)));
    else {
      const alive = this.#workers.filter((worker) => worker.threadId !== -1 && !this.#killed.has(worker));
      if (alive.length === 0) return;
      const victim = random.pick(alive);
      this.#killed.add(victim);
      void victim.terminate();
    }
  }

  #newId(): number {
    this.#report.calls += 1;
    return this.#report.calls;
  }

  #newKey(): string {
    return `key ${this.#random.below(KEYS)}`;
  }

  /** The arguments of `mark`. */
  #newMark(id: number): readonly unknown[] {
    return [id, true, this.#random.chance(0.03) ? LONG_BYTES : 0];
  }

  #tell(what: string, calls: Promise<readonly Told[]>): void {
    this.#log(`+ ${what}`);
    this.#told.push(calls.finally(() => this.#log(`- ${what}`)));
  }

  #execute(): void {
    for (let times = this.#random.between(1, 8); times > 0; times--) {
      const id = this.#newId();
      const made = this.#pool.execute('counts', this.#newKey(), 'mark', this.#newMark(id));
      this.#tell(
        `execute ${id}`,
        settled(made).then((outcome) => [{ id, outcome }]),
      );
    }
  }

  #executeMany(): void {
    const ids = Array.from({ length: this.#random.between(1, 60) }, () => this.#newId());
    const calls = ids.map((id) => ({ key: this.#newKey(), processor: 'mark', args: this.#newMark(id) }));
    const made = this.#pool.executeMany('counts', calls);
    this.#tell(
      `executeMany ${ids[0]} to ${ids.at(-1)}`,
      made.then((outcomes) => outcomes.map((outcome, at) => ({ id: ids[at], outcome }))),
    );
  }

  #run(): void {
    const random = this.#random;
    const id = this.#newId();
    const key = random.chance(0.7) ? this.#newKey() : null;
    const calls = Array.from({ length: random.below(4) }, () => ({ id: this.#newId(), key: this.#newKey() }));
    const task: StormTask = { id, key, calls, turns: random.below(20) };
    const timeout = random.chance(0.1) ? { timeout: random.between(1, 10) } : {};
    const made = settled(
      this.#pool.run<boolean[]>(task, { name: 'step', ...(key === null ? {} : { key }), ...timeout }),
    );
    this.#tell(
      `run ${id}`,
      made.then((outcome) => [
        { id, outcome },
        ...calls.map((call, at) => ({ id: call.id, outcome: partOf(outcome, at) })),
      ]),
    );
  }

  #mapSegments(): void {
    const id = this.#newId();
    const made = settled(this.#pool.mapSegments('counts', 'view', id));
    const segments = Array.from({ length: SEGMENTS }, (_, segment) => `${id}.${segment}`);
    this.#tell(
      `mapSegments ${id}`,
      made.then((outcome) => segments.map((part) => ({ id: part, outcome: partOf(outcome) }))),
    );
  }

  #change(what: string, doing: Promise<void>): void {
    this.#report.changes += 1;
    this.#log(`+ ${what}`);
    const done = doing.catch((error: unknown) => {
      this.#report.failedChanges += 1;
      assert.ok(isExpected(error), String(error));
    });
    this.#changes.push(done.finally(() => this.#log(`- ${what}`)));
  }

  async #end(): Promise<void> {
    const draw = this.#random.fraction();
    this.#log(`end ${draw}`);
    if (draw < 0.25) await this.#pool.destroy();
    else if (draw < 0.4) await Promise.all([this.#pool.close(), this.#pool.destroy()]);
    else await this.#pool.close();
    this.#log('ended');
  }

  #checkStats(): void {
    const stats = this.#pool.stats();
    let segments = 0;
    for (const owner of stats) {
      segments += owner.segments['counts'];
      assert.ok(owner.running === 0 || owner.running === 1);
      assert.ok(owner.waiting >= 0 && owner.failed <= owner.completed);
    }
    assert.equal(segments, SEGMENTS);
  }

  #check(id: number | string, outcome: PromiseSettledResult<unknown>): void {
    const ran = `ran ${id}`;
    const runs = (this.#counts.get(ran) as number | undefined) ?? 0;
    this.#counts.delete(ran);
    if (outcome.status === 'fulfilled') {
      assert.equal(runs, 1, `call ${id} was answered with its result and ran ${runs} times`);
      return;
    }
    this.#report.errors += 1;
    const { reason } = outcome;
    assert.ok(isExpected(reason), `call ${id}: ${String(reason)}`);
    assert.ok(runs <= 1, `call ${id} ran ${runs} times`);
    if (saysNoEffect(reason)) assert.equal(runs, 0, `call ${id} ran, but was answered with: ${String(reason)}`);
  }
}

async function settled<Result>(call: Promise<Result>): Promise<PromiseSettledResult<Result>> {
  const [outcome] = await Promise.allSettled([call]);
  return outcome;
}

/** What an answer says of one of several things that were to be done; of an error nobody knows which it is about. */
function partOf(outcome: PromiseSettledResult<unknown>, at?: number): PromiseSettledResult<unknown> {
  const isResult = outcome.status === 'fulfilled' && (at === undefined || (outcome.value as boolean[])[at]);
  if (isResult) return { status: 'fulfilled', value: null };
  return { status: 'rejected', reason: new OwnerDiedError('a part of a call') };
}

function isExpected(error: unknown): boolean {
  if (error instanceof Error && error.message === STORMY_START) return true;
  return [OwnerDiedError, ClosedError, ConflictError, TaskTimeoutError].some((known) => error instanceof known);
}

/** Whether an error says that the call has not run. */
function saysNoEffect(error: unknown): boolean {
  const { message } = error as Error;
  return message === STORMY_START || /had no effect|had not begun|before the (call was begun|task ran)/.test(message);
}
