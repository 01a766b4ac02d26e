/** The demo's pool: tasks that are routed to the owners of their keys, and what each owner had of the store. */
import { type OwnerStats, Pool } from '../../src/dispatch/pool.ts';
import type { Store } from '../../src/index.ts';
import { Random } from '../harness/random.ts';
import { isSamePlace, keyOf, loadPlaces, type Place } from './data.ts';
import { type Answer, routedCounterOf } from './place-tasks.ts';
import type { Stored } from './serve.ts';

/** Tasks given to the pool at a time. */
const BATCH = 500;

export interface Routed {
  readonly tasks: number;
  readonly tookMs: number;
  readonly owners: readonly (OwnerStats & { readonly places: number })[];
  readonly wrong: readonly string[];
}

/** Runs tasks, half look-ups and half counts, and checks each answer against a Map and each owner against the ring. */
export async function routeTasks(store: Store<Stored>, threads: number, tasks: number): Promise<Routed> {
  const filename = new URL('./place-tasks.js', import.meta.url);
  const pool = new Pool({ stores: { places: store }, filename, threads });
  try {
    const reference = new Map(loadPlaces().map((place) => [keyOf(place.cityId), place]));
    const wrong: string[] = [];
    const counts = new Map<string, number>();
    const places = [...reference.values()];
    const random = new Random(threads);
    let tookMs = 0;
    for (let done = 0; done < tasks; done += BATCH) {
      const chosen = Array.from({ length: Math.min(BATCH, tasks - done) }, () => places[random.below(places.length)]);
      const startMs = performance.now();
      const answers = await Promise.all(chosen.map(async (place, at) => routeOne(pool, place, at % 2 === 0)));
      tookMs += performance.now() - startMs;
      for (const [at, answer] of answers.entries()) {
        const place = chosen[at];
        wrong.push(...(at % 2 === 0 ? wrongLookUp(pool, place, answer) : wrongCount(pool, place, answer, counts)));
      }
    }
    for (const country of counts.keys()) store.delete(routedCounterOf(country));
    const owned = places.reduce<number[]>((sums, { cityId }) => {
      const owner = pool.ownerOf(keyOf(cityId));
      sums[owner] = (sums[owner] ?? 0) + 1;
      return sums;
    }, []);
    const owners = pool.stats().map((stats) => ({ ...stats, places: owned[stats.owner] ?? 0 }));
    return { tasks, tookMs, owners, wrong };
  } finally {
    await pool.close();
  }
}

async function routeOne(pool: Pool, { cityId, country }: Place, isLookUp: boolean): Promise<Answer> {
  return isLookUp
    ? pool.run<Answer>(cityId, { key: keyOf(cityId), name: 'lookUp' })
    : pool.run<Answer>(country, { key: routedCounterOf(country), name: 'count' });
}

function wrongLookUp(pool: Pool, place: Place, { owner, stored }: Answer): string[] {
  const key = keyOf(place.cityId);
  const wrong = wrongOwner(pool, key, owner);
  if (typeof stored !== 'object' || !isSamePlace(stored, place)) {
    wrong.push(`the task for ${key} came to ${JSON.stringify(stored)}, not ${JSON.stringify(place)}`);
  }
  return wrong;
}

/** The counts of a country come back in order and without a gap. */
function wrongCount(pool: Pool, place: Place, { owner, stored }: Answer, counts: Map<string, number>): string[] {
  const { country } = place;
  const wrong = wrongOwner(pool, routedCounterOf(country), owner);
  const count = (counts.get(country) ?? 0) + 1;
  counts.set(country, count);
  if (stored !== count) wrong.push(`count ${count} of ${routedCounterOf(country)} came to ${JSON.stringify(stored)}`);
  return wrong;
}

function wrongOwner(pool: Pool, key: string, owner: number): string[] {
  const expected = pool.ownerOf(key);
  return owner === expected ? [] : [`the task for ${key} ran on owner ${owner}, the ring says ${expected}`];
}
