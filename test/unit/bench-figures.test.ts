/** The figures of the README are those that are committed, and those come from a whole run. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { condense, readFigures } from '../../bench/report/figures-file.ts';
import { blockOf, renderBlock, withBlock } from '../../bench/report/readme-block.ts';
import { madeUpResults } from '../fixtures/bench-results.ts';
import { repositoryRoot } from '../house/source-tree.ts';

const results = madeUpResults(3);
const asked = results.questions.map(({ name }) => name);

describe('the figures of the README', () => {
  test('are those of bench/figures.json: npm run bench:readme writes both', () => {
    const readme = readFileSync(join(repositoryRoot, 'README.md'), 'utf8');
    const figures = readFigures(join(repositoryRoot, 'bench', 'figures.json'));
    assert.equal(blockOf(readme), renderBlock(figures));
  });

  test('say when, on what and with which command they were measured', () => {
    const block = renderBlock(condense(results, asked));
    assert.match(block, /2026-01-02 with `npm run bench` at 0123456789ab on a <made-up> processor/);
    assert.match(block, /2 cores, Node\.js v20\.0\.0, load 0\.5/);
  });

  test('are a row for each call and rival, a column for each number of entries', () => {
    const block = renderBlock(condense(results, asked));
    assert.match(block, /^\| what \| against \| 5,000 \| 100,000 entries \|$/m);
    assert.match(block, /^\| get 16-char string \| Map \| 0\.\d\d \| 1\.\d\d \|$/m);
    assert.match(block, /^\| set 16-char string \| lmdb putSync \|  \| 3\d\.\d \|$/m);
    assert.match(block, /^\| getMany of 100, vs one by one \| 0\.\d\dx \| 0\.\d\dx – [01]\.\d\dx \| ≥ 1\.30x \|$/m);
    assert.match(block, /^3 of 8 figures reach/m);
  });

  test('stand between the marks of the README and change nothing else', () => {
    const figures = condense(results, asked);
    const readme = 'before\n<!-- figures of old -->\nold\n<!-- /figures -->\nafter $& $1\n';
    const changed = withBlock(readme, figures);
    assert.ok(changed.startsWith('before\n<!-- figures') && changed.endsWith('<!-- /figures -->\nafter $& $1\n'));
    assert.doesNotMatch(changed, /^old$/m);
    assert.equal(withBlock(changed, figures), changed);
    assert.throws(() => withBlock('no marks', figures), /has no marks/);
  });

  test('are never those of a quick run or of a part of the questions', () => {
    assert.throws(() => condense({ ...results, quick: true }, asked), /a quick run says nothing/);
    assert.throws(() => condense(results, [...asked, 'growth', 'seam']), /left out growth, seam/);
  });
});
