/** Runs entry processors: what the answer to a call is. */
import { isPromise } from 'node:util/types';
import * as mailLayout from '../../native-layout/mailbox.ts';
import { ValueError } from '../errors.ts';
import * as storeModule from '../store.ts';
import * as atomics from '#atomics';
import type { Words } from '#atomics';
import { type Entry, EntryInHand, ProcessedStore, type ProcessorSite } from './entry.ts';
import { errorBytes } from './mail-errors.ts';
import type { Answerer } from './mail-owner.ts';
import { diedRunning } from './mail-stand-in.ts';
import * as wireModule from './mail-wire.ts';
import * as ownersModule from './owners.ts';

// Own constants fold, imported bindings are loaded at every use: see [hot-imports] in CONTRIBUTING.md.
const { ANSWER_ERROR, ANSWER_MOVED, ANSWER_RESULT, CALL_STORE_MASK, mailCall } = mailLayout;
const { peek } = atomics;
const { argsIn, composeAnswer, composeEcho, nameBytesOf, nameIn, nameWord } = wireModule;
const { ringEpoch } = ownersModule;

const EPOCH = mailCall.word.epoch;
const HASH = mailCall.word.hash;
const WHAT = mailCall.word.what;

/** A function of the module of processors. */
// oxlint-disable-next-line typescript/no-explicit-any
export type Processor = (entry: any, ...args: any[]) => unknown;

interface Known {
  readonly name: string;
  readonly nameWords: Int32Array;
  readonly nameBytes: number;
  readonly run: Processor;
}

/** Names that are kept. */
const KNOWN_MAX = 1000;

export class Processors implements Answerer {
  readonly #draft: wireModule.Draft = new wireModule.Draft();
  readonly #targets: readonly ProcessedStore[];
  readonly #site: ProcessorSite;
  readonly #find: (name: string) => Processor;
  readonly #known: Map<number, Known> = new Map();
  readonly #lastWords: string;
  #hasWorked: boolean = false;

  /**
   * @param find throws when there is no such processor
   * @param lastWords what is known of the death of the predecessor
   */
  constructor(site: ProcessorSite, find: (name: string) => Processor, lastWords: string) {
    this.#site = site;
    this.#targets = Object.values(site.stores).map((store) => new ProcessedStore(store));
    this.#find = find;
    this.#lastWords = lastWords;
  }

  get draft(): Int32Array {
    return this.#draft.words;
  }

  answer(words: Words, at: number): void {
    let entry: EntryInHand | null = null;
    if (!this.#hasWorked) {
      this.#hasWorked = true;
      this.#site.onWork();
    }
    try {
      const target = this.#targets[peek(words, at + WHAT) & CALL_STORE_MASK];
      const arena = storeModule.arenaOf(target.store);
      if (peek(words, at + EPOCH) !== ringEpoch(arena)) {
        composeEcho(this.#draft, ANSWER_MOVED, words, at);
        return;
      }
      const { run, name } = this.#processorOf(words, at);
      const args = argsIn(words, at);
      entry = new EntryInHand(target, this.#site, words, at, peek(words, at + HASH));
      const result = call(run, entry, args);
      if (isThenable(result)) refusePromise(name, result);
      // The answer first: what cannot be sent must not be committed.
      composeAnswer(this.#draft, ANSWER_RESULT, result);
      entry.commit();
    } catch (error) {
      entry?.drop();
      composeAnswer(this.#draft, ANSWER_ERROR, errorBytes(error));
    }
  }

  answerForDead(words: Words, at: number): void {
    const error = diedRunning(this.#site.owner, nameIn(words, at), this.#lastWords);
    composeAnswer(this.#draft, ANSWER_ERROR, errorBytes(error));
  }

  /** The processor that a call names; names are compared as words, to make no string of them. */
  #processorOf(words: Words, at: number): Known {
    const first = nameWord(words, at);
    const nameBytes = nameBytesOf(words, at);
    const count = (nameBytes + 3) >>> 2;
    let mixed = nameBytes;
    for (let word = 0; word < count; word++) mixed = (Math.imul(mixed, 31) + peek(words, first + word)) | 0;
    const known = this.#known.get(mixed);
    if (known !== undefined && known.nameBytes === nameBytes) {
      let word = 0;
      while (word < count && known.nameWords[word] === peek(words, first + word)) word += 1;
      if (word === count) return known;
    }
    const name = nameIn(words, at);
    const run = this.#find(name);
    const nameWords = Int32Array.from({ length: count }, (_, word) => peek(words, first + word));
    const found = { name, nameWords, nameBytes, run };
    if (this.#known.size >= KNOWN_MAX) this.#known.clear();
    this.#known.set(mixed, found);
    return found;
  }
}

function call(run: Processor, entry: Entry, args: readonly unknown[]): unknown {
  switch (args.length) {
    case 0:
      return run(entry);
    case 1:
      return run(entry, args[0]);
    case 2:
      return run(entry, args[0], args[1]);
    default:
      return run(entry, ...args);
  }
}

function isThenable(result: unknown): boolean {
  return typeof result === 'object' && result !== null && 'then' in result && typeof result.then === 'function';
}

function refusePromise(name: string, result: unknown): never {
  // What it comes to is nobody's business any more, but must not end the thread.
  if (isPromise(result)) result.catch(() => {});
  throw new ValueError(
    `processor ${name} returned a promise: processors are synchronous, and what it did to the entry was not kept`,
  );
}
