/** The files of native-layout that are derived from tables, and what they should say. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fillTables } from '../../native-layout/render.ts';
import { headerText } from '../../native-layout/render-header.ts';
import { repositoryRoot } from '../house/source-tree.ts';
import { fillPrograms } from '../proof/ordering/programs-text.ts';

export interface GeneratedFile {
  readonly path: string;
  readonly text: string;
}

export const README_PATH: string = join(repositoryRoot, 'native-layout', 'README.md');
export const ORDERING_PATH: string = join(repositoryRoot, 'native-layout', 'ORDERING.md');

/** All generated files as they should be; pages keep what is outside of their markers. */
export function generatedFiles(): GeneratedFile[] {
  return [
    { path: README_PATH, text: fillTables(readFileSync(README_PATH, 'utf8')) },
    { path: ORDERING_PATH, text: fillPrograms(readFileSync(ORDERING_PATH, 'utf8')) },
    { path: join(repositoryRoot, 'native-layout', 'sharena.h'), text: headerText() },
  ];
}
