/**
 * The arenas that this thread is attached to, and what the deaths of threads mean for them.
 *
 * A thread has one place in the registry of an arena however many stores it opens on it. The exit events of the workers
 * that this thread started are passed on to the registries: the portable proof of a death beside the one of the OS.
 */
import type { Worker } from 'node:worker_threads';
import { Holds } from './holds.ts';
import { markExited, register, unregister } from './threads.ts';
import type { Words } from '#atomics';

interface Place {
  readonly words: Words;
  readonly threadsWord: number;
  readonly token: number;
  /** What this thread pins there, through whichever store. */
  readonly holds: Holds;
  holders: number;
}

interface Member {
  readonly id: string;
  readonly words: Words;
  readonly threadsWord: number;
  token: number;
  holds: Holds;
}

const places = new Map<string, Place>();
/** An arena that was dropped without close() must not keep its memory: only its place is held, weakly known by the rest. */
const dropped = new FinalizationRegistry<string>(leaveById);
let listening = false;

/** Takes this thread's place in an arena, or shares the one it has. Throws TooManyThreadsError when there is none. */
export function join<M extends Member>(member: M): M {
  listen();
  let place = places.get(member.id);
  if (place === undefined) {
    const token = register(member.words, member.threadsWord);
    place = { words: member.words, threadsWord: member.threadsWord, token, holds: new Holds(), holders: 0 };
    places.set(member.id, place);
  }
  place.holders += 1;
  member.token = place.token;
  member.holds = place.holds;
  dropped.register(member, member.id, member);
  return member;
}

/** Gives the place back when the last of this thread's stores on the arena leaves. */
export function leave(member: Member): void {
  dropped.unregister(member);
  leaveById(member.id);
}

function leaveById(id: string): void {
  const place = places.get(id);
  if (place === undefined) return;
  place.holders -= 1;
  if (place.holders > 0) return;
  places.delete(id);
  unregister(place.words, place.threadsWord, place.token);
}

function listen(): void {
  if (listening) return;
  listening = true;
  process.on('worker', (worker: Worker) => {
    const { threadId } = worker;
    worker.once('exit', () => markExitedEverywhere(threadId));
  });
  // No leaving at this thread's own exit: other exit handlers may still use the store. Its end is proven by others.
}

function markExitedEverywhere(threadId: number): void {
  for (const place of places.values()) markExited(place.words, place.threadsWord, threadId);
}
