/** Requests of a client are limited before anything else is done for them. */
import type { FastifyInstance } from 'fastify';
import type { RateLimit, RateOutcome } from '../../src/index.ts';

/** Requests of a client a minute. */
export const RATE: RateLimit = { limit: Number(process.env['RATE_LIMIT'] ?? 100), windowMs: 60_000 };

export interface Limits {
  /** Counts a request of a client, and says whether it is allowed. */
  hit(client: string): RateOutcome | Promise<RateOutcome>;
}

export function limitRequests(server: FastifyInstance, limits: Limits): void {
  server.addHook('onRequest', async (request, reply) => {
    // The front hides where a request comes from, so that is for those who send no key.
    const client = String(request.headers['x-api-key'] ?? request.ip);
    const { allowed, remaining, resetMs } = await limits.hit(client);
    reply.header('x-ratelimit-limit', RATE.limit).header('x-ratelimit-remaining', remaining);
    if (allowed) return undefined;
    reply.code(429).header('retry-after', Math.ceil(resetMs / 1000));
    return reply.send({ error: `more than ${RATE.limit} requests a minute` });
  });
}
