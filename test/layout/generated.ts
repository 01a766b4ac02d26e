/** The files of native-layout that are derived from its tables, and what they should say. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fillTables } from '../../native-layout/render.ts';
import { headerText } from '../../native-layout/render-header.ts';
import { repositoryRoot } from '../house/source-tree.ts';

export interface GeneratedFile {
  readonly path: string;
  readonly text: string;
}

export const README_PATH: string = join(repositoryRoot, 'native-layout', 'README.md');

/** All generated files as they should be; README.md keeps what is outside of its markers. */
export function generatedFiles(): GeneratedFile[] {
  return [
    { path: README_PATH, text: fillTables(readFileSync(README_PATH, 'utf8')) },
    { path: join(repositoryRoot, 'native-layout', 'sharena.h'), text: headerText() },
  ];
}
