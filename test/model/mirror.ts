/** What a store should hold, kept in a Map: the oracle of the model runs. */
import type { Key } from '../../src/index.ts';
import { identityOf } from './keys.ts';

export interface MirrorEntry {
  readonly key: Key;
  value: unknown;
  /** Version as last seen since the last write; 0 when it has not been looked at yet. */
  version: number;
  /** Version before the last write, which must not come back; 0 for none. */
  formerVersion: number;
  /** ms since 1970; 0 for none. */
  expiry: number;
}

export class Mirror {
  /** All entries; those whose TTL is over stay until they are overwritten, since the store may count them too. */
  readonly all: Map<string, MirrorEntry> = new Map();
  nowMs: number;

  constructor(nowMs: number) {
    this.nowMs = nowMs;
  }

  /** The entry of a key, if its TTL is not over. */
  live(key: Key): MirrorEntry | undefined {
    const entry = this.all.get(identityOf(key));
    return entry === undefined || this.isOver(entry) ? undefined : entry;
  }

  isOver(entry: MirrorEntry): boolean {
    return entry.expiry !== 0 && entry.expiry <= this.nowMs;
  }

  write(key: Key, value: unknown, expiry: number): void {
    const id = identityOf(key);
    const old = this.all.get(id);
    const formerVersion = old === undefined ? 0 : old.version || old.formerVersion;
    this.all.set(id, { key, value, version: 0, formerVersion, expiry });
  }

  remove(key: Key): boolean {
    const present = this.live(key) !== undefined;
    this.all.delete(identityOf(key));
    return present;
  }

  liveEntries(): MirrorEntry[] {
    return [...this.all.values()].filter((entry) => !this.isOver(entry));
  }
}
