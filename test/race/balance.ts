/** What a store must hold after deaths, by the journals of the living and the dead. */
import { strict as assert } from 'node:assert';
import type { Store } from '../../src/index.ts';
import { counterKey, Journal, ownKey, type Plan, plannedBytes, registerKey } from '../fixtures/journal.ts';
import { numberOf, ownKeyProblem } from '../fixtures/mortal.ts';
import { stampOf } from '../fixtures/stamped.ts';

export class Balance {
  readonly #store: Store;
  readonly #plan: Plan;
  readonly memory: SharedArrayBuffer;
  readonly #journals: readonly Journal[];
  /** Writes to counters and registers of which nobody knows whether they happened: in flight when their thread died. */
  readonly #unknown: Map<number, number> = new Map();
  /** Writes to own keys in flight at a death, and how many of them had happened. */
  inFlight: number = 0;
  happened: number = 0;

  constructor(store: Store, plan: Plan) {
    this.#store = store;
    this.#plan = plan;
    this.memory = Journal.reserve(plan);
    this.#journals = Array.from({ length: plan.workers }, (_, worker) => new Journal(this.memory, plan, worker));
  }

  journal(worker: number): Journal {
    const journal = this.#journals[worker];
    assert.ok(journal);
    return journal;
  }

  /** A worker is dead: nothing that it acknowledged is lost, and what it had in flight happened whole or not at all. */
  settle(worker: number): void {
    this.checkOwnKeys(worker);
    const journal = this.journal(worker);
    for (let key = 0; key < this.#plan.ownKeys; key++) this.#settleOwn(worker, key, journal);
    for (let line = 0; line < this.#plan.counters + this.#plan.registers; line++) {
      if (journal.inFlight(line) === journal.done(line)) continue;
      this.#unknown.set(line, (this.#unknown.get(line) ?? 0) + 1);
      journal.withdraw(line);
    }
  }

  checkOwnKeys(worker: number): void {
    for (let key = 0; key < this.#plan.ownKeys; key++) {
      const problem = ownKeyProblem(this.#store, this.#plan, worker, key, this.journal(worker));
      if (problem !== undefined) assert.fail(problem);
    }
  }

  /** Counters and registers have all that was acknowledged and, once nobody writes, no more than what was in flight. */
  checkSums(quiet: boolean): void {
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

  /** Nobody writes any more: each entry is whole. */
  checkAll(): void {
    for (let worker = 0; worker < this.#plan.workers; worker++) this.checkOwnKeys(worker);
    this.checkSums(true);
    for (const [key, value] of this.#store) {
      if (typeof key === 'string' && key.startsWith('counter')) continue;
      const stamp = stampOf(value);
      if (typeof stamp === 'string') assert.fail(`key ${String(key)}: ${stamp}`);
    }
  }

  #settleOwn(worker: number, key: number, journal: Journal): void {
    const line = journal.ownKeyLine(key);
    if (journal.inFlight(line) === journal.done(line)) return;
    this.inFlight += 1;
    const found = this.#store.get(ownKey(worker, key));
    const happened =
      found === undefined
        ? plannedBytes(this.#plan, worker, key, journal.inFlight(line)) < 0
        : numberOf(found) === journal.inFlight(line);
    if (happened) this.happened += 1;
    journal.settle(line, happened ? journal.inFlight(line) : journal.done(line));
  }
}
