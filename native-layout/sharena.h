/*
 * The layout of a sharena arena. Generated from the tables of this directory by `npm run layout`: do not edit.
 *
 * For C11 and C++11, in the byte order of the machine. Offsets are in words of 32 bits from the start of the structure,
 * other numbers in what their name says. README.md says what a reader has to do while others write.
 */
#ifndef SHARENA_H
#define SHARENA_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

/* Offsets of arena_header: first page of every buffer. */
#define SHARENA_ARENA_HEADER_WORDS 1024
#define SHARENA_ARENA_HEADER_MAGIC0_WORD 0
#define SHARENA_ARENA_HEADER_MAGIC1_WORD 1
#define SHARENA_ARENA_HEADER_LAYOUT_VERSION_WORD 2
#define SHARENA_ARENA_HEADER_ENDIAN_MARK_WORD 3
#define SHARENA_ARENA_HEADER_ARENA_ID_WORD 4
#define SHARENA_ARENA_HEADER_ARENA_ID_WORDS 4
#define SHARENA_ARENA_HEADER_BUFFER_INDEX_WORD 8
#define SHARENA_ARENA_HEADER_BUFFER_COUNT_WORD 9
#define SHARENA_ARENA_HEADER_SEGMENT_COUNT_WORD 10
#define SHARENA_ARENA_HEADER_MEMORY_PAGES_WORD 11
#define SHARENA_ARENA_HEADER_HASH_KEY0_WORD 12
#define SHARENA_ARENA_HEADER_HASH_KEY1_WORD 13
#define SHARENA_ARENA_HEADER_META_BYTES_WORD 14
#define SHARENA_ARENA_HEADER_PAGE_LOCK_WORD 32
#define SHARENA_ARENA_HEADER_FREE_PAGES_WORD 33
#define SHARENA_ARENA_HEADER_LOW_HINT_WORD 34
#define SHARENA_ARENA_HEADER_HIGH_HINT_WORD 35
#define SHARENA_ARENA_HEADER_GAP_FROM_WORD 36
#define SHARENA_ARENA_HEADER_GAP_TO_WORD 37
#define SHARENA_ARENA_HEADER_PAGE_RECOVERIES_WORD 38
#define SHARENA_ARENA_HEADER_META_WORD 64
#define SHARENA_ARENA_HEADER_META_WORDS 960

/* Offsets of thread_entry: an attached thread. */
#define SHARENA_THREAD_ENTRY_WORDS 16
#define SHARENA_THREAD_ENTRY_IDENTITY_WORD 0
#define SHARENA_THREAD_ENTRY_GENERATION_WORD 1
#define SHARENA_THREAD_ENTRY_OS_THREAD_WORD 2
#define SHARENA_THREAD_ENTRY_START_LO_WORD 3
#define SHARENA_THREAD_ENTRY_START_HI_WORD 4
#define SHARENA_THREAD_ENTRY_PROBE_WORD 5

/* Offsets of ring: segment -> owner. */
#define SHARENA_RING_WORDS 272
#define SHARENA_RING_LOCK_WORD 0
#define SHARENA_RING_EPOCH_WORD 1
#define SHARENA_RING_MEMBER_COUNT_WORD 2
#define SHARENA_RING_KEEPER_WORD 3
#define SHARENA_RING_MEMBERS_WORD 16
#define SHARENA_RING_MEMBERS_WORDS 256
#define SHARENA_RING_OWNERS_WORD 272

/* Offsets of lease_entry: a pinned record. */
#define SHARENA_LEASE_ENTRY_WORDS 4
#define SHARENA_LEASE_ENTRY_HOLDER_WORD 0
#define SHARENA_LEASE_ENTRY_REF_WORD 1
#define SHARENA_LEASE_ENTRY_PLACE_WORD 2
#define SHARENA_LEASE_ENTRY_NEXT_WORD 3

/* Offsets of segment_header: a segment. */
#define SHARENA_SEGMENT_HEADER_WORDS 208
#define SHARENA_SEGMENT_HEADER_EPOCH_WORD 0
#define SHARENA_SEGMENT_HEADER_TABLE_WORD 1
#define SHARENA_SEGMENT_HEADER_RECOVERIES_WORD 16
#define SHARENA_SEGMENT_HEADER_GROWTHS_WORD 17
#define SHARENA_SEGMENT_HEADER_COALESCES_WORD 18
#define SHARENA_SEGMENT_HEADER_COMPACTIONS_WORD 19
#define SHARENA_SEGMENT_HEADER_EXPIRED_WORD 20
#define SHARENA_SEGMENT_HEADER_STUCK_WORDS_WORD 21
#define SHARENA_SEGMENT_HEADER_LEASES_WORD 22
#define SHARENA_SEGMENT_HEADER_DETACHED_WORDS_WORD 23
#define SHARENA_SEGMENT_HEADER_HEAP_PAGES_WORD 24
#define SHARENA_SEGMENT_HEADER_LARGE_PAGES_WORD 25
#define SHARENA_SEGMENT_HEADER_LOCK_WORD 32
#define SHARENA_SEGMENT_HEADER_NEXT_SEQ_WORD 33
#define SHARENA_SEGMENT_HEADER_LIVE_WORD 34
#define SHARENA_SEGMENT_HEADER_USED_WORD 35
#define SHARENA_SEGMENT_HEADER_FREE_WORDS_WORD 36
#define SHARENA_SEGMENT_HEADER_EXTENTS_WORD 37
#define SHARENA_SEGMENT_HEADER_LARGE_RUNS_WORD 38
#define SHARENA_SEGMENT_HEADER_BUMP_WORD_WORD 39
#define SHARENA_SEGMENT_HEADER_BUMP_END_WORD 40
#define SHARENA_SEGMENT_HEADER_FREED_WORDS_WORD 41
#define SHARENA_SEGMENT_HEADER_TTL_COUNT_WORD 42
#define SHARENA_SEGMENT_HEADER_INTENT_WORD 43
#define SHARENA_SEGMENT_HEADER_INTENT_SEQ_WORD 44
#define SHARENA_SEGMENT_HEADER_INTENT_AT_WORD 45
#define SHARENA_SEGMENT_HEADER_INTENT_WORDS_WORD 46
#define SHARENA_SEGMENT_HEADER_INTENT_WORDS_WORDS 9
#define SHARENA_SEGMENT_HEADER_BIN_MAP_WORD 55
#define SHARENA_SEGMENT_HEADER_BIN_MAP_WORDS 5
#define SHARENA_SEGMENT_HEADER_EARLIEST_EXPIRY_WORD 60
#define SHARENA_SEGMENT_HEADER_BINS_WORD 64
#define SHARENA_SEGMENT_HEADER_BINS_WORDS 144

/* Offsets of page_entry: one page of a buffer. */
#define SHARENA_PAGE_ENTRY_WORDS 2
#define SHARENA_PAGE_ENTRY_USE_WORD 0
#define SHARENA_PAGE_ENTRY_LINK_WORD 1

/* Offsets of slot: an index cell. */
#define SHARENA_SLOT_WORDS 2
#define SHARENA_SLOT_TAG_WORD 0
#define SHARENA_SLOT_REF_WORD 1

/* Offsets of record: one entry's key and value bytes. */
#define SHARENA_RECORD_WORDS 2
#define SHARENA_RECORD_SEQ_WORD 0
#define SHARENA_RECORD_META_WORD 1

/* Offsets of free_block: a hole in a heap. */
#define SHARENA_FREE_BLOCK_WORDS 2
#define SHARENA_FREE_BLOCK_SIZE_WORD 0
#define SHARENA_FREE_BLOCK_NEXT_WORD 1

/* Offsets of bell: whether a thread has to be woken for its mail. */
#define SHARENA_BELL_WORDS 16
#define SHARENA_BELL_STATE_WORD 0

/* Offsets of mail_link: a sender, an owner, and the two rings between them. */
#define SHARENA_MAIL_LINK_WORDS 64
#define SHARENA_MAIL_LINK_MAGIC_WORD 0
#define SHARENA_MAIL_LINK_VERSION_WORD 1
#define SHARENA_MAIL_LINK_SENDER_WORD 2
#define SHARENA_MAIL_LINK_OWNER_WORD 3
#define SHARENA_MAIL_LINK_RING_WORDS_WORD 4
#define SHARENA_MAIL_LINK_SOFT_WORDS_WORD 5
#define SHARENA_MAIL_LINK_CALL_TAIL_WORD 16
#define SHARENA_MAIL_LINK_LAST_ID_WORD 17
#define SHARENA_MAIL_LINK_ANSWER_HEAD_WORD 18
#define SHARENA_MAIL_LINK_CALL_HEAD_WORD 32
#define SHARENA_MAIL_LINK_STARTED_WORD 33
#define SHARENA_MAIL_LINK_ANSWER_TAIL_WORD 34
#define SHARENA_MAIL_LINK_STUCK_WORD 48
#define SHARENA_MAIL_LINK_CALLS_WORD 64

/* Offsets of mail_call: a call in a ring; then key words, the name of the processor, and each argument: its value word and its words. */
#define SHARENA_MAIL_CALL_WORDS 6
#define SHARENA_MAIL_CALL_SIZE_WORD 0
#define SHARENA_MAIL_CALL_ID_WORD 1
#define SHARENA_MAIL_CALL_EPOCH_WORD 2
#define SHARENA_MAIL_CALL_HASH_WORD 3
#define SHARENA_MAIL_CALL_KEY_WORD 4
#define SHARENA_MAIL_CALL_WHAT_WORD 5

/* Offsets of mail_answer: an answer in a ring; then the words of the value, or the whole call that was not for this owner. */
#define SHARENA_MAIL_ANSWER_WORDS 4
#define SHARENA_MAIL_ANSWER_SIZE_WORD 0
#define SHARENA_MAIL_ANSWER_ID_WORD 1
#define SHARENA_MAIL_ANSWER_OUTCOME_WORD 2
#define SHARENA_MAIL_ANSWER_VALUE_WORD 3

/* Constants of arena.ts. */
#define SHARENA_BUFFER_BYTES_MAX 1073741824
#define SHARENA_ENDIAN_MARK 0x1020304
#define SHARENA_LAYOUT_VERSION 7
#define SHARENA_LOCK_ABANDONED 2
#define SHARENA_LOCK_ENTRY_MASK 0xff
#define SHARENA_LOCK_ENTRY_SHIFT 2
#define SHARENA_LOCK_GENERATION_MASK 0x3fffff
#define SHARENA_LOCK_GENERATION_SHIFT 10
#define SHARENA_LOCK_WAITERS 1
#define SHARENA_MAGIC_0 0x72616873
#define SHARENA_MAGIC_1 0x616e65
#define SHARENA_META_BYTES_MAX 3840
#define SHARENA_PAGE_BYTES 4096
#define SHARENA_PAGE_EXTENT 1
#define SHARENA_PAGE_KIND_MASK 0x7
#define SHARENA_PAGE_LARGE 2
#define SHARENA_PAGE_RUN_MAX 131071
#define SHARENA_PAGE_RUN_SHIFT 15
#define SHARENA_PAGE_SEGMENT_MASK 0xfff
#define SHARENA_PAGE_SEGMENT_SHIFT 3
#define SHARENA_PAGE_SHIFT 10
#define SHARENA_PAGE_TABLE 3
#define SHARENA_PAGE_WORDS 1024
#define SHARENA_THREADS_MAX 255

/* Constants of geometry.ts. */
#define SHARENA_GUARD_PAGES 1
#define SHARENA_MEMORY_BYTES_MAX INT64_C(1099511627776)
#define SHARENA_MEMORY_BYTES_MIN 262144
#define SHARENA_SEGMENTS_MAX 4096
#define SHARENA_SEGMENTS_MIN 1

/* Constants of lease.ts. */
#define SHARENA_LEASES_MAX 4096
#define SHARENA_LEASES_MIN 128
#define SHARENA_LEASE_DETACHED 4096
#define SHARENA_LEASE_PAGES 4
#define SHARENA_LEASE_SEGMENT_MASK 0xfff

/* Constants of segment.ts. */
#define SHARENA_BIN_COUNT 144
#define SHARENA_BIN_MAP_WORDS 5
#define SHARENA_EXACT_BINS 128
#define SHARENA_EXTENT_PAGES_MAX 16
#define SHARENA_EXTENT_RECORD_WORDS_MAX 4096
#define SHARENA_INTENT_AT_MASK 0xfffffff
#define SHARENA_INTENT_COUNT_MASK 0xf
#define SHARENA_INTENT_COUNT_SHIFT 28
#define SHARENA_INTENT_WORDS_MAX 9
#define SHARENA_LARGE_BINS 16
#define SHARENA_LINES_PER_PAGE 64
#define SHARENA_LINE_SLOTS 8
#define SHARENA_LINE_WORDS 16
#define SHARENA_PLACE_BITS 29
#define SHARENA_PROBE_LINES_MAX 128
#define SHARENA_TABLE_CLASS_MAX 75
#define SHARENA_TABLE_CLASS_MIN 16
#define SHARENA_TABLE_CLASS_SHIFT 20
#define SHARENA_TABLE_PAGE_MASK 0xfffff

/* Constants of record.ts. */
#define SHARENA_EXPIRY_WORDS 2
#define SHARENA_KEY_BIGINT 5
#define SHARENA_KEY_BIGINT64 4
#define SHARENA_KEY_BYTES 6
#define SHARENA_KEY_BYTES_EXTENDED 255
#define SHARENA_KEY_BYTES_MAX 65535
#define SHARENA_KEY_FLOAT64 3
#define SHARENA_KEY_INT32 2
#define SHARENA_KEY_LATIN1 0
#define SHARENA_KEY_UTF16 1
#define SHARENA_META_CHANGING 1073741824
#define SHARENA_META_KEY_BYTES_MASK 0xff
#define SHARENA_META_KEY_BYTES_SHIFT 8
#define SHARENA_META_KEY_KIND_MASK 0x7
#define SHARENA_META_LEASED INT64_C(2147483648)
#define SHARENA_META_TTL 8
#define SHARENA_META_VALUE_BYTES_MASK 0x3fff
#define SHARENA_META_VALUE_BYTES_SHIFT 16
#define SHARENA_META_VALUE_KIND_MASK 0xf
#define SHARENA_META_VALUE_KIND_SHIFT 4
#define SHARENA_RECORD_HEADER_WORDS 2
#define SHARENA_RECORD_META 1
#define SHARENA_RECORD_SEQ 0
#define SHARENA_VALUE_BIGINT 9
#define SHARENA_VALUE_BIGINT64 8
#define SHARENA_VALUE_BUFFER 11
#define SHARENA_VALUE_BYTES 10
#define SHARENA_VALUE_BYTES_EXTENDED 16383
#define SHARENA_VALUE_BYTES_MAX 268435456
#define SHARENA_VALUE_ENCODED 12
#define SHARENA_VALUE_FALSE 2
#define SHARENA_VALUE_FLOAT64 5
#define SHARENA_VALUE_INT32 4
#define SHARENA_VALUE_LATIN1 6
#define SHARENA_VALUE_NULL 1
#define SHARENA_VALUE_RATE 13
#define SHARENA_VALUE_STRUCTURED 14
#define SHARENA_VALUE_TRUE 3
#define SHARENA_VALUE_UNDEFINED 0
#define SHARENA_VALUE_UTF16 7

/* Constants of field.ts. */
#define SHARENA_FIELD_BOOL 10
#define SHARENA_FIELD_BYTES 12
#define SHARENA_FIELD_F32 8
#define SHARENA_FIELD_F64 9
#define SHARENA_FIELD_I16 2
#define SHARENA_FIELD_I32 4
#define SHARENA_FIELD_I64 6
#define SHARENA_FIELD_I8 0
#define SHARENA_FIELD_TEXT 11
#define SHARENA_FIELD_U16 3
#define SHARENA_FIELD_U32 5
#define SHARENA_FIELD_U64 7
#define SHARENA_FIELD_U8 1
#define SHARENA_STRUCT_BYTES_MAX 16380

/* Constants of mailbox.ts. */
#define SHARENA_ANSWER_ERROR 1
#define SHARENA_ANSWER_MOVED 2
#define SHARENA_ANSWER_RESULT 0
#define SHARENA_BELL_ASLEEP 1
#define SHARENA_BELL_AWAKE 0
#define SHARENA_BELL_GONE 3
#define SHARENA_BELL_RUNG 2
#define SHARENA_CALL_ARGS_MASK 0xff
#define SHARENA_CALL_ARGS_SHIFT 8
#define SHARENA_CALL_KEY_BYTES_SHIFT 3
#define SHARENA_CALL_KEY_KIND_MASK 0x7
#define SHARENA_CALL_NAME_SHIFT 16
#define SHARENA_CALL_STORE_MASK 0xff
#define SHARENA_MAIL_MAGIC 0x6c69616d
#define SHARENA_MAIL_VERSION 1
#define SHARENA_MAIL_WORDS_MAX 524280
#define SHARENA_RING_JUMP 0
#define SHARENA_RING_SOFT_WORDS 16384
#define SHARENA_VALUE_WORD_BYTES_SHIFT 4
#define SHARENA_VALUE_WORD_KIND_MASK 0xf

/* arena_header: first page of every buffer. */
typedef struct sharena_arena_header {
    int32_t magic0; /* init: "shar", written last */
    int32_t magic1; /* init: "ena" */
    int32_t layout_version; /* init: LAYOUT_VERSION */
    int32_t endian_mark; /* init: 0x01020304 in the byte order of the machine */
    int32_t arena_id[4]; /* init: 128 random bits, the same in every buffer */
    int32_t buffer_index; /* init: place of this buffer in the arena */
    int32_t buffer_count; /* init: buffers of the arena */
    int32_t segment_count; /* init: power of two; segment s lives in buffer s % bufferCount */
    int32_t memory_pages; /* init: pages of all buffers together, the whole budget */
    int32_t hash_key0; /* init: random key of the hash, low word */
    int32_t hash_key1; /* init: random key of the hash, high word */
    int32_t meta_bytes; /* init: bytes used of meta */
    int32_t pad_init[17]; /* init: the lines above are read by all and never written again */
    int32_t page_lock; /* atomic: lock word over the page table of this buffer */
    int32_t free_pages; /* page-lock: free pages of this buffer */
    int32_t low_hint; /* page-lock: no page below it is free */
    int32_t high_hint; /* page-lock: no page from it on is free */
    int32_t gap_from; /* page-lock: first page of the gap: free pages in a row, above most extents and below most tables */
    int32_t gap_to; /* page-lock: the page after the last one of the gap */
    int32_t page_recoveries; /* page-lock: times the page table was repaired after a death */
    int32_t pad_pages[25]; /* page-lock: keeps the page lock on lines of its own */
    int32_t meta[960]; /* init: UTF-8 JSON: name, codec, fields of a struct, default TTL, policy (buffer 0) */
} sharena_arena_header;
static_assert(sizeof(sharena_arena_header) == 4 * SHARENA_ARENA_HEADER_WORDS, "size of arena_header");
static_assert(offsetof(sharena_arena_header, magic0) == 4 * SHARENA_ARENA_HEADER_MAGIC0_WORD, "place of magic0");
static_assert(offsetof(sharena_arena_header, magic1) == 4 * SHARENA_ARENA_HEADER_MAGIC1_WORD, "place of magic1");
static_assert(offsetof(sharena_arena_header, layout_version) == 4 * SHARENA_ARENA_HEADER_LAYOUT_VERSION_WORD, "place of layoutVersion");
static_assert(offsetof(sharena_arena_header, endian_mark) == 4 * SHARENA_ARENA_HEADER_ENDIAN_MARK_WORD, "place of endianMark");
static_assert(offsetof(sharena_arena_header, arena_id) == 4 * SHARENA_ARENA_HEADER_ARENA_ID_WORD, "place of arenaId");
static_assert(offsetof(sharena_arena_header, buffer_index) == 4 * SHARENA_ARENA_HEADER_BUFFER_INDEX_WORD, "place of bufferIndex");
static_assert(offsetof(sharena_arena_header, buffer_count) == 4 * SHARENA_ARENA_HEADER_BUFFER_COUNT_WORD, "place of bufferCount");
static_assert(offsetof(sharena_arena_header, segment_count) == 4 * SHARENA_ARENA_HEADER_SEGMENT_COUNT_WORD, "place of segmentCount");
static_assert(offsetof(sharena_arena_header, memory_pages) == 4 * SHARENA_ARENA_HEADER_MEMORY_PAGES_WORD, "place of memoryPages");
static_assert(offsetof(sharena_arena_header, hash_key0) == 4 * SHARENA_ARENA_HEADER_HASH_KEY0_WORD, "place of hashKey0");
static_assert(offsetof(sharena_arena_header, hash_key1) == 4 * SHARENA_ARENA_HEADER_HASH_KEY1_WORD, "place of hashKey1");
static_assert(offsetof(sharena_arena_header, meta_bytes) == 4 * SHARENA_ARENA_HEADER_META_BYTES_WORD, "place of metaBytes");
static_assert(offsetof(sharena_arena_header, page_lock) == 4 * SHARENA_ARENA_HEADER_PAGE_LOCK_WORD, "place of pageLock");
static_assert(offsetof(sharena_arena_header, free_pages) == 4 * SHARENA_ARENA_HEADER_FREE_PAGES_WORD, "place of freePages");
static_assert(offsetof(sharena_arena_header, low_hint) == 4 * SHARENA_ARENA_HEADER_LOW_HINT_WORD, "place of lowHint");
static_assert(offsetof(sharena_arena_header, high_hint) == 4 * SHARENA_ARENA_HEADER_HIGH_HINT_WORD, "place of highHint");
static_assert(offsetof(sharena_arena_header, gap_from) == 4 * SHARENA_ARENA_HEADER_GAP_FROM_WORD, "place of gapFrom");
static_assert(offsetof(sharena_arena_header, gap_to) == 4 * SHARENA_ARENA_HEADER_GAP_TO_WORD, "place of gapTo");
static_assert(offsetof(sharena_arena_header, page_recoveries) == 4 * SHARENA_ARENA_HEADER_PAGE_RECOVERIES_WORD, "place of pageRecoveries");
static_assert(offsetof(sharena_arena_header, meta) == 4 * SHARENA_ARENA_HEADER_META_WORD, "place of meta");

/* thread_entry: an attached thread. */
typedef struct sharena_thread_entry {
    int32_t identity; /* atomic: Node.js thread id + 1; negative: being taken; 0: free, or its thread was proven dead */
    int32_t generation; /* atomic: counts the holders of this entry; part of their lock token */
    int32_t os_thread; /* atomic: OS thread id on Linux, else 0 */
    int32_t start_lo; /* atomic: start time of the OS thread in clock ticks, low word */
    int32_t start_hi; /* atomic: high word */
    int32_t probe; /* atomic: by this thread alone, to find out whether two views are on the same memory */
    int32_t spare[10];
} sharena_thread_entry;
static_assert(sizeof(sharena_thread_entry) == 4 * SHARENA_THREAD_ENTRY_WORDS, "size of thread_entry");
static_assert(offsetof(sharena_thread_entry, identity) == 4 * SHARENA_THREAD_ENTRY_IDENTITY_WORD, "place of identity");
static_assert(offsetof(sharena_thread_entry, generation) == 4 * SHARENA_THREAD_ENTRY_GENERATION_WORD, "place of generation");
static_assert(offsetof(sharena_thread_entry, os_thread) == 4 * SHARENA_THREAD_ENTRY_OS_THREAD_WORD, "place of osThread");
static_assert(offsetof(sharena_thread_entry, start_lo) == 4 * SHARENA_THREAD_ENTRY_START_LO_WORD, "place of startLo");
static_assert(offsetof(sharena_thread_entry, start_hi) == 4 * SHARENA_THREAD_ENTRY_START_HI_WORD, "place of startHi");
static_assert(offsetof(sharena_thread_entry, probe) == 4 * SHARENA_THREAD_ENTRY_PROBE_WORD, "place of probe");

/* ring: segment -> owner. */
typedef struct sharena_ring {
    int32_t lock; /* atomic: lock word over members and owners */
    int32_t epoch; /* atomic: bumped after each change */
    int32_t member_count; /* lock: owners in the ring */
    int32_t keeper; /* lock: lock token of the thread whose pool the owners are of; 0 for none */
    int32_t pad[12]; /* lock: keeps the lock off the table */
    int32_t members[256]; /* lock: weight of owner i, 0 where there is none */
    /* owners: segmentCount words: owner number + 1 of the segment, 0 for none */
} sharena_ring;
static_assert(sizeof(sharena_ring) == 4 * SHARENA_RING_WORDS, "size of ring");
static_assert(offsetof(sharena_ring, lock) == 4 * SHARENA_RING_LOCK_WORD, "place of lock");
static_assert(offsetof(sharena_ring, epoch) == 4 * SHARENA_RING_EPOCH_WORD, "place of epoch");
static_assert(offsetof(sharena_ring, member_count) == 4 * SHARENA_RING_MEMBER_COUNT_WORD, "place of memberCount");
static_assert(offsetof(sharena_ring, keeper) == 4 * SHARENA_RING_KEEPER_WORD, "place of keeper");
static_assert(offsetof(sharena_ring, members) == 4 * SHARENA_RING_MEMBERS_WORD, "place of members");

/* lease_entry: a pinned record. */
typedef struct sharena_lease_entry {
    int32_t holder; /* atomic: lock token of the thread that pins it; 0: the entry is free */
    int32_t ref; /* atomic: word index of the record; 0: none yet, or none any more. Storing it pins the record */
    int32_t place; /* lock: segment of the record, and whether a slot leads to it */
    int32_t next; /* lock: number of the next entry of the segment, 0 at the end; the first entry is number 1 */
} sharena_lease_entry;
static_assert(sizeof(sharena_lease_entry) == 4 * SHARENA_LEASE_ENTRY_WORDS, "size of lease_entry");
static_assert(offsetof(sharena_lease_entry, holder) == 4 * SHARENA_LEASE_ENTRY_HOLDER_WORD, "place of holder");
static_assert(offsetof(sharena_lease_entry, ref) == 4 * SHARENA_LEASE_ENTRY_REF_WORD, "place of ref");
static_assert(offsetof(sharena_lease_entry, place) == 4 * SHARENA_LEASE_ENTRY_PLACE_WORD, "place of place");
static_assert(offsetof(sharena_lease_entry, next) == 4 * SHARENA_LEASE_ENTRY_NEXT_WORD, "place of next");

/* segment_header: a segment. */
typedef struct sharena_segment_header {
    int32_t epoch; /* atomic: bumped before blocks change their borders or pages are given back; readers validate against it */
    int32_t table; /* atomic: page of the slot table | size class << 20; 0: none yet */
    int32_t pad_read[14]; /* init: the line above is all of the header that a read touches */
    int32_t recoveries; /* lock: times the segment was repaired after the death of a lock holder */
    int32_t growths; /* lock: times the slot table was replaced */
    int32_t coalesces; /* lock: times free blocks were merged */
    int32_t compactions; /* lock: extents emptied by moving their records */
    int32_t expired; /* lock: entries reclaimed because their TTL was over */
    int32_t stuck_words; /* lock: freeWords when tidying last found no room */
    int32_t leases; /* lock: number of the first lease entry of the segment, 0: none */
    int32_t detached_words; /* lock: words of records that no slot leads to and that leases keep */
    int32_t heap_pages; /* lock: pages in extents */
    int32_t large_pages; /* lock: pages of large runs */
    int32_t pad_cold[6]; /* lock: seldom written */
    int32_t lock; /* atomic: lock word: generation | registry entry | waiters */
    int32_t next_seq; /* lock: number of the next record, 1 to 2^31 - 1 */
    int32_t live; /* lock: entries; read without the lock by size */
    int32_t used; /* lock: slots with a tag: entries and vacant slots of lines that were once full */
    int32_t free_words; /* lock: words in free blocks */
    int32_t extents; /* lock: page of the first extent of the chain, the newest; 0: none */
    int32_t large_runs; /* lock: page of the first large run of the chain; 0: none */
    int32_t bump_word; /* lock: first word of the untouched end of the newest extent */
    int32_t bump_end; /* lock: its end */
    int32_t freed_words; /* lock: words freed since free blocks were last merged */
    int32_t ttl_count; /* lock: entries with a TTL */
    int32_t intent; /* lock: record of which words are being replaced in place, 0: none; recovery completes it */
    int32_t intent_seq; /* atomic: the number that this record gets; no two intents have the same */
    int32_t intent_at; /* lock: word index of the first of these words | how many they are << 28 */
    int32_t intent_words[9]; /* lock: what they are being replaced by; the first two are in the line of the lock */
    int32_t bin_map[5]; /* lock: one bit a bin: set when the bin holds a block */
    int32_t earliest_expiry; /* lock: second since 1970 before which no entry ends, unsigned; means nothing while ttlCount is 0 */
    int32_t pad_bins[3]; /* lock: aligns the bins */
    int32_t bins[144]; /* lock: first free block of each bin */
} sharena_segment_header;
static_assert(sizeof(sharena_segment_header) == 4 * SHARENA_SEGMENT_HEADER_WORDS, "size of segment_header");
static_assert(offsetof(sharena_segment_header, epoch) == 4 * SHARENA_SEGMENT_HEADER_EPOCH_WORD, "place of epoch");
static_assert(offsetof(sharena_segment_header, table) == 4 * SHARENA_SEGMENT_HEADER_TABLE_WORD, "place of table");
static_assert(offsetof(sharena_segment_header, recoveries) == 4 * SHARENA_SEGMENT_HEADER_RECOVERIES_WORD, "place of recoveries");
static_assert(offsetof(sharena_segment_header, growths) == 4 * SHARENA_SEGMENT_HEADER_GROWTHS_WORD, "place of growths");
static_assert(offsetof(sharena_segment_header, coalesces) == 4 * SHARENA_SEGMENT_HEADER_COALESCES_WORD, "place of coalesces");
static_assert(offsetof(sharena_segment_header, compactions) == 4 * SHARENA_SEGMENT_HEADER_COMPACTIONS_WORD, "place of compactions");
static_assert(offsetof(sharena_segment_header, expired) == 4 * SHARENA_SEGMENT_HEADER_EXPIRED_WORD, "place of expired");
static_assert(offsetof(sharena_segment_header, stuck_words) == 4 * SHARENA_SEGMENT_HEADER_STUCK_WORDS_WORD, "place of stuckWords");
static_assert(offsetof(sharena_segment_header, leases) == 4 * SHARENA_SEGMENT_HEADER_LEASES_WORD, "place of leases");
static_assert(offsetof(sharena_segment_header, detached_words) == 4 * SHARENA_SEGMENT_HEADER_DETACHED_WORDS_WORD, "place of detachedWords");
static_assert(offsetof(sharena_segment_header, heap_pages) == 4 * SHARENA_SEGMENT_HEADER_HEAP_PAGES_WORD, "place of heapPages");
static_assert(offsetof(sharena_segment_header, large_pages) == 4 * SHARENA_SEGMENT_HEADER_LARGE_PAGES_WORD, "place of largePages");
static_assert(offsetof(sharena_segment_header, lock) == 4 * SHARENA_SEGMENT_HEADER_LOCK_WORD, "place of lock");
static_assert(offsetof(sharena_segment_header, next_seq) == 4 * SHARENA_SEGMENT_HEADER_NEXT_SEQ_WORD, "place of nextSeq");
static_assert(offsetof(sharena_segment_header, live) == 4 * SHARENA_SEGMENT_HEADER_LIVE_WORD, "place of live");
static_assert(offsetof(sharena_segment_header, used) == 4 * SHARENA_SEGMENT_HEADER_USED_WORD, "place of used");
static_assert(offsetof(sharena_segment_header, free_words) == 4 * SHARENA_SEGMENT_HEADER_FREE_WORDS_WORD, "place of freeWords");
static_assert(offsetof(sharena_segment_header, extents) == 4 * SHARENA_SEGMENT_HEADER_EXTENTS_WORD, "place of extents");
static_assert(offsetof(sharena_segment_header, large_runs) == 4 * SHARENA_SEGMENT_HEADER_LARGE_RUNS_WORD, "place of largeRuns");
static_assert(offsetof(sharena_segment_header, bump_word) == 4 * SHARENA_SEGMENT_HEADER_BUMP_WORD_WORD, "place of bumpWord");
static_assert(offsetof(sharena_segment_header, bump_end) == 4 * SHARENA_SEGMENT_HEADER_BUMP_END_WORD, "place of bumpEnd");
static_assert(offsetof(sharena_segment_header, freed_words) == 4 * SHARENA_SEGMENT_HEADER_FREED_WORDS_WORD, "place of freedWords");
static_assert(offsetof(sharena_segment_header, ttl_count) == 4 * SHARENA_SEGMENT_HEADER_TTL_COUNT_WORD, "place of ttlCount");
static_assert(offsetof(sharena_segment_header, intent) == 4 * SHARENA_SEGMENT_HEADER_INTENT_WORD, "place of intent");
static_assert(offsetof(sharena_segment_header, intent_seq) == 4 * SHARENA_SEGMENT_HEADER_INTENT_SEQ_WORD, "place of intentSeq");
static_assert(offsetof(sharena_segment_header, intent_at) == 4 * SHARENA_SEGMENT_HEADER_INTENT_AT_WORD, "place of intentAt");
static_assert(offsetof(sharena_segment_header, intent_words) == 4 * SHARENA_SEGMENT_HEADER_INTENT_WORDS_WORD, "place of intentWords");
static_assert(offsetof(sharena_segment_header, bin_map) == 4 * SHARENA_SEGMENT_HEADER_BIN_MAP_WORD, "place of binMap");
static_assert(offsetof(sharena_segment_header, earliest_expiry) == 4 * SHARENA_SEGMENT_HEADER_EARLIEST_EXPIRY_WORD, "place of earliestExpiry");
static_assert(offsetof(sharena_segment_header, bins) == 4 * SHARENA_SEGMENT_HEADER_BINS_WORD, "place of bins");

/* page_entry: one page of a buffer. */
typedef struct sharena_page_entry {
    int32_t use; /* page-lock: first page of a run: kind 3 bits | segment 12 << 3 | pages of the run << 15; else 0 */
    int32_t link; /* lock: first page of an extent or a large run: page of the next one of the segment, 0 at the end */
} sharena_page_entry;
static_assert(sizeof(sharena_page_entry) == 4 * SHARENA_PAGE_ENTRY_WORDS, "size of page_entry");
static_assert(offsetof(sharena_page_entry, use) == 4 * SHARENA_PAGE_ENTRY_USE_WORD, "place of use");
static_assert(offsetof(sharena_page_entry, link) == 4 * SHARENA_PAGE_ENTRY_LINK_WORD, "place of link");

/* slot: an index cell. */
typedef struct sharena_slot {
    int32_t tag; /* lock: the 32-bit hash of the key, never 0; 0: empty, and no key ever overflowed out of this line */
    int32_t ref; /* atomic: word index of the record; 0: vacant. Storing it publishes the record */
} sharena_slot;
static_assert(sizeof(sharena_slot) == 4 * SHARENA_SLOT_WORDS, "size of slot");
static_assert(offsetof(sharena_slot, tag) == 4 * SHARENA_SLOT_TAG_WORD, "place of tag");
static_assert(offsetof(sharena_slot, ref) == 4 * SHARENA_SLOT_REF_WORD, "place of ref");

/* record: one entry's key and value bytes. */
typedef struct sharena_record {
    int32_t seq; /* record: unique positive number of this record in its segment, the entry version; negative: a free block of that many words */
    int32_t meta; /* record: kinds and sizes, see packed.ts; then, where meta says so: sizes; key words; expiry, if any; value words */
} sharena_record;
static_assert(sizeof(sharena_record) == 4 * SHARENA_RECORD_WORDS, "size of record");
static_assert(offsetof(sharena_record, seq) == 4 * SHARENA_RECORD_SEQ_WORD, "place of seq");
static_assert(offsetof(sharena_record, meta) == 4 * SHARENA_RECORD_META_WORD, "place of meta");

/* free_block: a hole in a heap. */
typedef struct sharena_free_block {
    int32_t size; /* free: minus the size of the block in words, this word included */
    int32_t next; /* free: word index of the next block of the same bin, 0 at the end; absent in blocks of one word */
} sharena_free_block;
static_assert(sizeof(sharena_free_block) == 4 * SHARENA_FREE_BLOCK_WORDS, "size of free_block");
static_assert(offsetof(sharena_free_block, size) == 4 * SHARENA_FREE_BLOCK_SIZE_WORD, "place of size");
static_assert(offsetof(sharena_free_block, next) == 4 * SHARENA_FREE_BLOCK_NEXT_WORD, "place of next");

/* bell: whether a thread has to be woken for its mail. */
typedef struct sharena_bell {
    int32_t state; /* atomic: BELL_AWAKE, BELL_ASLEEP, BELL_RUNG or BELL_GONE */
    int32_t spare[15];
} sharena_bell;
static_assert(sizeof(sharena_bell) == 4 * SHARENA_BELL_WORDS, "size of bell");
static_assert(offsetof(sharena_bell, state) == 4 * SHARENA_BELL_STATE_WORD, "place of state");

/* mail_link: a sender, an owner, and the two rings between them. */
typedef struct sharena_mail_link {
    int32_t magic; /* init: "mail" */
    int32_t version; /* init: MAIL_VERSION */
    int32_t sender; /* init: number of the thread that calls: an owner, or OWNERS_MAX for the one that runs the pool */
    int32_t owner; /* init: number of the owner that is called */
    int32_t ring_words; /* init: words of each ring */
    int32_t soft_words; /* init: words of it that are used as long as the reader keeps up */
    int32_t pad_init[10]; /* init: the words above are never written again */
    int32_t call_tail; /* sender: end of the last call in the ring; storing it publishes the call */
    int32_t last_id; /* sender: number of the last call that was given one, 1 to 2^31 - 1 */
    int32_t answer_head; /* sender: start of the first answer that was not taken; what is before it is room */
    int32_t pad_sender[13]; /* sender: keeps the words of the sender on a line of their own */
    int32_t call_head; /* owner: start of the first call that was not answered; what is before it is room */
    int32_t started; /* owner: number of the call that was begun last: it is never begun again */
    int32_t answer_tail; /* owner: end of the last answer in the ring; storing it publishes the answer */
    int32_t pad_owner[13]; /* owner: keeps the words of the owner on a line of their own */
    int32_t stuck; /* atomic: 1 while the owner waits for room for an answer */
    int32_t pad_stuck[15]; /* init: keeps it off the rings */
    /* calls: ringWords words of calls, then as many of answers, which the owner writes */
} sharena_mail_link;
static_assert(sizeof(sharena_mail_link) == 4 * SHARENA_MAIL_LINK_WORDS, "size of mail_link");
static_assert(offsetof(sharena_mail_link, magic) == 4 * SHARENA_MAIL_LINK_MAGIC_WORD, "place of magic");
static_assert(offsetof(sharena_mail_link, version) == 4 * SHARENA_MAIL_LINK_VERSION_WORD, "place of version");
static_assert(offsetof(sharena_mail_link, sender) == 4 * SHARENA_MAIL_LINK_SENDER_WORD, "place of sender");
static_assert(offsetof(sharena_mail_link, owner) == 4 * SHARENA_MAIL_LINK_OWNER_WORD, "place of owner");
static_assert(offsetof(sharena_mail_link, ring_words) == 4 * SHARENA_MAIL_LINK_RING_WORDS_WORD, "place of ringWords");
static_assert(offsetof(sharena_mail_link, soft_words) == 4 * SHARENA_MAIL_LINK_SOFT_WORDS_WORD, "place of softWords");
static_assert(offsetof(sharena_mail_link, call_tail) == 4 * SHARENA_MAIL_LINK_CALL_TAIL_WORD, "place of callTail");
static_assert(offsetof(sharena_mail_link, last_id) == 4 * SHARENA_MAIL_LINK_LAST_ID_WORD, "place of lastId");
static_assert(offsetof(sharena_mail_link, answer_head) == 4 * SHARENA_MAIL_LINK_ANSWER_HEAD_WORD, "place of answerHead");
static_assert(offsetof(sharena_mail_link, call_head) == 4 * SHARENA_MAIL_LINK_CALL_HEAD_WORD, "place of callHead");
static_assert(offsetof(sharena_mail_link, started) == 4 * SHARENA_MAIL_LINK_STARTED_WORD, "place of started");
static_assert(offsetof(sharena_mail_link, answer_tail) == 4 * SHARENA_MAIL_LINK_ANSWER_TAIL_WORD, "place of answerTail");
static_assert(offsetof(sharena_mail_link, stuck) == 4 * SHARENA_MAIL_LINK_STUCK_WORD, "place of stuck");

/* mail_call: a call in a ring; then key words, the name of the processor, and each argument: its value word and its words. */
typedef struct sharena_mail_call {
    int32_t size; /* sender: words of the record, this one included; RING_JUMP: the next record is at the start */
    int32_t id; /* sender: number of the call, which its answer has too */
    int32_t epoch; /* sender: epoch of the store's ring when the owner was looked up */
    int32_t hash; /* sender: hash of the key */
    int32_t key; /* sender: kind of the key 3 bits | its bytes << 3 */
    int32_t what; /* sender: number of the store 8 bits | arguments << 8 | bytes of the name << 16 */
} sharena_mail_call;
static_assert(sizeof(sharena_mail_call) == 4 * SHARENA_MAIL_CALL_WORDS, "size of mail_call");
static_assert(offsetof(sharena_mail_call, size) == 4 * SHARENA_MAIL_CALL_SIZE_WORD, "place of size");
static_assert(offsetof(sharena_mail_call, id) == 4 * SHARENA_MAIL_CALL_ID_WORD, "place of id");
static_assert(offsetof(sharena_mail_call, epoch) == 4 * SHARENA_MAIL_CALL_EPOCH_WORD, "place of epoch");
static_assert(offsetof(sharena_mail_call, hash) == 4 * SHARENA_MAIL_CALL_HASH_WORD, "place of hash");
static_assert(offsetof(sharena_mail_call, key) == 4 * SHARENA_MAIL_CALL_KEY_WORD, "place of key");
static_assert(offsetof(sharena_mail_call, what) == 4 * SHARENA_MAIL_CALL_WHAT_WORD, "place of what");

/* mail_answer: an answer in a ring; then the words of the value, or the whole call that was not for this owner. */
typedef struct sharena_mail_answer {
    int32_t size; /* owner: words of the record, this one included; RING_JUMP: the next record is at the start */
    int32_t id; /* owner: number of the call */
    int32_t outcome; /* owner: ANSWER_RESULT, ANSWER_ERROR or ANSWER_MOVED */
    int32_t value; /* owner: value word: kind of the value 4 bits | its bytes << 4 */
} sharena_mail_answer;
static_assert(sizeof(sharena_mail_answer) == 4 * SHARENA_MAIL_ANSWER_WORDS, "size of mail_answer");
static_assert(offsetof(sharena_mail_answer, size) == 4 * SHARENA_MAIL_ANSWER_SIZE_WORD, "place of size");
static_assert(offsetof(sharena_mail_answer, id) == 4 * SHARENA_MAIL_ANSWER_ID_WORD, "place of id");
static_assert(offsetof(sharena_mail_answer, outcome) == 4 * SHARENA_MAIL_ANSWER_OUTCOME_WORD, "place of outcome");
static_assert(offsetof(sharena_mail_answer, value) == 4 * SHARENA_MAIL_ANSWER_VALUE_WORD, "place of value");

/* Fields of a lock. */
/* somebody may sleep until the word changes */
static inline uint32_t sharena_lock_waiters(int32_t word) {
    return ((uint32_t)word >> 0) & 0x1;
}
/* left by a living thread whose section failed; no entry, no generation */
static inline uint32_t sharena_lock_abandoned(int32_t word) {
    return ((uint32_t)word >> 1) & 0x1;
}
/* registry entry of the holder, plus 1 */
static inline uint32_t sharena_lock_entry(int32_t word) {
    return ((uint32_t)word >> 2) & 0xff;
}
/* generation of that entry */
static inline uint32_t sharena_lock_generation(int32_t word) {
    return ((uint32_t)word >> 10) & 0x3fffff;
}

/* Fields of where a pinned record is. */
/* segment of the record */
static inline uint32_t sharena_lease_place_segment(int32_t word) {
    return ((uint32_t)word >> 0) & 0xfff;
}
/* no slot leads to the record any more */
static inline uint32_t sharena_lease_place_detached(int32_t word) {
    return ((uint32_t)word >> 12) & 0x1;
}

/* Fields of the use of a page. */
/* PAGE_EXTENT, PAGE_LARGE or PAGE_TABLE */
static inline uint32_t sharena_use_kind(int32_t word) {
    return ((uint32_t)word >> 0) & 0x7;
}
/* segment that the run is of */
static inline uint32_t sharena_use_segment(int32_t word) {
    return ((uint32_t)word >> 3) & 0xfff;
}
/* pages of the run that begins here */
static inline uint32_t sharena_use_pages(int32_t word) {
    return ((uint32_t)word >> 15) & 0x1ffff;
}

/* Fields of the slot table of a segment. */
/* its first page */
static inline uint32_t sharena_table_page(int32_t word) {
    return ((uint32_t)word >> 0) & 0xfffff;
}
/* its size class */
static inline uint32_t sharena_table_class(int32_t word) {
    return ((uint32_t)word >> 20) & 0xfff;
}

/* Fields of the words that are being replaced in place. */
/* word index of the first one */
static inline uint32_t sharena_intent_at_word(int32_t word) {
    return ((uint32_t)word >> 0) & 0xfffffff;
}
/* how many they are, at most INTENT_WORDS_MAX */
static inline uint32_t sharena_intent_at_count(int32_t word) {
    return ((uint32_t)word >> 28) & 0xf;
}

/* Fields of the second word of a record. */
/* KEY_LATIN1 to KEY_BYTES */
static inline uint32_t sharena_meta_key_kind(int32_t word) {
    return ((uint32_t)word >> 0) & 0x7;
}
/* the record has an expiry */
static inline uint32_t sharena_meta_ttl(int32_t word) {
    return ((uint32_t)word >> 3) & 0x1;
}
/* VALUE_UNDEFINED to VALUE_STRUCTURED */
static inline uint32_t sharena_meta_value_kind(int32_t word) {
    return ((uint32_t)word >> 4) & 0xf;
}
/* KEY_BYTES_EXTENDED: in a word of its own */
static inline uint32_t sharena_meta_key_bytes(int32_t word) {
    return ((uint32_t)word >> 8) & 0xff;
}
/* VALUE_BYTES_EXTENDED: in a word of its own */
static inline uint32_t sharena_meta_value_bytes(int32_t word) {
    return ((uint32_t)word >> 16) & 0x3fff;
}
/* words of the value are being replaced in place */
static inline uint32_t sharena_meta_changing(int32_t word) {
    return ((uint32_t)word >> 30) & 0x1;
}
/* a lease pins the record */
static inline uint32_t sharena_meta_leased(int32_t word) {
    return ((uint32_t)word >> 31) & 0x1;
}

/* Fields of the key word of a call. */
/* KEY_LATIN1 to KEY_BYTES */
static inline uint32_t sharena_call_key_kind(int32_t word) {
    return ((uint32_t)word >> 0) & 0x7;
}
/* bytes of the key */
static inline uint32_t sharena_call_key_bytes(int32_t word) {
    return ((uint32_t)word >> 3) & 0x1fffffff;
}

/* Fields of what a call asks for. */
/* number of the store, in the order in which the pool has them */
static inline uint32_t sharena_call_what_store(int32_t word) {
    return ((uint32_t)word >> 0) & 0xff;
}
/* arguments */
static inline uint32_t sharena_call_what_args(int32_t word) {
    return ((uint32_t)word >> 8) & 0xff;
}
/* bytes of the name of the processor, UTF-8 */
static inline uint32_t sharena_call_what_name(int32_t word) {
    return ((uint32_t)word >> 16) & 0xffff;
}

/* Fields of what an argument or a result is. */
/* VALUE_UNDEFINED to VALUE_STRUCTURED */
static inline uint32_t sharena_mail_value_kind(int32_t word) {
    return ((uint32_t)word >> 0) & 0xf;
}
/* bytes of the value */
static inline uint32_t sharena_mail_value_bytes(int32_t word) {
    return ((uint32_t)word >> 4) & 0xfffffff;
}

/* Lines of a slot table of a size class. */
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

#endif
