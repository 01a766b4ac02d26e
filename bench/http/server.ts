/** The HTTP server of one thread: what it answers, whatever keeps its data, and how it ends. */
import type { AddressInfo } from 'node:net';
import { fastify, type FastifyInstance } from 'fastify';
import { drainOnClose } from './draining.ts';
import { type Pages, servePages } from './page.ts';
import { type Limits, limitRequests } from './rate-limit.ts';
import { serveSessions, type Sessions } from './session.ts';

/** Where the data of the service are. */
export interface Backing {
  readonly limits: Limits;
  readonly sessions: Sessions;
  readonly pages: Pages;
}

let server: FastifyInstance | undefined;

/** @param thread is shown to clients, who may like to know which one has answered. Throws (rejects) what `listen` throws */
export async function serve(thread: number, { limits, sessions, pages }: Backing): Promise<{ port: number }> {
  server = fastify({ return503OnClosing: false });
  server.addHook('onRequest', async (_request, reply) => void reply.header('x-thread', thread));
  limitRequests(server, limits);
  serveSessions(server, sessions);
  servePages(server, pages);
  drainOnClose(server);
  await server.listen({ host: '127.0.0.1', port: 0 });
  return { port: (server.server.address() as AddressInfo).port };
}

/** Resolves when all is answered. */
export async function endServing(): Promise<void> {
  await server?.close();
}
