/** What comments and functions of a source file name: the two sides of an ordering argument. */
import { codeOnly } from '../house/source-text.ts';

/** Explained in CONTRIBUTING.md: it is about speed, not about order. */
const NOT_OF_ORDER = ['hot-imports'];

/** Names in brackets in the comments of a text. */
export function argumentsNamedIn(text: string): string[] {
  const code = codeOnly(text);
  const names: string[] = [];
  // codeOnly blanks strings too; a string with a bracketed word starts with its quote, a comment never does.
  for (const match of text.matchAll(/\/\/[^\n]*|\/\*[^]*?\*\//g)) {
    if (code.slice(match.index, match.index + match[0].length).trim() !== '') continue;
    for (const name of match[0].matchAll(/(?<!\w)\[([a-z]+(?:-[a-z]+)*)\]/g)) names.push(name[1] ?? '');
  }
  return names.filter((name) => !NOT_OF_ORDER.includes(name));
}

/** The functions at the top level of a file, each with the comment above it. */
export function functionsOf(text: string): Map<string, string> {
  const found = new Map<string, string>();
  const pattern = /(?:^\/\*\*(?:(?!\*\/)[^])*\*\/\n)?^(?:export )?(?:async )?function\*? (\w+)[^]*?^\}$/gm;
  for (const match of text.matchAll(pattern)) found.set(match[1] ?? '', match[0]);
  return found;
}
