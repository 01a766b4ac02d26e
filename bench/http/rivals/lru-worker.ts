/** The service with one lru-cache of each kind in each thread: what a thread knows, the others do not. */
import { LRUCache } from 'lru-cache';
import type { WorkerContext } from '../../../src/dispatch/pool.ts';
import { type RateState, stepRate } from '../../../src/policy/rate.ts';
import { render } from '../page.ts';
import { RATE } from '../rate-limit.ts';
import { serve } from '../server.ts';
import { PAGE_MS, SESSION_MS } from '../service.ts';
import type { Session } from '../session.ts';

export { endServing as onStop } from '../server.ts';

const ENTRIES_MAX = 100_000;

export function onStart({ owner, stores }: WorkerContext): Promise<{ port: number }> {
  const limits = new LRUCache<string, RateState>({ max: ENTRIES_MAX });
  const sessions = new LRUCache<string, Session>({ max: ENTRIES_MAX, ttl: SESSION_MS });
  const pages = new LRUCache<string, Uint8Array>({
    maxSize: Number(process.env['PAGE_BYTES']),
    sizeCalculation: (page) => page.byteLength,
    ttl: PAGE_MS,
  });
  return serve(owner, {
    limits: {
      hit: (client) => {
        const { state, outcome, keepMs } = stepRate(limits.get(client) ?? null, RATE, Date.now());
        limits.set(client, state, { ttl: keepMs });
        return outcome;
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
