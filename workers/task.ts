/** What runs in a worker of a pool: it attaches the stores, loads the user's module, and runs one task after the other. */
import { type MessagePort, type TransferListItem, workerData } from 'node:worker_threads';
import { packError } from '../src/dispatch/carried-error.ts';
import { monotonicMs } from '../src/dispatch/clock.ts';
import type { TaskContext } from '../src/dispatch/context.ts';
import type {
  JoinAnswer,
  JoinCall,
  SegmentPart,
  TaskAnswer,
  TaskCall,
  ToWorker,
  WorkerSetup,
} from '../src/dispatch/messages.ts';
import { StandIn } from '../src/dispatch/mail-stand-in.ts';
import { parcelOf } from '../src/dispatch/movable.ts';
import { Processors } from '../src/dispatch/processors.ts';
import { SegmentView } from '../src/dispatch/segment-view.ts';
import { begin, noteWork } from '../src/dispatch/turns.ts';
import { Upkeep } from '../src/dispatch/upkeep.ts';
import { type Codec, OptionError, Store } from '../src/index.ts';
import type { Words } from '#atomics';
import { RunningContext, StandingContext } from './context.ts';
import { WorkerMail } from './mail.ts';

type Exports = Readonly<Record<string, unknown>>;
type UserFunction = (...args: unknown[]) => unknown;

/** A message that could not be read, in the place of the task that it was to bring. */
interface GarbledCall {
  readonly kind: 'garbled';
  readonly turn: number;
  readonly error: Error;
}

const { owner, filename, processors, stores: handles, upkeep, upkeepCounts } = workerData as WorkerSetup;
let stores: TaskContext['stores'] | undefined;
let workerMail: WorkerMail | undefined;
/** What `onStart` of the user's module comes to. */
let starting: Promise<unknown> | undefined;

/** The first call: gets ready for tasks. What cannot be made ready fails the tasks, not the thread. */
export async function join({ port, mailPort, turns }: JoinCall): Promise<JoinAnswer> {
  const mail = new WorkerMail(owner, mailPort);
  workerMail = mail;
  const bench = new Workbench(port, turns, mail);
  try {
    await openModule();
    const attached = stores as TaskContext['stores'];
    const module = (await import(processors)) as Exports;
    mail.open({
      stores: attached,
      answererFor: (lastWords) => {
        const site = { owner, stores: attached, onWork: () => noteWork(turns) };
        return new Processors(site, (name) => functionOf(module, processors, name), lastWords);
      },
    });
    if (upkeep) bench.lookAfter(attached, upkeepCounts);
    return { started: await starting };
  } catch (error) {
    // Each task tries again and is answered with the error.
    mail.open({ stores: {}, answererFor: (lastWords) => new StandIn(owner, { thrown: error }, lastWords) });
    return { failure: packError(error) };
  } finally {
    bench.open();
  }
}

/** The last call: has the user's module end what it has begun besides tasks. Resolves to whether it had anything to end. */
export async function leave(): Promise<boolean> {
  // What was not ready has nothing to end.
  const exports = await openModule().catch(() => ({}));
  try {
    const onStop = optionalFunctionOf(exports, 'onStop');
    await onStop?.();
    return onStop !== undefined;
  } catch (error) {
    // Nobody catches it there: the thread ends, and the call is not answered.
    return new Promise(() => {
      setImmediate(() => {
        throw error;
      });
    });
  }
}

class Workbench {
  readonly #port: MessagePort;
  readonly #turns: Words;
  readonly #mail: WorkerMail;
  readonly #waiting: (TaskCall | GarbledCall)[] = [];
  #current: RunningContext | null = null;
  #lastTurn: number = 0;
  #isBusy: boolean = false;
  #upkeep: Upkeep | null = null;

  constructor(port: MessagePort, turns: Words, mail: WorkerMail) {
    this.#port = port;
    this.#turns = turns;
    this.#mail = mail;
  }

  open(): void {
    this.#port.on('message', (message: ToWorker) => {
      if (message.kind === 'abort') this.#current?.abort(message.turn, message.reason);
      else this.#take(message);
    });
    // Messages arrive in the order of their turns, so it is known whose this one was.
    this.#port.on('messageerror', (error: Error) => {
      this.#take({ kind: 'garbled', turn: this.#lastTurn + 1, error });
    });
  }

  /** Does the upkeep of the owner's segments whenever there is nothing else to do. */
  lookAfter(attached: TaskContext['stores'], counts: Words): void {
    const isIdle = (): boolean => !this.#isBusy && this.#mail.isAsleep;
    this.#upkeep = new Upkeep({ owner, stores: attached, counts, isIdle });
  }

  #take(call: TaskCall | GarbledCall): void {
    this.#lastTurn = call.turn;
    this.#waiting.push(call);
    if (!this.#isBusy) void this.#runAll();
  }

  /** Never rejects because of the user's code. */
  async #runAll(): Promise<void> {
    this.#isBusy = true;
    for (let call = this.#waiting.shift(); call !== undefined; call = this.#waiting.shift()) await this.#run(call);
    this.#isBusy = false;
    this.#upkeep?.stir();
  }

  async #run(call: TaskCall | GarbledCall): Promise<void> {
    const { turn } = call;
    let begunMs = 0;
    try {
      if (call.kind === 'garbled') throw call.error;
      const task = await taskOf(call);
      if (!begin(this.#turns, turn)) return;
      begunMs = monotonicMs();
      this.#current = new RunningContext(owner, stores as TaskContext['stores'], this.#mail, this.#turns, turn);
      const { value, transferList } = parcelOf(await task(this.#current), []);
      this.#answer({ turn, begunMs, endedMs: monotonicMs(), ok: true, value }, transferList);
    } catch (error) {
      // It may not have come to its begin yet, or its result could not be sent.
      if (begunMs === 0 && !begin(this.#turns, turn)) return;
      this.#answer({ turn, begunMs, endedMs: monotonicMs(), ok: false, failure: packError(error) }, []);
    } finally {
      this.#current = null;
    }
  }

  #answer(answer: TaskAnswer, transferList: readonly TransferListItem[]): void {
    this.#port.postMessage(answer, transferList);
  }
}

/** What a task does, when its worker is ready for it. */
async function taskOf({ name, task, part }: TaskCall): Promise<(context: TaskContext) => unknown> {
  const call = functionOf(await openModule(), filename, name);
  if (part === undefined) return (context) => call(task, context);
  return part.each
    ? (context) => callForEach(call, task, part, context)
    : (context) => call(viewOf(part, context), task, context);
}

async function callForEach(
  call: UserFunction,
  args: unknown,
  part: SegmentPart,
  context: TaskContext,
): Promise<number> {
  let count = 0;
  for (const [key, value] of viewOf(part, context)) {
    const result = call(value, key, args, context);
    // Awaiting what is no promise would cost a turn for each entry.
    if (isThenable(result)) await result;
    count += 1;
  }
  return count;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value;
}

function viewOf({ store, segment }: SegmentPart, context: TaskContext): SegmentView {
  return new SegmentView(context.stores[store], segment, context);
}

async function openModule(): Promise<Exports> {
  const exports = (await import(filename)) as Exports;
  stores ??= attachAll(exports);
  starting ??= start(exports, stores);
  await starting;
  return exports;
}

async function start(exports: Exports, attached: TaskContext['stores']): Promise<unknown> {
  const onStart = optionalFunctionOf(exports, 'onStart');
  const started: unknown = await onStart?.(new StandingContext(owner, attached, workerMail as WorkerMail));
  // What cannot be sent is a failure of the module too.
  return structuredClone(started);
}

/** Stores with a codec of the user's own get it from the module's `codecs`, by name. */
function attachAll(exports: Exports): TaskContext['stores'] {
  const codecs = (exports['codecs'] ?? {}) as Readonly<Record<string, Codec<unknown> | undefined>>;
  const attached: Record<string, Store> = {};
  try {
    for (const [name, handle] of Object.entries(handles)) {
      const value = Object.hasOwn(codecs, name) ? codecs[name] : undefined;
      attached[name] = Store.attach(handle, value === undefined ? {} : { value });
    }
  } catch (error) {
    for (const half of Object.values(attached)) half.close();
    throw error;
  }
  return attached;
}

function functionOf(exports: Exports, url: string, name: string): UserFunction {
  const found = exportOf(exports, name);
  if (typeof found !== 'function') throw new OptionError(`name: ${url} exports no function ${name}`);
  return found as UserFunction;
}

function optionalFunctionOf(exports: Exports, name: string): UserFunction | undefined {
  return exportOf(exports, name) === undefined ? undefined : functionOf(exports, filename, name);
}

/** A module of the other kind (CommonJS) has its exports in `default`. */
function exportOf(exports: Exports, name: string): unknown {
  const { default: fallback } = exports;
  const inner = typeof fallback === 'object' && fallback !== null ? (fallback as Exports) : {};
  return Object.hasOwn(exports, name) ? exports[name] : Object.hasOwn(inner, name) ? inner[name] : undefined;
}
