/** Mail between the threads of a pool: calls to the owner of a key, and answers back. In buffers of the pool, not of an arena. */
import { field, structure, type Structure } from './structure.ts';

/** Bumped in the commit that changes where any byte of mail lies. */
export const MAIL_VERSION = 1;
export const MAIL_MAGIC = 0x6c69616d; // "mail"

/** Words of a ring, reserved and not committed until they are used. */
export const RING_WORDS: number = 1 << 20;
/**
 * From here on a writer begins again at the start as soon as there is room: a ring whose reader keeps up takes 64 KiB of
 * memory and not 4 MiB.
 */
export const RING_SOFT_WORDS: number = 1 << 14;
/** Longest record: one of less than half of the ring finds room in an empty ring, wherever head and tail are. */
export const MAIL_WORDS_MAX: number = (RING_WORDS >> 1) - 8;

/** States of a bell. */
export const BELL_AWAKE = 0;
export const BELL_ASLEEP = 1;
/** Asleep, and somebody has rung or is about to. */
export const BELL_RUNG = 2;
/** Its thread is dead, and there is no next one yet. */
export const BELL_GONE = 3;

/** One line for each thread of a pool, in a buffer that all of them have: whether it has to be woken for its mail. */
export const bell: Structure<'state'> = structure(
  'bell',
  'whether a thread has to be woken for its mail',
  [field('state', 'atomic', 'BELL_AWAKE, BELL_ASLEEP, BELL_RUNG or BELL_GONE')],
  16,
);

/** The head of the buffer of a pair of threads: a ring of calls from the sender to the owner, and one of answers back. */
export const mailLink: Structure<
  | 'magic'
  | 'version'
  | 'sender'
  | 'owner'
  | 'ringWords'
  | 'softWords'
  | 'padInit'
  | 'callTail'
  | 'lastId'
  | 'answerHead'
  | 'padSender'
  | 'callHead'
  | 'started'
  | 'answerTail'
  | 'padOwner'
  | 'stuck'
  | 'padStuck'
  | 'calls'
> = structure('mail_link', 'a sender, an owner, and the two rings between them', [
  field('magic', 'init', '"mail"'),
  field('version', 'init', 'MAIL_VERSION'),
  field('sender', 'init', 'number of the thread that calls: an owner, or OWNERS_MAX for the one that runs the pool'),
  field('owner', 'init', 'number of the owner that is called'),
  field('ringWords', 'init', 'words of each ring'),
  field('softWords', 'init', 'words of it that are used as long as the reader keeps up'),
  field('padInit', 'init', 'the words above are never written again', 10),
  field('callTail', 'sender', 'end of the last call in the ring; storing it publishes the call'),
  field('lastId', 'sender', 'number of the last call that was given one, 1 to 2^31 - 1'),
  field('answerHead', 'sender', 'start of the first answer that was not taken; what is before it is room'),
  field('padSender', 'sender', 'keeps the words of the sender on a line of their own', 13),
  field('callHead', 'owner', 'start of the first call that was not answered; what is before it is room'),
  field('started', 'owner', 'number of the call that was begun last: it is never begun again'),
  field('answerTail', 'owner', 'end of the last answer in the ring; storing it publishes the answer'),
  field('padOwner', 'owner', 'keeps the words of the owner on a line of their own', 13),
  field('stuck', 'atomic', '1 while the owner waits for room for an answer'),
  field('padStuck', 'init', 'keeps it off the rings', 15),
  field('calls', 'sender', 'ringWords words of calls, then as many of answers, which the owner writes', 0),
]);

/** A size word of 0: the next record is at the start of the ring. */
export const RING_JUMP = 0;

/** A call in a ring. */
export const mailCall: Structure<'size' | 'id' | 'epoch' | 'hash' | 'key' | 'what'> = structure(
  'mail_call',
  'a call in a ring; then key words, the name of the processor, and each argument: its value word and its words',
  [
    field('size', 'sender', 'words of the record, this one included; RING_JUMP: the next record is at the start'),
    field('id', 'sender', 'number of the call, which its answer has too'),
    field('epoch', 'sender', "epoch of the store's ring when the owner was looked up"),
    field('hash', 'sender', 'hash of the key'),
    field('key', 'sender', 'kind of the key 3 bits | its bytes << 3'),
    field('what', 'sender', 'number of the store 8 bits | arguments << 8 | bytes of the name << 16'),
  ],
);

export const CALL_KEY_KIND_MASK = 0x7;
export const CALL_KEY_BYTES_SHIFT = 3;
export const CALL_STORE_MASK = 0xff;
export const CALL_ARGS_SHIFT = 8;
export const CALL_ARGS_MASK = 0xff;
export const CALL_NAME_SHIFT = 16;

/** An answer in a ring. */
export const mailAnswer: Structure<'size' | 'id' | 'outcome' | 'value'> = structure(
  'mail_answer',
  'an answer in a ring; then the words of the value, or the whole call that was not for this owner',
  [
    field('size', 'owner', 'words of the record, this one included; RING_JUMP: the next record is at the start'),
    field('id', 'owner', 'number of the call'),
    field('outcome', 'owner', 'ANSWER_RESULT, ANSWER_ERROR or ANSWER_MOVED'),
    field('value', 'owner', 'value word: kind of the value 4 bits | its bytes << 4'),
  ],
);

/** What the processor returned. */
export const ANSWER_RESULT = 0;
/** What it threw, or why it was not called: bytes of v8.serialize. */
export const ANSWER_ERROR = 1;
/** Not begun, because the segment may have another owner since: the call, to be sent again. */
export const ANSWER_MOVED = 2;

/** Value words of arguments and results: a VALUE_* kind and a number of bytes. */
export const VALUE_WORD_KIND_MASK = 0xf;
export const VALUE_WORD_BYTES_SHIFT = 4;
