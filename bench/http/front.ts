/**
 * One port for the servers of all threads: takes connections and passes each on to a thread, in turns.
 *
 * Threads of Node.js cannot share a listening socket: `cluster` is for processes, a socket cannot be sent to a thread, and the
 * option `reusePort` is not in Node.js 20. So each server has a port of its own on loopback, and something has to stand
 * before them. Where there is a load balancer anyway, give it these ports. This is a small one that knows bytes only, since
 * one that understood HTTP would be busier than the servers behind it. What it costs: two hops for each piece of data in
 * the main thread, and the servers do not see the address of a client.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

const HOST = '127.0.0.1';
/** How long a client may take to see that its connection has ended. */
const LINGER_MS = 1000;

export class Front {
  /** Owner -> port of its server. */
  readonly #ports: Map<number, number> = new Map();
  /** Connections that came while there was no server. */
  readonly #waiting: Set<Socket> = new Set();
  readonly #server: Server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.#take(client));
  #turn: number = 0;
  #onAdd: () => void = () => {};

  /** @param port 0 for any that is free. Throws (rejects) when it is taken */
  async listen(port: number): Promise<void> {
    this.#server.listen(port, HOST);
    await once(this.#server, 'listening');
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Those of the servers. */
  get ports(): number[] {
    return [...this.#ports.values()];
  }

  /** Resolves when there are that many servers. */
  async complete(count: number): Promise<void> {
    while (this.#ports.size < count) {
      await new Promise<void>((resolve) => {
        this.#onAdd = resolve;
      });
    }
  }

  /** New connections go to the server of this owner too. */
  add(owner: number, port: number): void {
    this.#ports.set(owner, port);
    for (const client of this.#waiting) this.#pass(client);
    this.#waiting.clear();
    this.#onAdd();
  }

  /** New connections go to others; those that are there stay. */
  remove(owner: number): void {
    this.#ports.delete(owner);
  }

  /** Takes no more connections. Resolves when those that are there have ended, which is up to their servers. */
  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const client of this.#waiting) client.destroy();
    await closed;
  }

  #take(client: Socket): void {
    client.on('error', () => client.destroy());
    this.#pass(client);
  }

  #pass(client: Socket): void {
    if (client.destroyed) return;
    const owners = [...this.#ports.keys()];
    if (owners.length === 0) {
      this.#waiting.add(client);
      client.once('close', () => this.#waiting.delete(client));
      return;
    }
    const owner = owners[this.#turn++ % owners.length];
    const thread = connect({ host: HOST, port: this.#ports.get(owner) as number, noDelay: true, allowHalfOpen: true });
    const onRefused = (): void => {
      // The thread has died: another will come for its owner. Nothing was sent yet.
      this.remove(owner);
      this.#pass(client);
    };
    thread.once('error', onRefused);
    thread.once('connect', () => {
      thread.off('error', onRefused);
      join(client, thread);
    });
  }
}

/** Passes on what one side says to the other, until both have said all. */
function join(client: Socket, thread: Socket): void {
  if (client.destroyed) {
    thread.destroy();
    return;
  }
  client.pipe(thread);
  thread.pipe(client);
  thread.on('error', () => thread.destroy());
  client.once('close', () => thread.destroy());
  thread.once('close', () => {
    // A client that has not seen the end yet may be sending. To close while that is unread would be a reset, which takes from it
    // the answer before as well: so what it sends is read, and dropped, until it has seen the end.
    client.unpipe(thread);
    client.end();
    client.resume();
    const lingering = setTimeout(() => client.destroy(), LINGER_MS);
    client.once('close', () => clearTimeout(lingering));
  });
}
