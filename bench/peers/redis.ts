/** Redis on loopback, where it is installed: a server of this bench's own that `close` stops. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { RespClient } from './resp.ts';

const START_MS_MAX = 10_000;
const RETRY_MS = 20;

const program: string | undefined = ['redis-server', 'valkey-server'].find(
  (name) => spawnSync(name, ['--version']).status === 0,
);

/** Runs a program until the input ends, which it does when this process closes it and also when it is killed. */
const UNTIL_INPUT_ENDS = '"$@" & server=$!; read -r _; kill "$server"; wait "$server"';

export interface RedisPeer {
  readonly client: RespClient;
  readonly port: number;
  close(): Promise<void>;
}

/** @returns undefined where no server is installed */
export async function openRedis(): Promise<RedisPeer | undefined> {
  if (program === undefined) return undefined;
  const port = await freePort();
  // In memory only, so that nothing but the round trip and the look-up is measured.
  const options = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', tmpdir()];
  const server = spawn('sh', ['-c', UNTIL_INPUT_ENDS, 'sh', program, '--port', String(port), ...options], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const exited = once(server, 'exit');
  const client = await connected(server, port);
  return {
    client,
    port,
    close: async () => {
      client.close();
      server.stdin?.end();
      await exited;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Waits until the server answers. */
async function connected(server: ChildProcess, port: number): Promise<RespClient> {
  for (const deadlineMs = performance.now() + START_MS_MAX; performance.now() < deadlineMs; await delay(RETRY_MS)) {
    if (server.exitCode !== null) throw new Error(`${program} ended with ${server.exitCode} before it had answered`);
    try {
      const client = await RespClient.open(port);
      await client.ping();
      return client;
    } catch {
      // Not listening yet.
    }
  }
  server.stdin?.end();
  throw new Error(`${program} did not answer on port ${port} within ${START_MS_MAX} ms`);
}
