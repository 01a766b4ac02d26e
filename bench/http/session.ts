/** Who logs in gets a cookie, and is known by it to all threads. Whoever says a name is believed: there are no passwords here. */
import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { fixedText, struct, type Codec, u32 } from '../../src/index.ts';

export interface Session {
  user: string;
  /** Requests of this session so far. */
  visits: number;
}

const USER_LENGTH_MAX = 64;

export const sessionFields: Codec<Session> = struct({ user: fixedText(USER_LENGTH_MAX * 3), visits: u32 });

export interface Sessions {
  open(token: string, session: Session): unknown;
  /** Counts a visit; undefined when there is no such session, or its time is over. */
  visit(token: string): Session | undefined | Promise<Session | undefined>;
}

const LOGIN = {
  body: {
    type: 'object',
    required: ['user'],
    properties: { user: { type: 'string', minLength: 1, maxLength: USER_LENGTH_MAX } },
  },
} as const;

export function serveSessions(server: FastifyInstance, sessions: Sessions): void {
  server.post<{ Body: { user: string } }>('/login', { schema: LOGIN }, async (request, reply) => {
    const token = randomUUID();
    await sessions.open(token, { user: request.body.user, visits: 0 });
    reply.header('set-cookie', `session=${token}; HttpOnly; SameSite=Strict; Path=/`);
    return { user: request.body.user };
  });

  server.get('/me', async (request, reply) => {
    const [, token] = /(?:^|; )session=([\w-]{36})(?:;|$)/.exec(request.headers.cookie ?? '') ?? [];
    const session = token === undefined ? undefined : await sessions.visit(token);
    return session ?? reply.code(401).send({ error: 'log in first: POST /login {"user": "Ada"}' });
  });
}
