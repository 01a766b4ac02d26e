/** The service with one lru-cache of each kind in each thread: what a thread knows, the others do not. */
import { LRUCache } from 'lru-cache';
import type { WorkerContext } from '../../../src/dispatch/pool.ts';
import { RateMeter } from '../../../src/policy/rate.ts';
import { render } from '../page.ts';
import { RATE } from '../rate-limit.ts';
import { serve } from '../server.ts';
import { PAGE_MS, SESSION_MS } from '../service.ts';
import type { Session } from '../session.ts';

export { endServing as onStop } from '../server.ts';

const ENTRIES_MAX = 100_000;

type RateState = Pick<RateMeter, 'a' | 'b' | 'c'>;

export function onStart({ owner, stores }: WorkerContext): Promise<{ port: number }> {
  const limits = new LRUCache<string, RateState>({ max: ENTRIES_MAX });
  const meter = new RateMeter();
  meter.set(RATE);
  const sessions = new LRUCache<string, Session>({ max: ENTRIES_MAX, ttl: SESSION_MS });
  const pages = new LRUCache<string, Uint8Array>({
    maxSize: Number(process.env['PAGE_BYTES']),
    sizeCalculation: (page) => page.byteLength,
    ttl: PAGE_MS,
  });
  return serve(owner, {
    limits: {
      hit: (client) => {
        const state = limits.get(client);
        if (state !== undefined) Object.assign(meter, state);
        meter.step(state !== undefined, Date.now());
        limits.set(client, { a: meter.a, b: meter.b, c: meter.c }, { ttl: meter.keepMs });
        return meter.outcome();
      },
    },
    sessions: {
      open: (token, session) => sessions.set(token, session),
      visit: (token) => {
        const session = sessions.get(token);
        if (session !== undefined) session.visits += 1;
        return session;
      },
    },
    pages: {
      get: (id) => {
        const kept = pages.get(id);
        if (kept !== undefined) return kept;
        const page = render(id);
        pages.set(id, page);
        stores['counters'].increment('pages rendered');
        return page;
      },
    },
  });
}
