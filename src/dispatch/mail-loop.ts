/**
 * When a thread looks for mail: in turns of its event loop, between which everything else has its turn, and once its bell
 * is rung. It never blocks.
 */
import * as atomics from '#atomics';
import type { Words } from '#atomics';
import { bellWord, getUp, lieDown } from './mail-bell.ts';
import { BELL_ASLEEP } from '../../native-layout/mailbox.ts';

/**
 * Turns without mail before a thread lies down. Who finds mail in them, about 1 us each, saves two wake-ups of 10 us and
 * more; who does not has kept a core busy for nothing, perhaps the one that the other thread is waiting for. So a thread
 * that finds some looks longer the next time, and one that does not, shorter.
 */
const QUIET_TURNS_MIN = 3;
const QUIET_TURNS_MAX = 40;

export interface MailWork {
  /** Does some of what there is to do, for a bounded time. Returns whether there was anything. */
  work(): boolean;
  /** Whether there is anything to do, asked after the bell was stored. */
  hasMail(): boolean;
}

export class MailLoop {
  readonly #bells: Words;
  readonly #thread: number;
  readonly #work: MailWork;
  readonly #turn: () => void = () => this.#takeTurn();
  readonly #hasMail: () => boolean;
  #isScheduled: boolean = false;
  /** Waits for the bell, which may have been rung by now. */
  #isWaiting: boolean = false;
  #isStopped: boolean = false;
  #quietTurns: number = 0;
  #patience: number = QUIET_TURNS_MIN;

  constructor(bells: Words, thread: number, work: MailWork) {
    this.#bells = bells;
    this.#thread = thread;
    this.#work = work;
    this.#hasMail = () => work.hasMail();
  }

  /** Looks for mail from the next turn on. */
  stir(): void {
    this.#quietTurns = 0;
    if (this.#isScheduled || this.#isStopped) return;
    this.#isScheduled = true;
    setImmediate(this.#turn);
  }

  /** Looks no more. */
  stop(): void {
    this.#isStopped = true;
    getUp(this.#bells, this.#thread);
    // Nothing is left to wait for a bell that nobody rings.
    atomics.notify(this.#bells, bellWord(this.#thread), 1);
  }

  #takeTurn(): void {
    this.#isScheduled = false;
    if (this.#isStopped) return;
    if (this.#work.work()) {
      if (this.#quietTurns > 0) this.#patience = Math.min(2 * this.#patience, QUIET_TURNS_MAX);
      this.#quietTurns = 0;
    } else this.#quietTurns += 1;
    // What was resolved may have stirred.
    if (this.#isScheduled) return;
    if (this.#quietTurns <= this.#patience) {
      this.#isScheduled = true;
      setImmediate(this.#turn);
    } else {
      this.#patience = Math.max(this.#patience >> 1, QUIET_TURNS_MIN);
      this.#sleep();
    }
  }

  #sleep(): void {
    // Nobody has rung since it lay down: the bell still says so.
    if (this.#isWaiting) return;
    if (lieDown(this.#bells, this.#thread, this.#hasMail)) {
      const ringing = atomics.waitAsync(this.#bells, bellWord(this.#thread), BELL_ASLEEP);
      if (ringing !== null) {
        this.#isWaiting = true;
        void ringing.then(() => {
          this.#isWaiting = false;
          if (!this.#isStopped) getUp(this.#bells, this.#thread);
          this.#quietTurns = 0;
          this.#takeTurn();
        });
        return;
      }
    }
    this.stir();
  }
}
