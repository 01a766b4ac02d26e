/**
 * From keys to owners: the ring tables of a pool's stores, held by the pool from its start to its end.
 *
 * A change is planned, and then committed to the tables. Tasks go by the plan at once, since the pool itself keeps those of
 * a segment apart; calls of `execute`, which all threads send by the tables, when the pool has seen to the same for them.
 */
import type { Key } from '../codec/key.ts';
import { OptionError } from '../errors.ts';
import { type Arena, attachArena } from '../memory/arena.ts';
import { arenaOf, type Store, type StoreHandle } from '../store.ts';
import {
  changeOwners,
  claimRing,
  loadsOf,
  ownerOf,
  ownersOf,
  plannedOwners,
  releaseRing,
  ringEpoch,
} from './owners.ts';
import { NOBODY } from './ring.ts';
import type { Place } from './task.ts';

interface Route {
  readonly store: Store;
  /** An attachment of the pool's own: the ring has to be given up even if the store was closed before the pool. */
  readonly arena: Arena;
  /** By segment: the owners that it will have. Null when that is what the table says. */
  planned: Int32Array | null;
}

/** Every owner gets the same share: the threads of a pool are alike. */
const WEIGHT = 1;

export class Routes {
  readonly #routes: Map<string, Route> = new Map();
  /** By owner number. */
  #weights: readonly number[];

  /**
   * Puts these owners into the ring of every store.
   *
   * @throws OptionError when another pool runs on one of the stores, ClosedError when one is closed
   */
  constructor(stores: ReadonlyMap<string, Store>, owners: Iterable<number>) {
    this.#weights = weightsOf(owners);
    try {
      for (const [name, store] of stores) {
        const { handle, lockTimeoutMs } = arenaOf(store);
        const arena = attachArena(handle, lockTimeoutMs);
        try {
          claimRing(arena, this.#weights);
        } catch (error) {
          arena.detach();
          throw error;
        }
        this.#routes.set(name, { store, arena, planned: null });
      }
    } catch (error) {
      this.giveUp();
      throw error;
    }
  }

  /** What the workers attach to, by name. */
  handles(): Record<string, StoreHandle> {
    return Object.fromEntries([...this.#routes].map(([name, { arena }]) => [name, arena.handle]));
  }

  /**
   * Where a key is.
   *
   * @throws KeyError for what is no key, OptionError for a store that the pool does not have or that is not named
   */
  placeOf(key: Key, store: string | undefined): Place {
    const name = store ?? this.#onlyName();
    return { store: name, segment: this.#routeOf(name).store.segmentOf(key) };
  }

  /** The owner number of a place, NOBODY when there is none. One load. */
  ownerOf({ store, segment }: Place): number {
    const route = this.#routes.get(store);
    if (route === undefined) return NOBODY;
    return route.planned?.[segment] ?? ownerOf(route.arena, segment);
  }

  /** Has these owners share the segments: tasks go by that from now on. Returns how many have another owner than before. */
  plan(owners: Iterable<number>): number {
    this.#weights = weightsOf(owners);
    let moved = 0;
    for (const route of this.#routes.values()) {
      const before = ownersIn(route);
      const planned = plannedOwners(route.arena, this.#weights);
      route.planned = planned;
      moved += planned.filter((owner, segment) => owner !== before[segment]).length;
    }
    return moved;
  }

  /** Writes what was planned into the tables. Throws LockTimeoutError; none has changed then. */
  commit(): void {
    const routes = [...this.#routes.values()];
    changeOwners(
      routes.map(({ arena }) => arena),
      this.#weights,
    );
    for (const route of routes) route.planned = null;
  }

  /** The segments of a store. Throws OptionError for one that the pool does not have. */
  segmentCountOf(store: string): number {
    return this.#routeOf(store).arena.segmentCount;
  }

  /** The ring of each store: the owners of its segments, and how often they have changed. */
  rings(): Map<string, { readonly epoch: number; readonly owners: Int32Array }> {
    return new Map(
      [...this.#routes].map(([name, route]) => [name, { epoch: ringEpoch(route.arena), owners: ownersIn(route) }]),
    );
  }

  /** Segments by owner number, for each store. */
  loads(): Map<string, number[]> {
    return new Map([...this.#routes].map(([name, route]) => [name, loadsOf(ownersIn(route))]));
  }

  /** Takes all owners out of the rings, and the pool out of the arenas. */
  giveUp(): void {
    for (const { arena } of this.#routes.values()) {
      releaseRing(arena);
      arena.detach();
    }
    this.#routes.clear();
  }

  #routeOf(name: string): Route {
    const route = this.#routes.get(name);
    if (route === undefined) throw new OptionError(`store: the pool has no ${name}, but ${this.#names()}`);
    return route;
  }

  #onlyName(): string {
    const [name, ...others] = this.#routes.keys();
    if (others.length > 0) throw new OptionError(`store: needed with a key, the pool has ${this.#names()}`);
    return name;
  }

  #names(): string {
    return [...this.#routes.keys()].join(', ');
  }
}

function ownersIn({ arena, planned }: Route): Int32Array {
  return planned ?? ownersOf(arena);
}

function weightsOf(owners: Iterable<number>): number[] {
  const weights: number[] = [];
  for (const owner of owners) weights[owner] = WEIGHT;
  return Array.from(weights, (weight) => weight ?? 0);
}
