/** Every ordering argument that the code names is written down, and every one written down is named at both its sides. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { sourcesBelow } from '../house/source-tree.ts';
import { ORDERING_PATH, README_PATH } from './generated.ts';
import { PROTOCOLS } from '../proof/ordering/protocols.ts';
import { argumentsNamedIn, functionsOf } from './named-arguments.ts';

interface Argument {
  readonly name: string;
  readonly writers: readonly string[];
  readonly readers: readonly string[];
  /** Number of its numbered cases. */
  readonly cases: number;
  readonly text: string;
}

/** The sections of the page, each with the functions of its line `Writers: ... Readers: ...`. */
function argumentsOf(page: string): Argument[] {
  const namesIn = (list: string): string[] => [...list.matchAll(/`(\w+)`/g)].map((match) => match[1] ?? '');
  return page.split(/^### /m).flatMap((section) => {
    const name = /^\[([a-z-]+)\]\n/.exec(section)?.[1];
    if (name === undefined) return [];
    const sides = /^Writers: ([^.]*)\.\sReaders: ([^.]*)\.$/m.exec(section);
    const cases = [...section.matchAll(/^(\d+)\. /gm)].map((match) => Number(match[1]));
    assert.deepEqual(
      cases,
      cases.map((_, index) => index + 1),
      `cases of [${name}]`,
    );
    const [writers, readers] = [namesIn(sides?.[1] ?? ''), namesIn(sides?.[2] ?? '')];
    return [{ name, writers, readers, cases: cases.length, text: section }];
  });
}

const sources = sourcesBelow('src', 'workers');
const functions = new Map([...sources.values()].flatMap((text) => [...functionsOf(text)]));
const written = argumentsOf(readFileSync(README_PATH, 'utf8'));

test('every argument that a comment in src names has a section in native-layout/README.md', () => {
  const known = new Set(written.map(({ name }) => name));
  const missing = [...sources].flatMap(([file, text]) =>
    argumentsNamedIn(text)
      .filter((name) => !known.has(name))
      .map((name) => `${file} names [${name}]`),
  );
  assert.deepEqual(missing, []);
});

test('the page has sections, no two of one name, each with numbered cases', () => {
  assert.ok(written.length > 0);
  assert.equal(new Set(written.map(({ name }) => name)).size, written.length);
  for (const { name, cases } of written) assert.ok(cases >= 3, `[${name}] has ${cases} cases`);
});

/** The rows of the table of ORDERING.md that says what each argument uses: name, x64, ARM64, compiler. */
function usesIn(page: string): string[][] {
  const table = /^## What each argument uses$[^]*?(?=^## )/m.exec(page)?.[0] ?? '';
  return [...table.matchAll(/^\| \[([a-z-]+)\] \|(.*)\|$/gm)].map((row) => [
    row[1] ?? '',
    ...(row[2] ?? '').split(' | ').map((cell) => cell.trim()),
  ]);
}

test('ORDERING.md says of each argument what it uses of x64, ARM64 and the compiler, and README.md links to it', () => {
  const uses = usesIn(readFileSync(ORDERING_PATH, 'utf8'));
  assert.deepEqual(
    uses.map(([name]) => name),
    written.map(({ name }) => name),
  );
  for (const [name, ...cells] of uses) {
    assert.equal(cells.filter((cell) => cell !== '').length, 3, `cells of [${name}]`);
  }
  assert.ok(readFileSync(README_PATH, 'utf8').includes('(ORDERING.md)'));
});

for (const { name, text } of written) {
  test(`[${name}] has cases for x64, ARM64 and V8, and a program that enumerates its executions`, () => {
    for (const word of ['x64', 'ARM64', 'V8'])
      assert.match(text, new RegExp(`^\\d+\\. .*?${word}|^ {3}.*${word}`, 'm'));
    assert.ok(PROTOCOLS.some(({ argument }) => argument === name));
  });
}

for (const { name, writers, readers } of written) {
  test(`[${name}] is named by each function that its section calls a writer or a reader`, () => {
    assert.ok(writers.length > 0 && readers.length > 0, 'a section has a line `Writers: ... Readers: ...`');
    for (const side of [...writers, ...readers]) {
      const text = functions.get(side);
      assert.ok(text !== undefined, `src has no function ${side}`);
      assert.ok(argumentsNamedIn(text).includes(name), `no comment of ${side} names [${name}]`);
    }
  });
}

test('an argument in a comment is found, one in a string or in code is not', () => {
  const text = "// [one] and\n/** [two-three] [hot-imports] or weights[i] */\nconst a = '// [four]'; b[five] = 1;\n";
  assert.deepEqual(argumentsNamedIn(text), ['one', 'two-three']);
});

test('a function is found with its own comment, without those of its neighbours', () => {
  const text =
    '/** File. */\nimport a;\n\n/** [one] */\nexport function f(\n  x,\n) {\n  // [two]\n}\n\nfunction* g() {\n}\n';
  const found = functionsOf(text);
  assert.deepEqual([...found.keys()], ['f', 'g']);
  assert.deepEqual(argumentsNamedIn(found.get('f') ?? ''), ['one', 'two']);
  assert.deepEqual(argumentsNamedIn(found.get('g') ?? ''), []);
});

test('a section is read with its sides and cases', () => {
  const page = '### [a-b]\n\n*Claim.*\n\nWriters: `f`, `g`. Readers: `h`.\n\n1. One\n2. Two\n\n### Other\n';
  const [section] = argumentsOf(page);
  assert.deepEqual({ ...section, text: '' }, { name: 'a-b', writers: ['f', 'g'], readers: ['h'], cases: 2, text: '' });
});
