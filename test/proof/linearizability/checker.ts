/**
 * Decides whether a history is linearizable: whether each of its operations can be given one moment between its call
 * and its return such that, one after the other, they do what the sequential model says.
 *
 * The search is that of Wing and Gong (1993) with the memo of Lowe (2017): it walks along the calls, linearizes the
 * first one that fits, starts again from the left, and goes back when it meets the return of an operation that has not
 * been linearized. A configuration (operations linearized, state) that was seen before is not entered again. Time and
 * memory are exponential in the number of concurrent operations at worst, hence the bound on steps.
 */
import type { Operation, SequentialModel } from './model.ts';
import { Timeline } from './timeline.ts';

export interface CheckOptions {
  /** Bound on the model's steps, after which the verdict is 'unknown'. */
  readonly stepsMax?: number;
}

export type Verdict<Input, Output> =
  | { readonly verdict: 'linearizable'; readonly steps: number; readonly order: readonly Operation<Input, Output>[] }
  | { readonly verdict: 'not linearizable'; readonly steps: number; readonly refusal: Refusal<Input, Output> }
  | { readonly verdict: 'unknown'; readonly steps: number };

/** How far a search came that found no linearization. */
export interface Refusal<Input, Output> {
  /** The longest linearization of what returned before `blocked` did. */
  readonly prefix: readonly Operation<Input, Output>[];
  /** The first operation in the order of returns that has no place, however those before it are arranged. */
  readonly blocked: Operation<Input, Output>;
}

const STEPS_MAX = 2_000_000;

/** Stands for an event where there is none to go on with, because a choice has to be undone first. */
const DEAD_END = -2;

export function check<State, Input, Output>(
  model: SequentialModel<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
  options: CheckOptions = {},
): Verdict<Input, Output> {
  const search = new Search(model, operations, options.stepsMax ?? STEPS_MAX);
  const end = search.run(model.initial);
  const { steps } = search;
  if (end === 'complete') return { verdict: 'linearizable', steps, order: search.order() };
  if (end === 'budget') return { verdict: 'unknown', steps };
  return { verdict: 'not linearizable', steps, refusal: search.refusal() };
}

/**
 * Every state in which a linearizable history may end, or undefined when the search is over its bound.
 *
 * All operations must have returned: one that never did may take effect after the others, or not.
 */
export function finalStates<State, Input, Output>(
  model: SequentialModel<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
  options: CheckOptions = {},
): State[] | undefined {
  const search = new Search(model, operations, options.stepsMax ?? STEPS_MAX);
  const found = new Map<string, State>();
  let end = search.run(model.initial);
  while (end === 'complete') {
    found.set(model.key(search.state), search.state);
    end = search.resume();
  }
  return end === 'budget' ? undefined : [...found.values()];
}

/** One linearized operation, and what is left to try in its place. */
interface Choice<State> {
  readonly op: number;
  readonly before: State;
  readonly after: readonly State[];
  /** Index in `after` of the state to try next. */
  next: number;
}

class Search<State, Input, Output> {
  state: State;
  steps: number = 0;
  readonly #model: SequentialModel<State, Input, Output>;
  readonly #operations: readonly Operation<Input, Output>[];
  readonly #stepsMax: number;
  readonly #timeline: Timeline;
  readonly #choices: Choice<State>[] = [];
  /** Configurations that have been entered. */
  readonly #seen: Set<string> = new Set<string>();
  readonly #stateNumbers: Map<string, number> = new Map<string, number>();
  /** Two 16-bit words of the state's number, then one bit an operation: the text of these words is the memo's key. */
  readonly #configuration: Uint16Array;
  #requiredLeft: number;
  #furthestRank: number = -1;
  #furthestOp: number = -1;
  #furthestOrder: readonly number[] = [];

  constructor(
    model: SequentialModel<State, Input, Output>,
    operations: readonly Operation<Input, Output>[],
    stepsMax: number,
  ) {
    this.#model = model;
    this.#operations = [...operations].sort((a, b) => a.call - b.call);
    this.#stepsMax = stepsMax;
    this.#timeline = new Timeline(this.#operations);
    this.#configuration = new Uint16Array(2 + Math.ceil(operations.length / 16));
    this.#requiredLeft = this.#timeline.requiredCount;
    this.state = model.initial;
  }

  run(initial: State): 'complete' | 'refused' | 'budget' {
    this.state = initial;
    return this.#walk(this.#timeline.first());
  }

  /** Goes on after a complete linearization, as if it had not been one. */
  resume(): 'complete' | 'refused' | 'budget' {
    const event = this.#goBack();
    return event === DEAD_END ? 'refused' : this.#walk(event);
  }

  order(): readonly Operation<Input, Output>[] {
    return this.#choices.map(({ op }) => this.#operations[op]);
  }

  refusal(): Refusal<Input, Output> {
    return {
      prefix: this.#furthestOrder.map((op) => this.#operations[op]),
      blocked: this.#operations[this.#furthestOp],
    };
  }

  #walk(from: number): 'complete' | 'refused' | 'budget' {
    let event = from;
    while (this.#requiredLeft > 0) {
      if (this.#timeline.isCall(event)) {
        if (this.steps === this.#stepsMax) return 'budget';
        this.steps++;
        const after = this.#model.step(this.state, this.#operations[event]);
        event = this.#tryStates({ op: event, before: this.state, after, next: 0 });
        if (event === DEAD_END) event = this.#goBack();
      } else {
        this.#noteBlocked(event - this.#timeline.count);
        event = this.#goBack();
      }
      if (event === DEAD_END) return 'refused';
    }
    return 'complete';
  }

  /**
   * Takes the first of the choice's states that leads to a new configuration, and returns the event to go on with:
   * DEAD_END when the configuration without this choice is known to lead nowhere.
   */
  #tryStates(choice: Choice<State>): number {
    const { op, before, after } = choice;
    const operation = this.#operations[op];
    const returns = operation.end !== Infinity;
    this.#flip(op);
    while (choice.next < after.length) {
      const state = after[choice.next++];
      const isIdle = this.#model.key(state) === this.#model.key(before);
      // Nothing is gained by an operation that need not happen and changes nothing.
      if (isIdle && !returns) continue;
      // A read that could come now is nowhere better: if there is a linearization from here, one begins with it.
      const isBest = isIdle && this.#model.isRead(operation);
      if (this.#enter(state)) {
        if (isBest) choice.next = Infinity;
        this.#choices.push(choice);
        this.#timeline.lift(op, returns);
        if (returns) this.#requiredLeft--;
        this.state = state;
        return this.#timeline.first();
      }
      if (isBest) {
        this.#flip(op);
        return DEAD_END;
      }
    }
    this.#flip(op);
    return this.#timeline.after(op);
  }

  /** Undoes choices until another one is made or left; returns the event to go on with, or DEAD_END when none are left. */
  #goBack(): number {
    for (let choice = this.#choices.pop(); choice !== undefined; choice = this.#choices.pop()) {
      const returns = this.#returns(choice.op);
      this.#timeline.putBack(choice.op, returns);
      if (returns) this.#requiredLeft++;
      this.state = choice.before;
      this.#flip(choice.op);
      if (choice.next === Infinity) continue;
      const event = this.#tryStates(choice);
      if (event !== DEAD_END) return event;
    }
    return DEAD_END;
  }

  #returns(op: number): boolean {
    return this.#operations[op]?.end !== Infinity;
  }

  #flip(op: number): void {
    const word = 2 + (op >> 4);
    this.#configuration[word] = this.#configuration[word] ^ (1 << (op & 15));
  }

  /** Returns whether the linearized operations with this state are a new configuration. */
  #enter(state: State): boolean {
    const key = this.#model.key(state);
    let number = this.#stateNumbers.get(key);
    if (number === undefined) this.#stateNumbers.set(key, (number = this.#stateNumbers.size));
    this.#configuration[0] = number & 0xffff;
    this.#configuration[1] = number >>> 16;
    const { size } = this.#seen;
    this.#seen.add(String.fromCharCode(...this.#configuration));
    return this.#seen.size > size;
  }

  #noteBlocked(op: number): void {
    const rank = this.#timeline.rank[this.#timeline.count + op];
    if (rank < this.#furthestRank) return;
    if (rank === this.#furthestRank && this.#choices.length <= this.#furthestOrder.length) return;
    this.#furthestRank = rank;
    this.#furthestOp = op;
    this.#furthestOrder = this.#choices.map((choice) => choice.op);
  }
}
