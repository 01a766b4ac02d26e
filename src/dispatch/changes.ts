/** Changes of a pool as a whole, one after the other: other numbers of owners, new threads for all, the end. */
import { ClosedError } from '../errors.ts';
import type { Crew } from './crew.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { MailOffice } from './mail-office.ts';
import type { Owner } from './owner.ts';
import type { Routes } from './routes.ts';
import type { Watchers } from './watchers.ts';

export class Changes {
  readonly #routes: Routes;
  readonly #dispatcher: Dispatcher;
  readonly #crew: Crew;
  readonly #mail: MailOffice;
  readonly #watchers: Watchers;
  #last: Promise<void> = Promise.resolve();
  #isClosing: boolean = false;
  #ended: Promise<void> | null = null;
  #cutShort: () => void = () => {};

  constructor(routes: Routes, dispatcher: Dispatcher, crew: Crew, mail: MailOffice, watchers: Watchers) {
    this.#routes = routes;
    this.#dispatcher = dispatcher;
    this.#crew = crew;
    this.#mail = mail;
    this.#watchers = watchers;
  }

  /** Has `count` owners from then on. */
  resize(count: number): Promise<void> {
    return this.#afterOthers(async () => {
      const from = this.#dispatcher.size;
      if (count > from) await this.#grow(count - from);
      else if (count < from) await this.#shrink(from - count);
    });
  }

  /** Replaces the threads of all owners, one after the other. */
  restart(): Promise<void> {
    return this.#afterOthers(async () => {
      for (const owner of this.#dispatcher.owners) {
        this.#checkOpen();
        await this.#crew.replace(owner);
      }
    });
  }

  /** Waits for all tasks, then ends the threads; no longer than that many ms. */
  async close(timeoutMs: number): Promise<void> {
    this.#isClosing = true;
    const done = Promise.all([this.#dispatcher.idle(), this.#last.catch(() => {})]);
    // All leave before any ends: what one of them still does may need the others.
    const quiet = done.then(() => this.#crew.leave());
    const cutShort = new Promise<void>((resolve) => {
      this.#cutShort = resolve;
    });
    const isQuiet = await within(timeoutMs, Promise.race([quiet, cutShort]));
    if (!isQuiet) this.#dispatcher.dropWaiting(`the pool was closed, and its closeTimeout of ${timeoutMs} ms was over`);
    await this.end();
  }

  /** Ends the threads. Once: by a second time the stores may have another pool. */
  end(): Promise<void> {
    this.#isClosing = true;
    // Who waits for answers waits in vain.
    this.#cutShort();
    this.#ended ??= this.#end();
    return this.#ended;
  }

  async #end(): Promise<void> {
    try {
      await this.#crew.stop();
      await this.#last.catch(() => {});
    } finally {
      this.#routes.giveUp();
    }
  }

  #afterOthers(change: () => Promise<void>): Promise<void> {
    const before = this.#last.catch(() => {});
    this.#last = before.then(async () => {
      this.#checkOpen();
      await change();
    });
    return this.#last;
  }

  #checkOpen(): void {
    if (this.#isClosing) throw new ClosedError('the pool was closed before it was changed');
  }

  /**
   * The lowest numbers that are free. Nobody answers calls to the new owners until the former ones have ended what they
   * began before the ring changed: calls for a key never overlap.
   */
  async #grow(count: number): Promise<void> {
    const former = this.#dispatcher.owners;
    const taken = new Set(numbersOf(former));
    const recruits: Owner[] = [];
    for (let number = 0; recruits.length < count; number++) {
      if (!taken.has(number)) recruits.push(this.#dispatcher.newOwner(number));
    }
    await this.#mail.pause(numbersOf(recruits));
    try {
      await this.#crew.enlistReady(recruits);
      await this.#welcome(recruits, former);
    } finally {
      this.#mail.resume(numbersOf(recruits));
    }
  }

  async #welcome(recruits: readonly Owner[], former: readonly Owner[]): Promise<void> {
    const movedSegments = this.#dispatcher.add(recruits);
    try {
      this.#changeRing(former.length, movedSegments);
    } catch (error) {
      // The tables are as they were, and so is the pool then.
      this.#dispatcher.remove(recruits);
      await this.#dismiss(recruits);
      throw error;
    }
    await this.#mail.settle(numbersOf(former));
    this.#crew.checkRunning();
  }

  /**
   * The owners with the highest numbers go. They begin no call from before the ring changes until after it, when what they
   * find is for others: calls for a key never overlap.
   */
  async #shrink(count: number): Promise<void> {
    const from = this.#dispatcher.size;
    const leavers = this.#dispatcher.owners.slice(-count);
    const movedSegments = this.#dispatcher.remove(leavers);
    try {
      await this.#mail.pause(numbersOf(leavers));
      this.#crew.checkRunning();
      this.#changeRing(from, movedSegments);
    } catch (error) {
      for (const owner of leavers) this.#dispatcher.forget(owner);
      this.#dispatcher.add(leavers);
      throw error;
    } finally {
      this.#mail.resume(numbersOf(leavers));
    }
    await this.#dismiss(leavers);
  }

  async #dismiss(owners: readonly Owner[]): Promise<void> {
    await Promise.all(
      owners.map(async (owner) => {
        await this.#crew.dismiss(owner);
        this.#dispatcher.forget(owner);
      }),
    );
  }

  #changeRing(from: number, movedSegments: number): void {
    this.#routes.commit();
    this.#watchers.ringChanged({ from, to: this.#dispatcher.size, movedSegments });
  }
}

function numbersOf(owners: readonly Owner[]): number[] {
  return owners.map(({ number }) => number);
}

/** Whether it has settled within that time. */
async function within(timeoutMs: number, doing: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, timeoutMs, false);
  });
  try {
    return await Promise.race([doing.then(() => true), timeout]);
  } finally {
    clearTimeout(timer);
  }
}
