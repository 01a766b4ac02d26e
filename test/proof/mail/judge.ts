import { mailLink } from '../../../native-layout/mailbox.ts';
import { type Account, DIED, RESULT, type Scenario, type Scene } from './scene.ts';

/**
 * What was wrong with a run, in words; null when each call was begun once at most and in order, each living sender has one
 * answer to each of its calls and nobody sleeps over mail.
 */
export function judge(
  { actors }: Scenario,
  scene: Scene,
  accounts: readonly Account[],
  died: readonly number[],
): string | null {
  for (const { problem } of accounts) if (problem !== null) return problem;
  const begun = new Set<string>();
  const left = new Set<string>();
  for (const account of accounts) {
    for (const [sender, id] of account.left) left.add(`${sender}:${id}`);
    const last = new Map<number, number>();
    for (const [sender, id] of account.begun) {
      if (begun.has(`${sender}:${id}`)) return `call ${id} of sender ${sender} was begun twice`;
      if (id <= (last.get(sender) ?? 0)) return `call ${id} of sender ${sender} was begun after a later one`;
      last.set(sender, id);
      begun.add(`${sender}:${id}`);
    }
  }
  for (const [actor, role] of actors.entries()) {
    const isDead = died.includes(actor);
    const { isDone, made, answers } = accounts[actor];
    if (!isDead && !isDone) return `${role.role} ${actor} has not come to an end`;
    if (role.role !== 'sender' || isDead || made.length === 0) continue;
    if (answers.length !== made.length)
      return `sender ${actor} sleeps with ${answers.length} of ${made.length} answers`;
    for (const [at, [id, outcome]] of answers.entries()) {
      if (id !== made[at]) return `answer ${at} of sender ${actor} is of call ${id}, not of ${made[at]}`;
      const name = `${role.thread}:${id}`;
      if (outcome === RESULT && !begun.has(name)) return `call ${name} has a result and was not begun`;
      if (outcome === DIED && !left.has(name)) return `call ${name} is answered for a dead owner, and nobody did that`;
    }
  }
  return problemOfRings(actors, scene, died);
}

/** An owner that lives has left no call, but perhaps of a sender that died before it could ring. */
function problemOfRings(actors: Scenario['actors'], { links }: Scene, died: readonly number[]): string | null {
  const isOwned = actors.some(({ role, after }, actor) => {
    return role === 'owner' && !died.includes(actor) && (after === undefined || died.includes(after));
  });
  if (!isOwned) return null;
  for (const [sender, words] of links) {
    const isAlive = actors.some((role, actor) => {
      return role.role === 'sender' && role.thread === sender && !died.includes(actor);
    });
    if (isAlive && words[mailLink.word.callHead] !== words[mailLink.word.callTail]) {
      return `the owner has left calls of sender ${sender}`;
    }
  }
  return null;
}
