/** The example of bench/http with its data in sharena, in one lru-cache a thread, in Redis on loopback, and with none at all. */
import type { Effort } from './harness/effort.ts';
import type { Samples } from './harness/compare.ts';
import { type Against, type Finding, type Question, single } from './harness/question.ts';
import { pairRatios, spreadOf } from './harness/statistics.ts';
import { type Contender, openExample, openRival } from './http/rivals/contender.ts';
import { type Loaded, LoadProcess } from './http/rivals/load.ts';
import { openRedis, type RedisPeer } from './peers/redis.ts';

const THREADS = 2;
const CONNECTIONS = 16;
/** Pages that are asked for: together 6.1 MB. They fit into the memory for pages, and not into the half of it. */
const PAGES = 1600;
const PAGE_MEMORY: number = 10 * 2 ** 20;
const REQUESTS = 6000;
const REQUESTS_OF_A_QUICK_RUN = 200;
/** The first round has so many times as many: it fills what is empty, and is not compared. */
const WARM_UP = 4;
const SEED = 17;

interface Round extends Loaded {
  readonly rendered: number;
  /** Of all threads of the service together, Redis itself not included. */
  readonly coreMs: number;
}

/** A service under load, and what came of it, round by round. */
interface Subject {
  readonly contender: Contender;
  /** What is said to be behind the ratio of sharena to it. */
  readonly kind: Against['kind'];
  readonly cookie: string;
  readonly rounds: Round[];
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

/** Rounds in which each has the same requests, in an order that rotates. */
async function loadAll(subjects: readonly Subject[], effort: Effort): Promise<void> {
  const load = new LoadProcess();
  const ofARound = effort.quick ? REQUESTS_OF_A_QUICK_RUN : REQUESTS;
  for (let round = 0; round <= effort.pairs; round++) {
    const requests = round === 0 ? ofARound * WARM_UP : ofARound;
    for (let turn = 0; turn < subjects.length; turn++) {
      const { contender, cookie, rounds } = subjects[(round + turn) % subjects.length];
      const { addresses } = contender;
      const renderedBefore = contender.rendered();
      const usageBefore = process.cpuUsage();
      const seed = SEED + round * CONNECTIONS;
      const loaded = await load.put({ addresses, requests, connections: CONNECTIONS, pages: PAGES, cookie, seed });
      const { user, system } = process.cpuUsage(usageBefore);
      rounds.push({ ...loaded, rendered: contender.rendered() - renderedBefore, coreMs: (user + system) / 1000 });
    }
  }
  await load.stop();
}

/** What is compared of two services. */
interface Measure {
  readonly what: string;
  readonly unit: 'ops/s' | 'ms' | 'ns';
  readonly better: Against['better'];
  of(round: Round): number;
  said(value: number): string;
}

const MEASURES: readonly Measure[] = [
  {
    what: 'requests/s',
    unit: 'ops/s',
    better: 'above 1',
    of: (round) => round.requestsPerSecond,
    said: (value) => `${value.toFixed(0)} requests/s`,
  },
  {
    what: 'p99 of an answer',
    unit: 'ms',
    better: 'below 1',
    of: (round) => round.p99Ms,
    said: (value) => `${value.toFixed(1)} ms`,
  },
  {
    what: 'time on a core a request',
    unit: 'ns',
    better: 'below 1',
    of: (round) => (round.coreMs * 1e6) / round.answered,
    said: (value) => `${(value / 1000).toFixed(0)} us`,
  },
];

function ratio(measure: Measure, ours: Subject, theirs: Subject): Finding {
  const [our, their] = [ours, theirs].map(({ contender, rounds }): Samples => {
    return { subject: contender.name, unit: measure.unit, values: rounds.slice(1).map((round) => measure.of(round)) };
  }) as [Samples, Samples];
  const [mine, others] = [our, their].map(({ values }) => measure.said(spreadOf(values).median));
  return {
    what: `${measure.what}, vs ${their.subject}`,
    unit: 'x',
    measured: spreadOf(pairRatios(our.values, their.values)),
    against: { name: their.subject, kind: theirs.kind, better: measure.better },
    detail: `${mine} against ${others}`,
    samples: [our, their],
  };
}

/** What a backing knew of what was asked for, over all rounds, in percent. */
function known({ contender, rounds }: Subject): Finding[] {
  const total = (part: (round: Round) => number): number => rounds.reduce((sum, round) => sum + part(round), 0);
  const answered = total((round) => round.answered);
  const rendered = total((round) => round.rendered);
  const refused = total((round) => round.refused);
  const percent = (what: string, value: number, detail: string): Finding => {
    const samples = [{ subject: contender.name, unit: '%' as const, values: [value] }];
    return { what: `${contender.name}: ${what}`, unit: '%', measured: single(value), detail, samples };
  };
  return [
    percent('requests that had a page made', (rendered * 100) / answered, `${rendered} of ${answered}`),
    percent('requests of a session that was not known', (refused * 100) / answered, `${refused} of ${answered}`),
  ];
}

async function openAll(redis: RedisPeer | undefined): Promise<[ours: Subject, ...others: Subject[]]> {
  const lruEnv = { PAGE_BYTES: String(PAGE_MEMORY / THREADS) };
  const ours = await subjectOf(await openExample('sharena', THREADS, PAGE_MEMORY, 'its threads'), 'itself');
  const others = [
    await subjectOf(
      await openRival('lru-cache', new URL('./http/rivals/lru-worker.js', import.meta.url), THREADS, lruEnv),
      'rival',
    ),
  ];
  if (redis !== undefined) {
    const redisEnv = { REDIS_PORT: String(redis.port) };
    others.push(
      await subjectOf(
        await openRival('Redis', new URL('./http/rivals/redis-worker.js', import.meta.url), THREADS, redisEnv),
        'rival',
      ),
    );
  }
  others.push(
    await subjectOf(
      await openRival('no data at all', new URL('./http/rivals/bare-worker.js', import.meta.url), THREADS),
      'limit',
    ),
  );
  const fronted = await openExample('sharena behind the front', THREADS, PAGE_MEMORY, 'its front');
  return [ours, ...others, await subjectOf(fronted, 'itself')];
}

async function answer(effort: Effort, progress: (step: string) => void): Promise<Finding[]> {
  const redis = await openRedis();
  if (redis === undefined) progress('no Redis is installed: it is left out');
  const subjects = await openAll(redis);
  progress(`${subjects.length} services`);
  await loadAll(subjects, effort);
  await Promise.all(subjects.map(({ contender }) => contender.close()));
  await redis?.close();
  const [ours, ...others] = subjects;
  return [
    ...others.flatMap((other) => MEASURES.map((measure) => ratio(measure, ours, other))),
    ...[ours, ...others.filter(({ kind }) => kind === 'rival')].flatMap(known),
  ];
}

export const question: Question = {
  name: 'http',
  asks: 'What does a service of two threads gain by data that they share?',
  answer,
};
