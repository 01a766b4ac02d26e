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
    from: '    await this.#mail.settle(numbersOf(former));\n',
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
  {
    name: 'calls to an owner that is down fail while it leaves',
    file: OFFICE,
    from: '      if (this.#standIns.get(owner)?.isForGood === false) this.#sendAway(owner);\n',
    to: '',
    why: 'Their keys have an owner already that works.',
    caughtBy: RESIZE,
  },
  {
    name: 'new owners stay whose ring was not written',
    file: CHANGES,
    from: '      this.#dispatcher.remove(recruits);\n      await this.#dismiss(recruits);\n',
    to: '',
    why: 'Tasks go by one ring, calls by another one.',
    caughtBy: RESIZE,
  },
  {
    name: 'owners are gone whose ring was not written',
    file: CHANGES,
    from: '      this.#dispatcher.add(leavers);\n',
    to: '',
    why: 'Tasks go by one ring, calls by another one.',
    caughtBy: RESIZE,
  },
  {
    name: 'one ring is written before it is known that all can be',
    file: 'src/dispatch/owners.ts',
    from: '    changeOwners(others, weights);\n    writeMembers(arena, weights);\n',
    to: '    writeMembers(arena, weights);\n    changeOwners(others, weights);\n',
    why: 'A resize that is refused has changed some of the stores.',
    caughtBy: RESIZE,
  },
  {
    name: 'a growth starts threads after the pool has ended',
    file: 'src/dispatch/crew.ts',
    from: '    this.checkRunning();\n    const posts',
    to: '    const posts',
    why: 'Nobody ends them.',
    caughtBy: { file: 'unit/pool-resize.test', test: 'microtasks after a growth begins' },
  },
];
