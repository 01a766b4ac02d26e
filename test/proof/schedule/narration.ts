import { writeSync } from 'node:fs';
import type { Narrator } from './gate.ts';
import type { ArenaPlaces } from './places.ts';

/** By the numbers of the accesses. */
const VERBS: readonly string[] = [
  'peeks at',
  'peeks at a run from',
  'opens with',
  'closes with',
  'loads',
  'pokes',
  'pokes a run from',
  'releases',
  'stores',
  'compares and exchanges',
  'exchanges',
  'adds to',
  'notifies',
  'waits for',
];

/** Tells each access of an actor on standard output: for the replay of one schedule. */
export function narrate(self: number, places: ArenaPlaces): Narrator {
  return (access, word, value) => {
    const stored = access >= 5 ? ` (${value})` : '';
    writeAll(`${'    '.repeat(self)}${self} ${VERBS[access]} ${places.nameOf(word)}${stored}\n`);
  };
}

/** A pipe that is full takes nothing for a while; this thread has no event loop to wait in. */
function writeAll(text: string): void {
  for (;;) {
    try {
      writeSync(1, text);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    }
  }
}
