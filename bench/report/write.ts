/** Puts the results of a run where people find them: every sample as JSON, and the report. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderPage } from './page.ts';
import type { Results } from './results.ts';

/** From dist/bench/report, where this file runs. Git ignores it. */
export const RESULTS_DIRECTORY: string = join(import.meta.dirname, '..', '..', '..', 'bench', 'results');

export const RESULTS_FILE = 'latest.json';
const REPORT_FILE = 'report.html';

/** @returns the paths of the two files */
export function writeReport(results: Results, directory: string): { json: string; html: string } {
  mkdirSync(directory, { recursive: true });
  const [json, html] = [join(directory, RESULTS_FILE), join(directory, REPORT_FILE)];
  writeResults(results, json);
  writeFileSync(html, renderPage(results));
  return { json, html };
}

export function writeResults(results: Results, file: string): void {
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
}
