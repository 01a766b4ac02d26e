/** Measurements that need a process to themselves: started by `inProcess`, answers with one message. */
import { fork } from 'node:child_process';
import { once } from 'node:events';

/** What a process of its own is asked to measure. */
export interface Task {
  readonly file: 'resident' | 'pauses';
  readonly subject: 'sharena' | 'map';
  readonly entryCount: number;
  readonly durationMs: number;
}

/** Enough for five million entries in a Map. */
const HEAP_MEBIBYTES = 6144;

/** Runs `task` in a new process and returns what it answers. */
export async function inProcess<T>(task: Task): Promise<T> {
  const child = fork(new URL(`./${task.file}-process.js`, import.meta.url), [JSON.stringify(task)], {
    execArgv: ['--expose-gc', `--max-old-space-size=${HEAP_MEBIBYTES}`],
  });
  const answered = once(child, 'message');
  const ended = once(child, 'exit');
  const [answer] = (await Promise.race([answered, ended])) as [T | number | null];
  if (answer === null || typeof answer === 'number')
    throw new Error(`${task.file} of ${task.subject} ended with exit code ${String(answer)}`);
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
