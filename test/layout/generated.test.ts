/** What is derived from the layout tables is up to date with them. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { test } from 'node:test';
import { PACKED_WORDS } from '../../native-layout/packed.ts';
import { fillTables, STRUCTURES } from '../../native-layout/render.ts';
import { headerText } from '../../native-layout/render-header.ts';
import { generatedFiles } from './generated.ts';

for (const { path, text } of generatedFiles()) {
  test(`${basename(path)} is what the tables say, byte for byte`, () => {
    assert.equal(readFileSync(path, 'utf8'), text, 'run `npm run layout`');
  });
}

test('the header defines no name twice', () => {
  const names = [...headerText().matchAll(/^#define (\w+)/gm)].map((match) => match[1]);
  assert.equal(new Set(names).size, names.length);
  assert.ok(names.includes('SHARENA_SEGMENT_HEADER_EPOCH_WORD'));
});

test('a text without a place for every structure, or with one too many, is refused', () => {
  assert.throws(() => fillTables(''), /no place for arena_header/);
  const names = [...STRUCTURES.map(({ name }) => name), ...PACKED_WORDS.map(({ name }) => `bits of ${name}`)];
  const places = names.map((name) => `<!-- layout: ${name} -->\nout of date\n<!-- /layout -->\n`).join('');
  assert.ok(!fillTables(places).includes('out of date'));
  assert.equal(fillTables(fillTables(places)), fillTables(places));
  assert.throws(() => fillTables(`${places}<!-- layout: slot -->\n<!-- /layout -->`), /no structure/);
});
