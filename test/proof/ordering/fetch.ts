/**
 * A thread fetches instructions as far as the machine lets it look, and computes what it can of them. Past a branch that
 * is not decided yet it goes on both ways; the wrong way comes to nothing as soon as the branch is decided. So loads are
 * speculative, as on real machines, and stores wait.
 */
import type { Expression, Instruction, Registers } from './instructions.ts';
import { NOWHERE, UNKNOWN, type Machine } from './machines.ts';
import { BLANK, type Event, type Thread } from './state.ts';

type Fork = Extract<Instruction, { op: 'branch' | 'choose' }>;

export class Fetcher {
  readonly #machine: Machine;
  readonly #wordCount: number;
  /** The proxy shows the registers as they are at this event of this thread. */
  #events: readonly Event[] = [];
  #position = 0;
  #isMissing = false;
  readonly #registers: Registers = new Proxy({}, { get: (_, name) => this.#register(String(name)) });

  constructor(machine: Machine, wordCount: number) {
    this.#machine = machine;
    this.#wordCount = wordCount;
  }

  /** The thread after it has looked ahead: once for each way of guessing, none when a guess was wrong. */
  fetch(code: readonly Instruction[], start: Thread): Thread[] {
    let thread = start;
    for (let known = 0; ; known = thread.events.length - 1) {
      const events = this.#computed(thread.events, known);
      if (events === null) return [];
      thread = { ...thread, events };
      if (thread.next === -1 || thread.asleepOn !== NOWHERE) return [thread];
      const instruction = code[thread.next];
      if (events.some((event) => !event.performed && this.#machine.holds(event, instruction))) return [thread];
      if (instruction.op === 'jump') thread = { ...thread, next: instruction.target };
      else if (instruction.op === 'end') return [{ ...thread, next: -1, end: instruction.end }];
      else if (instruction.op === 'choose') return this.#forked(code, thread, instruction, true);
      else if (instruction.op === 'branch') {
        const isStraight = this.evaluate(events, events.length, instruction.condition);
        if (isStraight === undefined) return this.#forked(code, thread, instruction, false);
        thread = branched(thread, instruction, isStraight, true);
      } else thread = { ...thread, next: thread.next + 1, events: [...events, eventOf(instruction, thread.next)] };
    }
  }

  #forked(code: readonly Instruction[], thread: Thread, fork: Fork, isDecided: boolean): Thread[] {
    return [true, false].flatMap((way) => this.fetch(code, branched(thread, fork, way, isDecided)));
  }

  /** What `compute` comes to at this position, undefined while a register it reads has no value. */
  evaluate<T>(events: readonly Event[], position: number, compute: (registers: Registers) => T): T | undefined {
    this.#events = events;
    this.#position = position;
    this.#isMissing = false;
    const value = compute(this.#registers);
    return this.#isMissing ? undefined : value;
  }

  #register(name: string): number {
    for (let position = this.#position - 1; position >= 0; position--) {
      const event = this.#events[position];
      if (event.into !== name) continue;
      if (!event.performed) this.#isMissing = true;
      return event.value;
    }
    // On a path that no thread takes: the guess that led here is about to be found wrong.
    if (this.#events.some((event) => event.kind === 'branch' && !event.performed)) {
      this.#isMissing = true;
      return 0;
    }
    throw new RangeError(`register ${name} is read before anything gives it a value`);
  }

  #number(events: readonly Event[], position: number, expression: Expression): number | undefined {
    return typeof expression === 'number' ? expression : this.evaluate(events, position, expression);
  }

  /** The events with everything from `first` on that can be computed; null when a branch turns out to have been guessed wrongly. */
  #computed(start: readonly Event[], first: number): readonly Event[] | null {
    let events = start;
    for (let position = Math.max(0, first); position < events.length; position++) {
      const event = events[position];
      if (event.performed) continue;
      const next = this.#computedOne(events, position, event);
      if (next === null) return null;
      if (next !== event) events = events.with(position, next);
    }
    return events;
  }

  #computedOne(events: readonly Event[], position: number, event: Event): Event | null {
    const { instruction } = event;
    if (instruction.op === 'let') {
      const value = this.#number(events, position, instruction.value);
      return value === undefined ? event : { ...event, performed: true, value };
    }
    if (instruction.op === 'branch') {
      const isStraight = this.evaluate(events, position, instruction.condition);
      if (isStraight === undefined) return event;
      return isStraight === event.isStraight ? { ...event, performed: true } : null;
    }
    if (instruction.op === 'fence') {
      const waits = events
        .slice(0, position)
        .some((earlier) => !earlier.performed && isHeldBack(earlier, instruction.holds));
      return waits ? event : { ...event, performed: true };
    }
    return this.#withOperands(events, position, event);
  }

  #withOperands(events: readonly Event[], position: number, event: Event): Event {
    const { instruction } = event;
    let next = event;
    if (event.address === UNKNOWN && 'at' in instruction) {
      const address = this.#number(events, position, instruction.at);
      if (address !== undefined) next = { ...next, address: this.#checked(address) };
    }
    if (Number.isNaN(event.value) && instruction.op === 'store') {
      const value = this.#number(events, position, instruction.value);
      if (value !== undefined) next = { ...next, value };
    }
    return next;
  }

  /** Speculative loads may compute nonsense: like the engine, the model has a word that they end in. */
  #checked(address: number): number {
    return Number.isInteger(address) && address >= 0 && address < this.#wordCount ? address : this.#wordCount;
  }
}

function branched(thread: Thread, fork: Fork, isStraight: boolean, performed: boolean): Thread {
  const event: Event = { ...BLANK, kind: 'branch', instruction: fork, index: thread.next, performed, isStraight };
  return { ...thread, next: isStraight ? thread.next + 1 : fork.target, events: [...thread.events, event] };
}

function eventOf(instruction: Instruction, index: number): Event {
  const base = { ...BLANK, instruction, index };
  switch (instruction.op) {
    case 'load':
      return { ...base, kind: 'read', address: UNKNOWN, into: instruction.into };
    case 'rmw':
      return { ...base, kind: 'read', address: UNKNOWN, into: instruction.into, exclusive: true };
    case 'store':
      return { ...base, kind: 'write', address: UNKNOWN, value: Number.NaN };
    case 'wait':
      return { ...base, kind: 'wait', address: UNKNOWN };
    case 'notify':
      return { ...base, kind: 'notify', address: UNKNOWN };
    case 'let':
      return { ...base, kind: 'let', into: instruction.into };
    case 'fence':
      return { ...base, kind: 'fence' };
    case 'await-end':
      return { ...base, kind: 'await-end' };
    default:
      throw new TypeError(`${instruction.op} is no event`);
  }
}

function isHeldBack(earlier: Event, holds: 'all' | 'loads' | 'stores'): boolean {
  if (earlier.kind === 'let') return false;
  return holds === 'all' || (holds === 'loads' ? earlier.kind === 'read' : earlier.kind === 'write');
}
