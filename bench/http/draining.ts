/** The end of an HTTP server that nobody notices: its clients go, each after an answer, and only then it closes. */
import type { Server } from 'node:http';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { FastifyInstance } from 'fastify';

/** How long a client that is connected and asks for nothing is waited for, in ms. */
const IDLE_MS_MAX = 1000;
const LOOK_MS = 5;

/**
 * Has `close` of a server wait for its clients. From its call on Fastify answers with `connection: close`, and this waits
 * until all connections have ended in that way. To close connections at once, as `close` does, would hit clients that are just
 * sending their next request.
 *
 * The server must have the option `return503OnClosing: false`.
 */
export function drainOnClose(server: FastifyInstance): void {
  server.addHook('preClose', () => untilAllHaveGone(server.server));
}

async function untilAllHaveGone(server: Server): Promise<void> {
  const connections = promisify(server.getConnections.bind(server));
  // Connections that were made before may still have to be accepted, which the next turn of the event loop does.
  await nextTurn();
  await nextTurn();
  const deadlineMs = performance.now() + IDLE_MS_MAX;
  while ((await connections()) > 0 && performance.now() < deadlineMs) await sleep(LOOK_MS);
}
