import { type Gate, installGate, PEEK_RUN, POKE, POKE_RUN } from '../../../src/memory/atomics.scheduled.ts';
import type { Words } from '#atomics';
import {
  ABORTED,
  awaitBaton,
  BUDGET,
  type Control,
  DIES_BEFORE,
  EVERY_ACCESS,
  FAILS_BEFORE,
  FAULT,
  MUTATIONS,
  passBaton,
  READY,
  STATE,
  TRACE,
} from './control.ts';
import { type Break, breakOf, FAULTS } from './faults.ts';
import type { ArenaPlaces } from './places.ts';
import { chooseNext, endBudget, fallAsleep, logStep, wakeSleepers, whoGoesOn } from './turns.ts';

/** Thrown at the access before which an actor dies, and at every later one. */
export const death: Error = new Error('this actor is dead');
/** Thrown at the access at which an actor fails, as a full stack would be. */
export const failure: Error = new RangeError('this actor has no stack left');
/** Thrown at every access once a run cannot go on. */
export const abortion: Error = new Error('this run was given up');

/** What an actor's gate is told of each access, for people to read. */
export type Narrator = (access: number, word: number, value: number) => void;

/** Stops an actor at its accesses as the plan in the control words wants it. */
export class ActorGate implements Gate {
  substitute: number = 0;
  /** The arena's bytes at the moment of death: what unwinding the stack writes is undone with them. */
  remains: Uint8Array | null = null;
  narrator: Narrator | null = null;
  readonly #control: Control;
  readonly #self: number;
  readonly #words: Words;
  readonly #lockWords: readonly number[];
  readonly #places: ArenaPlaces;
  readonly #proveDeaths: () => boolean;
  /** The actor's token in lock words at the moment; 0 while it has none. */
  readonly #token: () => number;
  #break: Break | null = null;
  #everyAccess: boolean = true;
  #diesBefore: number = -1;
  #failsBefore: number = -1;

  constructor(
    control: Control,
    self: number,
    words: Words,
    places: ArenaPlaces,
    token: () => number,
    proveDeaths: () => boolean,
  ) {
    this.#control = control;
    this.#self = self;
    this.#words = words;
    this.#lockWords = places.lockWords;
    this.#places = places;
    this.#token = token;
    this.#proveDeaths = proveDeaths;
  }

  /** Begins a run: from here on every access of this thread asks the gate. */
  begin(): void {
    const control = this.#control;
    this.remains = null;
    this.#break = control[FAULT] === 0 ? null : breakOf(FAULTS[control[FAULT]], this.#places);
    this.#everyAccess = control[EVERY_ACCESS] === 1;
    this.#diesBefore = control[DIES_BEFORE + this.#self];
    this.#failsBefore = control[FAILS_BEFORE + this.#self];
    installGate(this);
  }

  end(): void {
    installGate(null);
  }

  enter(access: number, words: Words, word: number, value: number): boolean {
    const control = this.#control;
    if (this.remains !== null) throw death;
    if (control[ABORTED] !== 0) throw abortion;
    if (words !== this.#words && words.buffer !== this.#words.buffer) return true;
    if (access > PEEK_RUN || this.#everyAccess || !this.#holdsLock()) {
      this.#step(access, word, access === PEEK_RUN || access === POKE_RUN ? value : 1);
    }
    if (access >= POKE) {
      if (control[MUTATIONS + this.#self] === this.#diesBefore) {
        this.remains = new Uint8Array(words.buffer).slice();
        throw death;
      }
      control[MUTATIONS + this.#self] += 1;
      if (control[MUTATIONS + this.#self] === this.#failsBefore + 1) throw failure;
    }
    control[TRACE] = Math.imul(control[TRACE] ^ (this.#self + access * 4 + word * 64), 0x01000193);
    if (this.narrator !== null) this.narrator(access, word, value);
    if (this.#break === null || this.#break.lets(access, words, word, value)) return true;
    this.substitute = this.#break.substitute();
    return false;
  }

  /** Before each operation, too, another actor may get the baton. */
  stepBetween(): void {
    this.#step(-1, 0, 0);
  }

  #step(access: number, word: number, count: number): void {
    const control = this.#control;
    if (control[BUDGET] === 0) {
      endBudget(control, this.#self);
      this.#giveWay(chooseNext(control, this.#self));
    }
    control[BUDGET] -= 1;
    if (!logStep(control, this.#self, access, word, count)) throw abortion;
  }

  sleep(_words: Words, word: number): void {
    const control = this.#control;
    fallAsleep(control, this.#self, word);
    this.#giveWay(whoGoesOn(control, this.#self, this.#proveDeaths));
    control[STATE + this.#self] = READY;
  }

  wake(_words: Words, word: number, count: number): number {
    return wakeSleepers(this.#control, word, count);
  }

  #giveWay(to: number): void {
    if (to !== this.#self) {
      passBaton(this.#control, to);
      awaitBaton(this.#control, this.#self);
    }
    if (this.#control[ABORTED] !== 0) throw abortion;
  }

  /** Under a lock, nobody else changes what a plain load may see. */
  #holdsLock(): boolean {
    const token = this.#token();
    for (const word of this.#lockWords) if ((this.#words[word] & ~1) === token) return true;
    return false;
  }
}
