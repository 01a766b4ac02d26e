/** What the actors of a mail scenario do, and the memory that they share. */
import { bell } from '../../../native-layout/mailbox.ts';
import { formatLink, linkWords } from '../../../src/dispatch/mail-link.ts';
import type { Words } from '#atomics';

/** Makes calls and waits for their answers. */
interface SenderRole {
  readonly role: 'sender';
  /** Number of its thread, which names its link. */
  readonly thread: number;
  readonly calls: number;
  /** Words of a call and of its answer, at least. */
  readonly words: number;
  /** It begins when this actor has died. */
  readonly after?: number;
}

/** Answers the calls of all links. */
interface OwnerRole {
  readonly role: 'owner';
  readonly after?: number;
}

export type Role = SenderRole | OwnerRole;

export interface Scenario {
  readonly name: string;
  readonly ringWords: number;
  readonly softWords: number;
  readonly actors: readonly Role[];
}

export const OWNER = 0;
/** Threads that may send: numbers 1 and 2. */
const SENDERS: readonly number[] = [1, 2];

/** The bells and the links of a scenario, all in one buffer. */
export interface Scene {
  readonly buffer: SharedArrayBuffer;
  readonly bells: Words;
  /** By sender. */
  readonly links: ReadonlyMap<number, Words>;
}

const BELLS_WORDS: number = (SENDERS.length + 1) * bell.words;

export function sceneOf({ ringWords }: Scenario, given?: SharedArrayBuffer): Scene {
  const words = linkWords(ringWords);
  const buffer = given ?? new SharedArrayBuffer((BELLS_WORDS + SENDERS.length * words) * 4);
  const links = SENDERS.map(
    (sender, at) => [sender, new Int32Array(buffer, (BELLS_WORDS + at * words) * 4, words)] as const,
  );
  return { buffer, bells: new Int32Array(buffer, 0, BELLS_WORDS), links: new Map(links) };
}

/** A scene before anybody has acted. */
export function newScene(scenario: Scenario): Scene {
  const scene = sceneOf(scenario);
  for (const [sender, words] of scene.links) formatLink(words, sender, OWNER, scenario.softWords);
  return scene;
}

/** What an actor tells of a run. */
export interface Account {
  /** Calls of this life of a sender that it has begun to make, by their numbers; all of them if it lived. */
  readonly made: readonly number[];
  /** Answers in the order in which they came; of each the number and the outcome. */
  readonly answers: readonly (readonly [id: number, outcome: number])[];
  /** Calls that an owner has begun, in order, and answered for a dead one. */
  readonly begun: readonly (readonly [sender: number, id: number])[];
  readonly left: readonly (readonly [sender: number, id: number])[];
  /** Whether it had nothing left to do: it finished, or slept. */
  readonly isDone: boolean;
  /** What was wrong, in words. */
  readonly problem: string | null;
}

export const RESULT = 0;
export const DIED = 1;

function pair(name: string, calls: number, words: number, ringWords: number, softWords: number): Scenario {
  return {
    name,
    ringWords,
    softWords,
    actors: [{ role: 'owner' }, { role: 'sender', thread: 1, calls, words }],
  };
}

/** Nobody dies. */
export const peacefulScenarios: readonly Scenario[] = [
  pair('one call', 1, 8, 64, 64),
  pair('calls that go round the ring', 6, 8, 24, 24),
  pair('calls that go back to the start early', 6, 8, 64, 16),
  pair('calls of different lengths', 5, 6, 28, 12),
  {
    name: 'two senders',
    ringWords: 40,
    softWords: 40,
    actors: [
      { role: 'owner' },
      { role: 'sender', thread: 1, calls: 2, words: 8 },
      { role: 'sender', thread: 2, calls: 2, words: 8 },
    ],
  },
  {
    name: 'two senders in small rings',
    ringWords: 20,
    softWords: 20,
    actors: [
      { role: 'owner' },
      { role: 'sender', thread: 1, calls: 3, words: 8 },
      { role: 'sender', thread: 2, calls: 3, words: 8 },
    ],
  },
];

/** The first actor dies at each step, the last one takes over, and the one in between is owner or sender to both. */
export const mortalScenarios: readonly Scenario[] = [
  ...[
    [1, 64],
    [3, 64],
    [5, 24],
  ].map(
    ([calls, ringWords]): Scenario => ({
      name: `an owner dies under ${calls} calls in ${ringWords} words`,
      ringWords,
      softWords: ringWords,
      actors: [{ role: 'owner' }, { role: 'sender', thread: 1, calls, words: 8 }, { role: 'owner', after: 0 }],
    }),
  ),
  ...[
    [2, 64],
    [5, 24],
  ].map(
    ([calls, ringWords]): Scenario => ({
      name: `a sender dies with ${calls} calls in ${ringWords} words`,
      ringWords,
      softWords: ringWords,
      actors: [
        { role: 'sender', thread: 1, calls, words: 8 },
        { role: 'owner' },
        { role: 'sender', thread: 1, calls: 3, words: 7, after: 0 },
      ],
    }),
  ),
];
