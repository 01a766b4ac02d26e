/** Calls and answers as words: composed in private memory, read from a ring or from private memory alike. */
import * as mailLayout from '../../native-layout/mailbox.ts';
import { msgpack } from '../codec/msgpack.ts';
import { toCodec } from '../codec/user.ts';
import * as valueModule from '../codec/value.ts';
import { OptionError, ValueError } from '../errors.ts';
import * as scratchModule from '../memory/scratch.ts';
import * as atomics from '#atomics';
import type { Words } from '#atomics';

// Own constants fold, imported bindings are loaded at every use: see [hot-imports] in CONTRIBUTING.md.
const {
  CALL_ARGS_MASK,
  CALL_ARGS_SHIFT,
  CALL_KEY_BYTES_SHIFT,
  CALL_KEY_KIND_MASK,
  CALL_NAME_SHIFT,
  MAIL_WORDS_MAX,
  mailAnswer,
  mailCall,
  VALUE_WORD_BYTES_SHIFT,
  VALUE_WORD_KIND_MASK,
} = mailLayout;
const { decodeValue, encodeValue } = valueModule;
const { keyScratch, SCRATCH_BYTES, valueScratch } = scratchModule;
const { peek, peekBytes, peekRun } = atomics;

const CALL_WORDS = mailCall.words;
const CALL_EPOCH = mailCall.word.epoch;
const CALL_HASH = mailCall.word.hash;
const CALL_KEY = mailCall.word.key;
const CALL_WHAT = mailCall.word.what;
const ANSWER_WORDS = mailAnswer.words;
const OUTCOME = mailAnswer.word.outcome;
const VALUE = mailAnswer.word.value;
const SIZE = mailCall.word.size;

/** Arguments and results travel as the values of a store with the default codec do. */
const codec = toCodec(msgpack());

/** Longest key, name, arguments or result together, in bytes. */
export const MAIL_BYTES_MAX: number = MAIL_WORDS_MAX * 4;
/** Arguments of a call at most, and bytes of the name of a processor as UTF-8. */
const ARGS_MAX: number = CALL_ARGS_MASK;
const NAME_BYTES_MAX = 255;
/** Names that are kept as words. */
const NAMES_MAX = 1000;
/** Above this many words a native copy beats a loop. */
const COPY_LOOP_WORDS_MAX = 48;

/** Words of a message that is being composed; the memory grows with the longest one. */
export class Draft {
  words: Int32Array = new Int32Array(1024);

  /** Makes room for `count` words; what is there stays. */
  reserve(count: number): void {
    if (count <= this.words.length) return;
    const larger = new Int32Array(Math.max(count, Math.min(MAIL_WORDS_MAX, 2 * this.words.length)));
    larger.set(this.words);
    this.words = larger;
  }
}

interface Name {
  readonly words: Int32Array;
  readonly byteLength: number;
}

const names = new Map<string, Name>();

function nameOf(name: string): Name {
  const known = names.get(name);
  if (known !== undefined) return known;
  if (typeof name !== 'string') throw new OptionError(`processor: ${String(name)} is no string`);
  const bytes = Buffer.from(name);
  if (bytes.length > NAME_BYTES_MAX || bytes.length === 0) {
    throw new OptionError(`processor: a name of ${bytes.length} bytes; 1 to ${NAME_BYTES_MAX} are taken`);
  }
  const words = new Int32Array((bytes.length + 3) >>> 2);
  new Uint8Array(words.buffer).set(bytes);
  if (names.size >= NAMES_MAX) names.clear();
  const made = { words, byteLength: bytes.length };
  names.set(name, made);
  return made;
}

/**
 * Composes a call on the key in keyScratch; its id is left out.
 *
 * @throws ValueError for an argument that cannot be sent, or when all of it is too long; OptionError for the name or the
 *   number of arguments
 */
export function composeCall(
  draft: Draft,
  storeIndex: number,
  epoch: number,
  hash: number,
  processor: string,
  args: readonly unknown[],
): void {
  const name = nameOf(processor);
  const keyWords = (keyScratch.byteLength + 3) >>> 2;
  const argCount = args.length;
  if (argCount > ARGS_MAX) throw new OptionError(`args: ${argCount} arguments, ${ARGS_MAX} are the limit`);
  let at = CALL_WORDS;
  draft.reserve(at + keyWords + name.words.length);
  const { words } = draft;
  words[CALL_EPOCH] = epoch;
  words[CALL_HASH] = hash;
  words[CALL_KEY] = keyScratch.kind | (keyScratch.byteLength << CALL_KEY_BYTES_SHIFT);
  words[CALL_WHAT] = storeIndex | (argCount << CALL_ARGS_SHIFT) | (name.byteLength << CALL_NAME_SHIFT);
  for (let word = 0; word < keyWords; word++) words[at++] = keyScratch.words[word];
  for (let word = 0; word < name.words.length; word++) words[at++] = name.words[word];
  for (let index = 0; index < argCount; index++) at = appendValue(draft, at, args[index], 'arguments');
  draft.words[SIZE] = at;
}

/** Composes an answer with a value; its id is left out. Throws ValueError when it cannot be sent. */
export function composeAnswer(draft: Draft, outcome: number, value: unknown): void {
  draft.words[OUTCOME] = outcome;
  // The memory may be another one after this.
  const end = appendValue(draft, VALUE, value, 'result');
  draft.words[SIZE] = end;
}

/** Composes an answer of a whole call. */
export function composeEcho(draft: Draft, outcome: number, words: Words, at: number): void {
  const count = peek(words, at + SIZE);
  draft.reserve(ANSWER_WORDS + count);
  draft.words[OUTCOME] = outcome;
  draft.words[VALUE] = 0;
  peekRun(words, at, count, draft.words.subarray(ANSWER_WORDS, ANSWER_WORDS + count));
  draft.words[SIZE] = ANSWER_WORDS + count;
}

/** Appends the value word and the words of a value. Returns where they end. */
function appendValue(draft: Draft, at: number, value: unknown, what: string): number {
  encodeValue(codec, value);
  const { byteLength, kind, large } = valueScratch;
  const count = (byteLength + 3) >>> 2;
  const end = at + 1 + count;
  if (end > MAIL_WORDS_MAX - ANSWER_WORDS) {
    throw new ValueError(`${what}: ${end * 4} bytes with all that goes with it; the limit is ${MAIL_BYTES_MAX}`);
  }
  draft.reserve(end);
  const { words } = draft;
  words[at] = kind | (byteLength << VALUE_WORD_BYTES_SHIFT);
  if (large !== null) {
    words[end - 1] = 0;
    new Uint8Array(words.buffer, (at + 1) * 4, byteLength).set(large);
  } else if (count > COPY_LOOP_WORDS_MAX) words.set(valueScratch.words.subarray(0, count), at + 1);
  else for (let word = 0; word < count; word++) words[at + 1 + word] = valueScratch.words[word];
  return end;
}

/** The key of a call, into keyScratch. */
export function loadKey(words: Words, at: number): void {
  const key = peek(words, at + CALL_KEY);
  keyScratch.kind = key & CALL_KEY_KIND_MASK;
  keyScratch.byteLength = key >>> CALL_KEY_BYTES_SHIFT;
  keyScratch.large = null;
  loadWords(words, at + CALL_WORDS, (keyScratch.byteLength + 3) >>> 2, keyScratch.words);
}

function loadWords(words: Words, at: number, count: number, target: Int32Array): void {
  if (count > COPY_LOOP_WORDS_MAX) peekRun(words, at, count, target);
  else for (let word = 0; word < count; word++) target[word] = peek(words, at + word);
}

/** Word of the name of a call's processor. */
export function nameWord(words: Words, at: number): number {
  return at + CALL_WORDS + (((peek(words, at + CALL_KEY) >>> CALL_KEY_BYTES_SHIFT) + 3) >>> 2);
}

export function nameBytesOf(words: Words, at: number): number {
  return peek(words, at + CALL_WHAT) >>> CALL_NAME_SHIFT;
}

/** The name of a call's processor. */
export function nameIn(words: Words, at: number): string {
  const bytes = new Uint8Array(nameBytesOf(words, at));
  peekBytes(words, nameWord(words, at), bytes);
  return Buffer.from(bytes.buffer).toString();
}

/** The arguments of a call. */
export function argsIn(words: Words, at: number): unknown[] {
  const count = (peek(words, at + CALL_WHAT) >>> CALL_ARGS_SHIFT) & CALL_ARGS_MASK;
  const args: unknown[] = [];
  if (count === 0) return args;
  let word = nameWord(words, at) + ((nameBytesOf(words, at) + 3) >>> 2);
  for (let index = 0; index < count; index++) {
    args.push(valueAt(words, word));
    word += 1 + (((peek(words, word) >>> VALUE_WORD_BYTES_SHIFT) + 3) >>> 2);
  }
  return args;
}

/** The value of an answer. */
export function valueIn(words: Words, at: number): unknown {
  return valueAt(words, at + VALUE);
}

/** The value whose value word is at `at`: copied first, for decoders must not see shared memory. */
function valueAt(words: Words, at: number): unknown {
  const what = peek(words, at);
  const byteLength = what >>> VALUE_WORD_BYTES_SHIFT;
  valueScratch.kind = what & VALUE_WORD_KIND_MASK;
  valueScratch.byteLength = byteLength;
  valueScratch.large = null;
  if (byteLength > SCRATCH_BYTES) {
    valueScratch.large = new Uint8Array(byteLength);
    peekBytes(words, at + 1, valueScratch.large);
  } else loadWords(words, at + 1, (byteLength + 3) >>> 2, valueScratch.words);
  return decodeValue(codec, valueScratch);
}
