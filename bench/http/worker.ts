/** What runs in each thread of the service: an HTTP server of its own, over the stores of all. */
import type { WorkerContext } from '../../src/dispatch/pool.ts';
import { OwnerDiedError, StoreFullError } from '../../src/index.ts';
import { render } from './page.ts';
import { RATE } from './rate-limit.ts';
import { serve } from './server.ts';
import type { Stores } from './service.ts';

export { renderPage } from './page.ts';
export { endServing as onStop } from './server.ts';

export function onStart({ owner, stores, execute }: WorkerContext): Promise<{ port: number }> {
  const { limits, sessions, pages } = stores as Stores;
  return serve(owner, {
    limits: {
      hit: (client) => limits.hit(client, RATE),
    },
    sessions: {
      open: (token, session) => sessions.set(token, session),
      visit: (token) => (sessions.incrementField(token, 'visits') === undefined ? undefined : sessions.get(token)),
    },
    pages: {
      get: (id) => pages.get(id) ?? execute<Uint8Array>('pages', id, 'renderPage').catch(unkept(id)),
    },
  });
}

/** A task that does nothing: it fails where `onStart` has failed. */
export function ready(): void {}

/** A page that cannot be kept is served all the same. */
function unkept(id: string): (error: unknown) => Uint8Array {
  return (error) => {
    if (error instanceof StoreFullError || error instanceof OwnerDiedError) return render(id);
    throw error;
  };
}
