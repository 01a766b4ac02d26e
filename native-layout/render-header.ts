/** The tables of this room as a header file for C: offsets, constants, structures, bit fields, and the formulas. Pure. */
import * as arenaModule from './arena.ts';
import * as fieldModule from './field.ts';
import * as geometryModule from './geometry.ts';
import * as leaseModule from './lease.ts';
import * as mailboxModule from './mailbox.ts';
import { PACKED_WORDS, type PackedWord } from './packed.ts';
import * as recordModule from './record.ts';
import { STRUCTURES } from './render.ts';
import * as segmentModule from './segment.ts';
import type { Field, Structure } from './structure.ts';

const MODULES: readonly (readonly [file: string, exports: Readonly<Record<string, unknown>>])[] = [
  ['arena.ts', arenaModule],
  ['geometry.ts', geometryModule],
  ['lease.ts', leaseModule],
  ['segment.ts', segmentModule],
  ['record.ts', recordModule],
  ['field.ts', fieldModule],
  ['mailbox.ts', mailboxModule],
];

const INT32_MAX = 0x7fffffff;

const OPENING = `/*
 * The layout of a sharena arena. Generated from the tables of this directory by \`npm run layout\`: do not edit.
 *
 * For C11 and C++11, in the byte order of the machine. Offsets are in words of 32 bits from the start of the structure,
 * other numbers in what their name says. README.md says what a reader has to do while others write.
 */
#ifndef SHARENA_H
#define SHARENA_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
`;

/** What geometry.ts, segment.ts and the rooms above compute, in C; test/layout/formulas.test.ts compares the two. */
const FORMULAS = `/* Lines of a slot table of a size class. */
static inline uint32_t sharena_table_lines(uint32_t size_class) {
    return (4 + (size_class & 3)) << (size_class >> 2);
}

/* Segment of a key with this tag, among 1 << segment_bits of them. */
static inline uint32_t sharena_segment_of(uint32_t tag, uint32_t segment_bits) {
    return segment_bits == 0 ? 0 : tag >> (32 - segment_bits);
}

/* The bits of a tag behind those that name the segment. */
static inline uint32_t sharena_place_of(uint32_t tag, uint32_t segment_bits) {
    return (tag << segment_bits) >> (32 - SHARENA_PLACE_BITS);
}

/* First line in which a key of this place may be. */
static inline uint32_t sharena_home_line(uint32_t place, uint32_t size_class) {
    return place * (4 + (size_class & 3)) >> (SHARENA_PLACE_BITS - (size_class >> 2));
}

/* Where everything lies in one buffer, in words from its start. */
typedef struct sharena_geometry {
    uint32_t byte_length;
    uint32_t page_count;
    uint32_t segment_count;
    uint32_t threads_word;
    uint32_t ring_word;
    uint32_t leases_word;
    uint32_t lease_count;
    uint32_t segments_word;
    uint32_t page_table_word;
    uint32_t first_page;
} sharena_geometry;

static inline uint32_t sharena_align_to_page(uint32_t word) {
    return (word + SHARENA_PAGE_WORDS - 1) / SHARENA_PAGE_WORDS * SHARENA_PAGE_WORDS;
}

/* Geometry of the buffer that has this header. */
static inline sharena_geometry sharena_geometry_of(const sharena_arena_header *header) {
    const uint32_t index = (uint32_t)header->buffer_index;
    const uint32_t buffers = (uint32_t)header->buffer_count;
    const uint32_t segments = (uint32_t)header->segment_count;
    const uint32_t memory_pages = (uint32_t)header->memory_pages;
    const uint32_t share = memory_pages / buffers + (index < memory_pages % buffers ? 1 : 0);
    sharena_geometry g;
    g.byte_length = share * SHARENA_PAGE_BYTES;
    g.page_count = share - SHARENA_GUARD_PAGES;
    g.segment_count = (segments - index + buffers - 1) / buffers;
    g.threads_word = SHARENA_ARENA_HEADER_WORDS;
    g.ring_word = g.threads_word + SHARENA_THREADS_MAX * SHARENA_THREAD_ENTRY_WORDS;
    g.leases_word = (g.ring_word + SHARENA_RING_WORDS + segments + SHARENA_LINE_WORDS - 1) / SHARENA_LINE_WORDS * SHARENA_LINE_WORDS;
    g.lease_count = g.page_count / SHARENA_LEASE_PAGES;
    if (g.lease_count < SHARENA_LEASES_MIN) g.lease_count = SHARENA_LEASES_MIN;
    if (g.lease_count > SHARENA_LEASES_MAX) g.lease_count = SHARENA_LEASES_MAX;
    g.segments_word = sharena_align_to_page(g.leases_word + g.lease_count * SHARENA_LEASE_ENTRY_WORDS);
    g.page_table_word = sharena_align_to_page(g.segments_word + g.segment_count * SHARENA_SEGMENT_HEADER_WORDS);
    g.first_page =
        sharena_align_to_page(g.page_table_word + g.page_count * SHARENA_PAGE_ENTRY_WORDS) / SHARENA_PAGE_WORDS;
    return g;
}

/* Where the parts of a record are, in words from the start of the buffer. */
typedef struct sharena_record_parts {
    uint32_t key_word;
    uint32_t key_bytes;
    uint32_t expiry_word; /* low and high word of ms since 1970; 0 when the record has none */
    uint32_t value_word;
    uint32_t value_bytes;
    uint32_t words; /* of the whole record */
} sharena_record_parts;

/* Reads up to four words at ref, and trusts the sizes in them: check both against the end of the buffer. */
static inline sharena_record_parts sharena_parts_of(const int32_t *buffer, uint32_t ref) {
    const int32_t meta = buffer[ref + SHARENA_RECORD_META_WORD];
    uint32_t word = ref + SHARENA_RECORD_WORDS;
    sharena_record_parts parts;
    parts.key_bytes = sharena_meta_key_bytes(meta);
    if (parts.key_bytes == SHARENA_KEY_BYTES_EXTENDED) parts.key_bytes = (uint32_t)buffer[word++];
    parts.value_bytes = sharena_meta_value_bytes(meta);
    if (parts.value_bytes == SHARENA_VALUE_BYTES_EXTENDED) parts.value_bytes = (uint32_t)buffer[word++];
    parts.key_word = word;
    word += parts.key_bytes / 4 + (parts.key_bytes % 4 != 0);
    parts.expiry_word = sharena_meta_ttl(meta) ? word : 0;
    if (parts.expiry_word != 0) word += SHARENA_EXPIRY_WORDS;
    parts.value_word = word;
    parts.words = parts.value_word + parts.value_bytes / 4 + (parts.value_bytes % 4 != 0) - ref;
    return parts;
}
`;

/** The whole header. */
export function headerText(): string {
  const offsets = STRUCTURES.map(offsetDefines);
  const taken = new Set(offsets.flatMap((lines) => lines.map(nameOf)));
  const constants = MODULES.map(([file, exports]) => constantDefines(file, exports, taken));
  const sections = [...offsets, ...constants, ...STRUCTURES.map(structText), ...PACKED_WORDS.map(accessors)];
  return [OPENING, ...sections.map((lines) => `${lines.join('\n')}\n`), FORMULAS, '#endif\n'].join('\n');
}

function offsetDefines(structure: Structure): string[] {
  const prefix = `SHARENA_${structure.name.toUpperCase()}`;
  const defines = structure.fields.filter(isNamed).flatMap((f) => {
    const name = `${prefix}_${snake(f.name).toUpperCase()}`;
    const offset = `#define ${name}_WORD ${structure.word[f.name]}`;
    return f.words > 1 ? [offset, `#define ${name}_WORDS ${f.words}`] : [offset];
  });
  return [
    `/* Offsets of ${structure.name}: ${structure.doc}. */`,
    `#define ${prefix}_WORDS ${structure.words}`,
    ...defines,
  ];
}

function constantDefines(file: string, exports: Readonly<Record<string, unknown>>, taken: Set<string>): string[] {
  const lines = [`/* Constants of ${file}. */`];
  for (const [name, value] of Object.entries(exports)) {
    if (typeof value !== 'number' || taken.has(`SHARENA_${name}`)) continue;
    taken.add(`SHARENA_${name}`);
    lines.push(`#define SHARENA_${name} ${literal(name, value)}`);
  }
  return lines;
}

function structText(structure: Structure): string[] {
  const type = `sharena_${structure.name}`;
  const members = structure.fields.filter((f) => f.words > 0).map(memberText);
  const used = structure.fields.reduce((words, f) => words + f.words, 0);
  if (used < structure.words) members.push(`    int32_t spare[${structure.words - used}];`);
  const open = structure.fields.filter((f) => f.words === 0);
  const prefix = `SHARENA_${structure.name.toUpperCase()}`;
  return [
    `/* ${structure.name}: ${structure.doc}. */`,
    `typedef struct ${type} {`,
    ...members,
    ...open.map((f) => `    /* ${snake(f.name)}: ${f.doc} */`),
    `} ${type};`,
    `static_assert(sizeof(${type}) == 4 * ${prefix}_WORDS, "size of ${structure.name}");`,
    ...structure.fields
      .filter((f) => isNamed(f) && f.words > 0)
      .map((f) => {
        const place = `${prefix}_${snake(f.name).toUpperCase()}_WORD`;
        return `static_assert(offsetof(${type}, ${snake(f.name)}) == 4 * ${place}, "place of ${f.name}");`;
      }),
  ];
}

function memberText(f: Field): string {
  const size = f.words > 1 ? `[${f.words}]` : '';
  return `    int32_t ${snake(f.name)}${size}; /* ${f.writer}: ${f.doc} */`;
}

function accessors({ name: word, doc, fields }: PackedWord): string[] {
  return [
    `/* Fields of ${doc.split(';')[0]}. */`,
    ...fields.flatMap(({ name, shift, mask, doc: what }) => [
      `/* ${what} */`,
      `static inline uint32_t sharena_${word}_${snake(name)}(int32_t word) {`,
      `    return ((uint32_t)word >> ${shift}) & 0x${mask.toString(16)};`,
      '}',
    ]),
  ];
}

/** Padding has a place, but no name that a reader would look for. */
function isNamed(f: Field): boolean {
  return !f.name.startsWith('pad');
}

function literal(name: string, value: number): string {
  if (/MASK|MAGIC|MARK/.test(name)) return `0x${value.toString(16)}`;
  return value > INT32_MAX ? `INT64_C(${value})` : String(value);
}

function nameOf(define: string): string {
  return define.split(' ')[1] ?? '';
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, '_$&').toLowerCase();
}
