/** An execution as text: a line an access, in the order in which they were performed. */
import type { Step } from './perform.ts';
import { placeOfWrite, type Event, type Program } from './state.ts';

/** `#` is the place of an access in its thread; where the numbers of a thread do not go up, the machine has reordered. */
export function pictureOf(program: Program, steps: readonly Step[]): string {
  const names = Object.keys(program.threads);
  const width = Math.max(...names.map((name) => name.length));
  return steps
    .map(({ thread, position, event, written }) => {
      const then = written?.exclusive === true ? `, := ${written.value}` : '';
      return `${names[thread].padEnd(width)} #${String(position + 1).padEnd(3)} ${describe(program, event, names)}${then}`;
    })
    .join('\n');
}

function describe(program: Program, event: Event, names: readonly string[]): string {
  const { instruction, value } = event;
  const word = program.words[event.address] ?? '(no word)';
  if (instruction.op === 'rmw') {
    return event.kind === 'read' ? `load-exclusive ${word} = ${value}` : `store-exclusive ${word} := ${value}`;
  }
  if (instruction.op === 'load')
    return `${instruction.acquire ? 'load-acquire' : 'load'} ${word} = ${value}${origin(event, names)}`;
  if (instruction.op === 'store') {
    const kind = instruction.release ? 'store-release' : instruction.locked ? 'locked store' : 'store';
    return `${kind} ${word} := ${value}`;
  }
  if (instruction.op === 'wait') return value === 1 ? `sleeps on ${word}` : `does not sleep: ${word} is another`;
  if (instruction.op === 'notify') return `wakes one on ${word}`;
  return instruction.op === 'await-end'
    ? `knows that ${names[instruction.thread]} has come to its end`
    : instruction.op;
}

function origin(event: Event, names: readonly string[]): string {
  return event.source === 0 ? ' (initial)' : ` (of ${names[placeOfWrite(event.source)[0]]})`;
}
