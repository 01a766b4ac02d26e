/** Every ordering argument that the code names is written down, and every one written down is used by both its sides. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { codeOnly } from '../house/source-text.ts';
import { sourcesBelow } from '../house/source-tree.ts';
import { README_PATH } from './generated.ts';

/** Explained in CONTRIBUTING.md: it is about speed, not about order. */
const NOT_OF_ORDER = ['hot-imports'];

/** Names in brackets in the comments of a file. */
function argumentsNamedIn(text: string): string[] {
  const code = codeOnly(text);
  const names: string[] = [];
  // codeOnly blanks strings too; a string with a bracketed word starts with its quote, a comment never does.
  for (const match of text.matchAll(/\/\/[^\n]*|\/\*[^]*?\*\//g)) {
    if (code.slice(match.index, match.index + match[0].length).trim() !== '') continue;
    for (const name of match[0].matchAll(/(?<!\w)\[([a-z]+(?:-[a-z]+)*)\]/g)) names.push(name[1] ?? '');
  }
  return names.filter((name) => !NOT_OF_ORDER.includes(name));
}

const uses = new Map<string, string[]>();
for (const [file, text] of sourcesBelow('src')) {
  for (const name of argumentsNamedIn(text)) uses.set(name, [...(uses.get(name) ?? []), file]);
}
const sections = [...readFileSync(README_PATH, 'utf8').matchAll(/^### \[([a-z-]+)\]$/gm)].map(
  (match) => match[1] ?? '',
);

test('every argument that a comment in src names has a section in native-layout/README.md', () => {
  const missing = [...uses].filter(([name]) => !sections.includes(name));
  assert.deepEqual(missing, []);
});

test('every section is named at least twice in src: where the words are written and where they are read', () => {
  assert.ok(sections.length > 0);
  assert.equal(new Set(sections).size, sections.length);
  for (const name of sections) {
    const files = uses.get(name) ?? [];
    assert.ok(files.length >= 2, `[${name}] is named in ${files.join(', ')}`);
  }
});

test('an argument in a comment is found, one in a string or in code is not', () => {
  const text = "// [one] and\n/** [two-three] [hot-imports] or weights[i] */\nconst a = '// [four]'; b[five] = 1;\n";
  assert.deepEqual(argumentsNamedIn(text), ['one', 'two-three']);
});
