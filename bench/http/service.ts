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

const PAGE_MS = 60_000;
const SESSION_MS: number = 30 * 60_000;

export interface ServiceOptions {
  readonly threads: number;
  /** 0, the default, for any that is free. */
  readonly port?: number;
  /** Requests of a client a minute. */
  readonly rateLimit?: number;
}

export class Service {
  readonly stores: Stores = {
    limits: Store.create({ memory: '4MiB' }),
    sessions: Store.create({ memory: '16MiB', value: sessionFields, ttl: SESSION_MS }),
    pages: Store.create({ memory: '64MiB', value: bytes(), ttl: PAGE_MS }),
    counters: Store.create<number>({ memory: '1MiB' }),
  };
  readonly pool: Pool;
  readonly #front: Front = new Front();

  private constructor({ threads, rateLimit }: ServiceOptions) {
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

  /** Resolves when all threads serve; throws (rejects) when the port is taken. */
  static async open(options: ServiceOptions): Promise<Service> {
    const service = new Service(options);
    try {
      await service.#front.listen(options.port ?? 0);
      await service.#front.complete(options.threads);
    } catch (error) {
      await service.pool.destroy();
      throw error;
    }
    return service;
  }

  get address(): string {
    return `http://127.0.0.1:${this.#front.port}`;
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
    for (const store of Object.values(this.stores)) store.close();
  }
}
