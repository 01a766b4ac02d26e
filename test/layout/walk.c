/*
 * Reads the image of an arena by what sharena.h and README.md of native-layout say of it, checks that everything in it
 * agrees, and prints its entries: kind of the key, its bytes, kind of the value, its bytes, one entry a line.
 *
 *     walk BUFFER-FILE ...
 *
 * Exit status: 0, or 1 with a message on stderr at the first thing that is wrong.
 */
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sharena.h"

#define PAGE_WORDS SHARENA_PAGE_WORDS
#define HEADER(field) SHARENA_ARENA_HEADER_##field##_WORD
#define SEGMENT(field) SHARENA_SEGMENT_HEADER_##field##_WORD

typedef struct {
    const int32_t *words;
    uint32_t word_count;
    sharena_geometry geometry;
    /* One bit a word: a slot or a lease leads to it. */
    uint8_t *referred;
    /* One byte a page: its run is in the chain of a segment, or its table. */
    uint8_t *claimed;
} Buffer;

static uint32_t buffer_count, segment_count, segment_bits;
static uint32_t hash_key0, hash_key1;

static void fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(1);
}

static uint32_t at(const Buffer *buffer, uint32_t word) {
    if (word >= buffer->word_count) fail("word %u is outside of a buffer of %u words", word, buffer->word_count);
    return (uint32_t)buffer->words[word];
}

/* Page table */

static int32_t use_of(const Buffer *buffer, uint32_t page) {
    if (page < buffer->geometry.first_page || page >= buffer->geometry.page_count) fail("page %u is not in the heap", page);
    return (int32_t)at(buffer, buffer->geometry.page_table_word + page * SHARENA_PAGE_ENTRY_WORDS + SHARENA_PAGE_ENTRY_USE_WORD);
}

static uint32_t link_of(const Buffer *buffer, uint32_t page) {
    return at(buffer, buffer->geometry.page_table_word + page * SHARENA_PAGE_ENTRY_WORDS + SHARENA_PAGE_ENTRY_LINK_WORD);
}

/* Hops over the runs of the heap: they must cover it exactly. */
static void check_page_table(const Buffer *buffer, uint32_t index) {
    uint32_t page = buffer->geometry.first_page, free_pages = 0;
    while (page < buffer->geometry.page_count) {
        int32_t use = use_of(buffer, page);
        if (use == 0) {
            free_pages++;
            page++;
            continue;
        }
        if (sharena_use_kind(use) < SHARENA_PAGE_EXTENT || sharena_use_kind(use) > SHARENA_PAGE_TABLE) fail("page %u has use %u", page, use);
        if (sharena_use_segment(use) >= segment_count || sharena_use_segment(use) % buffer_count != index)
            fail("page %u of buffer %u belongs to segment %u", page, index, sharena_use_segment(use));
        if (sharena_use_pages(use) == 0 || sharena_use_pages(use) > buffer->geometry.page_count - page)
            fail("the run at page %u has %u pages", page, sharena_use_pages(use));
        for (uint32_t inner = 1; inner < sharena_use_pages(use); inner++)
            if (use_of(buffer, page + inner) != 0) fail("page %u is inside of a run and has a use", page + inner);
        page += sharena_use_pages(use);
    }
    if (page != buffer->geometry.page_count) fail("the runs end at page %u of %u", page, buffer->geometry.page_count);
    if (free_pages != at(buffer, HEADER(FREE_PAGES)))
        fail("%u pages are free, freePages says %u", free_pages, at(buffer, HEADER(FREE_PAGES)));
}

/* Nothing is ever written behind the last page. */
static void check_guard(const Buffer *buffer) {
    for (uint32_t word = buffer->geometry.page_count * PAGE_WORDS; word < buffer->word_count; word++)
        if (at(buffer, word) != 0) fail("word %u of the guard page is not 0", word);
}

/* Marks a run as in use by its segment. Returns its length in pages. */
static uint32_t claim(Buffer *buffer, uint32_t page, uint32_t kind, uint32_t segment) {
    int32_t use = use_of(buffer, page);
    if (sharena_use_kind(use) != kind || sharena_use_segment(use) != segment)
        fail("segment %u names page %u as of kind %u, its use is %u", segment, page, kind, use);
    if (buffer->claimed[page]) fail("page %u is named twice", page);
    buffer->claimed[page] = 1;
    return sharena_use_pages(use);
}

static void check_no_run_is_lost(const Buffer *buffer) {
    for (uint32_t page = buffer->geometry.first_page; page < buffer->geometry.page_count; page++)
        if (use_of(buffer, page) != 0 && !buffer->claimed[page])
            fail("the run at page %u of segment %u is in no chain", page, sharena_use_segment(use_of(buffer, page)));
}

/* Records */

static int32_t meta_of(const Buffer *buffer, uint32_t ref) {
    return (int32_t)at(buffer, ref + SHARENA_RECORD_META_WORD);
}

static sharena_record_parts read_record(const Buffer *buffer, uint32_t ref) {
    if (ref >= buffer->word_count - 4) fail("word %u is outside of a buffer of %u words", ref, buffer->word_count);
    sharena_record_parts parts = sharena_parts_of(buffer->words, ref);
    if (parts.key_bytes > SHARENA_KEY_BYTES_MAX || parts.value_bytes > SHARENA_VALUE_BYTES_MAX)
        fail("the record at %u has a key of %u bytes and a value of %u", ref, parts.key_bytes, parts.value_bytes);
    if (parts.words > buffer->word_count - ref) fail("the record at %u leaves the buffer", ref);
    return parts;
}

static void print_bytes(const Buffer *buffer, uint32_t kind, uint32_t word, uint32_t byte_count) {
    const uint8_t *bytes = (const uint8_t *)(buffer->words + word);
    printf("%u:", kind);
    for (uint32_t i = 0; i < byte_count; i++) printf("%02x", bytes[i]);
    for (uint32_t i = byte_count; i % 4 != 0; i++)
        if (bytes[i] != 0) fail("the bytes at word %u are not padded with zeros", word);
}

static uint32_t rotate(uint32_t value, int bits) { return value << bits | value >> (32 - bits); }

static void sip_round(uint32_t v[4]) {
    v[0] += v[1];
    v[1] = rotate(v[1], 5) ^ v[0];
    v[0] = rotate(v[0], 16);
    v[2] += v[3];
    v[3] = rotate(v[3], 8) ^ v[2];
    v[0] += v[3];
    v[3] = rotate(v[3], 7) ^ v[0];
    v[2] += v[1];
    v[1] = rotate(v[1], 13) ^ v[2];
    v[2] = rotate(v[2], 16);
}

/* HalfSipHash-1-3 of a key, with its kind beside its length in the last block. */
static uint32_t hash_of(const Buffer *buffer, const sharena_record_parts *record, uint32_t key_kind) {
    uint32_t v[4] = {hash_key0, hash_key1, 0x6c796765 ^ hash_key0, 0x74656462 ^ hash_key1};
    uint32_t blocks = record->key_bytes / 4;
    for (uint32_t i = 0; i <= blocks; i++) {
        uint32_t block = i < blocks || record->key_bytes % 4 != 0 ? at(buffer, record->key_word + i) : 0;
        if (i == blocks) block |= record->key_bytes << 27 | key_kind << 24;
        v[3] ^= block;
        sip_round(v);
        v[0] ^= block;
    }
    v[2] ^= 0xff;
    for (int i = 0; i < 3; i++) sip_round(v);
    return (v[1] ^ v[3]) == 0 ? 1 : v[1] ^ v[3];
}

/* Segments */

/* No line from the home line of a key to its own may have an empty slot. */
static void check_path(const Buffer *buffer, uint32_t start, uint32_t size_class, uint32_t line, uint32_t tag) {
    uint32_t lines = sharena_table_lines(size_class);
    uint32_t home = sharena_home_line(sharena_place_of(tag, segment_bits), size_class);
    uint32_t steps = (line + lines - home) % lines;
    if (steps >= SHARENA_PROBE_LINES_MAX) fail("tag %u is %u lines from home", tag, steps);
    for (uint32_t step = 0; step < steps; step++) {
        uint32_t first = start + (home + step) % lines * SHARENA_LINE_WORDS;
        for (uint32_t slot = 0; slot < SHARENA_LINE_SLOTS; slot++)
            if (at(buffer, first + slot * SHARENA_SLOT_WORDS + SHARENA_SLOT_TAG_WORD) == 0)
                fail("a search for tag %u ends before line %u", tag, line);
    }
}

/* The run that a page is in. */
static uint32_t run_of(const Buffer *buffer, uint32_t page) {
    while (page > buffer->geometry.first_page && use_of(buffer, page) == 0) page--;
    return page;
}

/* A ref must lie in an extent of its segment, or begin a large run of it. */
static sharena_record_parts check_ref(Buffer *buffer, uint32_t segment, uint32_t ref) {
    uint32_t page = run_of(buffer, ref / PAGE_WORDS);
    int32_t use = use_of(buffer, page);
    sharena_record_parts record = read_record(buffer, ref);
    uint32_t is_large = record.words > SHARENA_EXTENT_RECORD_WORDS_MAX;
    uint32_t end = (page + sharena_use_pages(use)) * PAGE_WORDS;
    if (use == 0 || sharena_use_segment(use) != segment) fail("ref %u of segment %u leads out of it", ref, segment);
    if (sharena_use_kind(use) != (is_large ? SHARENA_PAGE_LARGE : SHARENA_PAGE_EXTENT) || ref + record.words > end)
        fail("ref %u leads to a record of %u words in a run of kind %u up to %u", ref, record.words, sharena_use_kind(use), end);
    if (is_large && ref != page * PAGE_WORDS) fail("the large record at %u does not begin its run", ref);
    if (buffer->words[ref + SHARENA_RECORD_SEQ_WORD] <= 0) fail("ref %u leads to a free block", ref);
    if (buffer->referred[ref / 8] & 1 << ref % 8) fail("ref %u is in two slots", ref);
    buffer->referred[ref / 8] |= (uint8_t)(1 << ref % 8);
    return record;
}

static void walk_table(Buffer *buffer, uint32_t segment, uint32_t head) {
    int32_t table = (int32_t)at(buffer, head + SEGMENT(TABLE));
    uint32_t size_class = sharena_table_class(table);
    uint32_t page = sharena_table_page(table);
    uint32_t live = 0, used = 0, with_ttl = 0;
    if (table != 0) {
        uint32_t pages = claim(buffer, page, SHARENA_PAGE_TABLE, segment);
        if (pages * SHARENA_LINES_PER_PAGE != sharena_table_lines(size_class))
            fail("table of segment %u has %u pages, %u lines", segment, pages, sharena_table_lines(size_class));
    }
    uint32_t start = page * PAGE_WORDS;
    uint32_t slots = table == 0 ? 0 : sharena_table_lines(size_class) * SHARENA_LINE_SLOTS;
    for (uint32_t slot = 0; slot < slots; slot++) {
        uint32_t tag = at(buffer, start + slot * SHARENA_SLOT_WORDS + SHARENA_SLOT_TAG_WORD);
        uint32_t ref = at(buffer, start + slot * SHARENA_SLOT_WORDS + SHARENA_SLOT_REF_WORD);
        if (tag != 0) used++;
        if (ref == 0) continue;
        if (tag == 0) fail("slot %u of segment %u has a ref and no tag", slot, segment);
        sharena_record_parts record = check_ref(buffer, segment, ref);
        int32_t meta = meta_of(buffer, ref);
        if (hash_of(buffer, &record, sharena_meta_key_kind(meta)) != tag) fail("slot %u of segment %u has not the hash of its key", slot, segment);
        if (sharena_segment_of(tag, segment_bits) != segment) fail("tag %u is not of segment %u", tag, segment);
        check_path(buffer, start, size_class, slot / SHARENA_LINE_SLOTS, tag);
        live++;
        with_ttl += sharena_meta_ttl(meta);
        print_bytes(buffer, sharena_meta_key_kind(meta), record.key_word, record.key_bytes);
        putchar(' ');
        print_bytes(buffer, sharena_meta_value_kind(meta), record.value_word, record.value_bytes);
        putchar('\n');
    }
    if (live != at(buffer, head + SEGMENT(LIVE))) fail("segment %u has %u entries, live differs", segment, live);
    if (used != at(buffer, head + SEGMENT(USED))) fail("segment %u has %u used slots, used differs", segment, used);
    if (with_ttl != at(buffer, head + SEGMENT(TTL_COUNT))) fail("segment %u has %u entries with a TTL", segment, with_ttl);
}

static int is_referred(const Buffer *buffer, uint32_t word) { return buffer->referred[word / 8] >> word % 8 & 1; }

/* A lease must pin a marked record of a slot or, if it says so, one without. */
static void walk_leases(Buffer *buffer, uint32_t segment, uint32_t head) {
    uint32_t chained = 0, detached_words = 0, found = 0;
    for (uint32_t number = 1; number <= buffer->geometry.lease_count; number++) {
        uint32_t entry = buffer->geometry.leases_word + (number - 1) * SHARENA_LEASE_ENTRY_WORDS;
        uint32_t ref = at(buffer, entry + SHARENA_LEASE_ENTRY_REF_WORD);
        int32_t place = (int32_t)at(buffer, entry + SHARENA_LEASE_ENTRY_PLACE_WORD);
        if (ref == 0 || sharena_lease_place_segment(place) != segment) continue;
        found++;
        if (at(buffer, entry + SHARENA_LEASE_ENTRY_HOLDER_WORD) == 0) fail("lease %u is nobody's", number);
        if (!sharena_meta_leased(meta_of(buffer, ref))) fail("the record at %u is not marked as leased", ref);
        if (is_referred(buffer, ref)) continue;
        if (!sharena_lease_place_detached(place)) fail("no slot leads to the record of lease %u", number);
        detached_words += check_ref(buffer, segment, ref).words;
    }
    for (uint32_t number = at(buffer, head + SEGMENT(LEASES)); number != 0; chained++) {
        if (chained > found) fail("the leases of segment %u go in circles", segment);
        number = at(buffer, buffer->geometry.leases_word + (number - 1) * SHARENA_LEASE_ENTRY_WORDS + SHARENA_LEASE_ENTRY_NEXT_WORD);
    }
    if (chained != found) fail("segment %u has %u leases, %u in its chain", segment, found, chained);
    if (detached_words != at(buffer, head + SEGMENT(DETACHED_WORDS))) fail("detachedWords of segment %u is not %u", segment, detached_words);
}

/* Records and free blocks must tile an extent up to its end or the bump end. Returns its free words. */
static uint32_t walk_extent(const Buffer *buffer, uint32_t segment, uint32_t head, uint32_t start, uint32_t end) {
    uint32_t bump = at(buffer, head + SEGMENT(BUMP_WORD)), free_words = 0, block = start;
    if (at(buffer, head + SEGMENT(BUMP_END)) == end && bump >= start) end = bump;
    while (block < end) {
        int32_t first = (int32_t)at(buffer, block);
        if (first == 0) fail("block %u of segment %u is neither a record nor free", block, segment);
        if ((first > 0) != is_referred(buffer, block)) fail("block %u begins with %d, its slot disagrees", block, first);
        uint32_t size = first > 0 ? read_record(buffer, block).words : 0 - (uint32_t)first;
        if (first < 0) free_words += size;
        block += size;
    }
    if (block != end) fail("the blocks of segment %u end at %u instead of %u", segment, block, end);
    return free_words;
}

static void walk_heap(Buffer *buffer, uint32_t segment, uint32_t head) {
    uint32_t heap_pages = 0, large_pages = 0, free_words = 0;
    for (uint32_t page = at(buffer, head + SEGMENT(EXTENTS)); page != 0; page = link_of(buffer, page)) {
        uint32_t pages = claim(buffer, page, SHARENA_PAGE_EXTENT, segment);
        heap_pages += pages;
        free_words += walk_extent(buffer, segment, head, page * PAGE_WORDS, (page + pages) * PAGE_WORDS);
    }
    for (uint32_t page = at(buffer, head + SEGMENT(LARGE_RUNS)); page != 0; page = link_of(buffer, page)) {
        large_pages += claim(buffer, page, SHARENA_PAGE_LARGE, segment);
        if (!is_referred(buffer, page * PAGE_WORDS)) fail("no slot leads to the large run at page %u", page);
    }
    if (heap_pages != at(buffer, head + SEGMENT(HEAP_PAGES))) fail("heapPages of segment %u is not %u", segment, heap_pages);
    if (large_pages != at(buffer, head + SEGMENT(LARGE_PAGES)))
        fail("largePages of segment %u is not %u", segment, large_pages);
    if (free_words != at(buffer, head + SEGMENT(FREE_WORDS))) fail("freeWords of segment %u is not %u", segment, free_words);
}

static void walk_segment(Buffer *buffer, uint32_t segment) {
    uint32_t head = buffer->geometry.segments_word + segment / buffer_count * SHARENA_SEGMENT_HEADER_WORDS;
    if (at(buffer, head + SEGMENT(LOCK)) != 0) fail("segment %u is locked", segment);
    if (at(buffer, head + SEGMENT(INTENT)) != 0) fail("segment %u has an intent", segment);
    walk_table(buffer, segment, head);
    walk_leases(buffer, segment, head);
    walk_heap(buffer, segment, head);
}

/* Buffers */

static Buffer open_buffer(const char *path) {
    Buffer buffer = {0};
    struct stat status;
    int file = open(path, O_RDONLY);
    if (file < 0 || fstat(file, &status) != 0) fail("cannot open %s", path);
    void *image = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    if (image == MAP_FAILED) fail("cannot map %s", path);
    close(file);
    buffer.words = image;
    buffer.word_count = (uint32_t)(status.st_size / 4);
    return buffer;
}

static void lay_out(Buffer *buffer) {
    buffer->geometry = sharena_geometry_of((const sharena_arena_header *)buffer->words);
    if (buffer->geometry.byte_length / 4 != buffer->word_count)
        fail("a buffer has %u words instead of %u", buffer->word_count, buffer->geometry.byte_length / 4);
    buffer->referred = calloc(buffer->word_count / 8 + 1, 1);
    buffer->claimed = calloc(buffer->geometry.page_count, 1);
    if (buffer->referred == NULL || buffer->claimed == NULL) fail("out of memory");
}

static void check_header(const Buffer *buffer, const Buffer *first, uint32_t index) {
    if (at(buffer, HEADER(MAGIC0)) != SHARENA_MAGIC_0 || at(buffer, HEADER(MAGIC1)) != SHARENA_MAGIC_1)
        fail("buffer %u is of no arena", index);
    if (at(buffer, HEADER(LAYOUT_VERSION)) != SHARENA_LAYOUT_VERSION) fail("buffer %u is of another version", index);
    if (at(buffer, HEADER(ENDIAN_MARK)) != SHARENA_ENDIAN_MARK) fail("buffer %u has another byte order", index);
    if (at(buffer, HEADER(BUFFER_INDEX)) != index) fail("buffer %u is at the wrong place", index);
    if (at(buffer, HEADER(BUFFER_COUNT)) != buffer_count) fail("buffers are missing");
    if (at(buffer, HEADER(SEGMENT_COUNT)) != at(first, HEADER(SEGMENT_COUNT)) ||
        at(buffer, HEADER(MEMORY_PAGES)) != at(first, HEADER(MEMORY_PAGES)))
        fail("buffer %u contradicts the first one", index);
    if (at(buffer, HEADER(PAGE_LOCK)) != 0) fail("the pages of buffer %u are locked", index);
    if (memcmp(buffer->words + HEADER(ARENA_ID), first->words + HEADER(ARENA_ID), 4 * SHARENA_ARENA_HEADER_ARENA_ID_WORDS))
        fail("buffer %u is of another arena", index);
}

int main(int argc, char **argv) {
    uint32_t memory_pages = 0;
    Buffer *buffers = calloc((size_t)argc, sizeof(Buffer));
    if (buffers == NULL || argc < 2) fail("usage: walk BUFFER-FILE ...");
    buffer_count = (uint32_t)argc - 1;
    for (uint32_t index = 0; index < buffer_count; index++) {
        buffers[index] = open_buffer(argv[index + 1]);
        check_header(&buffers[index], &buffers[0], index);
        memory_pages += buffers[index].word_count / PAGE_WORDS;
    }
    if (at(&buffers[0], HEADER(MEMORY_PAGES)) != memory_pages) fail("the buffers have %u pages", memory_pages);
    segment_count = at(&buffers[0], HEADER(SEGMENT_COUNT));
    while (1u << segment_bits < segment_count) segment_bits++;
    hash_key0 = at(&buffers[0], HEADER(HASH_KEY0));
    hash_key1 = at(&buffers[0], HEADER(HASH_KEY1));
    for (uint32_t index = 0; index < buffer_count; index++) {
        lay_out(&buffers[index]);
        check_page_table(&buffers[index], index);
        check_guard(&buffers[index]);
    }
    for (uint32_t segment = 0; segment < segment_count; segment++)
        walk_segment(&buffers[segment % buffer_count], segment);
    for (uint32_t index = 0; index < buffer_count; index++) check_no_run_is_lost(&buffers[index]);
    return 0;
}
