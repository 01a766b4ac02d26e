/** The steps of an execution: one access of one thread is performed, for all threads at once. */
import { flatten, type Instruction } from './instructions.ts';
import { Fetcher } from './fetch.ts';
import { NOWHERE, type Machine } from './machines.ts';
import {
  BLANK,
  isKnown,
  placeOfWrite,
  valueOfWrite,
  writeNumber,
  type Event,
  type Program,
  type State,
  type Thread,
} from './state.ts';

export interface Step {
  readonly thread: number;
  readonly position: number;
  readonly event: Event;
  /** The write of a read-modify-write that is one step. */
  readonly written: Event | undefined;
}

export type Successor = readonly [step: Step, state: State];

export class Performer {
  readonly #machine: Machine;
  readonly #codes: readonly (readonly Instruction[])[];
  readonly #initial: readonly number[];
  readonly #isOwn: readonly boolean[];
  readonly #fetcher: Fetcher;

  constructor(program: Program, machine: Machine) {
    const { words, initial = {}, ownWords = [] } = program;
    const unknown = [...Object.keys(initial), ...ownWords].filter((name) => !words.includes(name));
    if (unknown.length > 0) throw new RangeError(`no word is called ${unknown.join(', ')}`);
    this.#machine = machine;
    this.#codes = Object.values(program.threads).map(flatten);
    // One word more, for addresses that are nonsense.
    this.#initial = [...words.map((name) => initial[name] ?? 0), 0];
    this.#isOwn = [...words.map((name) => ownWords.includes(name)), false];
    this.#fetcher = new Fetcher(machine, words.length);
  }

  start(): State[] {
    const fresh: Thread = { next: 0, events: [], end: 'none', asleepOn: NOWHERE };
    let states: State[] = [{ threads: this.#codes.map(() => fresh), written: this.#initial.map(() => []) }];
    for (let thread = 0; thread < this.#codes.length; thread++) {
      states = states.flatMap((state) => this.#settled(state, thread));
    }
    return states;
  }

  /** All that can happen next. When something can that nobody else can tell, it alone. */
  successors(state: State): Successor[] {
    const all: Successor[] = [];
    for (let thread = 0; thread < state.threads.length; thread++) {
      const { events } = state.threads[thread];
      for (let position = 0; position < events.length; position++) {
        if (!this.#mayPerform(state, thread, position)) continue;
        const next = this.#performed(state, thread, position).map((after): Successor => {
          const { events: performed } = after.threads[thread];
          const event = performed[position];
          const isWhole = event.kind === 'read' && event.exclusive && this.#machine.indivisible;
          return [{ thread, position, event, written: isWhole ? performed[position + 1] : undefined }, after];
        });
        if (this.#isOwn[events[position].address]) return next;
        all.push(...next);
      }
    }
    return all;
  }

  /** What a word holds, as who reads memory sees it. */
  valueAt(state: State, word: number): number {
    const write = state.written[word].at(-1);
    return write === undefined ? this.#initial[word] : valueOfWrite(state, write);
  }

  #settled(state: State, thread: number): State[] {
    const fetched = this.#fetcher.fetch(this.#codes[thread], state.threads[thread]);
    return fetched.map((next) => ({ threads: state.threads.with(thread, next), written: state.written }));
  }

  #mayPerform(state: State, thread: number, position: number): boolean {
    const { events } = state.threads[thread];
    const event = events[position];
    if (event.performed || event.kind === 'let' || event.kind === 'branch' || event.kind === 'fence') return false;
    if (!isKnown(event)) return false;
    for (let earlier = 0; earlier < position; earlier++) {
      const other = events[earlier];
      if (!other.performed && other.kind !== 'let' && this.#machine.waitsFor(event, other)) return false;
    }
    return true;
  }

  #performed(state: State, thread: number, position: number): State[] {
    const event = state.threads[thread].events[position];
    switch (event.kind) {
      case 'read':
        return this.#read(state, thread, position, event);
      case 'write':
        return this.#write(state, thread, position, event);
      case 'wait':
        return this.#slept(state, thread, position, event);
      case 'notify':
        return this.#notified(state, thread, position, event);
      default:
        return this.#awaited(state, thread, position, event);
    }
  }

  #read(state: State, thread: number, position: number, event: Event): State[] {
    const { events } = state.threads[thread];
    const own = lastOwnWrite(events, position, event.address);
    const isForwarded = own !== -1 && !events[own].performed;
    if (isForwarded && !isKnown(events[own])) return [];
    const source = isForwarded ? writeNumber(thread, own) : (state.written[event.address].at(-1) ?? 0);
    if (!isCoherentRead(events, thread, position, event.address, source)) return [];
    const value = isForwarded ? events[own].value : this.valueAt(state, event.address);
    const read: Event = { ...event, performed: true, value, source };
    const after = withEvent(state, thread, position, read);
    return event.exclusive ? this.#modified(after, thread, position, read) : this.#settled(after, thread);
  }

  /** Adds the second half of a read-modify-write, which is the last that was fetched. */
  #modified(state: State, thread: number, position: number, read: Event): State[] {
    const { instruction } = read;
    if (instruction.op !== 'rmw') throw new TypeError(`${instruction.op} is no read-modify-write`);
    const { events } = state.threads[thread];
    if (position !== events.length - 1) throw new TypeError('something was fetched behind an acquire');
    const value = this.#fetcher.evaluate(events, position, (registers) => instruction.update(read.value, registers));
    if (value === undefined) return this.#settled(state, thread);
    const write: Event = {
      ...BLANK,
      kind: 'write',
      instruction,
      index: read.index,
      exclusive: true,
      address: read.address,
      value,
    };
    const after = withThread(state, thread, { ...state.threads[thread], events: [...events, write] });
    return this.#machine.indivisible ? this.#write(after, thread, position + 1, write) : this.#settled(after, thread);
  }

  #write(state: State, thread: number, position: number, event: Event): State[] {
    const { address } = event;
    if (address === this.#initial.length - 1) throw new RangeError('a store to no word at all');
    const { events } = state.threads[thread];
    const seen = state.written[address];
    // A store-exclusive fails when another store came first; the attempt that succeeds is an execution of its own.
    if (event.exclusive && (seen.at(-1) ?? 0) !== events[position - 1].source) return [];
    if (!isCoherentWrite(events, thread, position, address)) return [];
    const written = state.written.with(address, [...seen, writeNumber(thread, position)]);
    return this.#settled({ ...withEvent(state, thread, position, { ...event, performed: true }), written }, thread);
  }

  #slept(state: State, thread: number, position: number, event: Event): State[] {
    const { instruction } = event;
    if (instruction.op !== 'wait') throw new TypeError(`${instruction.op} is no wait`);
    const { expected } = instruction;
    const { events } = state.threads[thread];
    const wanted = typeof expected === 'number' ? expected : this.#fetcher.evaluate(events, position, expected);
    const sleeps = this.valueAt(state, event.address) === wanted;
    const after = withEvent(state, thread, position, { ...event, performed: true, value: Number(sleeps) });
    if (!sleeps) return this.#settled(after, thread);
    return [withThread(after, thread, { ...after.threads[thread], asleepOn: event.address })];
  }

  #notified(state: State, thread: number, position: number, event: Event): State[] {
    const after = withEvent(state, thread, position, { ...event, performed: true });
    const sleepers = [...after.threads.keys()].filter((other) => after.threads[other].asleepOn === event.address);
    if (sleepers.length === 0) return this.#settled(after, thread);
    return sleepers.flatMap((sleeper) => {
      const woken = withThread(after, sleeper, { ...after.threads[sleeper], asleepOn: NOWHERE });
      return this.#settled(woken, sleeper).flatMap((next) => this.#settled(next, thread));
    });
  }

  #awaited(state: State, thread: number, position: number, event: Event): State[] {
    const { instruction } = event;
    if (instruction.op !== 'await-end') throw new TypeError(`${instruction.op} awaits nothing`);
    const other = state.threads[instruction.thread];
    if (other.end !== instruction.end || !other.events.every(({ performed }) => performed)) return [];
    return this.#settled(withEvent(state, thread, position, { ...event, performed: true }), thread);
  }
}

function withThread(state: State, thread: number, next: Thread): State {
  return { threads: state.threads.with(thread, next), written: state.written };
}

function withEvent(state: State, thread: number, position: number, event: Event): State {
  const old = state.threads[thread];
  return withThread(state, thread, { ...old, events: old.events.with(position, event) });
}

/** Position of the last write of this thread to the word before `position`, -1 for none. */
function lastOwnWrite(events: readonly Event[], position: number, address: number): number {
  for (let own = position - 1; own >= 0; own--) {
    if (events[own].kind === 'write' && events[own].address === address) return own;
  }
  return -1;
}

/** Later reads of the word that were performed already may not have seen an older write. */
function isCoherentRead(
  events: readonly Event[],
  thread: number,
  position: number,
  address: number,
  source: number,
): boolean {
  for (let later = position + 1; later < events.length; later++) {
    const event = events[later];
    if (event.kind !== 'read' || event.address !== address || !event.performed || event.source === source) continue;
    if (!isOwnFrom(event.source, thread, position)) return false;
  }
  return true;
}

/** Later reads of the word that were performed already must have seen this write or a later one. */
function isCoherentWrite(events: readonly Event[], thread: number, position: number, address: number): boolean {
  for (let later = position + 1; later < events.length; later++) {
    const event = events[later];
    if (event.kind !== 'read' || event.address !== address || !event.performed) continue;
    if (!isOwnFrom(event.source, thread, position)) return false;
  }
  return true;
}

/** Whether a write is one of this thread at this position or behind it. */
function isOwnFrom(write: number, thread: number, first: number): boolean {
  if (write === 0) return false;
  const [writer, position] = placeOfWrite(write);
  return writer === thread && position >= first;
}
