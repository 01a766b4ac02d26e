/** The calls of the seam that a function of src makes, in the order of its text. */
import { codeOnly } from '../../house/source-text.ts';
import type { Mirrored, SeamCall } from './seam.ts';

/** Calls of atomics.ts that order something: each one in a mirrored function has to be in a program. */
const ORDERING: readonly SeamCall[] = [
  'openingLoad',
  'closingLoad',
  'closingLoadNext',
  'releaseStore',
  'reuseFence',
  'load',
  'store',
  'compareExchange',
  'exchange',
  'wait',
  'notify',
];
const OTHERS: readonly SeamCall[] = ['peek', 'peekBytes', 'peekRun', 'poke', 'moveRun', 'zeroRun'];

export type Call = Mirrored['calls'][number];

/** Every call with its second argument, and `words[...] = ` as `plain`, in the order in which they are made. */
export function callsIn(functionText: string): Call[] {
  const code = codeOnly(functionText);
  const names = [...ORDERING, ...OTHERS].sort((a, b) => b.length - a.length).join('|');
  const pattern = new RegExp(`\\b(${names})\\(|\\bwords\\[([^\\]]+)\\] = `, 'g');
  const found = [...code.matchAll(pattern)].map((match): { end: number; call: Call | null } => {
    const start = match.index + match[0].length;
    if (match[2] !== undefined) return { end: start, call: ['plain', match[2]] };
    const { list, end } = argumentsFrom(code, start);
    return { end, call: list[1] === undefined ? null : [match[1] as SeamCall, list[1]] };
  });
  // A call among the arguments of another one ends, and is made, before it.
  return found.sort((a, b) => a.end - b.end).flatMap(({ call }) => (call === null ? [] : [call]));
}

/** The arguments of a call whose opening parenthesis ends at `start`. */
function argumentsFrom(code: string, start: number): { readonly list: readonly string[]; readonly end: number } {
  const list: string[] = [];
  let depth = 0;
  let from = start;
  for (let at = start; at < code.length; at++) {
    const char = code[at];
    if (char === '(' || char === '[') depth += 1;
    else if ((char === ')' || char === ']') && depth > 0) depth -= 1;
    else if (depth === 0 && (char === ',' || char === ')')) {
      list.push(code.slice(from, at).replace(/\s+/g, ' ').trim());
      if (char === ')') return { list, end: at };
      from = at + 1;
    }
  }
  return { list, end: code.length };
}

export function isOrdering([call]: Call): boolean {
  return ORDERING.includes(call);
}

/** The first call of a program that the source does not make, or not there; undefined when it makes them all in order. */
export function firstMissing(program: readonly Call[], source: readonly Call[]): Call | undefined {
  let next = 0;
  return program.find((call) => {
    const found = source.findIndex((other, index) => index >= next && other[0] === call[0] && other[1] === call[1]);
    if (found === -1) return true;
    next = found + 1;
    return false;
  });
}
