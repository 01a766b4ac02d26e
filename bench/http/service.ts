/** The service as a whole: three stores, a pool of threads that serve them over HTTP, and one port for all. */
import { type OwnerStart, Pool } from '../../src/dispatch/pool.ts';
import { bytes, Store } from '../../src/index.ts';
import { Front } from './front.ts';
import { type Session, sessionFields } from './session.ts';

/** As `stores` they are what all threads have in common. */
export type Stores = {
  readonly limits: Store;
  readonly sessions: Store<Session>;
  readonly pages: Store<Uint8Array>;
  readonly counters: Store<number>;
};

export const PAGE_MS: number = 10 * 60_000;
export const SESSION_MS: number = 30 * 60_000;
const PAGE_MEMORY = '64MiB';

export interface ServiceOptions {
  readonly threads: number;
  /** 0, the default, for any that is free. */
  readonly port?: number;
  /** Requests of a client a minute; 100 by default. */
  readonly rateLimit?: number;
  /** Memory for pages. */
  readonly pageMemory?: number | string;
}

export class Service {
  readonly stores: Stores;
  readonly pool: Pool;
  readonly #front: Front = new Front();

  private constructor({ threads, rateLimit, pageMemory = PAGE_MEMORY }: ServiceOptions) {
    this.stores = {
      limits: Store.create({ memory: '4MiB' }),
      sessions: Store.create({ memory: '16MiB', value: sessionFields, ttl: SESSION_MS }),
      pages: Store.create({ memory: pageMemory, value: bytes(), ttl: PAGE_MS }),
      counters: Store.create<number>({ memory: '1MiB' }),
    };
    this.pool = new Pool({
      stores: this.stores,
      filename: new URL('./worker.js', import.meta.url),
      threads,
      ...(rateLimit === undefined ? {} : { env: { ...process.env, RATE_LIMIT: String(rateLimit) } }),
    });
    const arrive = ({ owner, started }: OwnerStart): void => {
      if (started !== undefined) this.#front.add(owner, (started as { port: number }).port);
    };
    this.pool.on('ownerStarted', arrive);
    this.pool.on('ownerReplaced', arrive);
    this.pool.on('ownerLeaving', ({ owner }) => this.#front.remove(owner));
    this.pool.on('ownerDied', ({ owner }) => this.#front.remove(owner));
  }

  /** Resolves when all threads serve. Throws (rejects) when the port is taken, and what keeps the threads from serving. */
  static async open(options: ServiceOptions): Promise<Service> {
    const service = new Service(options);
    try {
      await service.#front.listen(options.port ?? 0);
      await Promise.all([service.pool.run(null, { name: 'ready' }), service.#front.complete(options.threads)]);
    } catch (error) {
      await service.pool.destroy();
      service.#closeStores();
      throw error;
    }
    return service;
  }

  get address(): string {
    return `http://127.0.0.1:${this.#front.port}`;
  }

  /** Where the threads serve, for a load balancer that one has. They change when a thread is replaced. */
  get addresses(): string[] {
    return this.#front.ports.map((port) => `http://127.0.0.1:${port}`);
  }

  /** Puts new threads, which load the code anew, in the place of all, one after the other. Clients do not notice. */
  async restart(): Promise<void> {
    await this.pool.restart();
  }

  /** Answers what was asked, then ends. */
  async close(): Promise<void> {
    const closed = this.#front.close();
    await this.pool.close();
    await closed;
    this.#closeStores();
  }

  #closeStores(): void {
    for (const store of Object.values(this.stores)) store.close();
  }
}
