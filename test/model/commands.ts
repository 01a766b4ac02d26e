/**
 * Commands for fast-check on a store for each codec, each seen in four ways: through two Store objects of this thread, one
 * of which remembers what it has decoded, and one of each of two others. The other threads wait while this one works, so
 * that a run is the same each time.
 */
import { strict as assert } from 'node:assert';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import * as fc from 'fast-check';
import type { Store } from '../../src/index.ts';
import type { Errand } from '../fixtures/calling-worker.ts';
import { Mailbox } from '../fixtures/mailbox.ts';
import { type Call, callStore, ModelStore, type Outcome } from './calls.ts';
import { attachAll, createAll, kindOf, STORE_KINDS } from './stores.ts';
import { glimpse, isSame } from './values.ts';

const KEYS = 60;
const FEW_KEYS = 6;
const THREADS = 2;
const LOCAL_VIEWS = 2;
const MAILBOX_BYTES = 16 * 2 ** 20;
/** Bytes of values below which the smallest store has no reason to be full. */
const FULL_BYTES_MIN = 60_000;
const START_MS = 1_700_000_000_000;

export interface Counts {
  /** Calls made, and calls that found a store full, that were refused, and that another thread made. */
  calls: number;
  full: number;
  refused: number;
  elsewhere: number;
}

interface Views {
  /** By view, then by store. */
  readonly stores: readonly (readonly Store[])[];
  readonly mailboxes: readonly Mailbox[];
  readonly counts: Counts;
}

interface Model {
  readonly stores: readonly ModelStore[];
  readonly clock: { nowMs: number };
}

type Errands = fc.Command<Model, Views>;

class CallCommand implements Errands {
  readonly call: Omit<Call, 'nowMs'>;
  readonly store: number;
  readonly view: number;
  /** Time that passes before the call, in ms. */
  readonly wait: number;

  constructor(call: Omit<Call, 'nowMs'>, store: number, view: number, wait: number) {
    this.call = call;
    this.store = store;
    this.view = view;
    this.wait = wait;
  }

  check(): boolean {
    return true;
  }

  run(model: Model, views: Views): void {
    model.clock.nowMs += this.wait;
    const call: Call = { ...this.call, nowMs: model.clock.nowMs };
    const outcome = this.#make(views, call);
    views.counts.calls += 1;
    if (this.view >= LOCAL_VIEWS) views.counts.elsewhere += 1;
    const modelStore = model.stores[this.store];
    assert.ok(modelStore);
    if ('full' in outcome) {
      views.counts.full += 1;
      const values = [...modelStore.values(call.nowMs), call.value];
      const bytes = values.reduce((sum: number, value) => sum + bytesOf(value), 0);
      assert.ok(bytes > FULL_BYTES_MIN, `full with ${bytes} bytes of values`);
      return;
    }
    if ('refused' in outcome) views.counts.refused += 1;
    const expected = modelStore.call(call);
    assert.ok(agree(outcome, expected), `${this.toString()} came to ${shown(outcome)}, not to ${shown(expected)}`);
  }

  #make({ stores, mailboxes }: Views, call: Call): Outcome {
    const mailbox = mailboxes[this.view - LOCAL_VIEWS];
    if (mailbox !== undefined) return mailbox.ask({ store: this.store, call } satisfies Errand) as Outcome;
    const store = stores[this.view]?.[this.store];
    assert.ok(store);
    return callStore(store, call);
  }

  toString(): string {
    const { name, key, value, fresh, ttl } = this.call;
    const version = name === 'compareAndSet' ? `, ${fresh ? 'right' : 'wrong'} version` : '';
    const where = `in view ${this.view} of store ${kindOf(this.store).name}`;
    return `${name}(key ${key}, ${glimpse(value)}${version}, ttl ${ttl}) ${where} ${this.wait} ms later`;
  }
}

function agree(outcome: Outcome, expected: Outcome): boolean {
  if (!('between' in expected)) return isSame(outcome, expected);
  const number = 'returned' in outcome ? Number(outcome.returned) : Number.NaN;
  return number >= expected.between[0] && number <= expected.between[1];
}

function bytesOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  return value instanceof Uint8Array ? value.length : 64;
}

function shown(outcome: Outcome): string {
  return 'returned' in outcome ? glimpse(outcome.returned) : JSON.stringify(outcome);
}

const anyValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(null, undefined, true, -0, Number.NaN, 2 ** 31, '', '\ud800', 2n ** 80n),
  fc.integer(),
  fc.double(),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.nat(8_000).map((length) => 'x'.repeat(length)),
  fc.nat(40_000).map((length) => new Uint8Array(length).fill(length)),
  fc.bigInt(),
  fc.array(fc.integer(), { maxLength: 8 }).map((list) => ({ list })),
  fc.array(fc.integer(), { maxLength: 8 }).map((list) => ({ list, when: new Date(list.length) })),
);
/** What the codecs of one type take, so that their stores are not all but empty. */
const likelyValues: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  text: fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.nat(20_000).map((length) => 'é'.repeat(length)),
  ),
  bytes: fc.nat(40_000).map((length) => new Uint8Array(length).fill(length)),
  float64: fc.double(),
  int32: fc.integer(),
};

const callNames: readonly (readonly [number, Call['name']])[] = [
  [12, 'set'],
  [8, 'get'],
  [6, 'delete'],
  [4, 'increment'],
  [4, 'compareAndSet'],
  [3, 'update'],
  [3, 'getOrInsert'],
  [3, 'replace'],
  [2, 'has'],
  [2, 'setMany'],
  [2, 'getRemainingTTL'],
  [1, 'entries'],
  [1, 'size'],
];

/** A sequence of commands keeps to a few stores, and mostly to a few keys, so that what one leaves behind others meet. */
function sequences(length: number): fc.Arbitrary<Iterable<Errands>> {
  const some = fc.shuffledSubarray([...STORE_KINDS.keys()], { minLength: 1, maxLength: 3 });
  return some.chain((stores) => {
    const of = (name: Call['name']): fc.Arbitrary<Errands> => commandOf(name, stores);
    const commands = callNames.flatMap(([weight, name]) => Array.from({ length: weight }, () => of(name)));
    // Rare: what goes before a clear says little about what comes after it.
    const clear = fc.nat(20).chain((rare) => of(rare === 0 ? 'clear' : 'size'));
    return fc.commands([...commands, clear], { maxCommands: length, size: 'max' });
  });
}

function commandOf(name: Call['name'], stores: readonly number[]): fc.Arbitrary<Errands> {
  return fc.constantFrom(...stores).chain((store) =>
    fc
      .record({
        key: fc.oneof({ weight: 2, arbitrary: fc.nat(FEW_KEYS - 1) }, fc.nat(KEYS - 1)),
        value: fc.oneof(anyValue, likelyValues[kindOf(store).name] ?? anyValue),
        fresh: fc.boolean(),
        ttl: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 3_000 })),
        view: fc.nat(LOCAL_VIEWS + THREADS - 1),
        wait: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(50)),
      })
      .map(({ view, wait, ...call }) => new CallCommand({ name, ...call }, store, view, wait)),
  );
}

/** Runs random sequences of up to `length` commands each; a failing one is made as short as possible and shown. */
export async function runCommands(seed: number, runs: number, length: number): Promise<Counts> {
  const created = createAll();
  const handles = created.map(({ handle }) => handle);
  const mailboxes = Array.from({ length: THREADS }, () => new Mailbox(new SharedArrayBuffer(MAILBOX_BYTES)));
  const workers = mailboxes.map(
    ({ memory }) =>
      new Worker(new URL('../fixtures/calling-worker.js', import.meta.url), { workerData: { handles, memory } }),
  );
  await Promise.all(workers.map((worker) => once(worker, 'online')));
  const counts = { calls: 0, full: 0, refused: 0, elsewhere: 0 };
  const views: Views = { stores: [created, attachAll(handles, { max: 20 })], mailboxes, counts };
  try {
    fc.assert(
      fc.property(sequences(length), (sequence) => {
        for (const store of created) store.clear();
        const model: Model = {
          stores: STORE_KINDS.map((kind) => new ModelStore(kind)),
          clock: { nowMs: START_MS },
        };
        fc.modelRun(() => ({ model, real: views }), sequence);
        for (const store of created) assert.deepEqual(store.verify().problems, []);
      }),
      { seed, numRuns: runs, endOnFailure: false },
    );
  } finally {
    for (const mailbox of mailboxes) mailbox.close();
    await Promise.all(workers.map(async (worker) => worker.terminate()));
    for (const view of views.stores) for (const store of view) store.close();
  }
  return counts;
}
