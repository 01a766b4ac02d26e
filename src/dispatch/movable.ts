/** Values that are moved to another thread instead of copied, marked as piscina marks them: `Piscina.move(buffer)`. */
import type { TransferListItem } from 'node:worker_threads';

const TRANSFERABLE = Symbol.for('Piscina.transferable');
const VALUE = Symbol.for('Piscina.valueOf');

export interface Parcel {
  readonly value: unknown;
  readonly transferList: readonly TransferListItem[];
}

/** What to post for a value, and what to move with it. */
export function parcelOf(value: unknown, transferList: readonly TransferListItem[]): Parcel {
  if (typeof value !== 'object' || value === null || !(TRANSFERABLE in value && VALUE in value)) {
    return { value, transferList };
  }
  const moved = value[TRANSFERABLE] as TransferListItem | readonly TransferListItem[];
  return { value: value[VALUE], transferList: transferList.concat(moved) };
}
