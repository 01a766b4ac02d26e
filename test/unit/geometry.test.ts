/** The layout as numbers: fields do not overlap, hot words have lines of their own, and every geometry fits its budget. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as arena from '../../native-layout/arena.ts';
import {
  type BufferGeometry,
  computeGeometry,
  defaultSegmentCount,
  type Geometry,
  GUARD_PAGES,
  MEMORY_BYTES_MAX,
  MEMORY_BYTES_MIN,
  SEGMENTS_MAX,
} from '../../native-layout/geometry.ts';
import * as mailbox from '../../native-layout/mailbox.ts';
import { PACKED_WORDS } from '../../native-layout/packed.ts';
import * as lease from '../../native-layout/lease.ts';
import * as record from '../../native-layout/record.ts';
import { STRUCTURES } from '../../native-layout/render.ts';
import * as segment from '../../native-layout/segment.ts';
import { field, structure } from '../../native-layout/structure.ts';

const LINE = segment.LINE_WORDS;
const KIB = 1024;
const GIB = 2 ** 30;

function lineOf(word: number): number {
  return Math.floor(word / LINE);
}

/** Names of the fields with a word on the line, spare words left out. */
function fieldsOnLine({ fields, word }: (typeof STRUCTURES)[number], line: number): string[] {
  return fields
    .filter((f) => f.words > 0 && !f.name.startsWith('pad'))
    .filter((f) => lineOf(word[f.name] ?? 0) <= line && lineOf((word[f.name] ?? 0) + f.words - 1) >= line)
    .map((f) => f.name);
}

for (const { name, fields, word, words } of STRUCTURES) {
  test(`the fields of ${name} follow each other and fit it`, () => {
    let end = 0;
    for (const f of fields) {
      assert.equal(word[f.name], end, f.name);
      assert.ok(Number.isInteger(f.words) && f.words >= 0, f.name);
      end += f.words;
    }
    assert.ok(end <= words);
    assert.deepEqual(Object.keys(word).sort(), fields.map((f) => f.name).sort());
  });
}

test('a structure that names a field twice, or is too small for its fields, is refused', () => {
  assert.throws(() => structure('twice', '', [field('a', 'init', ''), field('a', 'init', '')]), /twice\.a/);
  assert.throws(() => structure('small', '', [field('a', 'init', '', 3)], 2), /needs 3 words, 2/);
});

test('all that a read touches of a segment header is alone on its line', () => {
  assert.deepEqual(fieldsOnLine(segment.segmentHeader, 0), ['epoch', 'table']);
  assert.equal(segment.segmentHeader.words % LINE, 0);
});

test('the lock of a segment is on no line with what readers or counters of rare events need', () => {
  const { word } = segment.segmentHeader;
  const neighbours = fieldsOnLine(segment.segmentHeader, lineOf(word.lock));
  for (const name of ['epoch', 'table', 'recoveries', 'expired']) assert.ok(!neighbours.includes(name), name);
  assert.equal(word.lock % LINE, 0);
  assert.equal(word.bins % LINE, 0);
});

test('the page lock is on a line with page counters only, and constants are on lines that are never written', () => {
  const { word } = arena.arenaHeader;
  assert.deepEqual(fieldsOnLine(arena.arenaHeader, lineOf(word.pageLock)), [
    'pageLock',
    'freePages',
    'lowHint',
    'highHint',
    'gapFrom',
    'gapTo',
    'pageRecoveries',
  ]);
  for (const line of [0, 1]) {
    for (const name of fieldsOnLine(arena.arenaHeader, line)) {
      assert.equal(arena.arenaHeader.fields.find((f) => f.name === name)?.writer, 'init', name);
    }
  }
});

test('sender and owner of a mail link write to lines of their own, and the rings begin on one', () => {
  const { word, fields } = mailbox.mailLink;
  for (const line of [0, 1, 2, 3]) {
    const writers = fields.filter((f) => f.words > 0 && lineOf(word[f.name]) === line).map((f) => f.writer);
    assert.equal(new Set(writers.filter((writer) => writer !== 'init' || line === 0)).size, 1, `line ${line}`);
  }
  assert.equal(word.calls % LINE, 0);
  assert.equal(mailbox.bell.words, LINE);
});

test('thread entries are lines, slots fill lines, and lines fill pages', () => {
  assert.equal(arena.threadEntry.words, LINE);
  assert.equal(arena.arenaHeader.words, arena.PAGE_WORDS);
  assert.equal(segment.SLOT_WORDS * segment.LINE_SLOTS, LINE);
  assert.equal(segment.LINES_PER_PAGE * LINE, arena.PAGE_WORDS);
  assert.equal(arena.PAGE_WORDS * 4, arena.PAGE_BYTES);
  assert.equal(1 << arena.PAGE_SHIFT, arena.PAGE_WORDS);
  assert.equal(segment.EXTENT_PAGES_MAX * arena.PAGE_WORDS >= segment.EXTENT_RECORD_WORDS_MAX, true);
});

for (const { name, fields } of PACKED_WORDS) {
  test(`the bit fields of the ${name} word are in order, and none shares a bit with another`, () => {
    let end = 0;
    for (const { name: bits, shift, mask } of fields) {
      assert.ok(Number.isInteger(Math.log2(mask + 1)), `the mask of ${bits} has holes`);
      assert.ok(shift >= end, `${bits} begins at bit ${shift}, the one before it ends at ${end}`);
      end = shift + Math.log2(mask + 1);
    }
    assert.ok(end <= 32);
  });
}

test('the bit fields of all words but lease places leave no bit out', () => {
  const widths = PACKED_WORDS.map(({ name, fields }) => [
    name,
    fields.reduce((sum, { mask }) => sum + Math.log2(mask + 1), 0),
  ]);
  assert.deepEqual(Object.fromEntries(widths), {
    lock: 32,
    lease_place: 13,
    use: 32,
    table: 32,
    intent_at: 32,
    meta: 32,
    call_key: 32,
    call_what: 32,
    mail_value: 32,
  });
});

test('a token of a thread, the waiters bit and the mark of a failed section are told apart', () => {
  const token = (arena.LOCK_GENERATION_MASK << arena.LOCK_GENERATION_SHIFT) | (1 << arena.LOCK_ENTRY_SHIFT);
  assert.equal(token & (arena.LOCK_WAITERS | arena.LOCK_ABANDONED), 0);
  assert.notEqual(arena.LOCK_ABANDONED & ~arena.LOCK_WAITERS, 0);
});

test('bit fields hold the largest numbers that they are for', () => {
  assert.ok(arena.THREADS_MAX <= arena.LOCK_ENTRY_MASK);
  assert.ok(SEGMENTS_MAX - 1 <= arena.PAGE_SEGMENT_MASK);
  assert.ok(SEGMENTS_MAX - 1 <= lease.LEASE_SEGMENT_MASK);
  assert.ok(arena.BUFFER_BYTES_MAX / arena.PAGE_BYTES - 1 <= segment.TABLE_PAGE_MASK);
  assert.ok(segment.TABLE_CLASS_MAX << segment.TABLE_CLASS_SHIFT > 0);
  assert.ok(record.VALUE_BYTES_MAX / arena.PAGE_BYTES + 2 <= arena.PAGE_RUN_MAX);
  assert.ok(segment.BIN_COUNT <= segment.BIN_MAP_WORDS * 32);
  assert.ok(record.KEY_BYTES <= record.META_KEY_KIND_MASK);
  assert.ok(record.VALUE_STRUCTURED <= record.META_VALUE_KIND_MASK);
  assert.ok(record.KEY_BYTES <= mailbox.CALL_KEY_KIND_MASK);
  assert.ok(record.VALUE_STRUCTURED <= mailbox.VALUE_WORD_KIND_MASK);
  assert.ok(mailbox.MAIL_WORDS_MAX * 4 < 2 ** 28);
});

test('structures of more than a line, and thread entries, are whole lines', () => {
  for (const { name, words } of STRUCTURES) if (words >= LINE) assert.equal(words % LINE, 0, name);
});

function assertInOrder(buffer: BufferGeometry, segmentCount: number): void {
  const threadsEnd = buffer.threadsWord + arena.THREADS_MAX * arena.threadEntry.words;
  const ringEnd = buffer.ringWord + arena.ring.words + segmentCount;
  const leasesEnd = buffer.leasesWord + buffer.leaseCount * lease.leaseEntry.words;
  const segmentsEnd = buffer.segmentsWord + buffer.segmentCount * segment.segmentHeader.words;
  const pageTableEnd = buffer.pageTableWord + buffer.pageCount * arena.pageEntry.words;
  assert.ok(buffer.threadsWord >= arena.arenaHeader.words);
  assert.ok(buffer.ringWord >= threadsEnd);
  assert.ok(buffer.leasesWord >= ringEnd);
  assert.ok(buffer.segmentsWord >= leasesEnd);
  assert.ok(buffer.leaseCount >= lease.LEASES_MIN && buffer.leaseCount <= lease.LEASES_MAX);
  assert.ok(buffer.pageTableWord >= segmentsEnd);
  assert.ok(buffer.firstPage * arena.PAGE_WORDS >= pageTableEnd);
  assert.ok(buffer.firstPage + 2 * buffer.segmentCount <= buffer.pageCount);
  assert.equal(buffer.byteLength, (buffer.pageCount + GUARD_PAGES) * arena.PAGE_BYTES);
  const { threadsWord, ringWord, leasesWord, segmentsWord, pageTableWord } = buffer;
  for (const word of [threadsWord, ringWord, leasesWord, segmentsWord, pageTableWord]) {
    assert.equal(word % LINE, 0);
  }
}

function assertFits(geometry: Geometry, memoryBytes: number, segmentCount: number): void {
  let segments = 0;
  let bytes = 0;
  for (const [index, buffer] of geometry.buffers.entries()) {
    assertInOrder(buffer, segmentCount);
    assert.ok(buffer.byteLength <= arena.BUFFER_BYTES_MAX);
    let here = 0;
    for (let s = index; s < segmentCount; s += geometry.buffers.length) here += 1;
    assert.equal(buffer.segmentCount, here);
    segments += here;
    bytes += buffer.byteLength;
  }
  assert.equal(segments, segmentCount);
  assert.ok(bytes <= memoryBytes, `${bytes} bytes of ${memoryBytes}`);
  assert.ok(memoryBytes - bytes < arena.PAGE_BYTES);
  assert.equal(bytes, geometry.memoryPages * arena.PAGE_BYTES);
}

const BUDGETS = [
  256 * KIB,
  300_001,
  512 * KIB,
  1024 * KIB,
  8_388_609,
  2 ** 28,
  GIB - 1,
  GIB,
  GIB + 4096,
  3.3 * GIB,
  64 * GIB,
];

test('every geometry from 256 KiB to 64 GiB keeps its areas apart and within the budget', () => {
  let made = 0;
  for (const memoryBytes of BUDGETS) {
    for (let segmentCount = 1; segmentCount <= SEGMENTS_MAX; segmentCount *= 2) {
      const geometry = computeGeometry(memoryBytes, segmentCount);
      if (geometry === null) continue;
      assertFits(geometry, memoryBytes, segmentCount);
      // Who attaches knows the pages only.
      assert.deepEqual(computeGeometry(geometry.memoryPages * arena.PAGE_BYTES, segmentCount), geometry);
      made += 1;
    }
  }
  assert.ok(made > BUDGETS.length * 6, `${made} geometries`);
});

test('a budget too small for its segments has no geometry, and a larger one that has is never followed by one without', () => {
  assert.equal(computeGeometry(MEMORY_BYTES_MIN, SEGMENTS_MAX), null);
  assert.equal(computeGeometry(arena.PAGE_BYTES, 1), null);
  assert.equal(computeGeometry(64 * GIB, 32), null);
  for (let segmentCount = 1; segmentCount <= SEGMENTS_MAX; segmentCount *= 2) {
    let fits = false;
    for (let pages = 1; pages < 2 * SEGMENTS_MAX * 2; pages += 7) {
      const geometry = computeGeometry(pages * arena.PAGE_BYTES, segmentCount);
      if (fits) assert.notEqual(geometry, null, `${pages} pages, ${segmentCount} segments`);
      fits = geometry !== null;
    }
    assert.ok(fits, `${segmentCount} segments`);
  }
});

test('leases take a thousandth of the memory, and nothing where the pages before the heap have room for them', () => {
  for (const memoryBytes of BUDGETS) {
    const { buffers = [] } = computeGeometry(memoryBytes, defaultSegmentCount(memoryBytes)) ?? {};
    for (const { leaseCount, pageCount } of buffers) {
      const bytes = leaseCount * lease.leaseEntry.words * 4;
      assert.ok(leaseCount === lease.LEASES_MIN || bytes <= (pageCount * arena.PAGE_BYTES) / 1000, `${memoryBytes}`);
    }
  }
  const small = computeGeometry(MEMORY_BYTES_MIN, 8);
  assert.ok(small !== null);
  const [{ leasesWord, segmentsWord }] = small.buffers;
  assert.equal(Math.ceil(leasesWord / arena.PAGE_WORDS), segmentsWord / arena.PAGE_WORDS);
});

test('the default number of segments is a power of two that the budget can hold', () => {
  for (const memoryBytes of [...BUDGETS, MEMORY_BYTES_MIN, MEMORY_BYTES_MAX]) {
    const count = defaultSegmentCount(memoryBytes);
    assert.ok(count >= 8 && count <= SEGMENTS_MAX && (count & (count - 1)) === 0, `${count}`);
    assert.notEqual(computeGeometry(memoryBytes, count), null, `${memoryBytes} bytes`);
  }
});

test('home lines rise with the place from the first line to the last one, in tables of all classes', () => {
  const placeMax = 2 ** segment.PLACE_BITS - 1;
  for (let sizeClass = segment.TABLE_CLASS_MIN; sizeClass <= segment.TABLE_CLASS_MAX; sizeClass++) {
    const lines = segment.tableLines(sizeClass);
    assert.equal(segment.homeLine(0, sizeClass), 0);
    assert.equal(segment.homeLine(placeMax, sizeClass), lines - 1, `class ${sizeClass}`);
    let before = 0;
    for (let step = 0; step <= 5000; step++) {
      const home = segment.homeLine(Math.floor((placeMax * step) / 5000), sizeClass);
      assert.ok(home >= before && home < lines, `step ${step} of class ${sizeClass}: ${home}`);
      before = home;
    }
  }
});

test('tables grow in whole pages by a quarter at most, from one page on', () => {
  assert.equal(segment.tablePages(segment.TABLE_CLASS_MIN), 1);
  let sizeClass = segment.TABLE_CLASS_MIN;
  while (sizeClass < segment.TABLE_CLASS_MAX) {
    const next = segment.nextTableClass(sizeClass);
    const pages = segment.tablePages(next);
    assert.ok(Number.isInteger(pages));
    const step = pages / segment.tablePages(sizeClass);
    // Up to eight pages the steps are whole pages: 1, 2, 3, 4, 5, ...
    assert.ok(step > 1 && (step <= 5 / 4 || pages <= 4), `${pages} pages after ${segment.tablePages(sizeClass)}`);
    sizeClass = next;
  }
});
