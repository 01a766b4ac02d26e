import { DEATH_PROTOCOLS } from './deaths.ts';
import { LEASE_PROTOCOLS } from './leases.ts';
import { LOCK_PROTOCOLS } from './locks.ts';
import { MAIL_PROTOCOLS } from './mails.ts';
import { NUMBER_PROTOCOLS } from './numbers.ts';
import type { Protocol } from './protocol.ts';
import { RECORD_PROTOCOLS } from './records.ts';
import { SCAN_PROTOCOLS } from './scans.ts';
import { SIGHTING_PROTOCOLS } from './sightings.ts';
import { TABLE_PROTOCOLS } from './tables.ts';

/** All programs of the engine's protocols. */
export const PROTOCOLS: readonly Protocol[] = [
  ...RECORD_PROTOCOLS,
  ...TABLE_PROTOCOLS,
  ...SCAN_PROTOCOLS,
  ...NUMBER_PROTOCOLS,
  ...LOCK_PROTOCOLS,
  ...DEATH_PROTOCOLS,
  ...MAIL_PROTOCOLS,
  ...LEASE_PROTOCOLS,
  ...SIGHTING_PROTOCOLS,
];
