import {
  attachScenarios,
  chosenScenarios,
  crossingScenarios,
  expiryScenarios,
  readerScenarios,
  restlessScenarios,
} from './chosen.ts';
import { fieldDeathScenarios, fieldScenarios, fieldWitnessScenarios } from './fielded.ts';
import {
  crowdedLeaseScenarios,
  leaseDeathScenarios,
  leaseFailureScenarios,
  leaseRepairScenarios,
  leaseScenarios,
  leaseWitnessScenarios,
} from './leasing.ts';
import { bereavedScenarios, deathScenarios, failureScenarios, finderScenarios, witnessScenarios } from './mortal.ts';
import type { Scenario } from './plan.ts';
import { memoScenarios, memoWitnessScenarios } from './remembering.ts';
import { pairScenarios, situationScenarios } from './situated.ts';
import { upkeepDeathScenarios, upkeepExpiryScenarios, upkeepScenarios } from './upkeeping.ts';

export function allScenarios(): Scenario[] {
  return [
    ...pairScenarios(),
    ...situationScenarios(),
    ...chosenScenarios(),
    ...readerScenarios(),
    ...crossingScenarios(),
    ...restlessScenarios(),
    ...expiryScenarios(),
    ...attachScenarios(),
    ...deathScenarios(1),
    ...deathScenarios(2),
    ...failureScenarios(),
    ...witnessScenarios(),
    ...fieldScenarios(),
    ...fieldDeathScenarios(1),
    ...fieldDeathScenarios(2),
    ...fieldWitnessScenarios(),
    ...memoScenarios(),
    ...memoWitnessScenarios(),
    ...finderScenarios(),
    ...bereavedScenarios(),
    ...leaseScenarios(),
    ...crowdedLeaseScenarios(),
    ...leaseDeathScenarios(1),
    ...leaseDeathScenarios(2),
    ...leaseFailureScenarios(),
    ...leaseWitnessScenarios(),
    ...upkeepScenarios(),
    ...upkeepExpiryScenarios(),
    ...upkeepDeathScenarios(1),
    ...upkeepDeathScenarios(2),
    ...leaseRepairScenarios(),
  ];
}
