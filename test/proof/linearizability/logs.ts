/** Reads the two text formats in which the golden histories are written. Line numbers stand in for times. */
import type { Operation } from './model.ts';
import type { RegisterInput, RegisterOutput } from './register-model.ts';
import type { TextInput } from './text-model.ts';

interface Pending<Input> {
  readonly thread: number;
  readonly call: number;
  readonly input: Input;
}

/** Pairs calls with returns, one operation at a time a thread. */
class Pairing<Input, Output> {
  readonly operations: Operation<Input, Output>[] = [];
  readonly #pending: Map<number, Pending<Input>> = new Map<number, Pending<Input>>();

  call(thread: number, call: number, input: Input): void {
    if (this.#pending.has(thread)) throw new SyntaxError(`line ${call}: thread ${thread} is still in an operation`);
    this.#pending.set(thread, { thread, call, input });
  }

  end(thread: number, end: number, output: Output | undefined): void {
    this.operations.push({ ...this.drop(thread, end), end, output });
  }

  drop(thread: number, line: number): Pending<Input> {
    const pending = this.#pending.get(thread);
    if (pending === undefined) throw new SyntaxError(`line ${line}: thread ${thread} is in no operation`);
    this.#pending.delete(thread);
    return pending;
  }

  /** All operations; those still pending have no outcome. */
  finish(): Operation<Input, Output>[] {
    for (const pending of this.#pending.values()) {
      this.operations.push({ ...pending, end: Infinity, output: undefined });
    }
    this.#pending.clear();
    return this.operations;
  }
}

const JEPSEN_LINE = /^INFO\s+jepsen\.util - (\d+)\s+:(invoke|ok|fail|info)\s+:(read|write|cas)\s+(.+?)\s*$/;

/** A log of one compare-and-set register, as Jepsen writes it. */
export function parseRegisterLog(log: string): Operation<RegisterInput, RegisterOutput>[] {
  const pairing = new Pairing<RegisterInput, RegisterOutput>();
  for (const [index, line] of log.split('\n').entries()) {
    const [matched, threadDigits, type, kind, value = ''] = JEPSEN_LINE.exec(line) ?? [];
    if (matched === undefined) {
      if (line.trim() !== '') throw new SyntaxError(`line ${index}: ${line} is no line of a register's log`);
      continue;
    }
    const thread = Number(threadDigits);
    if (type === 'invoke') pairing.call(thread, index, registerInput(kind, value));
    else if (type === 'info') pairing.end(thread, Infinity, undefined);
    else if (kind === 'cas') pairing.end(thread, index, type === 'ok');
    else if (type === 'ok') pairing.end(thread, index, kind === 'read' ? numberOrNull(value) : null);
    // A failed read saw nothing and changed nothing.
    else pairing.drop(thread, index);
  }
  return pairing.finish();
}

function registerInput(kind: string | undefined, value: string): RegisterInput {
  if (kind === 'read') return { kind };
  const [first, second] = (value.match(/\d+/g) ?? []).map(Number);
  if (kind === 'write' && first !== undefined) return { kind, value: first };
  if (kind === 'cas' && first !== undefined && second !== undefined) return { kind, from: first, to: second };
  throw new SyntaxError(`${kind} of ${value} is no operation of a register`);
}

function numberOrNull(text: string): number | null {
  return text === 'nil' ? null : Number(text);
}

const TEXT_LINE = /^\{:process (\d+), :type :(invoke|ok), :f :(get|put|append), :key "(.*)", :value (nil|".*")\}$/;

/** A log of a map from keys to texts with get, put and append. */
export function parseTextLog(log: string): Operation<TextInput, string>[] {
  const pairing = new Pairing<TextInput, string>();
  for (const [index, line] of log.split('\n').entries()) {
    const [matched, threadDigits, type, kind, key = '', value = ''] = TEXT_LINE.exec(line) ?? [];
    if (matched === undefined) {
      if (line.trim() !== '') throw new SyntaxError(`line ${index}: ${line} is no line of a map's log`);
      continue;
    }
    const thread = Number(threadDigits);
    const text = value === 'nil' ? '' : value.slice(1, -1);
    if (type === 'invoke') pairing.call(thread, index, { kind: kind as TextInput['kind'], key, text });
    else pairing.end(thread, index, text);
  }
  return pairing.finish();
}
