import { arenaHeader, PAGE_SHIFT, pageEntry, threadEntry, THREADS_MAX } from '../../../native-layout/arena.ts';
import { leaseEntry } from '../../../native-layout/lease.ts';
import { segmentHeader } from '../../../native-layout/segment.ts';
import type { Arena } from '../../../src/memory/arena.ts';

type SegmentField = keyof typeof segmentHeader.word;

/** What the words of an arena of one buffer are. */
export class ArenaPlaces {
  /** The page lock, then the lock of each segment. */
  readonly lockWords: readonly number[];
  readonly #arena: Arena;
  readonly #segmentsEnd: number;

  constructor(arena: Arena) {
    if (arena.bufferCount !== 1) throw new RangeError(`${arena.bufferCount} buffers, proofs have one`);
    const heads = Array.from({ length: arena.segmentCount }, (_, segment) => arena.headOf(segment));
    this.lockWords = [arenaHeader.word.pageLock, ...heads.map((head) => head + segmentHeader.word.lock)];
    this.#arena = arena;
    this.#segmentsEnd = arena.segmentsWord + arena.segmentCount * segmentHeader.words;
  }

  /** Whether a word is this field of a segment. */
  isField(word: number, name: SegmentField): boolean {
    const offset = this.#inSegment(word);
    return offset === segmentHeader.word[name];
  }

  isHeap(word: number): boolean {
    return word >= this.#arena.geometry.buffers[0].firstPage << PAGE_SHIFT;
  }

  isPageTable(word: number): boolean {
    const { pageTableWord, pageCount } = this.#arena.geometry.buffers[0];
    return word >= pageTableWord && word < pageTableWord + pageCount * pageEntry.words;
  }

  isLeaseTable(word: number): boolean {
    const { leasesWord, leaseCount } = this.#arena.geometry.buffers[0];
    return word >= leasesWord && word < leasesWord + leaseCount * leaseEntry.words;
  }

  isRegistry(word: number): boolean {
    const { threadsWord } = this.#arena;
    return word >= threadsWord && word < threadsWord + THREADS_MAX * threadEntry.words;
  }

  /** The name of a word for people. */
  nameOf(word: number): string {
    const { pageTableWord, firstPage } = this.#arena.geometry.buffers[0];
    const offset = this.#inSegment(word);
    if (offset >= 0) {
      const segment = Math.floor((word - this.#arena.segmentsWord) / segmentHeader.words);
      return `segment ${segment} ${fieldAt(segmentHeader, offset)}`;
    }
    if (word < arenaHeader.words) return fieldAt(arenaHeader, word);
    if (this.isRegistry(word)) {
      const entry = Math.floor((word - this.#arena.threadsWord) / threadEntry.words);
      return `thread ${entry} ${fieldAt(threadEntry, (word - this.#arena.threadsWord) % threadEntry.words)}`;
    }
    if (this.isLeaseTable(word)) {
      const { leasesWord } = this.#arena.geometry.buffers[0];
      const number = 1 + Math.floor((word - leasesWord) / leaseEntry.words);
      return `lease ${number} ${fieldAt(leaseEntry, (word - leasesWord) % leaseEntry.words)}`;
    }
    if (this.isPageTable(word)) {
      const page = Math.floor((word - pageTableWord) / pageEntry.words);
      return `page ${page} ${fieldAt(pageEntry, (word - pageTableWord) % pageEntry.words)}`;
    }
    return `page ${word >> PAGE_SHIFT}${word >> PAGE_SHIFT < firstPage ? ' (header)' : ''} + ${word & ((1 << PAGE_SHIFT) - 1)}`;
  }

  #inSegment(word: number): number {
    const { segmentsWord } = this.#arena;
    return word >= segmentsWord && word < this.#segmentsEnd ? (word - segmentsWord) % segmentHeader.words : -1;
  }
}

function fieldAt(
  layout: {
    readonly fields: readonly { readonly name: string; readonly words: number }[];
    readonly word: Readonly<Record<string, number>>;
  },
  offset: number,
): string {
  for (const { name, words } of layout.fields) {
    const first = layout.word[name];
    if (offset >= first && offset < first + words) return words > 1 ? `${name}[${offset - first}]` : name;
  }
  return `+${offset}`;
}
