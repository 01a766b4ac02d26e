/** What the threads of a litmus program are made of: accesses to shared words, branches, and a little to talk about them. */

/** Registers of one thread by name. Reading one that has no value yet makes whoever asks wait for it: a dependency. */
export type Registers = Readonly<Record<string, number>>;
/** A number, or one that is computed from registers. */
export type Expression = number | ((registers: Registers) => number);
export type Condition = (registers: Registers) => boolean;

export interface Load {
  readonly op: 'load';
  readonly into: string;
  readonly at: Expression;
  readonly acquire: boolean;
}

export interface Store {
  readonly op: 'store';
  readonly at: Expression;
  readonly value: Expression;
  readonly release: boolean;
  /** On x64: an exchange, which waits until the store buffer is empty. */
  readonly locked: boolean;
}

/** A load-acquire and a store-release that no other thread's store to the word comes between. */
export interface ReadModifyWrite {
  readonly op: 'rmw';
  readonly into: string;
  readonly at: Expression;
  /** The word's new value, undefined to leave it alone. */
  readonly update: (old: number, registers: Registers) => number | undefined;
}

/** `dmb ish`, `dmb ishld`, `dmb ishst`; on x64 `mfence`, and nothing. */
export interface Fence {
  readonly op: 'fence';
  readonly holds: 'all' | 'loads' | 'stores';
}

/** A register that is computed. */
export interface Let {
  readonly op: 'let';
  readonly into: string;
  readonly value: Expression;
}

/** Sleeps until notified, if the word holds what is expected; one step, as the list of sleepers is behind a mutex. */
export interface Wait {
  readonly op: 'wait';
  readonly at: Expression;
  readonly expected: Expression;
}

/** Wakes one sleeper. */
export interface Notify {
  readonly op: 'notify';
  readonly at: Expression;
}

/** Goes on when the other thread has come to an end of that kind and all its stores are seen by everybody. */
export interface AwaitEnd {
  readonly op: 'await-end';
  readonly thread: number;
  readonly end: End['end'];
}

export interface End {
  readonly op: 'end';
  readonly end: 'done' | 'died';
}

type Simple = Load | Store | ReadModifyWrite | Fence | Let | Wait | Notify | AwaitEnd | End;

/** Statements nest; instructions are flat, with jumps. */
export type Statement =
  | Simple
  | {
      readonly op: 'if';
      readonly condition: Condition;
      readonly body: readonly Statement[];
      readonly otherwise: readonly Statement[];
    }
  | { readonly op: 'either'; readonly one: readonly Statement[]; readonly other: readonly Statement[] }
  | { readonly op: 'loop'; readonly body: readonly Statement[] }
  | { readonly op: 'leave' }
  | { readonly op: 'block'; readonly body: readonly Statement[] };

export type Instruction =
  | Simple
  /** Goes on at the target unless the condition holds. */
  | { readonly op: 'branch'; readonly condition: Condition; target: number }
  /** Goes on at the target or at the next instruction. */
  | { readonly op: 'choose'; target: number }
  | { readonly op: 'jump'; target: number };

export function when(
  condition: Condition,
  body: readonly Statement[],
  otherwise: readonly Statement[] = [],
): Statement {
  return { op: 'if', condition, body, otherwise };
}

/** Either of two, whatever the registers say. */
function either(one: readonly Statement[], other: readonly Statement[]): Statement {
  return { op: 'either', one, other };
}

export function block(...body: readonly Statement[]): Statement {
  return { op: 'block', body };
}

/** A branch that depends on nothing. */
export const endOfBlock: Statement = when(() => true, []);

/** Goes round until `leave`. */
export function loop(...body: readonly Statement[]): Statement {
  return { op: 'loop', body };
}

export const leave: Statement = { op: 'leave' };
export const stop: Statement = { op: 'end', end: 'done' };

/** The thread may be killed here: nothing behind this point of its program happens, everything before it does. */
export const mayDie: Statement = either([{ op: 'end', end: 'died' }], []);

export function set(into: string, value: Expression): Statement {
  return { op: 'let', into, value };
}

/** The instructions of a thread, the last one an end. */
export function flatten(statements: readonly Statement[]): readonly Instruction[] {
  const code: Instruction[] = [];
  append(code, statements, []);
  code.push({ op: 'end', end: 'done' });
  return code;
}

type Jump = Extract<Instruction, { target: number }>;

/** `leaves` collects the jumps out of the innermost loop. */
function append(code: Instruction[], statements: readonly Statement[], leaves: Jump[]): void {
  for (const statement of statements) {
    if (statement.op === 'if') {
      appendForked(
        code,
        { op: 'branch', condition: statement.condition, target: -1 },
        leaves,
        statement.body,
        statement.otherwise,
      );
    } else if (statement.op === 'either') {
      appendForked(code, { op: 'choose', target: -1 }, leaves, statement.one, statement.other);
    } else if (statement.op === 'loop') {
      const first = code.length;
      const own: Jump[] = [];
      append(code, statement.body, own);
      code.push({ op: 'jump', target: first });
      for (const jump of own) jump.target = code.length;
    } else if (statement.op === 'block') append(code, statement.body, leaves);
    else if (statement.op === 'leave') {
      const jump: Jump = { op: 'jump', target: -1 };
      leaves.push(jump);
      code.push(jump);
    } else code.push(statement);
  }
}

function appendForked(
  code: Instruction[],
  fork: Jump,
  leaves: Jump[],
  first: readonly Statement[],
  second: readonly Statement[],
): void {
  code.push(fork);
  append(code, first, leaves);
  const over: Jump = { op: 'jump', target: -1 };
  if (second.length > 0) code.push(over);
  fork.target = code.length;
  append(code, second, leaves);
  over.target = code.length;
}
