/** Puts the results of a run where people find them: every sample as JSON, and the report. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { renderPage } from './page.ts';
import type { Results } from './results.ts';

/** From dist/bench/report, where this file runs. Git ignores it. */
export const RESULTS_DIRECTORY: string = join(import.meta.dirname, '..', '..', '..', 'bench', 'results');

export const RESULTS_FILE = 'latest.json';
const REPORT_FILE = 'report.html';

/** Draws the report beside the samples that it is made of. @returns the path of the report */
export function writeReport(results: Results, directory: string): string {
  writeResults(results, join(directory, RESULTS_FILE));
  const file = join(directory, REPORT_FILE);
  writeFileSync(file, renderPage(results));
  return file;
}

export function writeResults(results: Results, file: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
}
