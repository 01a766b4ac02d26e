/** One process of the guard: the package of one tree, its operations prepared and warm, run in batches when asked. */
import { coreTimeMs } from '../harness/core-time.ts';
import { warmProcess, type Sharena } from '../harness/warm.ts';
import { OPERATIONS, type Run } from './operations.ts';

/** What a process is started with, as JSON. */
export interface GuardTask {
  /** Address of the tree's compiled src/index.js. */
  readonly index: string;
  readonly operations: readonly string[];
  readonly batchMs: number;
}

/** What it answers when it is ready, and after each batch. */
export type GuardMessage = { readonly ready: true } | { readonly nanosecondsAnOp: number };

const PROBE_OPS = 256;
/** An operation is run for as many batches before it is timed. */
const WARM_UP_BATCHES = 6;

class Operation {
  readonly #run: Run;
  #ops: number = PROBE_OPS;
  #next: number = 0;

  constructor(run: Run, batchMs: number) {
    this.#run = run;
    for (const endMs = performance.now() + WARM_UP_BATCHES * batchMs; performance.now() < endMs; ) {
      this.#ops = Math.max(PROBE_OPS, Math.min(this.#ops * 8, Math.round((batchMs * 1e6) / this.time())));
    }
  }

  /** Runs a batch. @returns nanoseconds of processor time an operation took */
  time(): number {
    const from = this.#next;
    this.#next = (from + this.#ops) & 0xff_ffff;
    const startMs = coreTimeMs();
    const sum = this.#run(from, from + this.#ops);
    const tookMs = coreTimeMs() - startMs;
    if (Number.isNaN(sum)) throw new Error('an operation gave an answer that is no number');
    return (tookMs * 1e6) / this.#ops;
  }
}

const task = JSON.parse(process.argv[2] ?? '') as GuardTask;
const sharena = (await import(task.index)) as Sharena;
warmProcess(undefined, sharena);
const operations = new Map<string, Operation>();
for (const name of task.operations) {
  const prepare = OPERATIONS[name];
  if (prepare === undefined) throw new RangeError(`there is no operation ${name}`);
  operations.set(name, new Operation(await prepare(sharena), task.batchMs));
}

const send = (message: GuardMessage): void => void process.send?.(message);
process.on('message', (name: string) => send({ nanosecondsAnOp: operations.get(name)?.time() ?? Number.NaN }));
process.on('disconnect', () => process.exit(0));
send({ ready: true });
