/** A link between a sender and an owner: each call is begun once and answered once, whoever dies where. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ANSWER_RESULT, mailAnswer, mailCall, mailLink } from '../../native-layout/mailbox.ts';
import {
  answerId,
  dropAnswer,
  hasAnswer,
  nextAnswer,
  PendingCall,
  Queue,
  SenderEnd,
  sendBacklog,
  sendCall,
  unstick,
} from '../../src/dispatch/mail-calls.ts';
import { createLink, formatLink, LinkEnd, linkWords, waitingIn } from '../../src/dispatch/mail-link.ts';
import {
  type Answerer,
  hasCall,
  NO_CALL,
  NO_ROOM,
  OwnerEnd,
  SERVED,
  serveNext,
  takeOverCall,
} from '../../src/dispatch/mail-owner.ts';
import { HandleError } from '../../src/errors.ts';
import type { Words } from '#atomics';

/** Notes which calls it is given, and answers with as many words as it is told. */
class Clerk implements Answerer {
  readonly draft: Int32Array = new Int32Array(1024);
  readonly begun: number[] = [];
  readonly left: number[] = [];
  answerWords: number = mailAnswer.words;
  /** Called in the middle of a call. */
  amid: () => void = () => {};

  answer(words: Words, at: number): void {
    this.begun.push(words[at + mailCall.word.id]);
    this.amid();
    this.#compose(ANSWER_RESULT);
  }

  answerForDead(words: Words, at: number): void {
    this.left.push(words[at + mailCall.word.id]);
    this.#compose(1);
  }

  #compose(outcome: number): void {
    this.draft[mailAnswer.word.size] = this.answerWords;
    this.draft[mailAnswer.word.outcome] = outcome;
  }
}

function smallLink(): Words {
  const words = new Int32Array(new SharedArrayBuffer(linkWords(64) * 4));
  formatLink(words, 0, 1, 64);
  return words;
}

function send(sender: SenderEnd, count: number, words: number = mailCall.words): void {
  const draft = new Int32Array(words);
  draft[mailCall.word.size] = words;
  for (let call = 0; call < count; call++) sendCall(sender, new PendingCall(null, 0, null, null), draft);
}

/** Numbers of the answers that there are, which are taken. */
function takeAll({ link }: SenderEnd): number[] {
  const ids: number[] = [];
  for (let at = nextAnswer(link); at >= 0; at = nextAnswer(link)) {
    ids.push(answerId(link, at));
    dropAnswer(link);
  }
  return ids;
}

function serveAll(owner: OwnerEnd): void {
  while (serveNext(owner) === SERVED);
}

test('calls are begun and answered once each, in order', () => {
  const words = createLink(3, 5);
  const sender = new SenderEnd(new LinkEnd(words));
  const owner = new OwnerEnd(new LinkEnd(words), new Clerk());
  assert.deepEqual([owner.link.sender, owner.link.owner], [3, 5]);
  assert.equal(takeOverCall(owner), NO_CALL);
  assert.equal(hasCall(owner), false);
  send(sender, 3);
  assert.equal(waitingIn(words), 3);
  assert.equal(hasCall(owner), true);
  assert.equal(serveNext(owner), SERVED);
  assert.equal(waitingIn(words), 2);
  serveAll(owner);
  assert.equal(serveNext(owner), NO_CALL);
  assert.equal(waitingIn(words), 0);
  assert.equal(hasAnswer(sender), true);
  assert.deepEqual(takeAll(sender), [1, 2, 3]);
  assert.equal(hasAnswer(sender), false);
});

test('what an owner had begun when it died is answered and not run by its successor, which runs the rest', () => {
  const words = createLink(0, 1);
  const sender = new SenderEnd(new LinkEnd(words));
  send(sender, 3);
  const dying = new Clerk();
  dying.amid = () => {
    throw new Error('dies here');
  };
  assert.throws(() => serveNext(new OwnerEnd(new LinkEnd(words), dying)), /dies here/);
  const clerk = new Clerk();
  const owner = new OwnerEnd(new LinkEnd(words), clerk);
  assert.equal(takeOverCall(owner), SERVED);
  serveAll(owner);
  assert.deepEqual([dying.begun, clerk.left, clerk.begun], [[1], [1], [2, 3]]);
  assert.deepEqual(takeAll(sender), [1, 2, 3]);
});

test('an owner that died between an answer and the next call has answered that call twice, with one number', () => {
  const words = createLink(0, 1);
  const sender = new SenderEnd(new LinkEnd(words));
  send(sender, 2);
  serveNext(new OwnerEnd(new LinkEnd(words), new Clerk()));
  words[mailLink.word.callHead] = 0;
  const owner = new OwnerEnd(new LinkEnd(words), new Clerk());
  takeOverCall(owner);
  serveAll(owner);
  assert.deepEqual(takeAll(sender), [1, 1, 2]);
});

test('a sender gives other numbers than its dead predecessor did', () => {
  const words = createLink(0, 1);
  send(new SenderEnd(new LinkEnd(words)), 2);
  const sender = new SenderEnd(new LinkEnd(words));
  send(sender, 1);
  assert.deepEqual(sender.pending.peek()?.id, 3);
  serveAll(new OwnerEnd(new LinkEnd(words), new Clerk()));
  assert.deepEqual(takeAll(sender), [1, 2, 3]);
});

test('numbers begin again after 2^31 - 1', () => {
  const words = createLink(0, 1);
  words[mailLink.word.lastId] = 0x7ffffffe;
  const sender = new SenderEnd(new LinkEnd(words));
  send(sender, 3);
  serveAll(new OwnerEnd(new LinkEnd(words), new Clerk()));
  assert.deepEqual(takeAll(sender), [0x7fffffff, 1, 2]);
});

test('calls for which the ring has no room wait, and keep their order', () => {
  const words = smallLink();
  const sender = new SenderEnd(new LinkEnd(words));
  const owner = new OwnerEnd(new LinkEnd(words), new Clerk());
  send(sender, 40);
  assert.ok(sender.backlog.length > 20);
  const answered: number[] = [];
  while (answered.length < 40) {
    serveNext(owner);
    answered.push(...takeAll(sender));
    sendBacklog(sender);
  }
  assert.deepEqual(
    answered,
    Array.from({ length: 40 }, (_, index) => index + 1),
  );
});

test('an owner without room for an answer begins nothing more until there is some, and is told', () => {
  const words = smallLink();
  const sender = new SenderEnd(new LinkEnd(words));
  const clerk = new Clerk();
  clerk.answerWords = 24;
  const owner = new OwnerEnd(new LinkEnd(words), clerk);
  send(sender, 5);
  while (serveNext(owner) !== NO_ROOM);
  const begun = clerk.begun.length;
  assert.equal(serveNext(owner), NO_ROOM);
  assert.equal(hasCall(owner), false);
  assert.deepEqual(takeAll(sender).length, begun - 1);
  assert.equal(unstick(sender.link), true);
  assert.equal(hasCall(owner), true);
  serveAll(owner);
  const answered: number[] = [];
  while (answered.at(-1) !== 5) {
    answered.push(...takeAll(sender));
    unstick(sender.link);
    serveAll(owner);
  }
  assert.deepEqual(clerk.begun, [1, 2, 3, 4, 5]);
  assert.equal(unstick(sender.link), false);
});

test('an answer that waited for room when its owner died is lost, and its call answered for the dead', () => {
  const words = smallLink();
  const sender = new SenderEnd(new LinkEnd(words));
  const dying = new Clerk();
  dying.answerWords = 24;
  const owner = new OwnerEnd(new LinkEnd(words), dying);
  send(sender, 4);
  while (serveNext(owner) !== NO_ROOM);
  const answered = takeAll(sender);
  const clerk = new Clerk();
  const successor = new OwnerEnd(new LinkEnd(words), clerk);
  assert.equal(takeOverCall(successor), SERVED);
  serveAll(successor);
  assert.deepEqual(clerk.left, [dying.begun.at(-1)]);
  assert.deepEqual([...answered, ...takeAll(sender)], [1, 2, 3, 4]);
});

test('what is no link is refused', () => {
  const words = smallLink();
  assert.throws(() => new LinkEnd(words.subarray(0, words.length - 1)), HandleError);
  assert.throws(() => new LinkEnd(words.subarray(0, 8)), HandleError);
  words[mailLink.word.version] += 1;
  assert.throws(() => new LinkEnd(words), /version/);
  words[mailLink.word.magic] = 0;
  assert.throws(() => new LinkEnd(words), HandleError);
});

test('a queue gives back what it was given, in order, however long it gets', () => {
  const queue = new Queue<number>();
  let next = 0;
  let taken = 0;
  for (let round = 0; round < 50; round++) {
    for (let item = 0; item < 400; item++) queue.push(next++);
    for (let item = 0; item < 350; item++) assert.equal(queue.shift(), taken++);
    assert.equal(queue.length, next - taken);
  }
  while (queue.length > 0) assert.equal(queue.shift(), taken++);
  assert.equal(queue.shift(), undefined);
  assert.equal(queue.peek(), undefined);
  assert.equal(taken, next);
});
