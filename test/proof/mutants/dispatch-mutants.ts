/** Faults in which owner begins which call, and when. */
import type { Mutant } from './mutant.ts';

const CHANGES = 'src/dispatch/changes.ts';
const OFFICE = 'src/dispatch/mail-office.ts';
const THREAD = 'src/dispatch/mail-thread.ts';
const RESIZE = { file: 'unit/pool-resize.test' };

export const DISPATCH_MUTANTS: readonly Mutant[] = [
  {
    name: 'a new owner does not wait for what the former ones run',
    file: CHANGES,
    from: '      await this.#mail.settle(numbersOf(former));\n',
    to: '',
    why: 'Two owners run calls for one key at once.',
    caughtBy: RESIZE,
  },
  {
    name: 'an owner that leaves is not waited for before the ring changes',
    file: CHANGES,
    from: '      await this.#mail.pause(numbersOf(leavers));\n',
    to: '      void this.#mail.pause(numbersOf(leavers));\n',
    why: 'Two owners run calls for one key at once.',
    caughtBy: RESIZE,
  },
  {
    name: 'who comes in the place of a paused owner serves at once',
    file: OFFICE,
    from: '    if (this.#paused.has(owner)) this.#paused.set(owner, thread);\n    else this.#serve(owner, thread);\n',
    to: '    this.#serve(owner, thread);\n',
    why: 'It may run a call when the ring changes.',
    caughtBy: RESIZE,
  },
  {
    name: 'a paused owner that is there begins calls',
    file: THREAD,
    from: '    if (ends.length === 0 || this.#isPaused) return false;\n',
    to: '    if (ends.length === 0) return false;\n',
    why: 'It may run a call when the ring changes.',
    caughtBy: RESIZE,
  },
  {
    name: 'a paused owner stays so',
    file: OFFICE,
    from: "      else if (thread !== undefined) post(thread, { kind: 'resume' });\n",
    to: '',
    why: 'What was sent to it before the ring changed is never sent on.',
    caughtBy: RESIZE,
  },
];
