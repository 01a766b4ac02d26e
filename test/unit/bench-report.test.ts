/** The report of the benches: what it says, and what a real browser makes of it. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { loses } from '../../bench/harness/question.ts';
import { findingsOf, readResults } from '../../bench/report/results.ts';
import { RESULTS_FILE, writeReport } from '../../bench/report/write.ts';
import { madeUpResults } from '../fixtures/bench-results.ts';
import { Browser, skip, type Look } from '../fixtures/browser.ts';
import { faultsOfPage, leastContrast } from '../fixtures/page-faults.ts';

const directory = mkdtempSync(join(tmpdir(), 'sharena-report-test-'));
after(() => rmSync(directory, { recursive: true, force: true }));
const results = madeUpResults(20_260_102);
const htmlFile = writeReport(results, directory);
const json = join(directory, RESULTS_FILE);
const html = readFileSync(htmlFile, 'utf8');

const PLOTS = [
  'glance',
  'entries',
  'threads',
  'size-get',
  'size-set',
  'latency-get',
  'latency-set',
  'kinds-get',
  'kinds-set',
  'trips',
  'memory',
  'pauses',
];

/** The part of the page that begins with an element of this id, up to the next one. */
function part(id: string): string {
  const [, found] = new RegExp(`(<(section|figure) id="${id}"[^]*?)</\\2>`).exec(html) ?? [];
  assert.ok(found !== undefined, `there is no part ${id}`);
  return found;
}

describe('the report', () => {
  test('lies beside every sample it was made of', () => {
    assert.deepEqual(readResults(json), JSON.parse(JSON.stringify(results)));
    assert.throws(() => readResults(join(import.meta.dirname, '..', '..', '..', 'package.json')), /holds no results/);
  });

  test('has every plot for wide and for narrow pages, described, with its numbers as a table', () => {
    for (const id of PLOTS) {
      const plot = part(id);
      for (const width of ['wide', 'narrow']) {
        assert.match(plot, new RegExp(`<svg class="${width}" role="img" aria-label="[^"]{40,}"`));
      }
      assert.match(plot, /<h2>[^<]+<\/h2><p>[^<]+<\/p>/);
      assert.match(plot, /<details>[^]*<table>[^]*<\/table>/);
    }
    assert.equal(html.match(/<svg /g)?.length, 2 * PLOTS.length);
  });

  test('needs nothing from anywhere: no script, no address, no import', () => {
    const addresses = html.replaceAll(/xmlns(:\w+)?="[^"]+"/g, '').match(/\b(?:https?|file|ftp):\/\/[^"'\s<]+/g) ?? [];
    assert.deepEqual(addresses, []);
    assert.doesNotMatch(html, /<script|<iframe|<img|@import|\bsrc=/);
    assert.match(html, /Content-Security-Policy" content="default-src 'none'/);
  });

  test('never shows a number that is none', () => {
    assert.doesNotMatch(html, /NaN|Infinity|undefined|\bnull\b/);
  });

  test('escapes what it is told about the machine', () => {
    assert.match(html, /a &lt;made-up&gt; processor &amp; its cache/);
  });

  test('lists every bar, reached or not, measured or not', () => {
    const bars = part('bars');
    for (const id of [...Array.from({ length: 13 }, (_, index) => `S${index + 1}`), 'M1', 'M2', 'M3', 'M4']) {
      assert.match(bars, new RegExp(`<th scope="row">${id}</th>`));
    }
    assert.match(bars, /<tr><th scope="row">S1<\/th><td>get 16-char string, 5,000[^]*?✗ no/);
    assert.match(bars, /<tr><th scope="row">S1<\/th><td>get 16-char string, 100,000[^]*?✓ yes/);
    assert.match(bars, /<th scope="row">S12<\/th><td>[^<]*not measured in this run/);
    assert.match(bars, /a figure that is none<\/td><td class="number">none<[^]*?✗ no/);
  });

  test('lists every ratio on the wrong side of 1 where sharena loses, and no other', () => {
    const losses = part('losses');
    const ratios = findingsOf(results).filter(({ against }) => against !== undefined);
    assert.ok(ratios.some(loses) && !ratios.every(loses));
    for (const finding of ratios) {
      const row = `<th scope="row">${finding.what.replace('>', '&gt;')}</th>`;
      assert.equal(losses.includes(row), loses(finding), finding.what);
    }
    const [first = '', second = ''] = [...losses.matchAll(/<th scope="row">([^<]+)/g)].map(([, what]) => what);
    assert.match(first, /^get int32 key/, 'the worst comes first');
    assert.notEqual(second, '');
  });

  test('leaves out the plots that nothing was measured for', () => {
    const few = { ...results, questions: results.questions.slice(0, 2) };
    const page = readFileSync(writeReport(few, join(directory, 'few')), 'utf8');
    assert.equal(page.match(/<figure /g)?.length, 1);
    const none = readFileSync(writeReport({ ...results, questions: [] }, join(directory, 'none')), 'utf8');
    assert.equal(none.match(/<figure /g), null);
    assert.doesNotMatch(none, /NaN|Infinity|undefined/);
  });
});

describe('a browser', { skip }, () => {
  let browser: Browser;
  before(async () => {
    browser = await Browser.start();
  });
  after(() => browser.stop());

  const looks: readonly (readonly [string, Look])[] = [
    ['a wide page by day', { width: 1200, height: 900, scheme: 'light' }],
    ['a wide page by night', { width: 1200, height: 900, scheme: 'dark' }],
    ['a phone by day', { width: 360, height: 740, scheme: 'light' }],
    ['a phone by night', { width: 390, height: 844, scheme: 'dark' }],
    ['paper', { width: 720, height: 1000, scheme: 'dark', media: 'print' }],
  ];
  for (const [name, look] of looks) {
    test(`shows every plot on ${name}, with nothing cut off, covered or unreadable`, async () => {
      await browser.open(pathToFileURL(htmlFile).href, look);
      const shown = await browser.evaluate<string[]>(
        `[...document.querySelectorAll('figure')].filter((f) => [...f.querySelectorAll('svg')].filter((s) => s.getClientRects().length > 0).length === 1).map((f) => f.id)`,
      );
      assert.deepEqual(shown, PLOTS);
      assert.deepEqual(await browser.evaluate(`(${faultsOfPage.toString()})()`), []);
      const { ratio, said } = await browser.evaluate<ReturnType<typeof leastContrast>>(
        `(${leastContrast.toString()})()`,
      );
      assert.ok(ratio >= 4.5, `"${said}" has a contrast of ${ratio.toFixed(2)}`);
    });
  }

  test('has nothing to complain about and asked for nothing but the page', () => {
    assert.deepEqual(browser.complaints, []);
    assert.deepEqual([...new Set(browser.requests)], [pathToFileURL(htmlFile).href]);
  });
});
