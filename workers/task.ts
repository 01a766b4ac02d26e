/** What runs in a worker of a pool: it attaches the stores once, then answers one task after the other. */
import { workerData } from 'node:worker_threads';
import type { TaskAnswer, TaskCall, WorkerSetup } from '../src/dispatch/messages.ts';
import type { TaskContext } from '../src/dispatch/pool.ts';
import { Store } from '../src/index.ts';

type Task = (task: unknown, context: TaskContext) => unknown;

const setup = workerData as WorkerSetup;
let context: TaskContext | undefined;

/** Piscina calls this with each task; it never rejects because of the user's code. */
export async function answer(call: TaskCall): Promise<TaskAnswer> {
  try {
    // Imported here and not at the start: a module that cannot be loaded fails its tasks, not the thread.
    const exports = (await import(setup.filename)) as Record<string, unknown>;
    const task = exports[call.name];
    if (typeof task !== 'function') throw new TypeError(`${setup.filename} has no function ${call.name} to run`);
    const value: unknown = await (task as Task)(call.task, contextOf());
    return sendable({ ok: true, value });
  } catch (error) {
    return failure(error);
  }
}

function contextOf(): TaskContext {
  context ??= {
    owner: setup.owner,
    stores: Object.fromEntries(Object.entries(setup.stores).map(([name, handle]) => [name, Store.attach(handle)])),
  };
  return context;
}

/** Throws here what would otherwise throw where piscina posts the answer, which nobody catches. */
function sendable(answered: TaskAnswer): TaskAnswer {
  const kind = answered.ok ? typeof answered.value : 'object';
  if (kind === 'object' || kind === 'function' || kind === 'symbol') structuredClone(answered);
  return answered;
}

function failure(thrown: unknown): TaskAnswer {
  // A DOMException, such as that of structuredClone, would arrive as an empty object.
  const error = thrown instanceof DOMException ? namedError(thrown) : thrown;
  const name = error instanceof Error ? error.name : null;
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  try {
    return sendable({ ok: false, error, name, code });
  } catch {
    const message = error instanceof Error ? error.message : String(error);
    return { ok: false, error: new Error(message), name, code: String(code) };
  }
}

function namedError({ name, message }: DOMException): Error {
  return Object.defineProperty(new Error(message), 'name', { value: name });
}
