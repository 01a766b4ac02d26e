/** A C program that knows the layout only by sharena.h finds in the bytes of an arena what was set, and what is wrong. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { PAGE_BYTES, PAGE_RUN_SHIFT, PAGE_SHIFT, pageEntry } from '../../native-layout/arena.ts';
import { type BufferGeometry, GUARD_PAGES } from '../../native-layout/geometry.ts';
import {
  KEY_BIGINT64,
  KEY_BYTES,
  KEY_FLOAT64,
  KEY_INT32,
  KEY_LATIN1,
  KEY_UTF16,
  VALUE_BYTES,
  VALUE_FLOAT64,
  VALUE_INT32,
  VALUE_LATIN1,
  VALUE_TRUE,
  VALUE_UTF16,
} from '../../native-layout/record.ts';
import { LINE_WORDS, segmentHeader, TABLE_PAGE_MASK } from '../../native-layout/segment.ts';
import { type Key, Store } from '../../src/index.ts';
import type { Arena } from '../../src/memory/arena.ts';
import { arenaOf } from '../../src/store.ts';
import { compile, makeFolder, removeFolder, skip } from './compile.ts';

const folder = makeFolder();
let program = '';
before(() => {
  program = compile('walk', folder);
});
after(() => removeFolder(folder));

/** Writes a buffer to a file, leaving holes for free pages. */
function dump(buffer: SharedArrayBuffer, geometry: BufferGeometry, path: string): void {
  const words = new Int32Array(buffer);
  const file = openSync(path, 'w');
  const copy = (page: number, pages: number): void => {
    writeSync(file, new Uint8Array(buffer, page * PAGE_BYTES, pages * PAGE_BYTES), 0, undefined, page * PAGE_BYTES);
  };
  try {
    ftruncateSync(file, buffer.byteLength);
    copy(0, geometry.firstPage);
    copy(geometry.pageCount, GUARD_PAGES);
    for (let page = geometry.firstPage; page < geometry.pageCount; ) {
      const use = words[geometry.pageTableWord + page * pageEntry.words + pageEntry.word.use];
      const pages = use >>> PAGE_RUN_SHIFT || 1;
      if (use !== 0) copy(page, pages);
      page += pages;
    }
  } finally {
    closeSync(file);
  }
}

interface Walk {
  readonly status: number | null;
  /** Entries as the program prints them, sorted. */
  readonly entries: readonly string[];
  readonly problem: string;
}

function walk(arena: Arena): Walk {
  const files = arena.buffers.map((buffer, index) => {
    const path = join(folder, `buffer-${index}`);
    dump(buffer, arena.geometry.buffers[index], path);
    return path;
  });
  const { status, stdout, stderr } = spawnSync(program, files, { maxBuffer: 2 ** 28, encoding: 'latin1' });
  return { status, entries: stdout.split('\n').filter(Boolean).sort(), problem: stderr.trim() };
}

function bits(view: ArrayBufferView<ArrayBuffer>): string {
  return Buffer.from(view.buffer, view.byteOffset, view.byteLength).toString('hex');
}

/** Kind and bytes of what is set, worked out without the code of the store. */
function keyText(key: Key): string {
  if (typeof key === 'bigint') return `${KEY_BIGINT64}:${bits(BigInt64Array.of(key))}`;
  if (typeof key === 'number') {
    return Number.isInteger(key)
      ? `${KEY_INT32}:${bits(Int32Array.of(key))}`
      : `${KEY_FLOAT64}:${bits(Float64Array.of(key))}`;
  }
  if (typeof key !== 'string') return `${KEY_BYTES}:${Buffer.from(key).toString('hex')}`;
  return /^[\0-\xff]*$/.test(key)
    ? `${KEY_LATIN1}:${Buffer.from(key, 'latin1').toString('hex')}`
    : `${KEY_UTF16}:${Buffer.from(key, 'utf16le').toString('hex')}`;
}

function valueText(value: Value): string {
  if (value === true) return `${VALUE_TRUE}:`;
  if (typeof value === 'number') {
    return Number.isInteger(value)
      ? `${VALUE_INT32}:${bits(Int32Array.of(value))}`
      : `${VALUE_FLOAT64}:${bits(Float64Array.of(value))}`;
  }
  if (typeof value !== 'string') return `${VALUE_BYTES}:${Buffer.from(value).toString('hex')}`;
  return /^[\0-\xff]*$/.test(value)
    ? `${VALUE_LATIN1}:${Buffer.from(value, 'latin1').toString('hex')}`
    : `${VALUE_UTF16}:${Buffer.from(value, 'utf16le').toString('hex')}`;
}

type Value = string | number | true | Uint8Array;

/** Sets entries of all shapes after others that are overwritten, deleted or incremented. Returns what is left. */
function fill(store: Store<Value>): Map<Key, Value> {
  const expected = new Map<Key, Value>();
  const set = (key: Key, value: Value, ttl?: number): void => {
    store.set(key, value, ttl === undefined ? {} : { ttl });
    expected.set(key, value);
  };
  for (let i = 0; i < 3000; i++) store.set(`user:${i}`, 'x'.repeat(i % 97));
  for (let i = 0; i < 3000; i += 2) store.delete(`user:${i}`);
  for (let i = 1; i < 3000; i += 2) set(`user:${i}`, i % 3 === 0 ? i : i % 3 === 1 ? i + 0.25 : `ein Stück ${i}`);
  for (let i = 0; i < 500; i++)
    set(
      i * 7,
      Uint8Array.from({ length: i % 50 }, (_, byte) => (byte * 31 + i) & 255),
    );
  for (let i = 0; i < 100; i++) set(i + 0.5, true, 3_600_000);
  set('', '');
  set('日本', '日本語');
  set(-5n, 1);
  set(Uint8Array.of(1, 2, 3), 'bytes');
  set('k'.repeat(255), 'v'.repeat(254));
  set('k'.repeat(3001), 'v'.repeat(40_000), 3_600_000);
  for (const size of [60_000, 100_000, 20_000]) set('grows and shrinks', 'l'.repeat(size));
  set(
    'large',
    Uint8Array.from({ length: 100_000 }, (_, byte) => (byte * 7919) & 255),
  );
  store.set('large and gone', 'z'.repeat(70_000));
  store.delete('large and gone');
  set('counter', 40);
  store.increment('counter', 2);
  expected.set('counter', 42);
  return expected;
}

function expectedEntries(expected: ReadonlyMap<Key, Value>): string[] {
  return [...expected].map(([key, value]) => `${keyText(key)} ${valueText(value)}`).sort();
}

for (const options of [
  { memory: '8MiB', segments: 8 },
  { memory: '2MiB', segments: 1 },
  { memory: '1200MiB', segments: 16 },
] as const) {
  test(`a C program finds all entries in the image of ${options.memory} in ${options.segments} segments`, {
    skip,
  }, () => {
    const store = Store.create<Value>(options);
    const expected = fill(store);
    const found = walk(arenaOf(store));
    assert.equal(found.problem, '');
    assert.equal(found.status, 0);
    assert.deepEqual(found.entries, expectedEntries(expected));
    const leases = ['', 'grows and shrinks', 'user:5', 'large'].map((key) => store.lease(key));
    store.delete('large');
    store.set('user:5', 'another');
    assert.equal(walk(arenaOf(store)).problem, '');
    store.clear();
    assert.deepEqual(walk(arenaOf(store)), { status: 0, entries: [], problem: '' });
    for (const lease of leases) lease?.release();
    assert.deepEqual(walk(arenaOf(store)), { status: 0, entries: [], problem: '' });
  });
}

/** What is done to the words of a sound arena of one segment, and what the C program should say. */
const damages: readonly (readonly [
  what: string,
  damage: (words: Int32Array, head: number) => void,
  problem: RegExp,
])[] = [
  ['a count', (words, head) => words[head + segmentHeader.word.live]++, /live differs/],
  ['a tag', (words, head) => (words[usedSlot(words, head)] = 0), /has a ref and no tag/],
  ['a ref', (words, head) => (words[usedSlot(words, head) + 1] += 1), /./],
  ['a ref out of the heap', (words, head) => (words[usedSlot(words, head) + 1] = 8), /not in the heap/],
  ['a block', (words, head) => (words[words[usedSlot(words, head) + 1]] = -4), /leads to a free block/],
  ['a lock', (words, head) => (words[head + segmentHeader.word.lock] = 1), /is locked/],
  ['the first extent', (words, head) => (words[head + segmentHeader.word.extents] = 0), /heapPages|in no chain/],
  ['a mark', (words, head) => (words[words[usedSlot(words, head) + 1] + 1] &= 0x7fffffff), /not marked as leased/],
  ['the chain of leases', (words, head) => (words[head + segmentHeader.word.leases] = 0), /0 in its chain/],
  ['the guard page', (words) => (words[words.length - 1] = 1), /of the guard page is not 0/],
  ['the magic number', (words) => (words[0] = 0), /no arena/],
];

/** First slot of a segment that has a ref. */
function usedSlot(words: Int32Array, head: number): number {
  const start = (words[head + segmentHeader.word.table] & TABLE_PAGE_MASK) << PAGE_SHIFT;
  for (let at = start; at < start + 64 * LINE_WORDS; at += 2) if (words[at + 1] !== 0) return at;
  throw new Error('the table is empty');
}

for (const [what, damage, problem] of damages) {
  test(`a C program sees that ${what} was damaged`, { skip }, () => {
    const store = Store.create<Value>({ memory: '1MiB', segments: 1 });
    for (let i = 0; i < 100; i++) store.set(i, 'value');
    for (let i = 0; i < 100; i++) store.lease(i);
    const arena = arenaOf(store);
    damage(new Int32Array(arena.buffers[0]), arena.headOf(0));
    const found = walk(arena);
    assert.equal(found.status, 1);
    assert.match(found.problem, problem);
  });
}
