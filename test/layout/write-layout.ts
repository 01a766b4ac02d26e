/** Rewrites the generated parts of native-layout: `node dist/test/layout/write-layout.js`. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { generatedFiles } from './generated.ts';

for (const { path, text } of generatedFiles()) {
  if (existsSync(path) && readFileSync(path, 'utf8') === text) continue;
  writeFileSync(path, text);
  console.log(`wrote ${path}`);
}
