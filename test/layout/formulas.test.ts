/** The formulas of sharena.h give what those of native-layout and src/hash give. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { computeGeometry } from '../../native-layout/geometry.ts';
import { homeLine, PLACE_BITS, TABLE_CLASS_MAX, TABLE_CLASS_MIN, tableLines } from '../../native-layout/segment.ts';
import { placeOf, segmentOf } from '../../src/hash/route.ts';
import { compile, makeFolder, removeFolder, skip } from './compile.ts';

const folder = makeFolder();
let program = '';
before(() => {
  program = compile('formulas', folder);
});
after(() => removeFolder(folder));

/** Question -> what TypeScript says. The C program has to say the same. */
function compare(expected: ReadonlyMap<string, string>): void {
  const input = [...expected.keys()].join('\n');
  const { status, stdout, stderr } = spawnSync(program, { input: `${input}\n`, encoding: 'utf8', maxBuffer: 2 ** 26 });
  assert.equal(stderr, '');
  assert.equal(status, 0);
  const answers = stdout.trimEnd().split('\n');
  const found = [...expected.keys()].map((question, index) => [question, answers[index]]);
  assert.deepEqual(found, [...expected]);
}

/** Numbers below 2 ** bitCount: the edges, and some in between. */
function samples(bitCount: number): number[] {
  const top = 2 ** bitCount;
  const found = [0, 1, 2, top / 2 - 1, top / 2, top - 2, top - 1];
  for (let i = 1; i < 60; i++) found.push(Math.floor(top * ((i * 0.618_033_988_749_895) % 1)));
  return found;
}

test('table sizes and home lines are the same in C', { skip }, () => {
  const expected = new Map<string, string>();
  for (let sizeClass = TABLE_CLASS_MIN; sizeClass <= TABLE_CLASS_MAX; sizeClass++) {
    expected.set(`lines ${sizeClass}`, `${tableLines(sizeClass)}`);
    for (const place of samples(PLACE_BITS)) {
      expected.set(`home ${place} ${sizeClass}`, `${homeLine(place, sizeClass)}`);
    }
  }
  compare(expected);
});

test('segment and place of a tag are the same in C', { skip }, () => {
  const expected = new Map<string, string>();
  for (let segmentBits = 0; segmentBits <= 12; segmentBits++) {
    for (const tag of samples(32)) {
      expected.set(
        `place ${tag} ${segmentBits}`,
        `${segmentOf(tag | 0, segmentBits)} ${placeOf(tag | 0, segmentBits)}`,
      );
    }
  }
  compare(expected);
});

test('the geometry of every buffer is the same in C', { skip }, () => {
  const expected = new Map<string, string>();
  for (const memoryPages of [64, 100, 1000, 32_768, 262_144, 262_145, 700_001, 2 ** 24]) {
    for (let segmentCount = 1; segmentCount <= 4096; segmentCount *= 4) {
      const buffers = computeGeometry(memoryPages * 4096, segmentCount)?.buffers ?? [];
      for (const [index, g] of buffers.entries()) {
        expected.set(
          `geometry ${memoryPages} ${buffers.length} ${segmentCount} ${index}`,
          [
            g.byteLength,
            g.pageCount,
            g.segmentCount,
            g.threadsWord,
            g.ringWord,
            g.leasesWord,
            g.leaseCount,
            g.segmentsWord,
            g.pageTableWord,
            g.firstPage,
          ].join(' '),
        );
      }
    }
  }
  assert.ok(expected.size > 100, `${expected.size} buffers`);
  compare(expected);
});
