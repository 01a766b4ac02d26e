/** Reads TypeScript text as far as the house rules need: comments, strings and import specifiers. */

const STRING_OR_COMMENT = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[^]|[^`\\])*`|\/\/[^\n]*|\/\*[^]*?\*\//g;

// An import or export statement at the start of a line, an import() of a literal, or a require() of one.
const IMPORT =
  /^[ \t]*(?:import|export)\b[^'";]*?\bfrom\s*['"]([^'"]+)['"]|^[ \t]*import\s*['"]([^'"]+)['"]|\b(?:import|require)\s*\(\s*['"]([^'"]+)['"]/gm;

/** The text without its comments; lines keep their numbers. */
function withoutComments(text: string): string {
  return text.replace(STRING_OR_COMMENT, (match) => (match.startsWith('/') ? blank(match) : match));
}

/** The text without its comments and without what its strings and templates say. */
export function codeOnly(text: string): string {
  return text.replace(STRING_OR_COMMENT, blank);
}

/** What the file imports or re-exports, types included, in order, repeats included. */
export function importsOf(text: string): string[] {
  return [...withoutComments(text).matchAll(IMPORT)].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
}

function blank(text: string): string {
  return text.replace(/[^\n]/g, ' ');
}
