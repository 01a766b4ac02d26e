import { DISPATCH_MUTANTS } from './dispatch-mutants.ts';
import { IDLE_MUTANTS } from './idle-mutants.ts';
import { IN_PLACE_MUTANTS } from './in-place-mutants.ts';
import { LEASE_MUTANTS } from './lease-mutants.ts';
import { MEMORY_MUTANTS } from './memory-mutants.ts';
import type { Mutant } from './mutant.ts';
import { SEGMENT_MUTANTS } from './segment-mutants.ts';
import { UPKEEP_MUTANTS } from './upkeep-mutants.ts';

/** Every fault that some test has to notice. */
export const MUTANTS: readonly Mutant[] = [
  ...MEMORY_MUTANTS,
  ...SEGMENT_MUTANTS,
  ...IN_PLACE_MUTANTS,
  ...UPKEEP_MUTANTS,
  ...LEASE_MUTANTS,
  ...IDLE_MUTANTS,
  ...DISPATCH_MUTANTS,
];
