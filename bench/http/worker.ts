/** What runs in each thread: an HTTP server of its own, over the stores of all. */
import type { AddressInfo } from 'node:net';
import { fastify, type FastifyInstance } from 'fastify';
import type { WorkerContext } from '../../src/dispatch/pool.ts';
import { OwnerDiedError, StoreFullError } from '../../src/index.ts';
import { drainOnClose } from './draining.ts';
import { render, servePages } from './page.ts';
import { limitRequests, RATE } from './rate-limit.ts';
import type { Stores } from './service.ts';
import { serveSessions } from './session.ts';

export { renderPage } from './page.ts';

const server: FastifyInstance = fastify({ return503OnClosing: false });

export async function onStart({ owner, stores, execute }: WorkerContext): Promise<{ port: number }> {
  const { limits, sessions, pages } = stores as Stores;

  server.addHook('onRequest', async (_request, reply) => void reply.header('x-thread', owner));

  limitRequests(server, (client) => limits.hit(client, RATE));

  serveSessions(server, {
    open: (token, session) => sessions.set(token, session),
    visit: (token) => (sessions.incrementField(token, 'visits') === undefined ? undefined : sessions.get(token)),
  });

  servePages(server, async (id) => {
    const page = pages.get(id);
    if (page !== undefined) return page;
    return execute<Uint8Array>('pages', id, 'renderPage').catch((error: unknown) => {
      // What cannot be kept is served all the same.
      if (error instanceof StoreFullError || error instanceof OwnerDiedError) return render(id);
      throw error;
    });
  });

  drainOnClose(server);
  await server.listen({ host: '127.0.0.1', port: 0 });
  return { port: (server.server.address() as AddressInfo).port };
}

export async function onStop(): Promise<void> {
  await server.close();
}
