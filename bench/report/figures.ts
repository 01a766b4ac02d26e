/** All figures of the page, in reading order. One that nothing was measured for is left out. */
import { glance, kinds, pauses, trips } from './dot-figures.ts';
import { lineFigures } from './line-figures.ts';
import type { Results } from './results.ts';

export function figuresOf(results: Results): string[] {
  const lines = lineFigures(results);
  return [
    glance(results),
    lines.get('entries'),
    lines.get('threads'),
    lines.get('size-get'),
    lines.get('size-set'),
    lines.get('latency-get'),
    lines.get('latency-set'),
    kinds(results, 'get', 'Reads by kind of key'),
    kinds(results, 'set', 'Writes by kind of key'),
    trips(results),
    lines.get('memory'),
    pauses(results),
  ].filter((html) => html !== undefined);
}
