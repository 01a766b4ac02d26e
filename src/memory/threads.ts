import { randomFillSync } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { threadId } from 'node:worker_threads';
import {
  LOCK_GENERATION_MASK,
  LOCK_GENERATION_SHIFT,
  LOCK_ENTRY_MASK,
  LOCK_ENTRY_SHIFT,
  THREADS_MAX,
  threadEntry,
} from '../../native-layout/arena.ts';
import { TooManyThreadsError } from '../errors.ts';
import { compareExchange, load, store, type Words } from '#atomics';

/**
 * The thread registry: who is attached, and the proof that one of them is dead.
 *
 * A thread is dead when its entry was released, or taken by a later holder, or when the OS has no thread of its id and
 * start time. Time alone never proves it: a stopped thread may wake up and write.
 */

const IDENTITY = threadEntry.word.identity;
const GENERATION = threadEntry.word.generation;
const OS_THREAD = threadEntry.word.osThread;
const START_LO = threadEntry.word.startLo;
const START_HI = threadEntry.word.startHi;
const PROBE = threadEntry.word.probe;

/** Below this, an identity is a claim that names an OS thread. Ids of OS threads are below 2^22, of Node.js threads small. */
const OS_CLAIM = -0x1000000;

interface OsThread {
  readonly id: number;
  readonly startTicks: bigint;
}

const noOsThread: OsThread = { id: 0, startTicks: 0n };
let ownOsThread: OsThread | undefined;

/** For tests: this thread registers as it does where the OS shows no threads. To be called before it attaches. */
export function withoutOsThreads(): void {
  ownOsThread = noOsThread;
}

/** Id and start time of the calling OS thread on Linux, zeros elsewhere. */
function osThreadOfCaller(): OsThread {
  if (ownOsThread !== undefined) return ownOsThread;
  ownOsThread = noOsThread;
  if (process.platform === 'linux') {
    try {
      const id = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
      const startTicks = startTicksOf(id);
      if (startTicks !== null) ownOsThread = { id, startTicks };
    } catch {
      // No /proc, or not allowed to read it: exit events are the proof then.
    }
  }
  return ownOsThread;
}

/** Field 22 of the thread's stat file; null when there is no such thread. Other failures throw. */
function startTicksOf(id: number): bigint | null {
  try {
    const stat = readFileSync(`/proc/self/task/${id}/stat`, 'latin1');
    // The command name is in parentheses and may hold spaces and parentheses itself.
    return BigInt(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ESRCH') return null;
    throw error;
  }
}

/**
 * Takes a free entry for this thread, after clearing out entries of the dead when there is none.
 *
 * @param threadsWord word index of the registry
 * @returns the token that stands for this thread in lock words
 * @throws TooManyThreadsError when THREADS_MAX living threads are attached
 */
export function register(words: Words, threadsWord: number): number {
  for (let round = 0; round < 2; round++) {
    for (let index = 0; index < THREADS_MAX; index++) {
      const entry = threadsWord + index * threadEntry.words;
      if (load(words, entry + IDENTITY) !== 0) {
        if (round === 1) clearDead(words, threadsWord, entry, index);
        else continue;
      }
      // Negative while the entry is being filled in: nobody judges a token by another thread's numbers.
      if (compareExchange(words, entry + IDENTITY, 0, claimOf(osThreadOfCaller().id)) !== 0) continue;
      return describe(words, entry, index);
    }
  }
  throw new TooManyThreadsError(`${THREADS_MAX} threads are attached to this arena, there is no room for another`);
}

/**
 * Whoever dies while the entry is being filled in must be found out too: by the OS thread id where there is one, by the
 * thread id of an exit event elsewhere.
 */
function claimOf(osThread: number): number {
  return osThread === 0 ? -(threadId + 1) : OS_CLAIM - osThread;
}

/** Clears the entry if its thread, or the one that was filling it in, is proven dead. */
function clearDead(words: Words, threadsWord: number, entry: number, index: number): void {
  const identity = load(words, entry + IDENTITY);
  if (identity > 0) tokenIsDead(words, threadsWord, tokenOf(words, entry, index));
  else if (identity < OS_CLAIM && isGone(OS_CLAIM - identity)) clearEntry(words, entry, identity);
}

/** Whether the OS has no thread of this id. An id that was given to another thread since is taken for alive. */
function isGone(osThread: number): boolean {
  try {
    return startTicksOf(osThread) === null;
  } catch {
    return false;
  }
}

function describe(words: Words, entry: number, index: number): number {
  // The new generation first: locks of the entry's last holder are stale from here on, whatever the OS says.
  store(words, entry + GENERATION, (load(words, entry + GENERATION) + 1) & LOCK_GENERATION_MASK || 2);
  const own = osThreadOfCaller();
  store(words, entry + START_LO, Number(BigInt.asIntN(32, own.startTicks)));
  store(words, entry + START_HI, Number(BigInt.asIntN(32, own.startTicks >> 32n)));
  store(words, entry + OS_THREAD, own.id);
  store(words, entry + IDENTITY, threadId + 1);
  return tokenOf(words, entry, index);
}

function tokenOf(words: Words, entry: number, index: number): number {
  return (load(words, entry + GENERATION) << LOCK_GENERATION_SHIFT) | ((index + 1) << LOCK_ENTRY_SHIFT);
}

/**
 * Whether `other` is the memory in which the token stands for this thread, and not a copy of it. Objects do not tell: the
 * same memory has one for each time that it came through a message.
 */
export function isSameMemory(words: Words, threadsWord: number, token: number, other: Words): boolean {
  const index = ((token >>> LOCK_ENTRY_SHIFT) & LOCK_ENTRY_MASK) - 1;
  const probe = threadsWord + index * threadEntry.words + PROBE;
  for (const value of randomFillSync(new Int32Array(2))) {
    store(words, probe, value);
    if (load(other, probe) !== value) return false;
  }
  return true;
}

/** Gives the entry of this thread back. It must hold no lock of the arena. */
export function unregister(words: Words, threadsWord: number, token: number): void {
  const entry = threadsWord + (((token >>> LOCK_ENTRY_SHIFT) & LOCK_ENTRY_MASK) - 1) * threadEntry.words;
  store(words, entry + IDENTITY, 0);
}

/**
 * Whether the holder named by a lock word is proven dead. May read /proc: for the slow path only.
 *
 * A proven death clears the entry, so that other threads see it without asking the OS.
 *
 * @param asksOs false to go by the registry alone, which knows of exit events and of what others found out
 */
export function tokenIsDead(words: Words, threadsWord: number, token: number, asksOs: boolean = true): boolean {
  const index = ((token >>> LOCK_ENTRY_SHIFT) & LOCK_ENTRY_MASK) - 1;
  if (index < 0 || index >= THREADS_MAX) return true;
  const entry = threadsWord + index * threadEntry.words;
  const identity = load(words, entry + IDENTITY);
  // The last holder of an entry that is free or being taken is gone; a thread holds no lock before its entry is whole.
  if (identity <= 0) return true;
  const osThread = load(words, entry + OS_THREAD);
  const lo = load(words, entry + START_LO);
  const hi = load(words, entry + START_HI);
  if (load(words, entry + GENERATION) !== token >>> LOCK_GENERATION_SHIFT) return true;
  if (osThread === 0 || !asksOs) return false;
  let startTicks: bigint | null;
  try {
    startTicks = startTicksOf(osThread);
  } catch {
    return false;
  }
  if (startTicks === ((BigInt(hi) << 32n) | BigInt(lo >>> 0))) return false;
  clearEntry(words, entry, identity);
  return true;
}

/** Marks the entry of a Node.js thread whose exit was seen. Returns its token, or 0 when it was not attached. */
export function markExited(words: Words, threadsWord: number, exitedThreadId: number): number {
  for (let index = 0; index < THREADS_MAX; index++) {
    const entry = threadsWord + index * threadEntry.words;
    const identity = load(words, entry + IDENTITY);
    if (Math.abs(identity) !== exitedThreadId + 1) continue;
    const token = tokenOf(words, entry, index);
    clearEntry(words, entry, identity);
    return token;
  }
  return 0;
}

function clearEntry(words: Words, entry: number, identity: number): void {
  // Only if it is still that thread's: the entry may have a new holder by now.
  compareExchange(words, entry + IDENTITY, identity, 0);
}

/** Attached threads, the calling one included. */
export function countThreads(words: Words, threadsWord: number): number {
  let count = 0;
  for (let index = 0; index < THREADS_MAX; index++) {
    if (load(words, threadsWord + index * threadEntry.words + IDENTITY) !== 0) count++;
  }
  return count;
}
