/** Pages against a model of them: no page is given twice, what is free is found, and the hints are right at every step. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { arenaHeader, LOCK_ABANDONED, PAGE_EXTENT, PAGE_LARGE, PAGE_TABLE } from '../../native-layout/arena.ts';
import { Store } from '../../src/index.ts';
import type { Arena } from '../../src/memory/arena.ts';
import { type PageTable, pageTableOf } from '../../src/memory/page-table.ts';
import { givePages, takePages, verifyPages } from '../../src/memory/pages.ts';
import { arenaOf } from '../../src/store.ts';
import { announcedSeed, Random } from '../fixtures/random.ts';

const STEPS = 4000;
const { gapFrom, gapTo, pageLock } = arenaHeader.word;

interface Run {
  readonly page: number;
  count: number;
}

/** Lengths of the runs of free pages, by the model. */
function freeRuns(table: PageTable, runs: readonly Run[]): number[] {
  const lengths: number[] = [];
  let from = table.firstPage;
  for (const { page, count } of [...runs].sort((a, b) => a.page - b.page)) {
    if (page > from) lengths.push(page - from);
    from = page + count;
  }
  if (table.pageCount > from) lengths.push(table.pageCount - from);
  return lengths;
}

class Pages {
  readonly arena: Arena;
  readonly table: PageTable;
  readonly runs: Run[] = [];
  readonly #random: Random;

  constructor(random: Random) {
    this.arena = arenaOf(Store.create({ memory: '1MiB', segments: 2 }));
    this.table = pageTableOf(this.arena, 0);
    this.#random = random;
  }

  take(kind: number, count: number): void {
    const page = takePages(this.arena, this.table, this.#random.below(2), kind, count, true);
    if (page === 0) {
      const longest = Math.max(0, ...freeRuns(this.table, this.runs));
      assert.ok(longest < count, `${count} pages are refused, ${longest} are free in a row`);
      return;
    }
    for (const run of this.runs) {
      assert.ok(page >= run.page + run.count || page + count <= run.page, `page ${page} is taken`);
    }
    this.runs.push({ page, count });
  }

  give(): void {
    if (this.runs.length === 0) return;
    const at = this.#random.below(this.runs.length);
    const run = this.runs[at];
    const keep = this.#random.below(3) === 0 ? this.#random.below(run.count) : 0;
    givePages(this.arena, this.table, run.page, keep);
    if (keep === 0) this.runs.splice(at, 1);
    else run.count = keep;
  }

  abandon(): void {
    this.arena.words[pageLock] = LOCK_ABANDONED;
    assert.deepEqual(verifyPages(this.arena, this.table), []);
    const { words } = this.arena;
    assert.equal(words[gapTo] - words[gapFrom], Math.max(0, ...freeRuns(this.table, this.runs)));
  }
}

test('pages are given once, found while there are any, and counted, in any order of taking and giving', () => {
  const random = new Random(announcedSeed('free pages'));
  const pages = new Pages(random);
  // Now more is taken, now more given back, so that the buffer is full and empty again and again.
  for (let step = 0; step < STEPS; step++) {
    const leaning = step % 400 < 200 ? 7 : 3;
    if (random.below(10) < leaning) {
      const kind = [PAGE_EXTENT, PAGE_LARGE, PAGE_TABLE][random.below(3)];
      pages.take(kind, 1 + random.below(random.below(4) === 0 ? 40 : 6));
    } else pages.give();
    if (random.below(200) === 0) pages.abandon();
    assert.deepEqual(verifyPages(pages.arena, pages.table), []);
  }
  while (pages.runs.length > 0) pages.give();
  assert.deepEqual(freeRuns(pages.table, pages.runs), [pages.table.pageCount - pages.table.firstPage]);
});
