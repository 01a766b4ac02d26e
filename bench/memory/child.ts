/** Measurements that need a process to themselves: started by `inProcess`, answers with one message. */
import { fork } from 'node:child_process';
import { once } from 'node:events';

/** What a process of its own is asked to measure. */
export interface Task {
  readonly subject: 'sharena' | 'map';
  readonly entryCount: number;
  readonly durationMs: number;
  readonly threads: number;
}

/** Enough for five million entries in a Map. */
const HEAP_MEBIBYTES = 6144;

/** Runs `task` in a new process of the program `file` and returns what it answers. */
export async function inProcess<T>(file: URL, task: Task): Promise<T> {
  const child = fork(file, [JSON.stringify(task)], {
    execArgv: ['--expose-gc', `--max-old-space-size=${HEAP_MEBIBYTES}`],
  });
  const answered = once(child, 'message') as Promise<[T]>;
  const ended = once(child, 'exit') as Promise<[number | null, string | null]>;
  const failed = ended.then(([code, signal]): never => {
    throw new Error(`${file.pathname} ended with ${code ?? signal} before it had answered`);
  });
  const [answer] = await Promise.race([answered, failed]);
  await ended;
  return answer;
}

/** What this process was asked for. */
export function taskOfProcess(): Task {
  return JSON.parse(process.argv[2] ?? '') as Task;
}

/** Collects all garbage: what is measured next is what is really held. */
export function collectGarbage(): void {
  if (globalThis.gc === undefined) throw new Error('start the process with --expose-gc');
  globalThis.gc();
}
