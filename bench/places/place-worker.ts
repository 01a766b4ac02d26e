/** One thread of the demo: loads its share of the places, builds a Map of all for reference, serves its stream. */
import { parentPort, workerData } from 'node:worker_threads';
import { Store, type StoreHandle } from '../../src/index.ts';
import { Barrier } from '../harness/barrier.ts';
import { keyOf, loadPlaces, type Place } from './data.ts';
import { Stream, type Served, type Stored } from './serve.ts';

export interface PlaceSetup {
  readonly index: number;
  readonly threads: number;
  readonly handle: StoreHandle;
  readonly barrier: SharedArrayBuffer;
}

export type Order = { readonly do: 'load' } | { readonly do: 'refer' } | { readonly do: 'serve'; readonly ops: number };

/** What the orders are answered with. */
export interface Loaded {
  readonly places: number;
  readonly tookMs: number;
}
export interface Referred {
  /** Heap that a Map of all places takes in this thread. */
  readonly heapBytes: number;
  readonly places: number;
}
export type ServedBy = Served & { readonly startNs: bigint; readonly endNs: bigint };

const setup = workerData as PlaceSetup;
const barrier = new Barrier(setup.barrier);
const store = Store.attach<Stored>(setup.handle);
let reference: ReadonlyMap<string, Place> = new Map();

function load(): Loaded {
  const places = loadPlaces();
  barrier.pass();
  const startMs = performance.now();
  let count = 0;
  for (let at = setup.index; at < places.length; at += setup.threads) {
    const place = places[at];
    store.set(keyOf(place.cityId), place);
    count += 1;
  }
  return { places: count, tookMs: performance.now() - startMs };
}

/** What each thread would hold without a shared store. */
function refer(): Referred {
  const before = heapBytes();
  reference = new Map(loadPlaces().map((place) => [keyOf(place.cityId), place]));
  return { heapBytes: heapBytes() - before, places: reference.size };
}

function serve(ops: number): ServedBy {
  const stream = new Stream(store, reference, setup.index + 1);
  barrier.pass();
  const startNs = process.hrtime.bigint();
  const served = stream.run(ops);
  return { ...served, startNs, endNs: process.hrtime.bigint() };
}

function heapBytes(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

function obey(order: Order): Loaded | Referred | ServedBy {
  if (order.do === 'load') return load();
  return order.do === 'refer' ? refer() : serve(order.ops);
}

parentPort?.on('message', (order: Order) => parentPort?.postMessage(obey(order)));
