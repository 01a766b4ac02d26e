/** What each word of an arena is, found by a walk that trusts it: for arenas that are in order, before they are damaged. */
import { strict as assert } from 'node:assert';
import {
  arenaHeader,
  PAGE_EXTENT,
  PAGE_LARGE,
  PAGE_SHIFT,
  PAGE_TABLE,
  PAGE_WORDS,
  pageEntry,
} from '../../../native-layout/arena.ts';
import { leaseEntry } from '../../../native-layout/lease.ts';
import {
  EXPIRY_WORDS,
  KEY_BYTES_EXTENDED,
  META_KEY_BYTES_MASK,
  META_KEY_BYTES_SHIFT,
  META_VALUE_BYTES_MASK,
  META_VALUE_BYTES_SHIFT,
  RECORD_META,
  RECORD_SEQ,
  VALUE_BYTES_EXTENDED,
} from '../../../native-layout/record.ts';
import { segmentHeader, TABLE_CLASS_SHIFT, TABLE_PAGE_MASK, tableLines } from '../../../native-layout/segment.ts';
import type { Arena } from '../../../src/memory/arena.ts';
import { pageTableOf, runKind, runPages, runSegment, useOf } from '../../../src/memory/page-table.ts';
import { hasExpiry, recordWords, valueWord } from '../../../src/segment/record.ts';

/** Names of what a word can be; fields of headers are called by the names of the layout, such as `segment.live`. */
export type Role = string;

export interface Anatomy {
  /** The role of a word of a buffer. */
  roleOf(buffer: number, word: number): Role;
  /** Word index of the record that the word is in, 0 for none. */
  recordOf(buffer: number, word: number): number;
  /** All roles that there are in a buffer. */
  rolesIn(buffer: number): readonly Role[];
  /** All words of a buffer that have a role. */
  wordsOf(buffer: number, role: Role): readonly number[];
}

/** Maps all words of an arena that is in order and that nobody writes to. */
export function dissect(arena: Arena): Anatomy {
  const buffers = arena.views.map((_, buffer) => new BufferAnatomy(arena, buffer));
  return {
    roleOf: (buffer, word) => buffers[buffer]?.roles[word] ?? 'outside',
    recordOf: (buffer, word) => buffers[buffer]?.records.get(word) ?? 0,
    rolesIn: (buffer) => [...(buffers[buffer]?.wordsOf().keys() ?? [])],
    wordsOf: (buffer, role) => buffers[buffer]?.wordsOf().get(role) ?? [],
  };
}

class BufferAnatomy {
  readonly roles: Role[];
  /** Word -> the record it is in. */
  readonly records: Map<number, number> = new Map();
  readonly #arena: Arena;
  readonly #words: Int32Array;
  /** Records that slots lead to. */
  readonly #attached: Set<number> = new Set();
  readonly #wordsOf: Map<Role, number[]> = new Map();

  constructor(arena: Arena, buffer: number) {
    const words = arena.views[buffer];
    const geometry = arena.geometry.buffers[buffer];
    this.#arena = arena;
    this.#words = words;
    this.roles = Array.from({ length: words.length }, () => 'page.unused');
    this.#name('header', arenaHeader.word, 0, 0, geometry.threadsWord);
    this.roles.fill('registry', geometry.threadsWord, geometry.ringWord);
    this.roles.fill('ring', geometry.ringWord, geometry.leasesWord);
    this.roles.fill('gap', geometry.leasesWord, geometry.segmentsWord);
    const leasesEnd = geometry.leasesWord + geometry.leaseCount * leaseEntry.words;
    for (let lease = geometry.leasesWord; lease < leasesEnd; lease += leaseEntry.words) {
      const role = words[lease + leaseEntry.word.ref] === 0 ? 'no-lease' : 'lease';
      this.#name(role, leaseEntry.word, lease, lease, lease + leaseEntry.words);
    }
    const headsEnd = geometry.segmentsWord + geometry.segmentCount * segmentHeader.words;
    for (let head = geometry.segmentsWord; head < headsEnd; head += segmentHeader.words) {
      this.#name('segment', segmentHeader.word, head, head, head + segmentHeader.words);
    }
    this.roles.fill('gap', headsEnd, geometry.pageTableWord);
    const pagesWord = geometry.pageTableWord;
    for (let page = 0; page < geometry.pageCount; page++) {
      const entry = pagesWord + page * pageEntry.words;
      this.#name(page < geometry.firstPage ? 'no-page' : 'page-table', pageEntry.word, entry, entry, entry + 2);
    }
    this.roles.fill('gap', pagesWord + geometry.pageCount * pageEntry.words, geometry.firstPage * PAGE_WORDS);
    this.#dissectRuns(buffer);
    this.roles.fill('guard', geometry.pageCount * PAGE_WORDS);
  }

  wordsOf(): ReadonlyMap<Role, readonly number[]> {
    if (this.#wordsOf.size > 0) return this.#wordsOf;
    for (const [word, role] of this.roles.entries()) {
      const words = this.#wordsOf.get(role) ?? [];
      words.push(word);
      this.#wordsOf.set(role, words);
    }
    return this.#wordsOf;
  }

  /** Names words after the fields of a structure; words of a field of several have the name of the field. */
  #name(what: string, fields: Readonly<Record<string, number>>, base: number, from: number, to: number): void {
    for (const [name, word] of Object.entries(fields)) this.roles.fill(`${what}.${name}`, base + word, to);
    if (!Object.values(fields).includes(0)) this.roles.fill(what, from, base);
  }

  #dissectRuns(buffer: number): void {
    const pages = pageTableOf(this.#arena, buffer);
    const runs: number[] = [];
    for (let page = pages.firstPage; page < pages.pageCount; page += runPages(useOf(pages, page))) runs.push(page);
    const isTable = (page: number): boolean => runKind(useOf(pages, page)) === PAGE_TABLE;
    // Tables first: they tell which records are of a key.
    for (const page of runs) {
      const start = page << PAGE_SHIFT;
      if (isTable(page)) this.#dissectTable(start, start + runPages(useOf(pages, page)) * PAGE_WORDS);
    }
    for (const page of runs) {
      const use = useOf(pages, page);
      const start = page << PAGE_SHIFT;
      const end = start + runPages(use) * PAGE_WORDS;
      if (runKind(use) === PAGE_LARGE) this.#dissectRecord(start);
      if (runKind(use) === PAGE_EXTENT) this.#dissectExtent(start, this.#blocksEnd(runSegment(use), start, end));
      // Only the first page of a chained run has a link that means anything.
      if (runKind(use) === PAGE_TABLE || use === 0) {
        this.roles[pages.tableWord + page * pageEntry.words + pageEntry.word.link] = 'page-table.idle-link';
      }
      for (let inner = page + 1; inner < page + runPages(use); inner++) {
        const entry = pages.tableWord + inner * pageEntry.words;
        this.roles.fill('page-table.inner', entry, entry + 2);
      }
    }
  }

  #dissectTable(start: number, end: number): void {
    const head = this.#headOfTable(start);
    const lines = tableLines((this.#words[head + segmentHeader.word.table] ?? 0) >>> TABLE_CLASS_SHIFT);
    for (let at = start; at < start + lines * 16; at += 2) {
      const live = this.#words[at + 1] !== 0;
      // What a deleted key has left behind may be any tag but 0.
      this.roles[at] = live ? 'slot.tag' : this.#words[at] === 0 ? 'slot.empty-tag' : 'slot.left-tag';
      this.#attached.add(this.#words[at + 1] ?? 0);
      this.roles[at + 1] = live ? 'slot.ref' : 'slot.vacant-ref';
    }
    this.roles.fill('page.unused', start + lines * 16, end);
  }

  #headOfTable(start: number): number {
    for (let segment = 0; segment < this.#arena.segmentCount; segment++) {
      const head = this.#arena.headOf(segment);
      const table = this.#words[head + segmentHeader.word.table] ?? 0;
      if (this.#arena.viewOf(segment) === this.#words && (table & TABLE_PAGE_MASK) << PAGE_SHIFT === start) return head;
    }
    throw new Error(`the table at word ${start} is nobody's`);
  }

  /** Where the untouched words of the newest extent of a segment begin, if this is it; there may be anything behind. */
  #blocksEnd(segment: number, start: number, end: number): number {
    const bumpWord = this.#words[this.#arena.headOf(segment) + segmentHeader.word.bumpWord] ?? 0;
    return bumpWord > start && bumpWord < end ? bumpWord : end;
  }

  #dissectExtent(start: number, end: number): void {
    for (let at = start; at < end; ) {
      const first = this.#words[at] ?? 0;
      assert.notEqual(first, 0, `word ${at} begins no block`);
      if (first > 0) at += this.#dissectRecord(at);
      else {
        this.roles.fill('free.inside', at, at - first);
        this.roles[at] = 'free.size';
        if (first < -1) this.roles[at + 1] = 'free.next';
        at -= first;
      }
    }
  }

  #dissectRecord(ref: number): number {
    const words = this.#words as Int32Array<SharedArrayBuffer>;
    const size = recordWords(words, ref);
    const value = valueWord(words, ref);
    const meta = words[ref + RECORD_META] ?? 0;
    const keyBytes = (meta >>> META_KEY_BYTES_SHIFT) & META_KEY_BYTES_MASK;
    const valueBytes = (meta >>> META_VALUE_BYTES_SHIFT) & META_VALUE_BYTES_MASK;
    const sizes = Number(keyBytes === KEY_BYTES_EXTENDED) + Number(valueBytes === VALUE_BYTES_EXTENDED);
    this.roles.fill('record.key', ref + 2, value);
    this.roles.fill('record.size', ref + 2, ref + 2 + sizes);
    if (hasExpiry(words, ref)) this.roles.fill('record.expiry', value - EXPIRY_WORDS, value);
    this.roles.fill('record.value', value, ref + size);
    this.roles[ref + RECORD_SEQ] = 'record.seq';
    this.roles[ref + RECORD_META] = 'record.meta';
    for (let word = ref; word < ref + size; word++) this.records.set(word, ref);
    // What a lease alone keeps has no key any more.
    if (!this.#attached.has(ref)) {
      for (let word = ref; word < ref + size; word++) this.roles[word] = `detached.${this.roles[word]}`;
    }
    return size;
  }
}
