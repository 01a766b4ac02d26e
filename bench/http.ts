/** The example of bench/http with its data in sharena, in one lru-cache a thread, in Redis on loopback, and with none at all. */
import type { Effort } from './harness/effort.ts';
import type { Samples } from './harness/compare.ts';
import { type Against, type Finding, type Question, single } from './harness/question.ts';
import { pairRatios, spreadOf } from './harness/statistics.ts';
import { type Contender, openRival, openShared } from './http/rivals/contender.ts';
import { type Loaded, LoadProcess } from './http/rivals/load.ts';
import { openRedis } from './peers/redis.ts';

const THREADS = 2;
const CONNECTIONS = 16;
/** Pages that are asked for: together 11 MB. They fit into the memory for pages, and not into the half of it. */
const PAGES = 3000;
const PAGE_MEMORY: number = 16 * 2 ** 20;
const REQUESTS = 6000;
const REQUESTS_OF_A_QUICK_RUN = 200;
const SEED = 17;

/** A service under load, and what came of it, round by round. */
interface Subject {
  readonly contender: Contender;
  /** What is said to be behind the ratio of sharena to it. */
  readonly kind: Against['kind'];
  readonly cookie: string;
  readonly rounds: (Loaded & { readonly rendered: number })[];
}

async function subjectOf(contender: Contender, kind: Against['kind']): Promise<Subject> {
  const response = await fetch(`${contender.addresses[0]}/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"user": "Ada"}',
  });
  const [cookie] = (response.headers.get('set-cookie') ?? '').split(';');
  return { contender, kind, cookie, rounds: [] };
}

/** Rounds in which each has the same requests, in an order that rotates. The first one finds all empty. */
async function loadAll(subjects: readonly Subject[], effort: Effort): Promise<void> {
  const load = new LoadProcess();
  const requests = effort.quick ? REQUESTS_OF_A_QUICK_RUN : REQUESTS;
  for (let round = 0; round <= effort.pairs; round++) {
    for (let turn = 0; turn < subjects.length; turn++) {
      const { contender, cookie, rounds } = subjects[(round + turn) % subjects.length];
      const { addresses } = contender;
      const before = contender.rendered();
      const seed = SEED + round * CONNECTIONS;
      const loaded = await load.put({ addresses, requests, connections: CONNECTIONS, pages: PAGES, cookie, seed });
      rounds.push({ ...loaded, rendered: contender.rendered() - before });
    }
  }
  await load.stop();
}

/** The rounds after the first, which warms up. */
function samplesOf({ contender, rounds }: Subject, unit: 'ops/s' | 'ms'): Samples {
  const values = rounds.slice(1).map((round) => (unit === 'ops/s' ? round.requestsPerSecond : round.p99Ms));
  return { subject: contender.name, unit, values };
}

function ratio(what: string, unit: 'ops/s' | 'ms', ours: Subject, theirs: Subject): Finding {
  const [our, their] = [samplesOf(ours, unit), samplesOf(theirs, unit)];
  const [mine, others] = [our, their].map(({ values }) => spreadOf(values).median);
  const digits = unit === 'ms' ? 1 : 0;
  return {
    what: `${what}, vs ${their.subject}`,
    unit: 'x',
    measured: spreadOf(pairRatios(our.values, their.values)),
    against: { name: their.subject, kind: theirs.kind, better: unit === 'ms' ? 'below 1' : 'above 1' },
    detail: `${mine.toFixed(digits)} against ${others.toFixed(digits)} ${unit === 'ms' ? 'ms' : 'requests/s'}`,
    samples: [our, their],
  };
}

/** What a backing knew of what was asked for, over all rounds, in percent. */
function known({ contender, rounds }: Subject): Finding[] {
  const total = (part: (round: Loaded & { rendered: number }) => number): number =>
    rounds.reduce((sum, round) => sum + part(round), 0);
  const answered = total((round) => round.answered);
  const rendered = total((round) => round.rendered);
  const refused = total((round) => round.refused);
  const percent = (what: string, value: number, detail: string): Finding => {
    const samples = [{ subject: contender.name, unit: 'ops/s' as const, values: [value] }];
    return { what: `${contender.name}: ${what}`, unit: '%', measured: single(value), detail, samples };
  };
  return [
    percent('requests that had a page made', (rendered * 100) / answered, `${rendered} of ${answered}`),
    percent('requests of a session that was not known', (refused * 100) / answered, `${refused} of ${answered}`),
  ];
}

async function answer(effort: Effort, progress: (step: string) => void): Promise<Finding[]> {
  const shared = await openShared(THREADS, PAGE_MEMORY);
  const redis = await openRedis();
  if (redis === undefined) progress('no Redis is installed: it is left out');
  const rivals = [
    await openRival('lru-cache', 'lru-worker.js', THREADS, { PAGE_BYTES: String(PAGE_MEMORY / THREADS) }),
    ...(redis === undefined
      ? []
      : [await openRival('Redis', 'redis-worker.js', THREADS, { REDIS_PORT: String(redis.port) })]),
  ];
  const bare = await openRival('no data at all', 'bare-worker.js', THREADS);
  const front = { ...shared.contender, name: 'sharena behind the front', addresses: [shared.frontAddress] };
  const ours = await subjectOf(shared.contender, 'itself');
  const others = [
    ...(await Promise.all(rivals.map((rival) => subjectOf(rival, 'rival')))),
    await subjectOf(bare, 'limit'),
  ];
  const fronted = await subjectOf(front, 'itself');
  progress(`${others.length + 2} services`);
  await loadAll([ours, ...others, fronted], effort);
  await Promise.all([shared.contender, bare, ...rivals].map((contender) => contender.close()));
  await redis?.close();
  return [
    ...[...others, fronted].flatMap((other) => [
      ratio('requests/s', 'ops/s', ours, other),
      ratio('p99 of an answer', 'ms', ours, other),
    ]),
    ...[ours, ...others.filter(({ kind }) => kind === 'rival')].flatMap(known),
  ];
}

export const question: Question = {
  name: 'http',
  asks: 'What does a service of two threads gain by data that they share?',
  answer,
};
