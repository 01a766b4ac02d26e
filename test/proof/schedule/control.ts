/**
 * The words through which the actors of a proof (its logical threads, each a worker) and its driver speak.
 *
 * One of them at a time has the baton; only that one runs, and only that one touches these words. So they are plain words,
 * but for GO, by which the baton is passed.
 */

/** Logical threads of a proof at most. */
export const ACTORS_MAX = 3;
/** The place of the driver among those who may have the baton. */
export const DRIVER: number = ACTORS_MAX;
export const NOBODY = -1;

/** Accesses of one run at which another actor may be given the baton, at most. */
export const STEPS_MAX: number = 1 << 17;
const CHOICES_MAX = 4096;

/** States of an actor. */
export const OUT = 0;
export const READY = 1;
export const ASLEEP = 2;
export const FINISHED = 3;
export const DEAD = 4;

/** What the driver wants of an actor that it gives the baton. */
export const SET_UP = 1;
export const RUN = 2;
export const QUIT = 3;

/** How the next actor is chosen. */
export const BY_CHOICES = 0;
export const BY_PRIORITIES = 1;

/** How a run came out. */
export const ALL_DONE = 0;
export const STANDSTILL = 1;
export const TOO_LONG = 2;

/** When others can know that an actor has died. */
export const PROOF_AT_ONCE = 0;
export const PROOF_LATE = 1;

/** Budget of an actor that goes on until it stops by itself. */
export const UNTIL_IT_STOPS = 0x7fffffff;

let next = 0;

function words(count: number): number {
  const first = next;
  next += count;
  return first;
}

/** 1 for the one that has the baton. */
const GO: number = words(ACTORS_MAX + 1);
export const COMMAND: number = words(1);
export const STATE: number = words(ACTORS_MAX);
/** The word of the arena that an actor sleeps on. */
export const SLEEPS_ON: number = words(ACTORS_MAX);
/** Order in which sleepers fell asleep: the first is woken first. */
export const TICKET: number = words(ACTORS_MAX);
export const NEXT_TICKET: number = words(1);
/** Steps that the actor with the baton may go before it has to choose anew. */
export const BUDGET: number = words(1);
export const OUTCOME: number = words(1);
/** Set when the run cannot go on: each actor that still runs throws. */
export const ABORTED: number = words(1);
/** Number of the next call or return. */
export const CLOCK: number = words(1);
/** Stands for Date.now in ms, counted from an arbitrary moment. */
export const NOW_MS: number = words(1);
/** Sleeps that ended although nobody woke the sleeper. */
export const TIMEOUTS: number = words(1);
export const TRACE: number = words(1);
export const POLICY: number = words(1);
export const CHOICE_COUNT: number = words(1);
export const CHOICE_NEXT: number = words(1);
/** Pairs of actor and budget. */
export const CHOICES: number = words(2 * CHOICES_MAX);
export const PRIORITY: number = words(ACTORS_MAX);
export const CHANGE_COUNT: number = words(1);
export const CHANGE_NEXT: number = words(1);
/** Steps before which the running actor gets the lowest priority. */
export const CHANGES: number = words(16);
/** Whether every access is a step, or only those whose order others can see. */
export const EVERY_ACCESS: number = words(1);
export const FAULT: number = words(1);
/** Which of its changes to shared memory an actor dies before; -1 for none. */
export const DIES_BEFORE: number = words(ACTORS_MAX);
/** Which of its changes an actor fails at, with an error that it survives; -1 for none. */
export const FAILS_BEFORE: number = words(ACTORS_MAX);
export const PROOF: number = words(1);
/** Changes to shared memory an actor has made or tried. */
export const MUTATIONS: number = words(ACTORS_MAX);
/** Node.js thread ids of the actors, which stand for them in the registry of an arena. */
export const THREAD_IDS: number = words(ACTORS_MAX);
/** Steps after which a run is taken for one that never ends. */
export const STEP_LIMIT: number = words(1);
export const STEP_COUNT: number = words(1);
/** For each step | access 4 bits | who could have taken it 4 | it is no access, but between operations 1 | who took it 3 |. */
export const LOG: number = words(STEPS_MAX);
/** For each step the first word that it accesses, and how many. */
export const LOG_WORD: number = words(STEPS_MAX);
export const LOG_COUNT: number = words(STEPS_MAX);

export const BETWEEN = 8;
export const READY_SHIFT = 4;
export const READY_MASK = 0xf;
export const ACCESS_SHIFT = 8;

export const CONTROL_WORDS: number = next;

export type Control = Int32Array<SharedArrayBuffer>;

/** Gives the baton away. The caller must go on to `awaitBaton` without touching anything shared. */
export function passBaton(control: Control, to: number): void {
  Atomics.store(control, GO + to, 1);
  Atomics.notify(control, GO + to);
}

export function awaitBaton(control: Control, self: number): void {
  while (Atomics.load(control, GO + self) === 0) Atomics.wait(control, GO + self, 0);
  Atomics.store(control, GO + self, 0);
}
