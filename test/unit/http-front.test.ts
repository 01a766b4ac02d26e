/** The front of the HTTP example, before servers that the test plays. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import { Front } from '../../bench/http/front.ts';
import { turnsUntil } from '../fixtures/pool-setup.ts';

async function frontFor(t: TestContext): Promise<Front> {
  const front = new Front();
  await front.listen(0);
  t.after(() => front.close());
  return front;
}

/** A server that treats each connection like this. */
async function serverFor(t: TestContext, treat: (socket: Socket) => void): Promise<number> {
  const server: Server = createServer(treat).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

function clientFor(t: TestContext, front: Front): Socket {
  const client = connect(front.port, '127.0.0.1');
  t.after(() => client.destroy());
  return client;
}

/** What comes until the other side has said all. Rejects when the connection is reset. */
async function textOf(client: Socket): Promise<string> {
  let text = '';
  client.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  await once(client, 'end');
  return text;
}

test('a client that is sending its next request when its server ends the connection sees an end, and no reset', async (t) => {
  const front = await frontFor(t);
  let server: Socket | undefined;
  // It answers, and reads nothing of what it is sent.
  const treat = (socket: Socket): void => {
    socket.on('error', () => {});
    socket.write('answer');
    server = socket;
  };
  front.add(0, await serverFor(t, treat));
  for (let round = 0; round < 20; round++) {
    const client = clientFor(t, front);
    const text = textOf(client);
    await once(client, 'data');
    client.write(Buffer.alloc(4 * 2 ** 20));
    await turnsUntil(() => client.bytesWritten > 0);
    server?.destroy();
    assert.equal(await text, 'answer');
  }
});

test('connections go to the servers in turns, to none that was removed, and wait where there is none', async (t) => {
  const front = await frontFor(t);
  const early = textOf(clientFor(t, front));
  const ports = await Promise.all(['a', 'b', 'c'].map((name) => serverFor(t, (socket) => socket.end(name))));
  front.add(0, ports[0]);
  assert.equal(await early, 'a');
  front.add(1, ports[1]);
  front.add(2, ports[2]);
  const six = await Promise.all(Array.from({ length: 6 }, () => textOf(clientFor(t, front))));
  assert.deepEqual(six.sort(), ['a', 'a', 'b', 'b', 'c', 'c']);
  front.remove(1);
  const four = await Promise.all(Array.from({ length: 4 }, () => textOf(clientFor(t, front))));
  assert.deepEqual(four.sort(), ['a', 'a', 'c', 'c']);
});

test('a connection goes to another server when the one whose turn it is has died', async (t) => {
  const front = await frontFor(t);
  const dead = createServer().listen(0, '127.0.0.1');
  await once(dead, 'listening');
  front.add(0, (dead.address() as AddressInfo).port);
  dead.close();
  await once(dead, 'close');
  const waiting = textOf(clientFor(t, front));
  await turnsUntil(() => front.ports.length === 0);
  front.add(1, await serverFor(t, (socket) => socket.end('alive')));
  assert.equal(await waiting, 'alive');
});
