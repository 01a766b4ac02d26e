/** What runs in a worker of a pool: it attaches the stores once, then answers one task after the other. */
import { workerData } from 'node:worker_threads';
import { packError } from '../src/dispatch/carried-error.ts';
import type { TaskAnswer, TaskCall, WorkerSetup } from '../src/dispatch/messages.ts';
import type { TaskContext } from '../src/dispatch/pool.ts';
import { type Codec, Store } from '../src/index.ts';
import { store } from '#atomics';

type Task = (task: unknown, context: TaskContext) => unknown;
type TaskModule = Readonly<Record<string, unknown>>;

const { owner, filename, stores: handles, begun } = workerData as WorkerSetup;
let stores: TaskContext['stores'] | undefined;

/** The first call: gets ready for tasks. What cannot be made ready fails the tasks, not the thread. */
export async function join(): Promise<void> {
  try {
    storesFor((await import(filename)) as TaskModule);
  } catch {
    // Each task tries again and is answered with the error.
  }
}

/** Called with each task; it never rejects because of the user's code. */
export async function answer(call: TaskCall): Promise<TaskAnswer> {
  try {
    const exports = (await import(filename)) as TaskModule;
    const task = exports[call.name];
    if (typeof task !== 'function') throw new TypeError(`${filename} exports no function ${call.name}`);
    const context = { owner, stores: storesFor(exports), ...signalOf(call) };
    store(begun, 0, call.turn);
    return sendable(await (task as Task)(call.task, context));
  } catch (error) {
    return { ok: false, failure: packError(error) };
  } finally {
    call.abortPort?.close();
  }
}

/** Stores with a codec of the user's own get it from the module's `codecs`, by name. */
function storesFor(exports: TaskModule): TaskContext['stores'] {
  if (stores !== undefined) return stores;
  const codecs = (exports['codecs'] ?? {}) as Readonly<Record<string, Codec<unknown> | undefined>>;
  const attached: Record<string, Store> = {};
  try {
    for (const [name, handle] of Object.entries(handles)) {
      const value = codecs[name];
      attached[name] = Store.attach(handle, value === undefined ? {} : { value });
    }
  } catch (error) {
    for (const half of Object.values(attached)) half.close();
    throw error;
  }
  stores = attached;
  return stores;
}

function signalOf({ abortPort }: TaskCall): { signal?: AbortSignal } {
  if (abortPort === undefined) return {};
  const controller = new AbortController();
  abortPort.on('message', (reason: unknown) => controller.abort(reason));
  abortPort.unref();
  return { signal: controller.signal };
}

/** Throws here what would otherwise throw where piscina posts the answer, which nobody catches. */
function sendable(value: unknown): TaskAnswer {
  if (typeof value === 'object' || typeof value === 'function' || typeof value === 'symbol') structuredClone(value);
  return { ok: true, value };
}
