import { field, structure, type Structure } from './structure.ts';

/** A record that a thread keeps pinned, in the buffer of the record. */
export const leaseEntry: Structure<'holder' | 'ref' | 'place' | 'next'> = structure('lease_entry', 'a pinned record', [
  field('holder', 'atomic', 'lock token of the thread that pins it; 0: the entry is free'),
  field('ref', 'atomic', 'word index of the record; 0: none yet, or none any more. Storing it pins the record'),
  field('place', 'lock', 'segment of the record, and whether a slot leads to it'),
  field('next', 'lock', 'number of the next entry of the segment, 0 at the end; the first entry is number 1'),
]);

/** Place word: segment 12 bits | detached 1. */
export const LEASE_SEGMENT_MASK = 0xfff;
/** No slot leads to the record any more: its block is free once the last of its leases is given back. */
export const LEASE_DETACHED = 0x1000;

/** A buffer has room for one lease for every so many of its pages, within these limits. */
export const LEASE_PAGES = 4;
export const LEASES_MIN = 128;
export const LEASES_MAX = 4096;
