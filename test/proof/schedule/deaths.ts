import { markExited } from '../../../src/memory/threads.ts';
import type { Arena } from '../../../src/memory/arena.ts';
import { installGate } from '../../../src/memory/atomics.scheduled.ts';
import { ACTORS_MAX, type Control, DEAD, STATE, THREAD_IDS } from './control.ts';

/**
 * Makes the deaths so far known, as the exit events of workers do. The workers behind dead actors live on, so the OS cannot
 * be the witness here; test/race kills real ones.
 *
 * @returns whether there was one to make known
 */
export function proveDeaths(control: Control, arena: Arena): boolean {
  // What makes a death known is no step of anybody.
  const gate = installGate(null);
  let wasNews = false;
  for (let actor = 0; actor < ACTORS_MAX; actor++) {
    if (control[STATE + actor] !== DEAD) continue;
    if (markExited(arena.words, arena.threadsWord, control[THREAD_IDS + actor]) !== 0) wasNews = true;
  }
  installGate(gate);
  return wasNews;
}
