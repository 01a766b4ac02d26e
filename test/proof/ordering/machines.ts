/**
 * The memory models. Each says of two accesses of one thread whether the later one has to wait for the earlier one.
 *
 * Memory is one array of words: a store that is performed is seen by all other threads at once (multi-copy atomic, as
 * x64 and ARMv8 are), and a load may take its value early from an earlier store of its own thread that is not performed.
 * What a model lets happen out of order is all that it has of weakness:
 *
 * - `sc`: nothing (Lamport, 1979).
 * - `x64`: a plain load passes earlier plain stores to other words. That is the store buffer of x86-TSO (Sewell, Sarkar,
 *   Owens, Zappa Nardelli and Myreen, 2010).
 * - `x64-jit`: moreover, a compiler exchanges plain loads of one basic block as it likes. V8 does not.
 * - `arm64`: plain accesses to different words in any order, but for what ARMv8 keeps (Pulte, Flur, Deacon, French, Sarkar
 *   and Sewell, "Simplifying ARM concurrency", 2018): dependencies, load-acquire, store-release, barriers, coherence. Read-
 *   modify-writes are load-exclusive and store-exclusive, the weaker of the two ways to make them.
 */
import type { Instruction } from './instructions.ts';

export type MachineName = 'sc' | 'x64' | 'x64-jit' | 'arm64';

/** What of an access another one may have to wait for. */
export interface Access {
  readonly kind: 'read' | 'write' | 'fence' | 'branch' | 'let' | 'wait' | 'notify' | 'await-end';
  readonly instruction: Instruction;
  /** Part of a read-modify-write. */
  readonly exclusive: boolean;
  /** UNKNOWN while it is not computed; NOWHERE when it has none. */
  readonly address: number;
}

export const UNKNOWN: number = -1;
export const NOWHERE: number = -2;

export interface Machine {
  readonly name: MachineName;
  /** Whether a read-modify-write is one step. */
  readonly indivisible: boolean;
  /** Whether `later`, which can be computed, has to wait until `earlier` is performed. */
  waitsFor(later: Access, earlier: Access): boolean;
  /** Whether nothing behind `earlier`, of whatever kind, is performed before it: what comes next need not be looked at. */
  holds(earlier: Access, next: Instruction): boolean;
}

function isAcquire(access: Access): boolean {
  return (
    access.kind === 'read' && (access.exclusive || (access.instruction.op === 'load' && access.instruction.acquire))
  );
}

function isRelease(access: Access): boolean {
  return (
    access.kind === 'write' && (access.exclusive || (access.instruction.op === 'store' && access.instruction.release))
  );
}

/** Of calls to the operating system, or behind a mutex: in order with everything. */
function isCall(access: Access): boolean {
  return access.kind === 'wait' || access.kind === 'notify' || access.kind === 'await-end';
}

const sc: Machine = {
  name: 'sc',
  indivisible: true,
  waitsFor: () => true,
  holds: (earlier) => earlier.kind !== 'let',
};

function isBuffered(access: Access): boolean {
  return access.kind === 'write' && access.instruction.op === 'store' && !access.instruction.locked;
}

function isPlainLoad(access: Access): boolean {
  return access.kind === 'read' && !access.exclusive;
}

const x64: Machine = {
  name: 'x64',
  indivisible: true,
  waitsFor: (later, earlier) => {
    if (earlier.instruction.op === 'fence') return earlier.instruction.holds === 'all';
    return !(isBuffered(earlier) && isPlainLoad(later));
  },
  holds: (earlier) => {
    if (earlier.instruction.op === 'fence') return earlier.instruction.holds === 'all';
    return earlier.kind !== 'let' && !isBuffered(earlier);
  },
};

function isPlainLoadInstruction(instruction: Instruction): boolean {
  return instruction.op === 'load' && !instruction.acquire;
}

const x64Jit: Machine = {
  name: 'x64-jit',
  indivisible: true,
  waitsFor: (later, earlier) =>
    x64.waitsFor(later, earlier) &&
    !(isPlainLoadInstruction(earlier.instruction) && isPlainLoadInstruction(later.instruction)),
  // A basic block is a run of loads here: it ends before a branch, a store and a call.
  holds: (earlier, next) =>
    x64.holds(earlier, next) &&
    !(isPlainLoadInstruction(earlier.instruction) && (isPlainLoadInstruction(next) || next.op === 'let')),
};

const arm64: Machine = {
  name: 'arm64',
  indivisible: false,
  waitsFor: (later, earlier) => {
    if (isCall(later) || isCall(earlier) || isAcquire(earlier)) return true;
    if (earlier.instruction.op === 'fence') {
      return earlier.instruction.holds !== 'stores' || later.kind === 'write';
    }
    if (isRelease(later) || (isRelease(earlier) && isAcquire(later))) return true;
    if (later.kind !== 'write') return false;
    // A store is never speculative, and follows whatever might turn out to be an access to its own word.
    return earlier.kind === 'branch' || earlier.address === UNKNOWN || earlier.address === later.address;
  },
  holds: (earlier) =>
    isCall(earlier) ||
    isAcquire(earlier) ||
    (earlier.instruction.op === 'fence' && earlier.instruction.holds !== 'stores'),
};

export const MACHINES: Readonly<Record<MachineName, Machine>> = { sc, x64, 'x64-jit': x64Jit, arm64 };
export const MACHINE_NAMES: readonly MachineName[] = ['sc', 'x64', 'x64-jit', 'arm64'];
