/** The service with its data in a Redis on loopback, to which each thread has a connection. */
import type { WorkerContext } from '../../../src/dispatch/pool.ts';
import { RespClient } from '../../peers/resp.ts';
import { render } from '../page.ts';
import { RATE } from '../rate-limit.ts';
import { endServing, serve } from '../server.ts';
import { PAGE_MS, SESSION_MS } from '../service.ts';
import type { Session } from '../session.ts';

let redis: RespClient;

export async function onStart({ owner, stores }: WorkerContext): Promise<{ port: number }> {
  redis = await RespClient.open(Number(process.env['REDIS_PORT']));
  return serve(owner, {
    limits: {
      hit: async (client) => {
        // What is sent together costs one round trip.
        const [counted, left] = await Promise.all([redis.send(['INCR', client]), redis.send(['PTTL', client])]);
        const count = numberOf(counted);
        const resetMs = numberOf(left);
        if (resetMs < 0) await redis.send(['PEXPIRE', client, String(RATE.windowMs)]);
        return { count, remaining: Math.max(0, RATE.limit - count), resetMs, allowed: count <= RATE.limit };
      },
    },
    sessions: {
      open: (token, { user }) => redis.send(['SET', `user:${token}`, user, 'PX', String(SESSION_MS)]),
      visit: async (token): Promise<Session | undefined> => {
        const [user, visits] = await Promise.all([redis.get(`user:${token}`), redis.send(['INCR', `visits:${token}`])]);
        return user === null ? undefined : { user: Buffer.from(user).toString(), visits: numberOf(visits) };
      },
    },
    pages: {
      get: async (id) => {
        const kept = await redis.get(`page:${id}`);
        if (kept !== null) return kept;
        const page = render(id);
        await redis.send(['SET', `page:${id}`, page, 'PX', String(PAGE_MS)]);
        stores['counters'].increment('pages rendered');
        return page;
      },
    },
  });
}

export async function onStop(): Promise<void> {
  await endServing();
  redis.close();
}

function numberOf(answer: Uint8Array | null): number {
  return Number(Buffer.from(answer ?? []).toString());
}
