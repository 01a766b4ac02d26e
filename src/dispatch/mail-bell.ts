/**
 * Bells: one for each thread of a pool, to be rung by whoever has mail for it, and only when it sleeps. See [mail-bell] in
 * native-layout/README.md.
 *
 * Ringing is a compare-exchange and a notify, which reaches the thread's event loop without a port between the two; a message of
 * a MessagePort takes as long (17 us there and back between two idle event loops, both ways, on 2026-11-24). Until the
 * sleeper says that it is up, others notify as well, which costs little when nobody is left to wake: whoever rings first
 * may die before its notify.
 */
import * as mailLayout from '../../native-layout/mailbox.ts';
import * as atomics from '#atomics';
import type { Words } from '#atomics';

// Own constants fold, imported bindings are loaded at every use: see [hot-imports] in CONTRIBUTING.md.
const { bell, BELL_ASLEEP, BELL_AWAKE, BELL_GONE, BELL_RUNG } = mailLayout;
const { compareExchange, load, notify, store } = atomics;

/** Bells of `count` threads, all awake. */
export function createBells(count: number): Words {
  return new Int32Array(new SharedArrayBuffer(count * bell.words * 4));
}

/** Word of the bell of a thread. */
export function bellWord(thread: number): number {
  return thread * bell.words + bell.word.state;
}

/**
 * Wakes a thread if it sleeps. What the caller has published before, by `settleTail`, the thread finds.
 *
 * @returns false when the thread is gone, and somebody has to start another one
 */
export function ringBell(bells: Words, thread: number): boolean {
  const word = bellWord(thread);
  // [mail-bell] The bell after the tail.
  const state = load(bells, word);
  if (state === BELL_AWAKE) return true;
  if (state === BELL_GONE) return false;
  // Somebody who has looked at its rings but does not wait yet must not begin to.
  if (state === BELL_ASLEEP) compareExchange(bells, word, BELL_ASLEEP, BELL_RUNG);
  notify(bells, word, 1);
  return true;
}

/**
 * Says that the calling thread will wait for its bell, unless there is mail already.
 *
 * @param hasMail looks at every ring that the thread reads
 * @returns false when there is mail: the thread is awake
 */
export function lieDown(bells: Words, thread: number, hasMail: () => boolean): boolean {
  // [mail-bell] The bell before the tails: who published after that sees it.
  store(bells, bellWord(thread), BELL_ASLEEP);
  if (!hasMail()) return true;
  store(bells, bellWord(thread), BELL_AWAKE);
  return false;
}

/** Says that a thread of this number looks for mail, or will do so when it is up. A sleeper has to say so when it was woken. */
export function getUp(bells: Words, thread: number): void {
  store(bells, bellWord(thread), BELL_AWAKE);
}

/** Says that a thread is dead and has no successor. Its rings have to be looked at after that, in its place. */
export function markGone(bells: Words, thread: number): void {
  // [mail-bell] As in lieDown.
  store(bells, bellWord(thread), BELL_GONE);
}
