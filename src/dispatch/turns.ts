/**
 * Which of the tasks that were sent to a thread it has begun: words in shared memory, still there when the thread is not.
 *
 * A task's turn is its place in the order of sending, from 1; the word of a turn is {turn, state}. The thread begins a task and
 * the pool recalls it by a compare-exchange of the same word, so exactly one of them has it, whenever either dies.
 */
import { compareExchange, load, store, type Words } from '#atomics';

/**
 * Tasks that may be with a thread at a time: one that is done goes on without a round trip. Time on a core for a task, of all
 * threads together (2026-11-24, AMD EPYC, 2 cores, Node 20.20.2, a busy machine): 29 us with 1, 20 with 4, 17 with 8, 14 with
 * 16, 13.5 with 32. More have to be recalled when segments move.
 */
export const WINDOW = 16;
/** After the words of the turns: not 0 when the thread has worked, so that its death is no false start. */
const WORKED_WORD: number = WINDOW;
const TURNS_WORDS: number = WINDOW + 1;

const SENT = 0;
const BEGUN = 1;
const RECALLED = 2;
const ABORTED = 3;

export function newTurns(): Words {
  return new Int32Array(new SharedArrayBuffer(TURNS_WORDS * 4));
}

/** By the pool, before it sends the task. The turn that had the word before has been answered or recalled. */
export function markSent(words: Words, turn: number): void {
  store(words, turn % WINDOW, wordOf(turn, SENT));
}

/** By the thread, before it runs the task. False when the pool has recalled it. */
export function begin(words: Words, turn: number): boolean {
  noteWork(words);
  return change(words, turn, SENT, BEGUN);
}

/** By the thread: it has work to do, from this pool or by other ways. */
export function noteWork(words: Words): void {
  store(words, WORKED_WORD, 1);
}

/** By the pool, when the thread is gone. */
export function hasWorked(words: Words): boolean {
  return load(words, WORKED_WORD) !== 0;
}

/** By the pool, to have a task back. False when the thread has begun it. */
export function recall(words: Words, turn: number): boolean {
  return change(words, turn, SENT, RECALLED);
}

/** By the pool: lets a task that was begun see that its caller gave up. */
export function markAborted(words: Words, turn: number): void {
  change(words, turn, BEGUN, ABORTED);
}

/** By the thread, while it runs the task. */
export function isAborted(words: Words, turn: number): boolean {
  return load(words, turn % WINDOW) === wordOf(turn, ABORTED);
}

/** By the pool, when the thread is gone and its answers have been read. */
export function wasBegun(words: Words, turn: number): boolean {
  const word = load(words, turn % WINDOW);
  return word === wordOf(turn, BEGUN) || word === wordOf(turn, ABORTED);
}

function change(words: Words, turn: number, from: number, to: number): boolean {
  const expected = wordOf(turn, from);
  return compareExchange(words, turn % WINDOW, expected, wordOf(turn, to)) === expected;
}

/** Turns are told apart modulo 2^30, far more than the window. */
function wordOf(turn: number, state: number): number {
  return (turn << 2) | state;
}
