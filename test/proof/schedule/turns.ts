import {
  ABORTED,
  ACCESS_SHIFT,
  ACTORS_MAX,
  ASLEEP,
  BETWEEN,
  BUDGET,
  BY_PRIORITIES,
  CHANGE_COUNT,
  CHANGE_NEXT,
  CHANGES,
  CHOICE_COUNT,
  CHOICE_NEXT,
  CHOICES,
  type Control,
  DEAD,
  DRIVER,
  FAILS_BEFORE,
  LOG,
  LOG_COUNT,
  LOG_WORD,
  MUTATIONS,
  NEXT_TICKET,
  NOBODY,
  OUTCOME,
  POLICY,
  PRIORITY,
  READY,
  READY_SHIFT,
  SLEEPS_ON,
  STANDSTILL,
  STATE,
  STEP_COUNT,
  STEP_LIMIT,
  TICKET,
  TIMEOUTS,
  TOO_LONG,
  UNTIL_IT_STOPS,
} from './control.ts';

/** Time-outs of one run after which it is taken for one that never ends. */
const TIMEOUTS_MAX = 200;

/**
 * Who runs next. A pure function of the control words, called by whoever has the baton, so that the same plan always gives
 * the same run.
 *
 * By choices: a list of (actor, steps); an actor that cannot run is passed over, and at the end of the list the running
 * actor goes on as long as it can, then the lowest one. By priorities: the highest one that can run, and at each point of
 * change the running one gets the lowest priority of all (Burckhardt et al., "A randomized scheduler with probabilistic
 * guarantees of finding bugs", 2010).
 */
export function chooseNext(control: Control, current: number): number {
  if (control[POLICY] === BY_PRIORITIES) return highest(control);
  // Choices are for those who can run: when all sleep, they wait until somebody is awake again.
  if (!hasAny(control, READY)) return NOBODY;
  while (control[CHOICE_NEXT] < control[CHOICE_COUNT]) {
    const choice = CHOICES + 2 * control[CHOICE_NEXT];
    control[CHOICE_NEXT] += 1;
    const actor = control[choice];
    if (control[STATE + actor] !== READY || control[choice + 1] === 0) continue;
    control[BUDGET] = control[choice + 1];
    return actor;
  }
  control[BUDGET] = UNTIL_IT_STOPS;
  if (current !== NOBODY && control[STATE + current] === READY) return current;
  for (let actor = 0; actor < ACTORS_MAX; actor++) if (control[STATE + actor] === READY) return actor;
  return NOBODY;
}

function highest(control: Control): number {
  let best = NOBODY;
  for (let actor = 0; actor < ACTORS_MAX; actor++) {
    if (control[STATE + actor] !== READY) continue;
    if (best === NOBODY || control[PRIORITY + actor] > control[PRIORITY + best]) best = actor;
  }
  const change = control[CHANGE_NEXT];
  const isLast = change >= control[CHANGE_COUNT];
  control[BUDGET] = isLast ? UNTIL_IT_STOPS : Math.max(1, control[CHANGES + change] - control[STEP_COUNT]);
  return best;
}

/** Called at a step for which the running actor has no budget left. */
export function endBudget(control: Control, current: number): void {
  if (control[POLICY] !== BY_PRIORITIES || control[CHANGE_NEXT] >= control[CHANGE_COUNT]) return;
  if (control[STEP_COUNT] < control[CHANGES + control[CHANGE_NEXT]]) return;
  control[CHANGE_NEXT] += 1;
  control[PRIORITY + current] = -control[CHANGE_NEXT];
}

/** Writes the step down. Returns false when the run has become too long. */
export function logStep(control: Control, actor: number, access: number, word: number, count: number): boolean {
  const step = control[STEP_COUNT];
  if (step === control[STEP_LIMIT]) {
    control[OUTCOME] = TOO_LONG;
    control[ABORTED] = 1;
    return false;
  }
  let ready = 0;
  for (let other = 0; other < ACTORS_MAX; other++) if (control[STATE + other] === READY) ready |= 1 << other;
  const kind = access < 0 ? BETWEEN : access << ACCESS_SHIFT;
  control[LOG + step] = actor | (ready << READY_SHIFT) | kind;
  control[LOG_WORD + step] = word;
  control[LOG_COUNT + step] = count;
  control[STEP_COUNT] = step + 1;
  return true;
}

export function fallAsleep(control: Control, actor: number, word: number): void {
  control[STATE + actor] = ASLEEP;
  control[SLEEPS_ON + actor] = word;
  control[TICKET + actor] = control[NEXT_TICKET];
  control[NEXT_TICKET] += 1;
}

/** Wakes up to `count` sleepers of a word, in the order in which they fell asleep. Returns how many. */
export function wakeSleepers(control: Control, word: number, count: number): number {
  let woken = 0;
  while (woken < count) {
    let first = NOBODY;
    for (let actor = 0; actor < ACTORS_MAX; actor++) {
      if (control[STATE + actor] !== ASLEEP || control[SLEEPS_ON + actor] !== word) continue;
      if (first === NOBODY || control[TICKET + actor] < control[TICKET + first]) first = actor;
    }
    if (first === NOBODY) break;
    control[STATE + first] = READY;
    woken += 1;
  }
  // Somebody of a higher priority may have to go first now.
  if (woken > 0 && control[POLICY] === BY_PRIORITIES) control[BUDGET] = 0;
  return woken;
}

/**
 * Who gets the baton when `current` stopped: another actor, the driver when all are done. Sleepers whom nobody will wake
 * are let go by their time-out if an actor has died or failed, since nobody can be asked to wake others then; otherwise a
 * wake-up was lost.
 *
 * @param proveDeaths makes the deaths so far known; returns whether there was one to make known
 */
export function whoGoesOn(control: Control, current: number, proveDeaths: () => boolean): number {
  if (control[ABORTED] !== 0) return nextToAbort(control);
  const next = chooseNext(control, current);
  if (next !== NOBODY) return next;
  if (!hasAny(control, ASLEEP)) return DRIVER;
  if (someoneLeftInTheMiddle(control) && control[TIMEOUTS] < TIMEOUTS_MAX) {
    proveDeaths();
    control[TIMEOUTS] += 1;
    for (let actor = 0; actor < ACTORS_MAX; actor++) {
      if (control[STATE + actor] === ASLEEP) control[STATE + actor] = READY;
    }
    return canGoOn(control, current) ? current : chooseNext(control, current);
  }
  control[OUTCOME] = STANDSTILL;
  control[ABORTED] = 1;
  return nextToAbort(control);
}

/** Whether the one who fell asleep last has steps left of its choice: a list of choices does not tell its sleep from a step. */
function canGoOn(control: Control, current: number): boolean {
  return control[POLICY] !== BY_PRIORITIES && control[STATE + current] === READY && control[BUDGET] > 0;
}

function someoneLeftInTheMiddle(control: Control): boolean {
  for (let actor = 0; actor < ACTORS_MAX; actor++) {
    const fails = control[FAILS_BEFORE + actor];
    if (control[STATE + actor] === DEAD || (fails >= 0 && control[MUTATIONS + actor] > fails)) return true;
  }
  return false;
}

function nextToAbort(control: Control): number {
  for (let actor = 0; actor < ACTORS_MAX; actor++) {
    if (control[STATE + actor] === READY || control[STATE + actor] === ASLEEP) return actor;
  }
  return DRIVER;
}

function hasAny(control: Control, state: number): boolean {
  for (let actor = 0; actor < ACTORS_MAX; actor++) if (control[STATE + actor] === state) return true;
  return false;
}
