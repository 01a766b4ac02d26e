/** A thread of a mail proof: makes or answers calls as its role says, behind a gate, whenever it has the baton. */
import { type MessagePort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { BELL_ASLEEP, mailAnswer, mailCall } from '../../../native-layout/mailbox.ts';
import { bellWord, getUp, lieDown, ringBell } from '../../../src/dispatch/mail-bell.ts';
import {
  answerId,
  dropAnswer,
  hasAnswer,
  nextAnswer,
  PendingCall,
  sendBacklog,
  sendCall,
  SenderEnd,
  settleCalls,
  unstick,
} from '../../../src/dispatch/mail-calls.ts';
import { LinkEnd } from '../../../src/dispatch/mail-link.ts';
import {
  type Answerer,
  hasCall,
  OwnerEnd,
  SERVED,
  serveNext,
  settleAnswers,
  takeOverCall,
} from '../../../src/dispatch/mail-owner.ts';
import { peek, wait, type Words } from '#atomics';
import {
  ABORTED,
  ASLEEP,
  awaitBaton,
  COMMAND,
  type Control,
  DEAD,
  DRIVER,
  FINISHED,
  passBaton,
  QUIT,
  READY,
  SET_UP,
  SLEEPS_ON,
  STATE,
} from '../schedule/control.ts';
import { abortion, death } from '../schedule/gate.ts';
import { type Fault, MailGate, whoGoesOn } from './gate.ts';
import { type Account, DIED, OWNER, RESULT, type Role, type Scenario, type Scene, sceneOf } from './scene.ts';

/** What an actor is told of a scenario. */
export interface Part {
  readonly scenario: Scenario;
  readonly buffer: SharedArrayBuffer;
  readonly fault: Fault;
  readonly isNarrated: boolean;
}

const { control, self, port } = workerData as { control: Control; self: number; port: MessagePort };

/** The word that an actor sleeps on who waits for a death. */
const GRAVE = -1;

type Log = {
  -readonly [Name in keyof Account]: Account[Name] extends readonly (infer Item)[] ? Item[] : Account[Name];
};

/** Answers every call with as many words as it has, all the same, and checks that those of the call are. */
class Clerk implements Answerer {
  readonly draft: Int32Array = new Int32Array(64);
  readonly #log: Log;
  readonly #sender: number;

  constructor(log: Log, sender: number) {
    this.#log = log;
    this.#sender = sender;
  }

  answer(words: Words, at: number): void {
    this.#log.begun.push([this.#sender, peek(words, at + mailCall.word.id)]);
    this.#log.problem ??= problemOf(words, at);
    this.#compose(RESULT, peek(words, at + mailCall.word.size));
  }

  answerForDead(words: Words, at: number): void {
    this.#log.left.push([this.#sender, peek(words, at + mailCall.word.id)]);
    this.#compose(DIED, mailAnswer.words);
  }

  #compose(outcome: number, size: number): void {
    this.draft.fill(size, 0, size);
    this.draft[mailAnswer.word.outcome] = outcome;
  }
}

/** All words but the number and the outcome say how many words there are. */
function problemOf(words: Words, at: number): string | null {
  const size = peek(words, at);
  for (let word = mailCall.word.id + 2; word < size; word++) {
    if (peek(words, at + word) !== size) return `word ${word} of a record of ${size} is ${peek(words, at + word)}`;
  }
  return null;
}

function act(role: Role, scene: Scene, log: Log): void {
  if (role.role === 'owner') own(scene, log);
  else send(role.thread, role.calls, role.words, scene, log);
}

function own({ bells, links }: Scene, log: Log): void {
  getUp(bells, OWNER);
  const ends = [...links].map(([sender, words]) => new OwnerEnd(new LinkEnd(words), new Clerk(log, sender)));
  for (const end of ends) takeOverCall(end);
  for (;;) {
    let isBusy = false;
    for (const end of ends) {
      if (serveNext(end) === SERVED) isBusy = true;
      if (settleAnswers(end)) ringBell(bells, end.link.sender);
    }
    if (!isBusy && lieDown(bells, OWNER, () => ends.some(hasCall))) sleep(bells, OWNER);
  }
}

function send(thread: number, calls: number, words: number, { bells, links }: Scene, log: Log): void {
  getUp(bells, thread);
  const link = new LinkEnd(links.get(thread) as Words);
  const end = new SenderEnd(link);
  for (let call = 0; call < calls; call++) {
    const size = words + (call % 3);
    const draft = new Int32Array(size).fill(size);
    const pending = new PendingCall(null, call, null, null);
    try {
      sendCall(end, pending, draft);
    } finally {
      log.made.push(pending.id);
    }
    if (settleCalls(link)) ringBell(bells, OWNER);
  }
  while (end.pending.length > 0) {
    let taken = 0;
    for (let at = nextAnswer(link); at >= 0; at = nextAnswer(link)) {
      taken += 1;
      const id = answerId(link, at);
      if (end.pending.peek()?.id === id) {
        end.pending.shift();
        const outcome = peek(link.words, at + mailAnswer.word.outcome);
        log.answers.push([id, outcome]);
        if (outcome === RESULT) log.problem ??= problemOf(link.words, at);
      }
      dropAnswer(link);
    }
    const mustRing = taken > 0 && unstick(link);
    const isSent = sendBacklog(end) && settleCalls(link);
    if (isSent || mustRing) ringBell(bells, OWNER);
    if (taken === 0 && !isSent && lieDown(bells, thread, () => hasAnswer(end))) sleep(bells, thread);
  }
}

function sleep(bells: Words, thread: number): void {
  wait(bells, bellWord(thread), BELL_ASLEEP, Number.POSITIVE_INFINITY);
  getUp(bells, thread);
}

function run({ scenario, buffer, fault, isNarrated }: Part): void {
  const role = scenario.actors[self];
  const scene = sceneOf(scenario, buffer);
  const log: Log = { made: [], answers: [], begun: [], left: [], isDone: false, problem: null };
  const gate = new MailGate(control, self, fault);
  if (isNarrated)
    gate.narrator = (access, word, value) =>
      console.log(`${'    '.repeat(self)}${self}: ${access} at ${word} (${value})`);
  let end = FINISHED;
  gate.begin();
  try {
    if (role.after !== undefined && control[STATE + role.after] !== DEAD) {
      control[STATE + self] = ASLEEP;
      control[SLEEPS_ON + self] = GRAVE;
      gate.waitForBaton();
    }
    act(role, scene, log);
    log.isDone = true;
  } catch (error) {
    if (error === death) end = DEAD;
    else if (error === abortion) log.isDone = gate.isAsleep;
    else log.problem ??= `${role.role} ${self} threw ${(error as Error).stack}`;
  }
  gate.end();
  control[STATE + self] = end;
  // The pool starts a thread in the place of one that has died.
  for (const [heir, { after }] of scenario.actors.entries()) {
    if (end === DEAD && after === self && control[STATE + heir] === ASLEEP) control[STATE + heir] = READY;
  }
  port.postMessage(log);
  passBaton(control, whoGoesOn(control, self));
}

let part: Part | null = null;
try {
  for (;;) {
    awaitBaton(control, self);
    if (control[COMMAND] === QUIT) break;
    if (control[COMMAND] === SET_UP) {
      part = receiveMessageOnPort(port)?.message as Part;
      passBaton(control, DRIVER);
    } else if (part !== null) run(part);
  }
} catch (error) {
  control[ABORTED] = 1;
  port.postMessage((error as Error).stack ?? String(error));
  passBaton(control, DRIVER);
}
port.close();
