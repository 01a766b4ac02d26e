/**
 * Commands for fast-check on three views of one arena: two Store objects of this thread, one of which remembers what it has
 * decoded, and one of another thread.
 */
import { strict as assert } from 'node:assert';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import * as fc from 'fast-check';
import { Store } from '../../src/index.ts';
import { Mailbox } from '../fixtures/mailbox.ts';
import { type Call, callMap, callStore, type Outcome } from './calls.ts';
import { glimpse, isSame } from './values.ts';

const KEYS = 60;
const MAILBOX_BYTES = 16 * 2 ** 20;
/** Bytes of values below which a store of 256 KiB has no reason to be full. */
const FULL_BYTES_MIN = 60_000;

export interface Views {
  readonly stores: readonly [Store, Store];
  readonly mailbox: Mailbox;
  /** Calls made and calls that found the store full. */
  readonly counts: { calls: number; full: number };
}

interface Model {
  map: Map<string, unknown>;
}

class CallCommand implements fc.Command<Model, Views> {
  readonly call: Call;
  readonly view: number;

  constructor(call: Call, view: number) {
    this.call = call;
    this.view = view;
  }

  check(): boolean {
    return true;
  }

  run(model: Model, views: Views): void {
    const outcome = this.#make(views);
    views.counts.calls += 1;
    if ('full' in outcome) {
      views.counts.full += 1;
      const bytes = [...model.map.values()].reduce(
        (sum: number, value) => sum + bytesOf(value),
        bytesOf(this.call.value),
      );
      assert.ok(bytes > FULL_BYTES_MIN, `full with ${bytes} bytes of values`);
      return;
    }
    const expected = callMap(model.map, this.call);
    assert.ok(isSame(outcome, expected), `${this.toString()} came to ${shown(outcome)}, not to ${shown(expected)}`);
  }

  #make({ stores, mailbox }: Views): Outcome {
    return this.view < 2 ? callStore(stores[this.view as 0 | 1], this.call) : (mailbox.ask(this.call) as Outcome);
  }

  toString(): string {
    const { name, key, value, fresh } = this.call;
    return `${name}(key ${key}, ${glimpse(value)}${name === 'compareAndSet' ? `, ${fresh ? 'right' : 'wrong'} version` : ''}) in view ${this.view}`;
  }
}

function bytesOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  return value instanceof Uint8Array ? value.length : 64;
}

function shown(outcome: Outcome): string {
  return 'returned' in outcome ? glimpse(outcome.returned) : JSON.stringify(outcome);
}

const value: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(null, undefined, true, -0, Number.NaN, 2 ** 31, '', '\ud800', 2n ** 80n),
  fc.integer(),
  fc.double(),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.nat(8_000).map((length) => 'x'.repeat(length)),
  fc.nat(40_000).map((length) => new Uint8Array(length).fill(length)),
  fc.bigInt(),
  fc.array(fc.integer(), { maxLength: 8 }).map((list) => ({ list, when: new Date(list.length) })),
);

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
  [1, 'entries'],
  [1, 'size'],
];

const commands: readonly fc.Arbitrary<fc.Command<Model, Views>>[] = [
  ...callNames.flatMap(([weight, name]) => Array.from({ length: weight }, () => commandOf(name))),
  // Rare: what goes before a clear says little about what comes after it.
  fc.nat(20).chain((rare) => commandOf(rare === 0 ? 'clear' : 'size')),
];

function commandOf(name: Call['name']): fc.Arbitrary<fc.Command<Model, Views>> {
  return fc
    .record({ key: fc.nat(KEYS - 1), value, fresh: fc.boolean(), view: fc.nat(2) })
    .map(({ view, ...call }) => new CallCommand({ name, ...call }, view));
}

/** Runs random sequences of up to `length` commands each; a failing one is made as short as possible and shown. */
export async function runCommands(seed: number, runs: number, length: number): Promise<Views['counts']> {
  const store = Store.create({ memory: '256KiB', segments: 2 });
  const mailbox = new Mailbox(new SharedArrayBuffer(MAILBOX_BYTES));
  const workerData = { handle: store.handle, memory: mailbox.memory };
  const worker = new Worker(new URL('../fixtures/calling-worker.js', import.meta.url), { workerData });
  await once(worker, 'online');
  const views: Views = {
    stores: [store, Store.attach(store.handle, { memo: { max: 20 } })],
    mailbox,
    counts: { calls: 0, full: 0 },
  };
  try {
    fc.assert(
      fc.property(fc.commands([...commands], { maxCommands: length, size: 'max' }), (sequence) => {
        store.clear();
        fc.modelRun(() => ({ model: { map: new Map() }, real: views }), sequence);
        assert.deepEqual(store.verify().problems, []);
      }),
      { seed, numRuns: runs, endOnFailure: false },
    );
  } finally {
    mailbox.close();
    await worker.terminate();
    for (const view of views.stores) view.close();
  }
  return views.counts;
}
