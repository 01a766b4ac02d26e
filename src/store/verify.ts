/** Whether an arena's bytes agree with each other. */
import { hashWords } from '../hash/halfsip.ts';
import type { Arena } from '../memory/arena.ts';
import { pageTableOf } from '../memory/page-table.ts';
import { verifyPages } from '../memory/pages.ts';
import { verifySegment } from '../segment/verify.ts';

export interface VerifyReport {
  readonly ok: boolean;
  /** What is wrong, in words. */
  readonly problems: readonly string[];
}

/** Checks page tables, then segment by segment, each under its lock. O(entries). */
export function verifyArena(arena: Arena): VerifyReport {
  const { hashKey0, hashKey1 } = arena;
  const problems: string[] = [];
  for (let buffer = 0; buffer < arena.bufferCount; buffer++) {
    problems.push(...verifyPages(arena, pageTableOf(arena, buffer)).map((problem) => `buffer ${buffer}: ${problem}`));
  }
  for (let segment = 0; segment < arena.segmentCount; segment++) {
    problems.push(
      ...verifySegment(arena, segment, (words, at, byteLength, kind) => {
        const wordCount = (byteLength + 3) >>> 2;
        return hashWords(words.slice(at, at + wordCount), byteLength, kind, hashKey0, hashKey1);
      }),
    );
  }
  return { ok: problems.length === 0, problems };
}
