import type { Entry, StoreOperation, StoreState } from './store-model.ts';
import type { Token } from './values.ts';

/**
 * Which versions were seen with which values. A value stands for the write that made it, so it has one version and a
 * version has one value, except that some values are written more than once: empty ones, and sums by chance.
 */
export class Versions {
  readonly #tokensOf: Map<number, Set<Token>> = new Map<number, Set<Token>>();
  readonly #versionsOf: Map<Token, Set<number>> = new Map<Token, Set<number>>();
  readonly #written: Set<Token> = new Set<Token>();
  readonly #repeated: Set<Token> = new Set<Token>();
  /** Of increments that never returned. */
  #hasUnknownSums: boolean = false;

  constructor(operations: readonly StoreOperation[]) {
    for (const { input, output } of operations) {
      if (input.token !== undefined) this.#noteWritten(input.token);
      if (input.call === 'increment' && output !== undefined && 'token' in output) this.#noteWritten(output.token);
      if (input.call === 'increment' && output === undefined) this.#hasUnknownSums = true;
      if (output === undefined || !('version' in output)) continue;
      addTo(this.#tokensOf, output.version, output.token);
      addTo(this.#versionsOf, output.token, output.version);
    }
  }

  /** Whether the entry may be seen with this version, given what else was seen. */
  areInOrder(entry: Entry, version: number): boolean {
    if (this.#mayRepeat(entry.token)) return true;
    return this.#versionsOf.get(entry.token)?.size === 1 && this.#tokensOf.get(version)?.size === 1;
  }

  mayMatch(entry: StoreState, version: number | undefined): boolean {
    if (version === undefined || version === 0) return entry === null;
    return entry !== null && this.#seenWith(version, entry.token);
  }

  mayDiffer(entry: StoreState, version: number | undefined): boolean {
    if (version === undefined || version === 0) return entry !== null;
    if (entry === null || this.#mayRepeat(entry.token)) return true;
    return !this.#seenWith(version, entry.token);
  }

  #mayRepeat(token: Token): boolean {
    return this.#repeated.has(token) || (this.#hasUnknownSums && typeof token === 'number');
  }

  #noteWritten(token: Token | null): void {
    if (token === null) return;
    if (this.#written.has(token)) this.#repeated.add(token);
    this.#written.add(token);
  }

  #seenWith(version: number, token: Token): boolean {
    return this.#tokensOf.get(version)?.has(token) ?? false;
  }
}

function addTo<Key, Item>(map: Map<Key, Set<Item>>, key: Key, item: Item): void {
  const items = map.get(key);
  if (items === undefined) map.set(key, new Set([item]));
  else items.add(item);
}
