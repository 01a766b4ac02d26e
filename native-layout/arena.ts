import { field, structure, type Structure } from './structure.ts';

/** Bumped in the commit that changes where any byte lies. */
export const LAYOUT_VERSION = 7;
export const MAGIC_0 = 0x72616873; // "shar"
export const MAGIC_1 = 0x00616e65; // "ena"
export const ENDIAN_MARK = 0x01020304;

export const PAGE_BYTES = 4096;
export const PAGE_WORDS = 1024;
export const PAGE_SHIFT = 10;
/** Largest single SharedArrayBuffer: word and byte indexes stay below 2^30, small integers in V8. */
export const BUFFER_BYTES_MAX: number = 2 ** 30;
export const META_BYTES_MAX = 3840;
export const THREADS_MAX = 255;

/** The first page of every buffer of an arena. */
export const arenaHeader: Structure<
  | 'magic0'
  | 'magic1'
  | 'layoutVersion'
  | 'endianMark'
  | 'arenaId'
  | 'bufferIndex'
  | 'bufferCount'
  | 'segmentCount'
  | 'memoryPages'
  | 'hashKey0'
  | 'hashKey1'
  | 'metaBytes'
  | 'padInit'
  | 'pageLock'
  | 'freePages'
  | 'lowHint'
  | 'highHint'
  | 'gapFrom'
  | 'gapTo'
  | 'pageRecoveries'
  | 'padPages'
  | 'meta'
> = structure(
  'arena_header',
  'first page of every buffer',
  [
    field('magic0', 'init', '"shar", written last'),
    field('magic1', 'init', '"ena"'),
    field('layoutVersion', 'init', 'LAYOUT_VERSION'),
    field('endianMark', 'init', '0x01020304 in the byte order of the machine'),
    field('arenaId', 'init', '128 random bits, the same in every buffer', 4),
    field('bufferIndex', 'init', 'place of this buffer in the arena'),
    field('bufferCount', 'init', 'buffers of the arena'),
    field('segmentCount', 'init', 'power of two; segment s lives in buffer s % bufferCount'),
    field('memoryPages', 'init', 'pages of all buffers together, the whole budget'),
    field('hashKey0', 'init', 'random key of the hash, low word'),
    field('hashKey1', 'init', 'random key of the hash, high word'),
    field('metaBytes', 'init', 'bytes used of meta'),
    field('padInit', 'init', 'the lines above are read by all and never written again', 17),
    field('pageLock', 'atomic', 'lock word over the page table of this buffer'),
    field('freePages', 'page-lock', 'free pages of this buffer'),
    field('lowHint', 'page-lock', 'no page below it is free'),
    field('highHint', 'page-lock', 'no page from it on is free'),
    field(
      'gapFrom',
      'page-lock',
      'first page of the gap: free pages in a row, above most extents and below most tables',
    ),
    field('gapTo', 'page-lock', 'the page after the last one of the gap'),
    field('pageRecoveries', 'page-lock', 'times the page table was repaired after a death'),
    field('padPages', 'page-lock', 'keeps the page lock on lines of its own', 25),
    field(
      'meta',
      'init',
      'UTF-8 JSON: name, codec, fields of a struct, default TTL, policy (buffer 0)',
      META_BYTES_MAX / 4,
    ),
  ],
  PAGE_WORDS,
);

/** One line for each attached thread, in buffer 0. */
export const threadEntry: Structure<'identity' | 'generation' | 'osThread' | 'startLo' | 'startHi' | 'probe'> =
  structure(
    'thread_entry',
    'an attached thread',
    [
      field(
        'identity',
        'atomic',
        'Node.js thread id + 1; negative: being taken; 0: free, or its thread was proven dead',
      ),
      field('generation', 'atomic', 'counts the holders of this entry; part of their lock token'),
      field('osThread', 'atomic', 'OS thread id on Linux, else 0'),
      field('startLo', 'atomic', 'start time of the OS thread in clock ticks, low word'),
      field('startHi', 'atomic', 'high word'),
      field('probe', 'atomic', 'by this thread alone, to find out whether two views are on the same memory'),
    ],
    16,
  );

/** The consistent-hash ring, in buffer 0: which worker owns which segment. */
export const ring: Structure<'lock' | 'epoch' | 'memberCount' | 'keeper' | 'pad' | 'members' | 'owners'> = structure(
  'ring',
  'segment -> owner',
  [
    field('lock', 'atomic', 'lock word over members and owners'),
    field('epoch', 'atomic', 'bumped after each change'),
    field('memberCount', 'lock', 'owners in the ring'),
    field('keeper', 'lock', 'lock token of the thread whose pool the owners are of; 0 for none'),
    field('pad', 'lock', 'keeps the lock off the table', 12),
    field('members', 'lock', 'weight of owner i, 0 where there is none', THREADS_MAX + 1),
    field('owners', 'atomic', 'segmentCount words: owner number + 1 of the segment, 0 for none', 0),
  ],
);

/** A page of the heap area: what it is used for, and by whom. */
export const pageEntry: Structure<'use' | 'link'> = structure('page_entry', 'one page of a buffer', [
  field('use', 'page-lock', 'first page of a run: kind 3 bits | segment 12 << 3 | pages of the run << 15; else 0'),
  field('link', 'lock', 'first page of an extent or a large run: page of the next one of the segment, 0 at the end'),
]);

export const PAGE_EXTENT = 1;
export const PAGE_LARGE = 2;
export const PAGE_TABLE = 3;
export const PAGE_KIND_MASK = 7;
export const PAGE_SEGMENT_SHIFT = 3;
export const PAGE_SEGMENT_MASK = 0xfff;
export const PAGE_RUN_SHIFT = 15;
/** Longest run of pages: 17 bits. */
export const PAGE_RUN_MAX = 0x1ffff;

/** Lock words: generation 22 | registry entry + 1, 8 bits | abandoned 1 | waiters 1; 0 is free. */
export const LOCK_WAITERS = 1;
export const LOCK_ENTRY_SHIFT = 2;
export const LOCK_ENTRY_MASK = 0xff;
export const LOCK_GENERATION_SHIFT = 10;
export const LOCK_GENERATION_MASK = 0x3fffff;
/** Left behind by a living thread that failed while it held the lock: no registry entry, so nobody holds it. */
export const LOCK_ABANDONED = 2;
