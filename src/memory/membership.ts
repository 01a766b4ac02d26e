/**
 * The arenas that this thread is attached to, and what the deaths of threads mean for them.
 *
 * A thread has one place in the registry of an arena however many stores it opens on it. The exit events of the workers
 * that this thread started are passed on to the registries: the portable proof of a death beside the one of the OS.
 */
import type { Worker } from 'node:worker_threads';
import { Holds } from './holds.ts';
import { isSameMemory, markExited, register, unregister } from './threads.ts';
import type { Words } from '#atomics';

interface Place {
  readonly id: string;
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

/** By arena. Copies of an arena have its id; this thread has a place of its own in each. */
const placesOf = new Map<string, Place[]>();
/** An arena that was dropped without close() must not keep its memory: only its place is held, weakly known by the rest. */
const dropped = new FinalizationRegistry<Place>(vacatePlace);
const placeOf = new WeakMap<Member, Place>();
let listening = false;

/** Takes this thread's place in an arena, or shares the one it has. Throws TooManyThreadsError when there is none. */
export function join<M extends Member>(member: M): M {
  listen();
  const { id, words, threadsWord } = member;
  const known = placesOf.get(id) ?? [];
  let place = known.find((other) => isSameMemory(other.words, other.threadsWord, other.token, words));
  if (place === undefined) {
    place = { id, words, threadsWord, token: register(words, threadsWord), holds: new Holds(), holders: 0 };
    placesOf.set(id, [...known, place]);
  }
  place.holders += 1;
  placeOf.set(member, place);
  member.token = place.token;
  member.holds = place.holds;
  dropped.register(member, place, member);
  return member;
}

/** Gives the place back when the last of this thread's stores on the arena leaves. */
export function leave(member: Member): void {
  dropped.unregister(member);
  const place = placeOf.get(member);
  if (place === undefined) return;
  placeOf.delete(member);
  vacatePlace(place);
}

function vacatePlace(place: Place): void {
  place.holders -= 1;
  if (place.holders > 0) return;
  const rest = (placesOf.get(place.id) ?? []).filter((other) => other !== place);
  if (rest.length > 0) placesOf.set(place.id, rest);
  else placesOf.delete(place.id);
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
  for (const places of placesOf.values()) {
    for (const { words, threadsWord } of places) markExited(words, threadsWord, threadId);
  }
}
