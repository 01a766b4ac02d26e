/**
 * The arena: all bytes of a store, in one or several SharedArrayBuffers, and this thread's place in it.
 *
 * Buffers from outside are parsed once, by `attachArena`; an `Arena` is the proof that they were found in order.
 */
import { randomFillSync } from 'node:crypto';
import { isSharedArrayBuffer } from 'node:util/types';
import * as arenaLayout from '../../native-layout/arena.ts';
import * as geometryLayout from '../../native-layout/geometry.ts';
import type { Geometry } from '../../native-layout/geometry.ts';
import * as segmentLayout from '../../native-layout/segment.ts';
import { HandleError, OptionError } from '../errors.ts';
import * as atomics from '#atomics';
import type { Words } from '#atomics';
import { Holds } from './holds.ts';
import * as membershipModule from './membership.ts';
import type { LockHolder } from './lock.ts';

// Own constants fold, imported bindings are loaded at every use: see [hot-imports] in CONTRIBUTING.md.
const { arenaHeader, BUFFER_BYTES_MAX, ENDIAN_MARK, LAYOUT_VERSION, MAGIC_0, MAGIC_1, META_BYTES_MAX, PAGE_WORDS } =
  arenaLayout;
const { computeGeometry, SEGMENTS_MAX } = geometryLayout;
const { segmentHeader, TABLE_CLASS_MAX, TABLE_CLASS_MIN, TABLE_CLASS_SHIFT, TABLE_PAGE_MASK, tablePages } =
  segmentLayout;
const { load, peek, poke, store } = atomics;
const { join, leave } = membershipModule;

const HEADER = arenaHeader.word;

/** Far more buffers than the largest arena has. */
const HANDLE_BUFFERS_MAX = 1024;

/** What goes to other threads: plain, structured-cloneable, and worth nothing outside this process. */
export interface ArenaHandle {
  readonly sharena: number;
  readonly buffers: readonly SharedArrayBuffer[];
}

export class Arena implements LockHolder {
  readonly buffers: readonly SharedArrayBuffer[];
  readonly views: readonly Words[];
  /** The first buffer. */
  readonly words: Words;
  readonly geometry: Geometry;
  readonly bufferCount: number;
  readonly segmentCount: number;
  /** log2 of segmentCount. */
  readonly segmentBits: number;
  readonly segmentsWord: number;
  readonly threadsWord: number;
  readonly ringWord: number;
  readonly hashKey0: number;
  readonly hashKey1: number;
  /** 32 hexadecimal digits. */
  readonly id: string;
  /** What the creator wrote about the store, at most META_BYTES_MAX bytes of UTF-8. */
  readonly meta: string;
  lockTimeoutMs: number;
  token: number;
  /** What this thread pins here: the same for all of its stores on the arena. */
  holds: Holds;

  constructor(
    buffers: readonly SharedArrayBuffer[],
    views: readonly Words[],
    geometry: Geometry,
    lockTimeoutMs: number,
  ) {
    const words = views[0];
    const first = geometry.buffers[0];
    this.buffers = buffers;
    this.views = views;
    this.words = words;
    this.geometry = geometry;
    this.bufferCount = buffers.length;
    this.segmentCount = geometry.segmentCount;
    this.segmentBits = 31 - Math.clz32(geometry.segmentCount);
    this.segmentsWord = first.segmentsWord;
    this.threadsWord = first.threadsWord;
    this.ringWord = first.ringWord;
    this.hashKey0 = peek(words, HEADER.hashKey0);
    this.hashKey1 = peek(words, HEADER.hashKey1);
    this.id = idOf(words);
    this.meta = metaOf(words);
    this.lockTimeoutMs = lockTimeoutMs;
    this.token = 0;
    this.holds = new Holds();
  }

  get handle(): ArenaHandle {
    return { sharena: LAYOUT_VERSION, buffers: [...this.buffers] };
  }

  /** The buffer that holds a segment. */
  viewOf(segment: number): Words {
    return this.bufferCount === 1 ? this.words : this.views[segment % this.bufferCount];
  }

  /** Word index of a segment's header in its buffer. */
  headOf(segment: number): number {
    if (this.bufferCount === 1) return this.segmentsWord + segment * segmentHeader.words;
    const buffer = this.geometry.buffers[segment % this.bufferCount];
    return buffer.segmentsWord + Math.floor(segment / this.bufferCount) * segmentHeader.words;
  }

  /** Gives up this thread's place; the bytes live as long as anybody refers to them. */
  detach(): void {
    leave(this);
  }
}

/**
 * Reserves an arena; its pages cost memory only once they are written to.
 *
 * @throws OptionError when the budget cannot hold that many segments, or the process cannot reserve it
 */
export function createArena(memoryBytes: number, segmentCount: number, meta: string, lockTimeoutMs: number): Arena {
  const geometry = computeGeometry(memoryBytes, segmentCount);
  if (geometry === null) {
    throw new OptionError(`memory: ${memoryBytes} bytes are too few for ${segmentCount} segments`);
  }
  const metaBytes = new TextEncoder().encode(meta);
  if (metaBytes.byteLength > META_BYTES_MAX) {
    throw new OptionError(
      `name, codec and fields of structs take ${metaBytes.byteLength} bytes of the arena, at most ${META_BYTES_MAX} fit`,
    );
  }
  const random = randomFillSync(new Int32Array(6));
  const buffers = geometry.buffers.map((buffer) => reserve(buffer.byteLength));
  const views = buffers.map((buffer) => new Int32Array(buffer));
  for (const [index, words] of views.entries()) writeHeader(words, index, geometry, random);
  const words = views[0];
  new Uint8Array(words.buffer, HEADER.meta * 4, META_BYTES_MAX).set(metaBytes);
  poke(words, HEADER.metaBytes, metaBytes.byteLength);
  for (const view of views) store(view, HEADER.magic0, MAGIC_0);
  return join(new Arena(buffers, views, geometry, lockTimeoutMs));
}

function reserve(byteLength: number): SharedArrayBuffer {
  try {
    return new SharedArrayBuffer(byteLength);
  } catch (error) {
    throw new OptionError(`memory: this process cannot reserve ${byteLength} bytes: ${(error as Error).message}`);
  }
}

function writeHeader(words: Words, index: number, geometry: Geometry, random: Int32Array): void {
  const buffer = geometry.buffers[index];
  poke(words, HEADER.magic1, MAGIC_1);
  poke(words, HEADER.layoutVersion, LAYOUT_VERSION);
  poke(words, HEADER.endianMark, ENDIAN_MARK);
  for (let part = 0; part < 4; part++) poke(words, HEADER.arenaId + part, random[part]);
  poke(words, HEADER.bufferIndex, index);
  poke(words, HEADER.bufferCount, geometry.buffers.length);
  poke(words, HEADER.segmentCount, geometry.segmentCount);
  poke(words, HEADER.memoryPages, geometry.memoryPages);
  poke(words, HEADER.hashKey0, random[4]);
  poke(words, HEADER.hashKey1, random[5]);
  poke(words, HEADER.freePages, buffer.pageCount - buffer.firstPage);
  poke(words, HEADER.lowHint, buffer.firstPage);
  poke(words, HEADER.highHint, buffer.pageCount);
  poke(words, HEADER.gapFrom, buffer.firstPage);
  poke(words, HEADER.gapTo, buffer.pageCount);
  for (let segment = 0; segment < buffer.segmentCount; segment++) {
    poke(words, buffer.segmentsWord + segment * segmentHeader.words + segmentHeader.word.nextSeq, 1);
  }
}

/**
 * Checks buffers that came from elsewhere and takes a place in their arena.
 *
 * @throws HandleError when they are not the complete, unaltered set of buffers of one arena of this layout version
 * @throws TooManyThreadsError when the registry of the arena is full
 */
export function attachArena(handle: unknown, lockTimeoutMs: number): Arena {
  const buffers = buffersOf(handle);
  const views = buffers.map(checkedView);
  const words = views[0];
  const segmentCount = peek(words, HEADER.segmentCount);
  const memoryPages = peek(words, HEADER.memoryPages);
  if (segmentCount < 1 || segmentCount > SEGMENTS_MAX || (segmentCount & (segmentCount - 1)) !== 0) {
    throw new HandleError(`the arena says it has ${segmentCount} segments, no power of two from 1 to ${SEGMENTS_MAX}`);
  }
  const geometry = memoryPages > 0 ? computeGeometry(memoryPages * PAGE_WORDS * 4, segmentCount) : null;
  if (geometry === null)
    throw new HandleError(`an arena of ${memoryPages} pages and ${segmentCount} segments cannot be`);
  for (const [index, view] of views.entries()) checkHeader(view, index, views, geometry);
  for (const [index, view] of views.entries()) checkSegments(view, geometry, index);
  return join(new Arena(buffers, views, geometry, lockTimeoutMs));
}

/** Reads a handle once. Whatever its getters, proxies and iterators do, it is a list of SharedArrayBuffers or an error. */
function buffersOf(handle: unknown): SharedArrayBuffer[] {
  let parts: { readonly sharena: unknown; readonly isList: boolean; readonly buffers: readonly unknown[] };
  try {
    parts = partsOf(handle);
  } catch (error) {
    throw new HandleError('the handle cannot be read, see the cause', { cause: error });
  }
  const { sharena, isList, buffers } = parts;
  if (typeof handle !== 'object' || sharena === undefined) {
    throw new HandleError('not a handle: pass the `handle` of a store');
  }
  if (sharena !== LAYOUT_VERSION) {
    throw new HandleError(
      `the handle is of layout version ${typeof sharena === 'number' ? sharena : 'no number'}, this is version ${LAYOUT_VERSION}`,
    );
  }
  if (!isList || buffers.length === 0) {
    throw new HandleError(`the handle has no list of 1 to ${HANDLE_BUFFERS_MAX} buffers`);
  }
  return buffers.map((buffer) => {
    // Not taken in by a prototype or a Proxy.
    if (!isSharedArrayBuffer(buffer)) throw new HandleError('a buffer of the handle is no SharedArrayBuffer');
    return buffer;
  });
}

function partsOf(handle: unknown): { sharena: unknown; isList: boolean; buffers: unknown[] } {
  const { sharena, buffers: list } = (handle ?? {}) as { sharena?: unknown; buffers?: unknown };
  const buffers: unknown[] = [];
  if (!Array.isArray(list)) return { sharena, isList: false, buffers };
  const count: unknown = list.length;
  if (typeof count !== 'number' || !(count <= HANDLE_BUFFERS_MAX)) return { sharena, isList: false, buffers };
  for (let index = 0; index < count; index++) buffers.push(list[index]);
  return { sharena, isList: true, buffers };
}

function checkedView(buffer: SharedArrayBuffer, index: number): Words {
  // Of the view, since a subclass may say anything.
  const { byteLength } = new Uint8Array(buffer);
  if (byteLength < PAGE_WORDS * 4 || byteLength % (PAGE_WORDS * 4) !== 0 || byteLength > BUFFER_BYTES_MAX) {
    throw new HandleError(`buffer ${index} of the handle has ${byteLength} bytes, no buffer of an arena has`);
  }
  // An explicit length: a view that tracks the length of a growable buffer is slow.
  const words = new Int32Array(buffer, 0, byteLength / 4);
  if (load(words, HEADER.magic0) !== MAGIC_0 || peek(words, HEADER.magic1) !== MAGIC_1) {
    throw new HandleError(`buffer ${index} of the handle does not begin like an arena`);
  }
  const version = peek(words, HEADER.layoutVersion);
  if (version !== LAYOUT_VERSION) {
    throw new HandleError(`the arena is of layout version ${version}, this is version ${LAYOUT_VERSION}`);
  }
  if (peek(words, HEADER.endianMark) !== ENDIAN_MARK) throw new HandleError('the arena is of another byte order');
  return words;
}

function checkHeader(words: Words, index: number, views: readonly Words[], geometry: Geometry): void {
  const first = views[0];
  const expectedBytes = geometry.buffers[index]?.byteLength;
  if (geometry.buffers.length !== views.length || peek(words, HEADER.bufferCount) !== views.length) {
    throw new HandleError(`the arena has ${geometry.buffers.length} buffers, the handle has ${views.length}`);
  }
  if (words.byteLength !== expectedBytes) {
    throw new HandleError(`buffer ${index} has ${words.byteLength} bytes instead of ${expectedBytes}`);
  }
  if (peek(words, HEADER.bufferIndex) !== index || idOf(words) !== idOf(first)) {
    throw new HandleError(`buffer ${index} of the handle is of another place or of another arena`);
  }
  for (const name of ['segmentCount', 'memoryPages', 'hashKey0', 'hashKey1'] as const) {
    if (peek(words, HEADER[name]) !== peek(first, HEADER[name])) {
      throw new HandleError(`buffer ${index} contradicts buffer 0 in ${name}`);
    }
  }
  const metaBytes = peek(words, HEADER.metaBytes);
  if (metaBytes < 0 || metaBytes > META_BYTES_MAX) throw new HandleError(`the arena has ${metaBytes} bytes of meta`);
}

/** The one word of a segment that reads follow without a check of their own: where its table is. */
function checkSegments(words: Words, geometry: Geometry, index: number): void {
  const buffer = geometry.buffers[index];
  for (let segment = 0; segment < buffer.segmentCount; segment++) {
    const table = load(words, buffer.segmentsWord + segment * segmentHeader.words + segmentHeader.word.table);
    if (table === 0) continue;
    const page = table & TABLE_PAGE_MASK;
    const sizeClass = table >>> TABLE_CLASS_SHIFT;
    const inRange = sizeClass >= TABLE_CLASS_MIN && sizeClass <= TABLE_CLASS_MAX;
    if (!inRange || page < buffer.firstPage || page + tablePages(sizeClass) > buffer.pageCount) {
      throw new HandleError(`the table word ${table} of segment ${segment} in buffer ${index} points out of the heap`);
    }
  }
}

function idOf(words: Words): string {
  let id = '';
  for (let part = 0; part < 4; part++) id += (peek(words, HEADER.arenaId + part) >>> 0).toString(16).padStart(8, '0');
  return id;
}

function metaOf(words: Words): string {
  // A copy: TextDecoder does not read shared memory.
  const bytes = new Uint8Array(words.buffer, HEADER.meta * 4, peek(words, HEADER.metaBytes)).slice();
  return new TextDecoder().decode(bytes);
}
