/**
 * Puts figures into the README: `npm run bench:readme [-- FILE]`.
 *
 * Takes the results of the last `npm run bench`, or those in FILE, keeps the few that are committed as bench/figures.json, and
 * writes the block of the README that is made from them.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { questionNames } from './harness/questions.ts';
import { condense } from './report/figures-file.ts';
import { withBlock } from './report/readme-block.ts';
import { readResults } from './report/results.ts';
import { RESULTS_DIRECTORY, RESULTS_FILE } from './report/write.ts';

/** From dist/bench, where this file runs. */
const root = join(import.meta.dirname, '..', '..');

try {
  const results = readResults(process.argv[2] ?? join(RESULTS_DIRECTORY, RESULTS_FILE));
  const figures = condense(results, questionNames);
  const readme = join(root, 'README.md');
  const text = withBlock(readFileSync(readme, 'utf8'), figures);
  writeFileSync(join(root, 'bench', 'figures.json'), `${JSON.stringify(figures, null, 1)}\n`);
  writeFileSync(readme, text);
  console.log(
    `${figures.figures.length} figures of ${figures.environment.date} are in README.md and bench/figures.json`,
  );
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
