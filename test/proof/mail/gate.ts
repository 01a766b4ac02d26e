import { bell, BELL_ASLEEP, mailLink, RING_JUMP } from '../../../native-layout/mailbox.ts';
import {
  type Gate,
  installGate,
  LOAD,
  NOTIFY,
  OPENING_LOAD,
  PEEK_RUN,
  POKE,
  POKE_RUN,
  RELEASE_STORE,
  STORE,
} from '../../../src/memory/atomics.scheduled.ts';
import type { Words } from '#atomics';
import {
  ABORTED,
  ACTORS_MAX,
  ASLEEP,
  awaitBaton,
  BUDGET,
  type Control,
  DIES_BEFORE,
  DRIVER,
  MUTATIONS,
  NOBODY,
  OUTCOME,
  passBaton,
  READY,
  STANDSTILL,
  STATE,
  TRACE,
} from '../schedule/control.ts';
import { abortion, death } from '../schedule/gate.ts';
import { chooseNext, endBudget, fallAsleep, logStep, wakeSleepers } from '../schedule/turns.ts';

const W = mailLink.word;

/** Ways to break the protocol on purpose. */
export type Fault = (typeof FAULTS)[number];
export const FAULTS = [
  'none',
  'sleepers do not look again',
  'bells are not rung',
  'senders do not look at the bell',
  'what is begun is not marked',
  'successors do not look at the mark',
  'jumps are not written',
  'writers do not look at the head',
  'waiting for room is not said',
  'room is made and nobody told',
  'numbers are not kept',
] as const;

/** The word of another offset in the same link: bells are lines, and links begin behind them. */
function faultAt(fault: Fault, access: number, words: Words, word: number, value: number): number | null {
  const isBell = words.byteOffset === 0 && word % bell.words === 0;
  const isLink = words.byteOffset !== 0;
  const is = (name: keyof typeof W): boolean => isLink && word === W[name];
  switch (fault) {
    case 'sleepers do not look again':
      // What the reader knows already.
      if (access === LOAD && is('callTail')) return words[W.callHead];
      return access === LOAD && is('answerTail') ? words[W.answerHead] : null;
    case 'bells are not rung':
      return access === NOTIFY ? 0 : null;
    case 'senders do not look at the bell':
      return access === LOAD && isBell && words[word] === BELL_ASLEEP ? 0 : null;
    case 'what is begun is not marked':
      return access === RELEASE_STORE && is('started') ? 0 : null;
    case 'successors do not look at the mark':
      return access === LOAD && is('started') ? 0 : null;
    case 'jumps are not written':
      return access === POKE && isLink && word >= W.calls && value === RING_JUMP ? 0 : null;
    case 'writers do not look at the head':
      if (access === OPENING_LOAD && is('callHead')) return words[W.callTail];
      return access === OPENING_LOAD && is('answerHead') ? words[W.answerTail] : null;
    case 'waiting for room is not said':
      return access === STORE && is('stuck') && value === 1 ? 0 : null;
    case 'room is made and nobody told':
      return access === LOAD && is('stuck') && words[word] === 1 ? 0 : null;
    case 'numbers are not kept':
      return access === POKE && is('lastId') ? 0 : null;
    default:
      return null;
  }
}

/** Stops an actor at its accesses to mail as the plan in the control words wants it. */
export class MailGate implements Gate {
  substitute: number = 0;
  narrator: ((access: number, word: number, value: number) => void) | null = null;
  readonly #control: Control;
  readonly #self: number;
  readonly #fault: Fault;
  #isDead: boolean = false;
  #hasSlept: boolean = false;

  constructor(control: Control, self: number, fault: Fault) {
    this.#control = control;
    this.#self = self;
    this.#fault = fault;
  }

  begin(): void {
    installGate(this);
  }

  end(): void {
    installGate(null);
  }

  get isAsleep(): boolean {
    return this.#hasSlept;
  }

  enter(access: number, words: Words, word: number, value: number): boolean {
    const control = this.#control;
    if (this.#isDead) throw death;
    if (control[ABORTED] !== 0) throw abortion;
    const at = (words.byteOffset >> 2) + word;
    if (control[BUDGET] === 0) {
      endBudget(control, this.#self);
      this.#giveWay(chooseNext(control, this.#self));
    }
    control[BUDGET] -= 1;
    const count = access === PEEK_RUN || access === POKE_RUN ? value : 1;
    if (!logStep(control, this.#self, access, at, count)) throw abortion;
    if (access >= POKE) {
      if (control[MUTATIONS + this.#self] === control[DIES_BEFORE + this.#self]) {
        this.#isDead = true;
        throw death;
      }
      control[MUTATIONS + this.#self] += 1;
    }
    control[TRACE] = Math.imul(control[TRACE] ^ (this.#self + access * 4 + at * 64), 0x01000193);
    this.narrator?.(access, at, value);
    const instead = faultAt(this.#fault, access, words, word, value);
    this.substitute = instead ?? 0;
    return instead === null;
  }

  sleep(words: Words, word: number): void {
    fallAsleep(this.#control, this.#self, (words.byteOffset >> 2) + word);
    this.waitForBaton();
  }

  /** Until somebody wakes this actor, or there is nobody who could. */
  waitForBaton(): void {
    this.#hasSlept = true;
    this.#giveWay(whoGoesOn(this.#control, this.#self));
    this.#hasSlept = false;
    this.#control[STATE + this.#self] = READY;
  }

  wake(words: Words, word: number, count: number): number {
    return wakeSleepers(this.#control, (words.byteOffset >> 2) + word, count);
  }

  #giveWay(to: number): void {
    if (to !== this.#self) {
      passBaton(this.#control, to);
      awaitBaton(this.#control, this.#self);
    }
    if (this.#control[ABORTED] !== 0) throw abortion;
  }
}

/**
 * Who gets the baton when `current` stopped. When all who are left sleep, the run is over: an owner always does in the
 * end. Whether somebody slept who should not have is for the judge to say.
 */
export function whoGoesOn(control: Control, current: number): number {
  if (control[ABORTED] === 0) {
    const next = chooseNext(control, current);
    if (next !== NOBODY) return next;
    control[OUTCOME] = STANDSTILL;
    control[ABORTED] = 1;
  }
  for (let actor = 0; actor < ACTORS_MAX; actor++) {
    if (control[STATE + actor] === READY || control[STATE + actor] === ASLEEP) return actor;
  }
  return DRIVER;
}
