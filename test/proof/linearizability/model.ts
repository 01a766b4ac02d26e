/** What a history consists of, and what it is checked against. */

/** One operation of one thread, with the interval in which it ran. */
export interface Operation<Input, Output> {
  readonly thread: number;
  /** When it was called. Only the order of times matters to the checker, models may read more into them. */
  readonly call: number;
  /** When it returned; Infinity when it never did: it may take effect at any time after its call, or never. */
  readonly end: number;
  readonly input: Input;
  /** What it returned; undefined when nobody knows. */
  readonly output: Output | undefined;
}

/** How the object behaves when its operations come one at a time. */
export interface SequentialModel<State, Input, Output> {
  readonly initial: State;
  /** Every state the operation may leave behind; none when it cannot have this output in this state. Must not change `state`. */
  step(state: State, operation: Operation<Input, Output>): readonly State[];
  /** Two states are the same exactly if their keys are. Also what a picture shows of a state. */
  key(state: State): string;
  /** Whether an operation with this input and output leaves every state as it is. */
  isRead(operation: Operation<Input, Output>): boolean;
  describe(operation: Operation<Input, Output>): string;
}

/** The histories of the single keys, in the order in which the keys first appear. */
export function partition<Input, Output, Key>(
  operations: readonly Operation<Input, Output>[],
  keyOf: (input: Input) => Key,
): Map<Key, Operation<Input, Output>[]> {
  const parts = new Map<Key, Operation<Input, Output>[]>();
  for (const operation of operations) {
    const key = keyOf(operation.input);
    const part = parts.get(key);
    if (part === undefined) parts.set(key, [operation]);
    else part.push(operation);
  }
  return parts;
}
