/** The list of programs for people: native-layout/ORDERING.md shows it. */
import { EVERYWHERE, type Fault, type Protocol } from './protocol.ts';
import { PROTOCOLS } from './protocols.ts';

const PLACE = /<!-- programs -->\n[^]*?<!-- \/programs -->/;

/** The text with the list in its place. */
export function fillPrograms(text: string): string {
  if (!PLACE.test(text)) throw new RangeError('the text has no place for the programs');
  const names = [...new Set(PROTOCOLS.map(({ argument }) => argument))];
  const rows = names.flatMap((name) => PROTOCOLS.filter(({ argument }) => argument === name).map(rowOf));
  const head = ['| argument | what goes on | it goes wrong when |', '| :-- | :-- | :-- |'];
  return text.replace(PLACE, () => `<!-- programs -->\n\n${[...head, ...rows].join('\n')}\n\n<!-- /programs -->`);
}

function rowOf({ argument, scene, faults, reliesOn }: Protocol): string {
  const broken = faults.map(faultText);
  if (reliesOn !== undefined)
    broken.push(`on ${reliesOn.machines.join(', ')}, where it relies on this: ${reliesOn.what}`);
  return `| [${argument}] | ${scene} | ${broken.join('; ')} |`;
}

function faultText({ name, badOn }: Fault): string {
  return badOn.length === EVERYWHERE.length ? name : `${name} (${badOn.join(', ')})`;
}
