/** A logical thread of a proof: waits for the baton, performs the operations of the scenario, passes the baton on. */
import { type MessagePort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import type { Arena } from '../../../src/memory/arena.ts';
import { arenaOf, memoOf, Store } from '../../../src/store.ts';
import {
  ABORTED,
  awaitBaton,
  CLOCK,
  COMMAND,
  type Control,
  DEAD,
  DRIVER,
  FINISHED,
  NOW_MS,
  passBaton,
  PROOF,
  PROOF_AT_ONCE,
  QUIT,
  SET_UP,
  STATE,
} from './control.ts';
import { proveDeaths } from './deaths.ts';
import { abortion, ActorGate, death } from './gate.ts';
import { narrate } from './narration.ts';
import type { Recorded } from './op.ts';
import { type Clock, Performer } from './performer.ts';
import { ArenaPlaces } from './places.ts';
import type { Part } from './plan.ts';
import { whoGoesOn } from './turns.ts';

const { control, self, port } = workerData as { control: Control; self: number; port: MessagePort };

const EPOCH_MS = 1_700_000_000_000;
Date.now = () => EPOCH_MS + control[NOW_MS];

const clock: Clock = {
  nextNumber: () => control[CLOCK]++,
  nowMs: () => control[NOW_MS],
  goOn: (ms) => {
    control[NOW_MS] += ms;
  },
};

class Actor {
  readonly #part: Part;
  readonly #arena: Arena;
  readonly #performer: Performer;
  readonly #gate: ActorGate;
  readonly #proveDeaths: () => boolean;

  constructor(part: Part) {
    const store = Store.attach(part.handle, { lockTimeout: 1e9 });
    const arena = arenaOf(store);
    if (part.comesLater) store.close();
    const performer = new Performer(part.comesLater ? null : store, part, clock);
    const places = new ArenaPlaces(arena);
    this.#part = part;
    this.#arena = arena;
    this.#performer = performer;
    this.#proveDeaths = () => proveDeaths(control, arena);
    const token = (): number => (performer.store === null ? 0 : arenaOf(performer.store).token);
    this.#gate = new ActorGate(control, self, arena.words, places, token, this.#proveDeaths);
    if (part.isNarrated) this.#gate.narrator = narrate(self, places);
  }

  run(): void {
    const records: Recorded[] = [];
    let end = FINISHED;
    // The bytes are those of the start again.
    if (this.#performer.store !== null) memoOf(this.#performer.store)?.clear();
    this.#gate.begin();
    try {
      for (const op of this.#part.ops) {
        this.#gate.stepBetween();
        this.#performer.perform(op, records, isStop);
      }
    } catch (error) {
      if (!isStop(error)) throw error;
      if (error === death) end = DEAD;
    }
    this.#gate.end();
    this.#comeToRest();
    control[STATE + self] = end;
    if (end === DEAD && control[PROOF] === PROOF_AT_ONCE) this.#proveDeaths();
    port.postMessage(records);
    passBaton(control, whoGoesOn(control, self, this.#proveDeaths));
  }

  /** Undoes what this thread did to the arena after its death, and is as attached as it was before the run. */
  #comeToRest(): void {
    this.#performer.dropLeases();
    const mustClose = this.#part.comesLater && this.#performer.store !== null;
    const remains = this.#gate.remains ?? (mustClose ? new Uint8Array(this.#arena.words.buffer).slice() : null);
    if (mustClose) {
      this.#performer.store?.close();
      this.#performer.store = null;
    }
    if (remains !== null) new Uint8Array(this.#arena.words.buffer).set(remains);
  }
}

function isStop(error: unknown): boolean {
  return error === death || error === abortion;
}

function act(): void {
  let actor: Actor | null = null;
  for (;;) {
    awaitBaton(control, self);
    if (control[COMMAND] === QUIT) return;
    if (control[COMMAND] === SET_UP) {
      actor = new Actor(receiveMessageOnPort(port)?.message as Part);
      passBaton(control, DRIVER);
    } else actor?.run();
  }
}

try {
  act();
} catch (error) {
  control[ABORTED] = 1;
  port.postMessage((error as Error).stack ?? String(error));
  passBaton(control, DRIVER);
}
port.close();
