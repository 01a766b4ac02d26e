/**
 * What one key of a store does when calls come one at a time.
 *
 * Time enters as a window: an entry with a TTL ends at some moment between `endsFromNs` and `endsUntilNs`. A call that
 * returned before the window must find it, one that began after the window must not, and for a call in between both
 * are right. Once one has found it gone it is gone for all later calls, with one exception: each call looks at the clock
 * once, and a conditional write that found the entry alive may be overtaken by readers that find it at its end.
 */
import type { Operation, SequentialModel } from './model.ts';
import { isStructToken, partOf, type StructField, withPart } from './struct-token.ts';
import type { Token } from './values.ts';
import { Versions } from './versions.ts';

export const STORE_CALLS = [
  'get',
  'peek',
  'has',
  'getVersioned',
  'set',
  'delete',
  'clear',
  'increment',
  'getOrInsert',
  'replace',
  'compareAndSet',
  'update',
] as const;

/** Those on fields of structs, which only schedules make. */
export type FieldCall = 'getField' | 'setField' | 'incrementField';

export type StoreCall = (typeof STORE_CALLS)[number];

export interface StoreInput {
  readonly call: StoreCall | FieldCall;
  /** Which key of the history. */
  readonly key: number;
  /** What is written, if anything is. */
  readonly token?: Token;
  /** Of `increment` and `incrementField`. */
  readonly by?: number;
  /** Of `getField`, `setField` and `incrementField`. */
  readonly field?: StructField;
  /** Of `setField`: what is written. */
  readonly part?: number;
  /** Of `compareAndSet`. */
  readonly version?: number;
  /** Of `update`: what its callback was given last; null for undefined. */
  readonly given?: Token | null;
  readonly ttlMs?: number;
  /** When it was called and when it returned, in ns of one clock. */
  readonly fromNs: number;
  readonly untilNs: number;
}

/**
 * What a call came to: a value as its token, null for undefined, true or false, a value with its version, or an error
 * with which nothing was changed. `done` is for calls whose result says nothing.
 */
export type StoreOutput =
  | { readonly token: Token | null }
  | { readonly token: Token; readonly version: number }
  | { readonly flag: boolean }
  | { readonly error: 'full' | 'not a number' }
  | { readonly unreadable: true }
  | { readonly done: true };

export type StoreOperation = Operation<StoreInput, StoreOutput>;

export interface Entry {
  readonly token: Token;
  readonly endsFromNs: number;
  readonly endsUntilNs: number;
  /** A reader has found that it ended. Only a conditional write that began before that may still find it alive. */
  readonly lapsed: boolean;
}

/** Null: absent. */
export type StoreState = Entry | null;

export interface StoreModelOptions {
  /** Entries may vanish at any time to make room. */
  readonly evicts?: boolean;
}

/** The store's clock counts whole ms, rounded down; it and the clock of the history drift apart by less than this. */
const CLOCK_STEP_NS = 1_000_000;
const DRIFT_NS = 100_000;

/** The model for one key's operations: it knows from them which value each version belongs to. */
export function storeModel(
  operations: readonly StoreOperation[],
  options: StoreModelOptions = {},
): SequentialModel<StoreState, StoreInput, StoreOutput> {
  const versions = new Versions(operations);
  const evicts = options.evicts ?? false;
  return {
    initial: null,
    step(state, operation) {
      const { call, fromNs, untilNs } = operation.input;
      const after: StoreState[] = [];
      if (state === null) {
        apply(null, operation, versions, after);
        return after;
      }
      const findsAlive = !state.lapsed || CONDITIONAL.includes(call);
      if (findsAlive && fromNs <= state.endsUntilNs) apply(state, operation, versions, after);
      const isOver = untilNs >= state.endsFromNs;
      if (!isOver && !evicts) return after;
      const aliveCount = after.length;
      apply(null, operation, versions, after);
      if (isOver && READS.includes(call) && after.length > aliveCount) after[aliveCount] = lapse(state);
      return after;
    },
    key: keyOfState,
    isRead,
    describe: describeCall,
  };
}

const READS: readonly (StoreCall | FieldCall)[] = ['get', 'peek', 'has', 'getVersioned', 'getField'];
const CONDITIONAL: readonly (StoreCall | FieldCall)[] = ['replace', 'compareAndSet', 'update'];

function lapse(entry: Entry): Entry {
  return entry.lapsed ? entry : { ...entry, lapsed: true };
}

/** Adds what the operation leaves of `entry`, if it fits. */
function apply(entry: StoreState, { input, output }: StoreOperation, versions: Versions, after: StoreState[]): void {
  if (output !== undefined && 'unreadable' in output) return;
  if (output !== undefined && 'error' in output) {
    if (output.error === 'full' || (input.call === 'increment' && typeof entry?.token === 'string')) after.push(entry);
    return;
  }
  // Nobody knows: it may have done nothing.
  if (output === undefined) after.push(entry);
  const token = output !== undefined && 'token' in output ? output.token : undefined;
  const flag = output !== undefined && 'flag' in output ? output.flag : undefined;
  const held = entry === null ? null : entry.token;
  switch (input.call) {
    case 'get':
    case 'peek':
      if (token === held) after.push(entry);
      return;
    case 'has':
      if (flag === (entry !== null)) after.push(entry);
      return;
    case 'getVersioned':
      if (token === held && fitsVersion(entry, output, versions)) after.push(entry);
      return;
    case 'set':
      after.push(written(input));
      return;
    case 'delete':
    case 'clear':
      if (flag === undefined || flag === (entry !== null)) after.push(null);
      return;
    case 'increment':
      applyIncrement(entry, input, token, after);
      return;
    case 'getOrInsert':
      if (token === undefined || token === (held ?? input.token)) after.push(entry ?? written(input));
      return;
    case 'replace':
      if (flag === undefined || flag === (entry !== null)) after.push(entry === null ? null : written(input));
      return;
    case 'compareAndSet':
      if (flag !== false && versions.mayMatch(entry, input.version)) after.push(written(input));
      if (flag !== true && versions.mayDiffer(entry, input.version)) after.push(entry);
      return;
    case 'update':
      // It writes only when the value is still the one that its callback was given.
      if (input.token !== undefined && input.given === held) after.push(keepingTtl(entry, input));
      return;
    case 'getField':
    case 'setField':
    case 'incrementField':
      applyToField(entry, input, output, after);
  }
}

function applyIncrement(
  entry: StoreState,
  input: StoreInput,
  sum: Token | null | undefined,
  after: StoreState[],
): void {
  if (typeof entry?.token === 'string') return;
  const expected = (entry?.token ?? 0) + (input.by ?? 0);
  if (sum !== undefined && sum !== expected) return;
  after.push(keepingTtl(entry, { ...input, token: expected }));
}

function applyToField(
  entry: StoreState,
  input: StoreInput,
  output: StoreOutput | undefined,
  after: StoreState[],
): void {
  const { call, field } = input;
  const token = output !== undefined && 'token' in output ? output.token : undefined;
  const flag = output !== undefined && 'flag' in output ? output.flag : undefined;
  if (entry === null) {
    if (token !== undefined ? token === null : flag !== true) after.push(null);
    return;
  }
  if (field === undefined || typeof entry.token !== 'string' || !isStructToken(entry.token) || flag === false) return;
  const old = partOf(entry.token, field);
  if (call === 'getField') {
    if (token === old) after.push(entry);
    return;
  }
  const part = call === 'setField' ? (input.part ?? 0) : old + (input.by ?? 0);
  if (token === undefined || token === part) {
    after.push(keepingTtl(entry, { ...input, token: withPart(entry.token, field, part) }));
  }
}

function fitsVersion(entry: StoreState, output: StoreOutput | undefined, versions: Versions): boolean {
  if (entry === null) return true;
  return output !== undefined && 'version' in output && versions.areInOrder(entry, output.version);
}

function written(input: StoreInput): Entry {
  const { token, ttlMs, fromNs, untilNs } = input;
  if (token === undefined) throw new TypeError(`${input.call} without a value`);
  if (ttlMs === undefined) {
    return { token, endsFromNs: Infinity, endsUntilNs: Infinity, lapsed: false };
  }
  const ttlNs = ttlMs * 1e6;
  return {
    token,
    endsFromNs: fromNs + ttlNs - CLOCK_STEP_NS - DRIFT_NS,
    endsUntilNs: untilNs + ttlNs + DRIFT_NS,
    lapsed: false,
  };
}

function keepingTtl(entry: StoreState, input: StoreInput): Entry {
  const next = written(input);
  if (entry === null || input.ttlMs !== undefined) return next;
  const { endsFromNs, endsUntilNs, lapsed } = entry;
  return { ...next, endsFromNs, endsUntilNs, lapsed };
}

function isRead({ input, output }: StoreOperation): boolean {
  if (READS.includes(input.call)) return true;
  if (output === undefined || 'done' in output) return false;
  if ('error' in output || ('flag' in output && !output.flag)) return true;
  return input.call === 'getOrInsert' && 'token' in output && output.token !== input.token;
}

function keyOfState(state: StoreState): string {
  if (state === null) return 'absent';
  const { token, endsFromNs, endsUntilNs, lapsed } = state;
  const value = `${token}${lapsed ? ' (seen to have ended)' : ''}`;
  return endsFromNs === Infinity ? value : `${value} until ${span(endsFromNs, endsUntilNs)}`;
}

function span(fromNs: number, untilNs: number): string {
  return `${(fromNs / 1e3).toFixed(1)}..${(untilNs / 1e3).toFixed(1)} us`;
}

function describeCall({ input, output }: StoreOperation): string {
  const { call, token, by, field, part: written_, version, given, ttlMs, fromNs, untilNs } = input;
  const given_ = given === undefined ? undefined : `given ${given ?? 'nothing'}`;
  const ttl = ttlMs === undefined ? undefined : `ttl ${ttlMs} ms`;
  const parts = [version === undefined ? undefined : `version ${version}`, field, written_, by, given_, token, ttl];
  const args = parts.filter((part) => part !== undefined).join(', ');
  return `${call}(${args})${describeOutput(output)} at ${span(fromNs, untilNs)}`;
}

function describeOutput(output: StoreOutput | undefined): string {
  if (output === undefined) return ' -> ?';
  if ('done' in output) return '';
  if ('error' in output) return ` -> error: ${output.error}`;
  if ('unreadable' in output) return ' -> a value that nobody wrote';
  if ('flag' in output) return ` -> ${output.flag}`;
  return ` -> ${output.token ?? 'undefined'}${'version' in output ? ` version ${output.version}` : ''}`;
}
