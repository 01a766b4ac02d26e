/**
 * The same models, told in the other way: an execution is a choice of what each read reads from and of an order of the
 * writes to each word, and a model says which relations may have no cycle. Nothing of the enumerator is used here, so that
 * the two can be held against each other.
 *
 * After Alglave, Maranget and Tautschnig, "Herding cats" (2014), and the ARMv8 model of Deacon (aarch64.cat, 2017) as given
 * by Pulte et al. (2018).
 */

/** An instruction of a straight program; registers are named by the instruction that fills them. */
export interface Instruction {
  readonly kind: 'load' | 'store' | 'swap' | 'fence' | 'branch';
  readonly word: number;
  /** Acquire, release. */
  readonly isOrdered: boolean;
  /** Of a store on x64. */
  readonly isLocked: boolean;
  readonly holds: 'all' | 'loads' | 'stores';
  readonly value: number;
  /** Instructions of the same thread whose registers go into the address, into the value, into the condition; -1 for none. */
  readonly addressFrom: number;
  readonly valueFrom: number;
  readonly branchesOn: number;
}

export type StraightProgram = readonly (readonly Instruction[])[];
export type AxiomaticModel = 'sc' | 'x64' | 'arm64';

interface Node {
  readonly thread: number;
  /** Place of its instruction, twice; a swap's write is one behind its read. */
  readonly place: number;
  readonly instruction: Instruction;
  readonly isWrite: boolean;
}

/** `has[a]` has bit b set when a is before b. */
type Relation = Int32Array;

/** How many executions the model allows. */
export function countExecutions(program: StraightProgram, model: AxiomaticModel): number {
  const nodes = nodesOf(program);
  const reads = [...nodes.keys()].filter((node) => !nodes[node].isWrite);
  const writes = [...nodes.keys()].filter((node) => nodes[node].isWrite);
  const words = [...new Set(writes.map((write) => nodes[write].instruction.word))];
  const kept = keptOrder(program, nodes, model);
  let count = 0;
  for (const orders of product(
    words.map((word) => permutations(writes.filter((write) => nodes[write].instruction.word === word))),
  )) {
    const sources = reads.map((read) => [-1, ...writes.filter((write) => sameWord(nodes, write, read))]);
    for (const from of product(sources)) {
      const source = new Map(reads.map((read, index) => [read, from[index]]));
      if (isAllowed(nodes, orders, source, kept, model)) count += 1;
    }
  }
  return count;
}

function nodesOf(program: StraightProgram): Node[] {
  return program.flatMap((instructions, thread) =>
    instructions.flatMap((instruction, index): Node[] => {
      const read: Node = { thread, place: 2 * index, instruction, isWrite: false };
      const write: Node = { thread, place: 2 * index + 1, instruction, isWrite: true };
      if (instruction.kind === 'swap') return [read, write];
      return instruction.kind === 'load' ? [read] : instruction.kind === 'store' ? [write] : [];
    }),
  );
}

function sameWord(nodes: readonly Node[], a: number, b: number): boolean {
  return nodes[a].instruction.word === nodes[b].instruction.word;
}

function isAllowed(
  nodes: readonly Node[],
  orders: readonly (readonly number[])[],
  source: ReadonlyMap<number, number>,
  kept: Relation,
  model: AxiomaticModel,
): boolean {
  const size = nodes.length;
  const communication = new Int32Array(size);
  const external = Int32Array.from(kept);
  const link = (a: number, b: number, isReadsFrom: boolean): void => {
    communication[a] |= 1 << b;
    const isInternal = nodes[a].thread === nodes[b].thread;
    // What a thread reads from itself is no order for others; on ARMv8 neither is what it does to its own writes.
    if (!isInternal || (model !== 'arm64' && !(isReadsFrom && model === 'x64'))) external[a] |= 1 << b;
  };
  for (const order of orders)
    for (const [i, a] of order.entries()) for (const b of order.slice(i + 1)) link(a, b, false);
  for (const [read, from] of source) {
    if (from !== -1) link(from, read, true);
    const order = orders.find((writes) => writes.some((write) => sameWord(nodes, write, read))) ?? [];
    const later = order.slice(order.indexOf(from) + 1);
    for (const write of later) if (write !== read) link(read, write, false);
    const own = nodes.findIndex((node) => isPair(nodes[read], node));
    if (own !== -1 && later[0] !== own) return false;
  }
  if (model === 'arm64') addForwarded(nodes, source, external);
  const local = Int32Array.from(communication);
  for (let a = 0; a < size; a++) {
    for (let b = 0; b < size; b++) if (isBefore(nodes[a], nodes[b]) && sameWord(nodes, a, b)) local[a] |= 1 << b;
  }
  return isAcyclic(local) && isAcyclic(external);
}

/** The read and the write of one swap. */
function isPair(read: Node, write: Node): boolean {
  return !read.isWrite && write.isWrite && read.thread === write.thread && read.place + 1 === write.place;
}

function isBefore(a: Node, b: Node): boolean {
  return a.thread === b.thread && a.place < b.place;
}

/** The node of the instruction at `index` in the thread of `node` is before it. */
function mark(relation: Relation, nodes: readonly Node[], index: number, node: number): void {
  if (index === -1) return;
  const from = nodes.findIndex(
    (other) => other.thread === nodes[node].thread && other.place === 2 * index && !other.isWrite,
  );
  relation[from] |= 1 << node;
}

/** What of the order of the program everybody has to see. */
function keptOrder(program: StraightProgram, nodes: readonly Node[], model: AxiomaticModel): Relation {
  const kept = new Int32Array(nodes.length);
  for (let a = 0; a < nodes.length; a++) {
    for (let b = 0; b < nodes.length; b++) {
      if (!isBefore(nodes[a], nodes[b])) continue;
      const between = program[nodes[a].thread].slice((nodes[a].place >> 1) + 1, nodes[b].place >> 1);
      const isKept =
        model === 'sc' ||
        (model === 'x64' ? isKeptOnX64(nodes[a], nodes[b], between) : isKeptOnArm64(nodes, a, b, between));
      if (isKept) kept[a] |= 1 << b;
    }
  }
  return kept;
}

function isKeptOnX64(a: Node, b: Node, between: readonly Instruction[]): boolean {
  if (!a.isWrite || b.isWrite) return true;
  if (a.instruction.kind === 'swap' || b.instruction.kind === 'swap' || a.instruction.isLocked) return true;
  return between.some(isFullOnX64);
}

function isFullOnX64({ kind, holds, isLocked }: Instruction): boolean {
  return kind === 'swap' || (kind === 'fence' && holds === 'all') || (kind === 'store' && isLocked);
}

function isKeptOnArm64(
  nodes: readonly Node[],
  first: number,
  second: number,
  between: readonly Instruction[],
): boolean {
  const [a, b] = [nodes[first], nodes[second]];
  const isAcquire = (node: Node): boolean =>
    !node.isWrite && (node.instruction.kind === 'swap' || node.instruction.isOrdered);
  const isRelease = (node: Node): boolean =>
    node.isWrite && (node.instruction.kind === 'swap' || node.instruction.isOrdered);
  if (isPair(a, b) || isAcquire(a) || isRelease(b) || (isRelease(a) && isAcquire(b))) return true;
  const fenced = (holds: Instruction['holds']): boolean => between.some((i) => i.kind === 'fence' && i.holds === holds);
  if (fenced('all') || (!a.isWrite && fenced('loads')) || (a.isWrite && b.isWrite && fenced('stores'))) return true;
  // Implied for each write that anything has to precede: what precedes the first of two writes precedes the second.
  if (a.isWrite && b.isWrite && sameWord(nodes, first, second)) return true;
  return isDependent(a, b, between);
}

function isDependent(a: Node, b: Node, between: readonly Instruction[]): boolean {
  if (a.isWrite) return false;
  const index = a.place >> 1;
  if (b.instruction.addressFrom === index || (b.isWrite && b.instruction.valueFrom === index)) return true;
  return b.isWrite && between.some((i) => i.branchesOn === index || (i.kind !== 'branch' && i.addressFrom === index));
}

/** ARMv8: who reads early from its own thread's write has that write's dependencies; none reads a store-exclusive early. */
function addForwarded(nodes: readonly Node[], source: ReadonlyMap<number, number>, relation: Relation): void {
  for (const [read, from] of source) {
    if (from === -1 || nodes[from].thread !== nodes[read].thread) continue;
    const { instruction } = nodes[from];
    const isAcquire = nodes[read].instruction.kind === 'swap' || nodes[read].instruction.isOrdered;
    if (instruction.kind === 'swap' && isAcquire) relation[from] |= 1 << read;
    for (const index of [instruction.addressFrom, instruction.kind === 'store' ? instruction.valueFrom : -1]) {
      mark(relation, nodes, index, read);
    }
  }
}

function isAcyclic(relation: Relation): boolean {
  const reach = Int32Array.from(relation);
  for (let via = 0; via < reach.length; via++) {
    for (let a = 0; a < reach.length; a++) if ((reach[a] >> via) & 1) reach[a] |= reach[via];
  }
  return reach.every((row, node) => ((row >> node) & 1) === 0);
}

function permutations(items: readonly number[]): number[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item) => permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest]));
}

function product<T>(choices: readonly (readonly T[])[]): T[][] {
  return choices.reduce<T[][]>((lists, some) => lists.flatMap((list) => some.map((one) => [...list, one])), [[]]);
}
