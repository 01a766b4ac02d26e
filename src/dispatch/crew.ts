/**
 * Which thread works for which owner. A thread that ends is replaced at once by one that takes over its owner's number: no
 * segment moves. Only when threads end again and again without having worked is their owner left without one for a while.
 */
import { inspect } from 'node:util';
import { ClosedError, OwnerDiedError } from '../errors.ts';
import type { MailOffice } from './mail-office.ts';
import type { WorkerSetup } from './messages.ts';
import type { Owner } from './owner.ts';
import { type JoinOutcome, startThread, type Thread, type ThreadEnd, type ThreadOptions } from './threads.ts';
import { hasWorked } from './turns.ts';
import type { Watchers } from './watchers.ts';

/** How threads start and end. */
export interface CrewOptions extends ThreadOptions {
  /** How long a thread that is replaced or dismissed has for `onStop`, in ms; then it is terminated. */
  readonly leaveTimeoutMs: number;
}

/** What all threads are told alike. */
type CrewSetup = Omit<WorkerSetup, 'owner' | 'upkeepCounts'>;

interface Post {
  readonly owner: Owner;
  thread: Thread | null;
  /** A thread that is to take over from `thread`. */
  next: Thread | null;
  lastThreadId: number;
  /** Threads in a row that have ended without having worked: those that never came up or left work undone, and the others. */
  failures: number;
  idleDeaths: number;
  retry: NodeJS.Timeout | undefined;
  /** It gets no other thread. */
  isLeaving: boolean;
}

/** Threads of an owner that may end in a row before they have worked. More is a fault of the module, not bad luck. */
const FAILURES_MAX = 3;
/** The same for threads that came up and had nothing to do: some may be killed, but a module may also kill them. */
const IDLE_DEATHS_MAX = 32;
/** Until a thread is tried again for an owner without one, if no task asks for it before. */
const RETRY_MS = 1000;

export class Crew {
  readonly #setup: CrewSetup;
  readonly #options: ThreadOptions;
  readonly #leaveTimeoutMs: number;
  readonly #watchers: Watchers;
  readonly #mail: MailOffice;
  readonly #posts: Map<Owner, Post> = new Map();
  /** All leave: the pool is closed. */
  #isBreakingUp: boolean = false;
  #isStopped: boolean = false;

  constructor(setup: CrewSetup, options: CrewOptions, watchers: Watchers, mail: MailOffice) {
    const { leaveTimeoutMs, ...threadOptions } = options;
    this.#setup = setup;
    this.#options = threadOptions;
    this.#leaveTimeoutMs = leaveTimeoutMs;
    this.#watchers = watchers;
    this.#mail = mail;
  }

  /** Starts a thread for an owner, and from then on always one in place of one that dies. Throws what `new Worker` throws. */
  enlist(owner: Owner): void {
    this.#begin(this.#newPost(owner));
  }

  /**
   * Starts threads for owners that are to be new, and connects them when all are ready.
   *
   * @throws (rejects) what keeps one of them from being ready; all are ended then
   */
  async enlistReady(owners: readonly Owner[]): Promise<void> {
    this.checkRunning();
    const posts = owners.map((owner) => this.#newPost(owner));
    const threads: Thread[] = [];
    let outcomes: JoinOutcome[];
    try {
      for (const post of posts) threads.push(this.#beginNext(post));
      outcomes = await Promise.all(threads.map((thread) => this.#ready(thread)));
      for (const [at, post] of posts.entries()) if (post.next === null) throw diedAtOnce(post, threads[at]);
    } catch (error) {
      for (const post of posts) this.#posts.delete(post.owner);
      await Promise.all(threads.map((thread) => thread.stop(new Error('its pool was not enlarged'))));
      throw error;
    }
    for (const [at, post] of posts.entries()) this.#promote(post, threads[at], outcomes[at].started);
  }

  /** Throws ClosedError when the threads were told to end. */
  checkRunning(): void {
    if (this.#isStopped) throw new ClosedError('the pool was closed while it was changed');
  }

  /** Starts a thread for an owner that is down, since there is work for it. Returns whether it has one or gets one. */
  wake(owner: Owner): boolean {
    const post = this.#posts.get(owner);
    if (post === undefined || post.isLeaving || this.#isStopped) return false;
    if (post.thread !== null || post.next !== null) return true;
    clearTimeout(post.retry);
    this.#beginAgain(post);
    return true;
  }

  /**
   * Puts a new thread in the place of an owner's thread, after what that runs. What waits, waits for the new one.
   *
   * @throws (rejects) what keeps the new thread from being ready; the old one goes on then
   */
  async replace(owner: Owner): Promise<void> {
    const post = this.#posts.get(owner);
    if (post === undefined || this.#isStopped) return;
    const next = this.#beginNext(post);
    /** Who has no mail any more. */
    let rested: Thread | null = null;
    let hasLeft = false;
    let outcome: JoinOutcome;
    try {
      outcome = await this.#ready(next);
      await owner.hold();
      this.#checkNext(post, next);
      rested = post.thread;
      hasLeft = await this.#withdraw(post);
      this.#checkNext(post, next);
    } catch (error) {
      if (post.next === next) post.next = null;
      await this.#goOn(post, rested, hasLeft);
      await next.stop(new Error('it was not ready for its owner'));
      throw error;
    }
    const previous = post.thread;
    this.#promote(post, next, outcome.started);
    await previous?.stop(new Error('another thread has taken over'));
  }

  /** Ends the thread of an owner that gets no more tasks, after what that still runs. */
  async dismiss(owner: Owner): Promise<void> {
    const post = this.#posts.get(owner);
    if (post === undefined) return;
    post.isLeaving = true;
    clearTimeout(post.retry);
    await owner.hold();
    await this.#withdraw(post);
    const { thread, lastThreadId } = post;
    // From here on its end is no death.
    this.#posts.delete(owner);
    await thread?.stop(new Error('its owner was dismissed'));
    this.#watchers.ownerLeft({ owner: owner.number, threadId: thread?.id ?? lastThreadId });
  }

  /** Has all threads end what they do besides tasks. None of them is replaced any more. */
  async leave(): Promise<void> {
    this.#isBreakingUp = true;
    const posts = [...this.#posts.values()];
    for (const post of posts) {
      post.isLeaving = true;
      clearTimeout(post.retry);
    }
    await Promise.all(posts.map((post) => this.#leave(post)));
  }

  /** Ends all threads. Resolves when they have ended. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    const why = new Error('the pool was destroyed');
    const threads = [...this.#posts.values()].flatMap(({ thread, next, retry }) => {
      clearTimeout(retry);
      return [thread, next].filter((one) => one !== null);
    });
    await Promise.all(threads.map((thread) => thread.stop(why)));
  }

  #newPost(owner: Owner): Post {
    const post: Post = {
      owner,
      thread: null,
      next: null,
      lastThreadId: -1,
      failures: 0,
      idleDeaths: 0,
      retry: undefined,
      isLeaving: false,
    };
    this.#posts.set(owner, post);
    return post;
  }

  #newThread(owner: Owner): Thread {
    return startThread({ ...this.#setup, owner: owner.number, upkeepCounts: owner.upkeepCounts }, this.#options);
  }

  /** Resolves to whether there was something to end. */
  async #leave({ owner, thread }: Post): Promise<boolean> {
    if (thread === null) return false;
    // Nobody hears of a thread that leaves before it has come.
    const { isUp } = await thread.joined;
    if (!isUp || this.#isStopped) return false;
    this.#watchers.ownerLeaving({ owner: owner.number, threadId: thread.id });
    return thread.leave();
  }

  /** Has a thread end all that it does besides tasks, mail too, or terminates it. Resolves to whether it is not what it was. */
  async #withdraw(post: Post): Promise<boolean> {
    const { owner, thread } = post;
    const late = new Error(`it was not done with onStop within the closeTimeout of ${this.#leaveTimeoutMs} ms`);
    const timer = setTimeout(() => void thread?.stop(late), this.#leaveTimeoutMs);
    try {
      const hasLeft = await this.#leave(post);
      await this.#mail.rest(owner.number);
      return hasLeft;
    } finally {
      clearTimeout(timer);
    }
  }

  /** The thread that was to take over does not come: the one that there was goes on, or another one. */
  async #goOn(post: Post, rested: Thread | null, hasLeft: boolean): Promise<void> {
    const { owner } = post;
    // One that has ended what it did besides tasks is not what it was: it is replaced as if it had died.
    if (hasLeft) await rested?.stop(new Error('it had left, and the one that was to take over died'));
    else if (rested !== null && post.thread === rested) this.#mail.connect(owner.number, rested);
    if (post.thread === null && !this.#isStopped) this.#beginAgain(post);
    owner.resume();
  }

  #checkNext(post: Post, next: Thread): void {
    this.checkRunning();
    if (post.next !== next) throw diedAtOnce(post, next);
  }

  async #ready(thread: Thread): Promise<JoinOutcome> {
    const outcome = await thread.joined;
    const { isUp, failure } = outcome;
    this.checkRunning();
    if (failure !== undefined)
      throw failure instanceof Error ? failure : new Error(`the module threw ${inspect(failure)}`);
    if (isUp) return outcome;
    const { reason } = await thread.ended;
    const says = reason instanceof Error ? reason.message : String(reason);
    throw new OwnerDiedError(`thread ${thread.id} died before it was ready: ${says}`, { cause: reason });
  }

  #begin(post: Post): void {
    const thread = this.#newThread(post.owner);
    post.thread = thread;
    void thread.joined.then(({ isUp, started }) => {
      if (isUp && post.thread === thread && !this.#isStopped) this.#connect(post, thread, started);
    });
    void thread.ended.then((end) => this.#onEnd(post, thread, end));
  }

  /** Starts a thread that is to work for the owner later. */
  #beginNext(post: Post): Thread {
    const thread = this.#newThread(post.owner);
    post.next = thread;
    void thread.ended.then((end) => this.#onEnd(post, thread, end));
    return thread;
  }

  #promote(post: Post, thread: Thread, started: unknown): void {
    post.thread = thread;
    post.next = null;
    this.#connect(post, thread, started);
    post.owner.resume();
  }

  #connect(post: Post, thread: Thread, started: unknown): void {
    const previousThreadId = post.lastThreadId;
    post.lastThreadId = thread.id;
    post.owner.connect(thread);
    this.#mail.connect(post.owner.number, thread);
    const start = { owner: post.owner.number, threadId: thread.id, previousThreadId };
    this.#watchers.ownerStarted(started === undefined ? start : { ...start, started });
  }

  #onEnd(post: Post, thread: Thread, end: ThreadEnd): void {
    const { owner } = post;
    // The line reads the last answers, and closes it.
    if (owner.thread !== thread) thread.port.close();
    if (post.next === thread) post.next = null;
    if (post.thread !== thread) return;
    post.thread = null;
    const wasUp = owner.thread === thread;
    const wasIdle = wasUp && owner.load === 0;
    owner.disconnect(end);
    if (this.#isStopped || this.#posts.get(owner) !== post) return;
    this.#watchers.ownerDied({ owner: owner.number, threadId: thread.id, exitCode: end.exitCode, error: end.reason });
    if (post.isLeaving) {
      // What others still do at their end may need an answer.
      if (this.#isBreakingUp) this.#mail.ownerDown(owner, diedLeaving(post, thread, end));
      return;
    }
    const worked = hasWorked(thread.turns);
    post.idleDeaths = worked ? 0 : post.idleDeaths + (wasIdle ? 1 : 0);
    post.failures = worked ? 0 : post.failures + (wasIdle ? 0 : 1);
    if (post.next !== null) return;
    if (post.failures < FAILURES_MAX && post.idleDeaths < IDLE_DEATHS_MAX) this.#beginAgain(post);
    else this.#giveUp(post, `the last (thread ${thread.id}) with exit code ${end.exitCode}`, end.reason);
  }

  /** What `new Worker` throws when the system has no thread left is no end of the pool. */
  #beginAgain(post: Post): void {
    try {
      this.#begin(post);
    } catch (error) {
      this.#giveUp(post, 'another could not be started', error);
    }
  }

  #giveUp(post: Post, how: string, reason: unknown): void {
    const { owner } = post;
    const count = Math.max(post.failures, post.idleDeaths);
    post.failures = 0;
    post.idleDeaths = 0;
    post.retry = setTimeout(() => this.wake(owner), RETRY_MS).unref();
    const says = reason instanceof Error ? reason.message : String(reason);
    const what = `${count} threads of owner ${owner.number} in a row ended before they began a task, which had no effect; ${how}: ${says}`;
    this.#watchers.ownerDown(owner, new OwnerDiedError(what, { cause: reason }));
  }
}

function diedAtOnce({ owner }: Post, thread: Thread): OwnerDiedError {
  return new OwnerDiedError(`owner ${owner.number}: its new thread ${thread.id} died before it had anything to do`);
}

function diedLeaving({ owner }: Post, { id }: Thread, { exitCode, reason }: ThreadEnd): OwnerDiedError {
  const what = `thread ${id} of owner ${owner.number} ended while its pool was closed (exit code ${exitCode}), and no other comes`;
  return new OwnerDiedError(`${what}: the call had no effect`, { cause: reason });
}
