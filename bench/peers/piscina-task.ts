/** The worker of piscina.ts. */
import { workerData } from 'node:worker_threads';
import { stringValue } from '../harness/fresh-keys.ts';
import { openMap } from './map.ts';

export interface PiscinaPeerSetup {
  readonly entryCount: number;
}

const { entryCount } = workerData as PiscinaPeerSetup;
const { table } = openMap({ entryCount, values: 'strings', valueOf: stringValue });

export function get(key: string): string | undefined {
  return table.get(key);
}
