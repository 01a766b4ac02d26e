/** The service with nothing behind it: what HTTP alone costs. It counts nothing, knows one session, and has every page ready. */
import type { WorkerContext } from '../../../src/dispatch/pool.ts';
import { render } from '../page.ts';
import { RATE } from '../rate-limit.ts';
import { serve } from '../server.ts';

export { endServing as onStop } from '../server.ts';

export function onStart({ owner }: WorkerContext): Promise<{ port: number }> {
  const page = render('1');
  const outcome = { count: 1, remaining: RATE.limit, resetMs: RATE.windowMs, allowed: true };
  const session = { user: 'Ada', visits: 1 };
  return serve(owner, {
    limits: { hit: () => outcome },
    sessions: { open: () => undefined, visit: () => session },
    pages: { get: () => page },
  });
}
