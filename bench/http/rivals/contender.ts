/** The same service, with one backing or another, as the bench loads it. */
import { Pool, type OwnerStart } from '../../../src/dispatch/pool.ts';
import { Store } from '../../../src/index.ts';
import { Service } from '../service.ts';

/** A limit that nobody comes to. */
const NO_LIMIT = 1e9;

export interface Contender {
  readonly name: string;
  /** Where its threads serve. */
  readonly addresses: readonly string[];
  /** Pages that were made so far. */
  rendered(): number;
  close(): Promise<void>;
}

/** The example itself, asked at its threads or at the front that stands before them. */
export async function openExample(
  name: string,
  threads: number,
  pageMemory: number,
  at: 'its threads' | 'its front',
): Promise<Contender> {
  const service = await Service.open({ threads, pageMemory, rateLimit: NO_LIMIT });
  return {
    name,
    addresses: at === 'its front' ? [service.address] : service.addresses,
    rendered: () => service.stores.counters.get('pages rendered') ?? 0,
    close: () => service.close(),
  };
}

/** @param filename the module of its workers */
export async function openRival(
  name: string,
  filename: URL,
  threads: number,
  env: Readonly<Record<string, string>> = {},
): Promise<Contender> {
  const counters = Store.create<number>({ memory: '1MiB' });
  const pool = new Pool({
    stores: { counters },
    filename,
    threads,
    env: { ...process.env, ...env, RATE_LIMIT: String(NO_LIMIT) },
  });
  const addresses = await new Promise<string[]>((resolve) => {
    const found: string[] = [];
    pool.on('ownerStarted', ({ started }: OwnerStart) => {
      found.push(`http://127.0.0.1:${(started as { port: number }).port}`);
      if (found.length === threads) resolve(found);
    });
  });
  return {
    name,
    addresses,
    rendered: () => counters.get('pages rendered') ?? 0,
    close: async () => {
      await pool.close();
      counters.close();
    },
  };
}
